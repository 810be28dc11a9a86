"""The published JSON Schema of a line of the feed, made from the shape that lines are read by."""

from functools import cache
from typing import Any

from models.changes import FeedLine

ADDRESS = "/v1/schemas/change.json"


@cache
def change_schema() -> dict[str, Any]:
    """The schema of a line with its body. Within v1 it only gains fields, so a reader ignores those it does not know."""
    made = FeedLine.model_json_schema()
    _open(made)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:qcredit:schema:change:v1", **made, "title": "Change"}


def _open(schema: Any) -> None:
    """Let objects have fields that a later version adds."""
    match schema:
        case dict():
            if schema.get("additionalProperties") is False:
                del schema["additionalProperties"]
            for inner in schema.values():
                _open(inner)
        case list():
            for inner in schema:
                _open(inner)
