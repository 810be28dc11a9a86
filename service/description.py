"""How the API describes itself (OpenAPI): the framework's document, with our problems, roles, and answers as they really were given."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from models.access import Role
from service.problems import Problem, problems

SECURITY = "key"


@cache
def examples() -> dict[str, Any]:
    """An answer of each operation, taken from the town of the tests, under the operation's name."""
    found: dict[str, Any] = json.loads((files("service") / "examples.json").read_text(encoding="utf-8"))
    return found


def describe(app: FastAPI, access: Mapping[str, frozenset[Role]]) -> dict[str, Any]:
    """The whole document. Every error has one shape, and each operation names the roles of its row in the access table."""
    schema = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    parts = schema.setdefault("components", {})
    shapes = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        shapes.pop(unused, None)
    shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    shapes.update(shape.pop("$defs", {}) | {"Problem": shape})
    parts["securitySchemes"] = {SECURITY: {"type": "http", "scheme": "bearer", "description": "qck_<identity>_<secret>"}}
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            allowed = access[f"{method.upper()} {path}"]
            operation["x-roles"] = sorted(allowed)
            operation["security"] = [{}, {SECURITY: []}] if Role.PUBLIC in allowed else [{SECURITY: []}]
            if "422" in operation["responses"]:
                operation["responses"]["422"] = problems(422)[422]
            _show_example(operation)
    return schema


def _show_example(operation: dict[str, Any]) -> None:
    """The example stands at the answer of success that has a shape."""
    example = examples().get(operation["operationId"])
    for status in ("200", "201", "202"):
        content = operation["responses"].get(status, {}).get("content", {}).get("application/json")
        if content is not None and example is not None:
            content["example"] = example
            return
