"""How long the log keeps what it says of an entry that has ended, by the cause of its end; sample values, marked so."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.law import Mark
from models.listings import Cause


@dataclass(frozen=True)
class RetentionTerm:
    """After so many days from the first day without effect, the lines of an entry are emptied."""

    end_cause: Cause
    days_after_end: int
    act: str
    mark: Mark


@cache
def retention_terms() -> tuple[RetentionTerm, ...]:
    """One term for each cause of an end; a cause without one is kept for ever."""
    with (files("data.codes") / "retention_terms.csv").open("r", encoding="utf-8") as table:
        return tuple(
            RetentionTerm(Cause(row["end_cause"]), int(row["days_after_end"]), row["act"], Mark(row["mark"]))
            for row in csv.DictReader(table)
        )
