"""Lists by their codes: what each is called, who keeps it, and where to ask when it is not held here.

A list with `named_by` must be asked in procurement under that rule, whether it is held here or not.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from models.shapes import Bilingual


class KnownList(NamedTuple):
    """One list; `ask` is None for the lists of this service."""

    code: str
    title: Bilingual
    keeper: Bilingual
    ask: Bilingual | None
    named_by: str | None


@cache
def known_lists() -> dict[str, KnownList]:
    """Load the table, code to list, in its order."""
    with (files("data.codes") / "known_lists.csv").open("r", encoding="utf-8") as table:
        return {
            row["code"]: KnownList(
                code=row["code"],
                title=Bilingual(zh=row["title_zh"], en=row["title_en"]),
                keeper=Bilingual(zh=row["keeper_zh"], en=row["keeper_en"]),
                ask=Bilingual(zh=row["ask_zh"], en=row["ask_en"]) if row["ask_zh"] else None,
                named_by=row["named_by"] or None,
            )
            for row in csv.DictReader(table)
        }


def list_title(code: str) -> Bilingual:
    """A list's title; one that no table knows is called by its code."""
    known = known_lists().get(code)
    return known.title if known else Bilingual(zh=code, en=code)
