"""Every refusal in one form (RFC 9457 problem details): code to status, once, for the API and for pages."""

import logging
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from data.failures import DATABASE_ERRORS, Failure, failure_of
from models.errors import CreditError, Malformed, NotFound, Refused
from models.shapes import Shape

MEDIA_TYPE = "application/problem+json"
FAULTS_SHOWN = 50
LOG = logging.getLogger("qcredit.problems")

FAMILIES: tuple[tuple[type[CreditError], int], ...] = ((NotFound, 404), (Malformed, 422), (Refused, 409))
STATUSES: dict[str, int] = {
    "access.key_needed": 401,
    "access.key_unknown": 401,
    "access.role": 403,
    "access.district": 403,
    "access.natural_person": 404,
    "page.foreign_form": 403,
    "mandate.scope": 403,
    "value.personal_data": 422,
    "request.too_large": 413,
    "request.media_type": 415,
    "publication.stopped": 503,
    "mirror.declined": 409,
    "database.unreachable": 503,
    "signing.no_key": 503,
    "signing.sealed": 503,
    "signing.secret_open": 503,
    "database.not_migrated": 503,
    "database.newer": 503,
    "database.busy": 503,
}
"""Codes whose status is not their family's."""
TITLES: dict[int, str] = {
    400: "The request cannot be read",
    401: "A key is needed",
    403: "This key may not do that",
    404: "Not found",
    405: "This address does not take that method",
    409: "Refused",
    413: "Too large",
    415: "Unknown form of data",
    416: "Out of range",
    422: "Malformed",
    500: "The service failed",
    503: "The service cannot answer now",
}


class Fault(Shape):
    """One thing that is wrong with a request, and where."""

    where: str
    code: str
    message: str


class Problem(Shape):
    """What went wrong, for programs by `code` and for people by `detail`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:qcredit:problem:identifier.check_digit",
                    "title": "Malformed",
                    "status": 422,
                    "code": "identifier.check_digit",
                    "detail": "The unified social credit code 91640100MA00000001 has a wrong check digit. "
                    "Compare it with the business licence.",
                    "faults": [],
                    "suggestions": [],
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    faults: tuple[Fault, ...] = ()
    """Each fault of a malformed request, with its place."""
    suggestions: tuple[str, ...] = ()
    """What was probably meant."""
    held: Any | None = None
    """For an enterprise that is not here: what is held here, and where the rest is to be asked."""


class TooLarge(Malformed):
    """The request has more bytes than the service reads."""

    code = "request.too_large"


def status_of(error: CreditError) -> int:
    """The status of an error raised on purpose; a family without one is a refusal."""
    if (status := STATUSES.get(error.code)) is not None:
        return status
    return next((status for family, status in FAMILIES if isinstance(error, family)), 409)


def problem_of(error: CreditError) -> Problem:
    """What a caller is told of an error raised on purpose."""
    return _problem(
        status_of(error),
        code=error.code,
        detail=str(error),
        suggestions=tuple(getattr(error, "suggestions", ())),
        faults=tuple(_faults_of(getattr(error, "faults", ()))),
        held=getattr(error, "held", None),
    )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these statuses come as problem details."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": TITLES[status], "content": {MEDIA_TYPE: schema}} for status in statuses}


def respond(request: Request, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as JSON, or as a small page where a person with a browser asked outside the API."""
    sent = dict(headers or {})
    if problem.status == 401:
        sent.setdefault("WWW-Authenticate", 'Bearer realm="qcredit"')
    if problem.status == 503:
        sent.setdefault("Retry-After", "5")
    sent["Cache-Control"] = "no-store"
    if wants_page(request):
        return _respond_page(request, problem, sent)
    body = to_json(problem, exclude_none=True)
    return Response(body, status_code=problem.status, headers=sent, media_type=MEDIA_TYPE)


