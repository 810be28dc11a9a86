"""The JSON Schema of policy files: checked in, and never behind the shapes."""

import json
from pathlib import Path

from models.policy_schema import policy_schema, policy_schema_text

CHECKED_IN = Path(__file__).parent.parent.parent / "docs" / "policy.schema.json"


def test_the_schema_that_is_checked_in_is_that_of_the_shapes() -> None:
    assert CHECKED_IN.read_text(encoding="utf-8") == policy_schema_text(), "run `qcredit policy schema > docs/policy.schema.json`"


def test_a_list_may_be_written_as_its_one_entry() -> None:
    kind = policy_schema()["$defs"]["RecordFilter"]["properties"]["kind"]
    assert [choice.get("type", "reference") for choice in kind["anyOf"]] == ["reference", "array"]
    assert kind["anyOf"][1]["minItems"] == 1


def test_no_shape_takes_a_field_it_does_not_know() -> None:
    schema = policy_schema()
    shapes = [schema, *(d for d in schema["$defs"].values() if d.get("type") == "object")]
    assert all(shape["additionalProperties"] is False for shape in shapes), json.dumps(sorted(schema["$defs"]))
