"""Checks by the day they were asked, for audit: their particulars as CSV, or whole with their answers as NDJSON."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from data.database import ReadSession
from data.stores import checks
from models.errors import Malformed
from service.clock import LEGAL_ZONE
from service.list_answers import as_csv

COLUMNS = (
    "check_id", "asked_by", "asked_at", "purpose", "matter", "project", "as_of", "cut_off", "known_seq", "change_seq", "policy_hash",
    "catalogue_hash", "suppliers", "keep_until", "answer_sha256",
)  # fmt: skip


class BadRange(Malformed):
    """The range of days ends before it begins."""

    code = "check.range"


def export_csv(session: ReadSession, *, first: date, last: date) -> Iterator[bytes]:
    """One line a check, oldest first, without the answer but with its hash. Raises `check.range`."""
    since, before = _span(first, last)
    return as_csv(COLUMNS, ([row[name] for name in COLUMNS] for row in checks.checks_between(session, since=since, before=before)))


def export_ndjson(session: ReadSession, *, first: date, last: date) -> Iterator[bytes]:
    """One answer a line, byte for byte what its receipt signs. Raises `check.range`."""
    since, before = _span(first, last)
    return (row["answer"].encode() + b"\n" for row in checks.checks_between(session, since=since, before=before))


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    if last < first:
        raise BadRange(f"The range ends on {last}, before it begins on {first}. Both days are part of it.")
    return datetime.combine(first, time.min, LEGAL_ZONE), datetime.combine(last + timedelta(days=1), time.min, LEGAL_ZONE)
