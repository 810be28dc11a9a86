"""Industries of GB/T 4754-2017: sections (a letter), divisions, groups and classes (two, three and four digits).

`industries.csv` has one line per code with its section. A group without classes of its own is its only class, written with a
final 0 (`8890` is the class of group `889`); registers also pad divisions and groups to four digits.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Industry(NamedTuple):
    """One code with its section and name."""

    code: str
    section: str
    name: str


@cache
def all_industries() -> dict[str, Industry]:
    """Load the table, code to industry."""
    with (files("data.codes") / "industries.csv").open("r", encoding="utf-8") as table:
        lines = csv.reader(table)
        next(lines)
        return {code: Industry(code, section, name) for code, section, name in lines}


@cache
def find_industry(code: str) -> Industry | None:
    """Find an industry by section letter or code, padded or not, with or without the section's letter before it (`C1432`)."""
    table = all_industries()
    code = code.strip().upper()
    if len(code) > 1 and code[0].isalpha():
        found = find_industry(code[1:])
        return found if found and found.section == code[0] else None
    while code and code not in table and len(code) > 2 and code.endswith("0"):
        code = code[:-1]
    return table.get(code)


def industry_name(code: str) -> str | None:
    """Give an industry's name; None when the standard has no such code."""
    industry = find_industry(code)
    return industry.name if industry else None


def industry_path(code: str) -> tuple[Industry, ...]:
    """Give an industry with those above it, the section first; empty when the standard has no such code."""
    industry = find_industry(code)
    if industry is None:
        return ()
    table = all_industries()
    above = [table[industry.section], *(table[industry.code[:length]] for length in (2, 3, 4) if length <= len(industry.code))]
    return tuple(dict.fromkeys(above))
