"""Public holidays and make-up days of the State Council's yearly notices, as the calendar that clocks are reckoned by."""

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from models.calendar import WorkingDays


@cache
def working_days() -> WorkingDays:
    """Load the table; it covers whole years, from that of its first row to that of its last."""
    with (files("data.codes") / "working_days.csv").open("r", encoding="utf-8") as table:
        rows = [(date.fromisoformat(row["day"]), row["kind"]) for row in csv.DictReader(table)]
    return WorkingDays(
        first=date(rows[0][0].year, 1, 1),
        last=date(rows[-1][0].year, 12, 31),
        off=frozenset(day for day, kind in rows if kind == "off"),
        made_up=frozenset(day for day, kind in rows if kind == "work"),
    )
