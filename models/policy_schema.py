"""The JSON Schema of policy files, generated from the shapes, for editors and other tools."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from models.indicators import one_or_many
from models.policies import Policy


class PolicySchema(GenerateJsonSchema):
    """Knows that a list may be written as its one entry where the shapes read it so."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        inner = super().function_before_schema(schema)
        if schema["function"].get("function") is one_or_many and "items" in inner:
            return {"anyOf": [inner["items"], inner]}
        return inner


def policy_schema() -> dict[str, Any]:
    """Generate the schema of a whole policy file."""
    schema = Policy.model_json_schema(schema_generator=PolicySchema, mode="validation")
    _move_length(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Policy of the enterprise quality credit service"}


def _move_length(node: Any) -> None:
    """Put a bound on the length of a list, which pydantic writes beside the choice, where the list is."""
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _move_length(part)
    if isinstance(node, dict) and "anyOf" in node and "minLength" in node:
        lists = [choice for choice in node["anyOf"] if choice.get("type") == "array"]
        for choice in lists:
            choice["minItems"] = node["minLength"]
        if lists:
            del node["minLength"]


def policy_schema_text() -> str:
    """The schema as it is checked in at docs/policy.schema.json."""
    return json.dumps(policy_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
