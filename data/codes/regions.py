"""Regions of GB/T 2260 over all its revisions: a code once valid stays known, since old codes live on in identifiers and records.

`regions.csv` has one line per code: its latest name, the first and, unless it is still valid, the last revision (year and
month) that lists it. The newest revision held is of April 2019.
"""

import csv
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

NEWEST_REVISION: Final = "201904"
_MUNICIPALITY_PARTS: Final = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


class Region(NamedTuple):
    """One code with its latest name and the revisions that list it; `last` is None while it is valid."""

    code: str
    name: str
    first: str
    last: str | None


@cache
def all_regions() -> dict[str, Region]:
    """Load the table, code to region, in the order of codes."""
    with (files("data.codes") / "regions.csv").open("r", encoding="utf-8") as table:
        lines = csv.reader(table)
        next(lines)
        return {code: Region(code, name, first, last or None) for code, name, first, last in lines}


def is_known_region(code: str) -> bool:
    """Tell whether the first six digits were a region's code in any revision; nine- and twelve-digit codes begin with them."""
    return code[:6] in all_regions()


def is_current_region(code: str) -> bool:
    """Tell whether the first six digits are a region's code in the newest revision held."""
    region = all_regions().get(code[:6])
    return region is not None and region.last is None


@cache
def region_name(code: str) -> str | None:
    """Give a region's own latest name; None when no revision knows the code."""
    region = all_regions().get(code[:6])
    return region.name if region else None


@cache
def full_region_name(code: str) -> str | None:
    """Give a region's name with those of the province and city above it, such as 宁夏回族自治区银川市兴庆区."""
    code = code[:6]
    if not is_known_region(code):
        return None
    above = dict.fromkeys([f"{code[:2]}0000", f"{code[:4]}00", code])
    names = [name for part in above if (name := region_name(part)) and (part == code or name not in _MUNICIPALITY_PARTS)]
    return "".join(names)


def regions_within(prefix: str, *, with_former: bool = False) -> tuple[Region, ...]:
    """List the regions below a code or prefix (`64`, `6401`, `640100`), itself included; former ones on request."""
    stem = prefix[:6]
    for zeros in ("0000", "00"):
        if len(stem) == 6 and stem.endswith(zeros):
            stem = stem[: -len(zeros)]
            break
    return tuple(region for code, region in all_regions().items() if code.startswith(stem) and (with_former or region.last is None))
