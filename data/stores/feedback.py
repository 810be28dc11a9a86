"""Feedback on measures: kept as reported, lifted once, and what is still applied though its entry holds no more."""

from datetime import date, datetime
from typing import Any

from psycopg.rows import dict_row
from sqlmodel import col, select

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.listings import KNOWN_AS
from models.tables.watches import Feedback

_ENTRY = """
SELECT l.listing_id, l.enterprise_key FROM enterprise_identifier i JOIN listing l ON l.enterprise_key = i.enterprise_key
JOIN listing_span s ON s.listing_id = l.listing_id AND s.superseded_seq IS NULL
WHERE i.scheme = %(scheme)s AND i.value = %(value)s AND i.superseded_seq IS NULL AND l.list = %(list)s
  AND s.starts_on <= %(day)s AND (s.ends_on IS NULL OR s.ends_on > %(day)s)
ORDER BY l.listing_id DESC LIMIT 1
"""
_ENDED = "CASE WHEN l.state = 'ended' THEN l.ended_on WHEN l.ends_on <= %(today)s THEN l.ends_on END"
_STILL = "f.lifted_on IS NULL AND (f.ends_on IS NULL OR f.ends_on > %(today)s)"
_SHOWN = f"""
SELECT f.*, l.list, {_ENDED} AS entry_ended_on, coalesce(code.scheme, founding_scheme) AS scheme,
    coalesce(code.value, founding_value) AS value, borne.name
FROM feedback f JOIN listing l USING (listing_id) JOIN enterprise ON enterprise.enterprise_key = f.enterprise_key {KNOWN_AS}
WHERE f.feedback_id > %(after)s AND (%(reported_by)s::text IS NULL OR f.reported_by = %(reported_by)s)
    AND (NOT %(only_still)s OR ({_STILL} AND {_ENDED} IS NOT NULL))
ORDER BY f.feedback_id LIMIT %(limit)s
"""
_COUNTS = f"""
SELECT f.agency, f.measure, count(*) AS applied, count(f.lifted_on) AS lifted,
    count(*) FILTER (WHERE {_STILL} AND {_ENDED} IS NOT NULL) AS still_applied
FROM feedback f JOIN listing l USING (listing_id)
GROUP BY f.agency, f.measure ORDER BY f.agency COLLATE "C", f.measure COLLATE "C" LIMIT 10000
"""


def find_entry(session: ReadSession, *, scheme: str, value: str, list_code: str, day: date) -> tuple[int, int] | None:
    """The entry of an enterprise on a list that had effect on a day, and the enterprise."""
    asked = {"scheme": scheme, "value": value, "list": list_code, "day": day}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_ENTRY, asked).fetchone()
    return None if row is None else (row["listing_id"], row["enterprise_key"])


def find_report(session: ReadSession, *, agency: str, reference: str) -> Feedback | None:
    return session.exec(select(Feedback).where(col(Feedback.agency) == agency, col(Feedback.reference) == reference)).one_or_none()


def add_report(session: WriteSession, report: Feedback) -> None:
    session.add(report)
    session.flush()


def lift(session: WriteSession, report: Feedback, *, on: date, at: datetime, result: str | None) -> None:
    """End a measure, once."""
    report.lifted_on, report.lifted_at, report.result = on, at, result or report.result
    session.add(report)
    session.flush()


def list_reports(
    session: ReadSession, *, today: date, reported_by: str | None, only_still: bool, after: int, limit: int
) -> list[dict[str, Any]]:
    """One page of reports by number; `only_still` leaves those that are applied though their entry holds no more."""
    asked = {"today": today, "reported_by": reported_by, "only_still": only_still, "after": after, "limit": limit}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_SHOWN, asked).fetchall()


def count_reports(session: ReadSession, *, today: date) -> list[dict[str, Any]]:
    """Reports by agency and measure."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_COUNTS, {"today": today}).fetchall()
