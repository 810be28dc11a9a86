"""The page of codes and the closed sets of the records say the same."""

import re
from pathlib import Path

from data.policy_files import load_shipped
from models.indicators import RecordFilter
from models.linting.walk import Walked, nested
from models.records import Kind, outcomes
from models.vocabulary import OTHER_LISTS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "record-codes.md").read_text(encoding="utf-8")


def test_the_page_of_codes_names_every_outcome_of_every_kind() -> None:
    told = {
        (kind.strip(), outcome.strip())
        for kind, cell in re.findall(r"^\| ([a-z]+) \| ([a-z_, ]+) \|", PAGE, flags=re.MULTILINE)
        if kind in set(Kind)
        for outcome in cell.split(",")
    }
    assert told == {(str(kind), outcome) for kind in Kind for outcome in outcomes(kind)}


def test_the_page_of_codes_names_every_list_of_other_authorities() -> None:
    assert [name for name in OTHER_LISTS if f"| {name} |" not in PAGE] == []


def test_every_code_that_a_sample_policy_compares_stands_on_the_page() -> None:
    used = {
        code
        for name in ("yinchuan-2019", "yinchuan-2026")
        for _, wanted in Walked(tuple(nested(load_shipped(name)))).of(RecordFilter)
        for code in wanted.code
    }
    assert used
    assert [code for code in sorted(used) if f"| {code} |" not in PAGE and f"`{code}`" not in PAGE] == []
