"""Which enterprises the suppliers of a check are, all of them in one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from data.database import ReadSession
from data.stores import checks
from models.checks import FoundBy
from models.identifiers import IdentifierError, name_key, normalise
from service.check_answers import Supplier

CANDIDATES = 20
Match = dict[str, Any]


def match_suppliers(
    session: ReadSession, suppliers: Sequence[Supplier], *, day: date, known_seq: int
) -> tuple[dict[int, list[Match]], dict[int, IdentifierError]]:
    """The enterprises that each supplier may be, by its number, and which codes are none."""
    asked: list[tuple[int, str | None, str | None, str | None]] = []
    faults: dict[int, IdentifierError] = {}
    for no, supplier in enumerate(suppliers, 1):
        name = name_key(supplier.name) if supplier.name else None
        if supplier.code is None:
            asked.append((no, None, None, name))
            continue
        try:
            asked.append((no, supplier.scheme, normalise(supplier.scheme, supplier.code), name))
        except IdentifierError as fault:
            faults[no] = fault
    found: dict[int, list[Match]] = {}
    for row in checks.match(session, asked, day=day, known_seq=known_seq, candidates=CANDIDATES):
        found.setdefault(row["no"], []).append(row)
    return {no: _settled(rows) for no, rows in found.items()}, faults


def _settled(rows: list[Match]) -> list[Match]:
    """A name that exactly one enterprise bears on the day means that one, whoever bore it before; a duplicate means the one kept."""
    present = {row["enterprise_key"] for row in rows}
    rows = [row for row in rows if row["kept_key"] not in present]
    bearing = [row for row in rows if row["found_by"] == FoundBy.NAME]
    return bearing if len(bearing) == 1 else rows
