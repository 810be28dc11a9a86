"""Shapes that every part of the API shares: pages of lists, points as decimal text, tags of what can be cached."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, StringConstraints, ValidationError
from pydantic_core import to_json

from models.access import Role
from models.shapes import Shape

S = TypeVar("S", bound=Shape)
JSON = "application/json"
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
AsOf = Annotated[date | None, Query(description="The legal day asked about; today, unless given.")]
KnownAt = Annotated[AwareDatetime | None, Query(description="What was known at this instant, with its offset; by now, unless given.")]
PolicyName = Annotated[str | None, Query(max_length=100, description="A version such as `yinchuan/2026`; the one in force, unless given.")]
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, description="Sent again with the same request, it is answered again and nothing is done twice."),
]
Decimals = Annotated[str, StringConstraints(pattern=r"^-?[0-9]+\.[0-9]{2}$")]
"""Points with two places, as text: no reader turns them into a float unasked."""


class KeyLine(Shape):
    """A key without its secret."""

    key_id: str
    role: Role
    holder: str
    source: str | None
    region: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyPage(Shape):
    keys: tuple[KeyLine, ...]
    next: str | None
    """The `after` of the next page; null at the end."""


class KeyMade(Shape):
    """A new key; `key` is shown this once and kept nowhere."""

    key_id: str
    key: str


def tag_of(body: bytes) -> str:
    """The entity tag of an answer: equal bytes, equal tag."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def respond_json(request: Request, answer: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    """Ready bytes under their tag, or 304 when the asker holds them already.

    The shape was validated when it was made; a second validation by the framework would cost more than the answer itself.
    """
    return respond_bytes(request, to_json(answer), headers=headers)


def respond_bytes(
    request: Request, body: bytes, *, media_type: str = JSON, tag: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """As `respond_json`, for bytes that are JSON or a file already."""
    tag = tag or tag_of(body)
    sent = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization", **(headers or {})}
    known = request.headers.get("if-none-match")
    if known is not None and (known.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in known.split(","))):
        return Response(status_code=304, headers=sent)
    return Response(body, headers=sent, media_type=media_type)


def read_query(shape: type[S], request: Request) -> S:
    """The query of a hot read, validated at once; the framework reads each parameter apart, at ten times the cost."""
    given = request.scope["query_string"]
    try:
        return shape.model_validate(dict(request.query_params) if given else {})
    except ValidationError as fault:
        faults = [{**error, "loc": ("query", *error["loc"])} for error in fault.errors(include_url=False)]
        raise RequestValidationError(faults) from None


def parameters_of(shape: type[Shape], *, path: tuple[str, ...]) -> list[dict[str, Any]]:
    """How OpenAPI tells of what `read_query` reads."""
    told: list[dict[str, Any]] = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in path]
    for name, schema in shape.model_json_schema()["properties"].items():
        told.append({"name": name, "in": "query", "required": False, "description": schema.pop("description", ""), "schema": schema})
    return told
