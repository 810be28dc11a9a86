"""What pydantic says of a policy, in the words of a policy author: the field that is meant, and a sentence that helps."""

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from models.linting.findings import Finding, Path, quoted
from models.policies import Policy


def findings_of(error: ValidationError, raw: Any, shape: type[BaseModel] = Policy) -> list[Finding]:
    """Turn every error of a validation into a finding on a path of the raw values."""
    found: dict[tuple[Path, str], Finding] = {}
    for detail in error.errors(include_url=False):
        if _is_other_branch(detail["loc"], raw):
            continue
        finding = _finding_of(detail, raw, shape)
        found.setdefault((finding.path, finding.sentence), finding)
    return list(found.values())


def _finding_of(detail: ErrorDetails, raw: Any, shape: type[BaseModel]) -> Finding:
    path = path_in(detail["loc"], raw)
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    match detail["type"]:
        case "missing":
            return Finding((*path, name), "policy.missing_field", f"`{name}` is missing")
        case "extra_forbidden":
            allowed = sorted({field for model in _models_at(shape, path[:-1], raw) for field in model.model_fields})
            close = difflib.get_close_matches(name, allowed, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"known here: {quoted(allowed)}"
            return Finding(path, "policy.unknown_field", f"`{name}` is not a field of this place; {hint}")
        case "enum" | "literal_error":
            return Finding(path, "policy.unknown_value", f"{_shown(detail['input'])} is not one of {detail['ctx']['expected']}")
        case "union_tag_invalid" | "union_tag_not_found":
            return Finding((*path, "how"), "policy.unknown_value", f"`how` must be one of {quoted(_tags(detail))}")
        case "value_error":
            return Finding(path, "policy.bad_value", detail["msg"].removeprefix("Value error, "))
        case "string_type":
            return Finding(path, "policy.bad_value", f"{_shown(detail['input'])} must be text here; put it in quotes")
        case "string_pattern_mismatch":
            return Finding(path, "policy.bad_value", f"{_shown(detail['input'])} must have the form {detail['ctx']['pattern']}")
        case "model_type" | "dict_type" | "model_attributes_type":
            return Finding(path, "policy.bad_value", f"{_shown(detail['input'])} stands where a block of fields is needed")
        case "tuple_type" | "list_type":
            return Finding(
                path, "policy.bad_value", f"{_shown(detail['input'])} stands where a list is needed; begin each item with a dash"
            )
        case "too_short":
            return Finding(path, "policy.bad_value", "at least one entry is needed here")
        case _:
            return Finding(path, "policy.bad_value", f"{_shown(detail['input'])}: {detail['msg'][:1].lower()}{detail['msg'][1:]}")


def path_in(loc: tuple[int | str, ...], raw: Any) -> Path:
    """The path in the raw values that an error location means; tags of unions and the like are left out.

    A name that the values lack is left out too.
    """
    path: list[str | int] = []
    here = raw
    for step in loc:
        inside = _inside(here, step)
        if inside is not _NOTHING:
            path.append(step)
            here = inside
    return tuple(path)


_NOTHING = object()


def _inside(value: Any, step: int | str) -> Any:
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return _NOTHING


def _is_other_branch(loc: tuple[int | str, ...], raw: Any) -> bool:
    """Whether the error is of a union's member that the author did not mean: a word where a block stands, or the reverse."""
    here = raw
    for step in loc:
        inside = _inside(here, step)
        if inside is not _NOTHING:
            here = inside
        elif isinstance(step, str) and step.startswith("literal["):
            return isinstance(here, dict)
        elif isinstance(step, str) and step[:1].isupper() and not isinstance(here, dict):
            return True
    return False


def _tags(detail: ErrorDetails) -> list[str]:
    expected = str(detail.get("ctx", {}).get("expected_tags", ""))
    tags = [tag.strip().strip("'") for tag in expected.split(",") if tag.strip()]
    return tags or ["fixed", "by_field", "by_quantity", "times_quantity", "share_of_failures"]


def _shown(value: Any) -> str:
    text = "nothing" if value is None else "a block" if isinstance(value, dict) else "a list" if isinstance(value, list) else f"`{value}`"
    return text if len(text) <= 80 else f"{text[:76]}...`"


def _models_at(shape: type[BaseModel], path: Path, raw: Any) -> set[type[BaseModel]]:
    """The shapes that may stand at a path; a union is told apart by its `how` where that is readable."""
    models: set[type[BaseModel]] = {shape}
    here = raw
    for step in path:
        here = _inside(here, step)
        if isinstance(step, str):
            models = {found for model in models if step in model.model_fields for found in _models_in(model.model_fields[step].annotation)}
    if isinstance(here, dict) and len(models) > 1:
        meant = {model for model in models if here.get("how") in _ways(model)}
        return meant or models
    return models


def _ways(model: type[BaseModel]) -> tuple[Any, ...]:
    return get_args(model.model_fields["how"].annotation) if "how" in model.model_fields else ()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