def _respond_page(request: Request, problem: Problem, headers: Mapping[str, str]) -> Response:
    """The application's own page for problems; the plain one if that is what failed."""
    try:
        page: Response = request.app.state.problem_page(request, problem, headers)
    except Exception:  # the edge: whatever fails here, the reader gets an answer
        LOG.exception("the page for a problem failed")
        return Response(_page(problem), status_code=problem.status, headers=dict(headers), media_type="text/html")
    return page


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/v1") and "text/html" in request.headers.get("accept", "")


def install_problems(app: FastAPI) -> None:
    """Let every error leave the application as a problem."""
    app.add_exception_handler(CreditError, _answer_credit_error)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(ValidationError, _answer_failure)
    app.add_exception_handler(HTTPException, _answer_http)
    for kind in (*DATABASE_ERRORS, UnicodeEncodeError):
        app.add_exception_handler(kind, _answer_database)
    app.add_exception_handler(Exception, _answer_failure)


async def _answer_credit_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CreditError)
    return respond(request, problem_of(error))


async def _answer_malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(one) for one in error.errors()]
    shown = tuple(faults[:FAULTS_SHOWN])
    more = f" The first {FAULTS_SHOWN} are named." if len(faults) > FAULTS_SHOWN else ""
    detail = f"The request has {len(faults)} fault{'s' if len(faults) != 1 else ''}.{more} {shown[0].where}: {shown[0].message}"
    return respond(request, _problem(422, code="request.malformed", detail=detail, faults=shown))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    match error.status_code:
        case 404:
            code, detail = "request.no_such_address", "There is nothing at this address. The addresses are listed in /openapi.json."
        case 405:
            code, detail = "request.method", f"This address does not take {request.method}."
        case status:
            code, detail = f"request.http_{status}", str(error.detail)
    return respond(request, _problem(error.status_code, code=code, detail=detail), error.headers)


async def _answer_database(request: Request, error: Exception) -> Response:
    match failure_of(error):
        case Failure.UNAVAILABLE:
            LOG.warning("database unavailable: %s", type(error).__name__)
            detail = "The database does not answer just now. Nothing was changed; try again in a few seconds."
            return respond(request, _problem(503, code="database.unreachable", detail=detail))
        case Failure.UNSTORABLE:
            detail = "A value in the request cannot be stored: it has a character or a size that the database refuses."
            return respond(request, _problem(422, code="request.malformed", detail=detail))
        case Failure.OURS:
            return await _answer_failure(request, error)


async def _answer_failure(request: Request, error: Exception) -> Response:
    LOG.error("request failed: %s", type(error).__name__, exc_info=error)
    detail = "The service failed on this request, and its log says why. Nothing was changed."
    return respond(request, _problem(500, code="service.failed", detail=detail))


def _problem(status: int, *, code: str, detail: str, **more: Any) -> Problem:
    title = TITLES.get(status, "The request was not carried out")
    return Problem(type=f"urn:qcredit:problem:{code}", title=title, status=status, code=code, detail=detail, **more)


def _fault(error: Mapping[str, Any]) -> Fault:
    """One validation fault, without the value: a request may be large, or hold what nobody should read in a log."""
    where = ".".join(str(part) for part in error["loc"])
    code = str(error.get("ctx", {}).get("code", error["type"]))
    return Fault(where=where[:200], code=code, message=str(error["msg"])[:1000])


def _faults_of(given: Sequence[Any]) -> list[Fault]:
    """Faults that an error carries of its own, such as a linted policy's."""
    faults = []
    for one in given[:FAULTS_SHOWN]:
        if isinstance(one, Fault):
            faults.append(one)
            continue
        place = [str(value) for name in ("where", "line", "field") if (value := getattr(one, name, None)) is not None]
        code, message = str(getattr(one, "code", "fault")), str(getattr(one, "message", one))
        faults.append(Fault(where=":".join(place) or "-", code=code, message=message))
    return faults


def _page(problem: Problem) -> str:
    """A page that needs no template, so that it shows also when templates are what failed."""
    title, detail, code = escape(problem.title), escape(problem.detail), escape(problem.code)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f'<body><main><h1>{title}</h1><p>{detail}</p><p><code>{code}</code></p><p><a href="/">qcredit</a></p></main></body></html>\n'
    )
