"""The page about the policy language: every block is read and linted, and no construct is without an example."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from data.policy_files import shipped_acts
from data.yaml_files import read_yaml
from models.linting import whole
from models.linting.whole import lint
from models.policies import Policy
from models.policy_schema import policy_schema

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "policy-language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml(?: faulty=(\S+))?\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
REPLACED = {"grades", "labels", "scale", "per_event"}


def read(text: str) -> dict[str, Any]:
    plain = read_yaml(text)
    assert plain.blemishes == []
    assert isinstance(plain.value, dict)
    return plain.value


WHOLE = read(BLOCKS[0][1])


def completed(part: dict[str, Any]) -> dict[str, Any]:
    """A part of a policy inside the whole one that opens the page: lists grow, the rest is replaced."""
    made = dict(WHOLE)
    for name, value in part.items():
        grows = isinstance(value, list) and name not in REPLACED
        made[name] = [*made.get(name, []), *value] if grows else value
    return made


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_block_is_a_sound_policy_or_has_the_fault_it_says(number: int) -> None:
    faulty, text = BLOCKS[number]
    raw = read(text)
    policy = Policy.model_validate(raw if number == 0 else completed(raw))
    assert {finding.code for finding in lint(policy, shipped_acts())} == ({faulty} if faulty else set())


def test_the_page_has_an_example_for_every_field_of_the_language() -> None:
    used: set[str] = set()

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            used.update(value)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            collect(item)

    for _, text in BLOCKS:
        collect(read(text))
    schema = policy_schema()
    fields = {name for shape in (schema, *schema["$defs"].values()) for name in shape.get("properties", {})}
    assert sorted(fields - used) == []


def test_the_page_has_an_example_for_every_word_of_the_closed_sets_of_rules() -> None:
    schema = policy_schema()["$defs"]
    words = {*schema["PerEvent"]["enum"], *schema["Anchor"]["enum"], *schema["Capacity"]["enum"], *schema["Mark"]["enum"]}
    words |= {*schema["ListRule"]["properties"]["decided_by"]["enum"], "validity", "exactly", "calendar_year", "lower"}
    text = "".join(text for _, text in BLOCKS)
    assert [word for word in sorted(words) if word not in text] == []


def test_the_page_names_every_code_of_the_linter() -> None:
    code = re.compile(r'"policy\.([a-z_]+)"')
    source = "".join(file.read_text(encoding="utf-8") for file in sorted(Path(whole.__file__).parent.glob("*.py")))
    told = set(re.findall(r"[a-z]+(?:_[a-z]+)*", PAGE))
    assert [name for name in sorted(set(code.findall(source))) if name not in told] == []


def test_the_headings_that_the_page_links_to_are_there() -> None:
    headings = [re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-") for line in PAGE.splitlines() if line.startswith("## ")]
    assert [link for link in re.findall(r"\(#([^)]+)\)", PAGE) if link not in headings] == []
    assert all(first != second for first, second in pairwise(headings))
