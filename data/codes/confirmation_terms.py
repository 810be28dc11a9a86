"""Within how many working days consumers have to confirm that an entry has left, by cause; sample values, marked so."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.law import Mark
from models.listings import Cause
from models.shapes import Bilingual


@dataclass(frozen=True)
class ConfirmationTerm:
    """The clock of one cause; it starts on the day the line was written."""

    cause: Cause
    working_days: int
    act: str
    mark: Mark
    note: Bilingual


@cache
def confirmation_terms() -> dict[Cause, ConfirmationTerm]:
    """The clocks by cause; a cause without one asks nobody to confirm."""
    with (files("data.codes") / "confirmation_terms.csv").open("r", encoding="utf-8") as table:
        return {
            Cause(row["cause"]): ConfirmationTerm(
                cause=Cause(row["cause"]),
                working_days=int(row["working_days"]),
                act=row["act"],
                mark=Mark(row["mark"]),
                note=Bilingual(zh=row["note_zh"], en=row["note_en"]),
            )
            for row in csv.DictReader(table)
        }
