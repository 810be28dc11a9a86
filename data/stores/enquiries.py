"""Who looked an enterprise up: one row per holder, way, purpose and day, so that a program that asks all day long writes one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.rows import dict_row

from data.database import ReadSession, WriteSession, driver_connection

# Ordered, so that two workers that write the same rows at once never wait for each other crosswise.
_COUNT = """
INSERT INTO enquiry (enterprise_key, on_day, holder, role, way, purpose, check_id, first_at, last_at, times)
SELECT * FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[],
    %s::timestamptz[], %s::int[]) AS asked(enterprise_key, on_day, holder, role, way, purpose, check_id, first_at, last_at, times)
ORDER BY enterprise_key, on_day, holder, way, purpose, check_id
ON CONFLICT (enterprise_key, on_day, holder, way, purpose, check_id) DO UPDATE
SET times = enquiry.times + excluded.times, last_at = greatest(enquiry.last_at, excluded.last_at)
"""
_LIST = """
SELECT enquiry_id, on_day, holder, role, way, purpose, first_at, last_at, times FROM enquiry
WHERE enterprise_key = %(enterprise_key)s AND (%(before)s::bigint IS NULL OR enquiry_id < %(before)s)
ORDER BY enquiry_id DESC LIMIT %(limit)s
"""
_FORGET = "DELETE FROM enquiry WHERE last_at < %s"


@dataclass(frozen=True)
class Asked:
    """One look at an enterprise's file by the holder of a key."""

    enterprise_key: int
    holder: str
    role: str
    way: str
    on_day: date
    at: datetime
    purpose: str = ""
    check_id: int = 0


def count(session: WriteSession, asked: Iterable[Asked]) -> int:
    """Add these looks to what is kept; gives how many rows they touch."""
    rows: dict[tuple[Any, ...], list[Any]] = {}
    for one in asked:
        key = (one.enterprise_key, one.on_day, one.holder, one.way, one.purpose, one.check_id)
        row = rows.setdefault(
            key, [one.enterprise_key, one.on_day, one.holder, one.role, one.way, one.purpose, one.check_id, one.at, one.at, 0]
        )
        row[7], row[8], row[9] = min(row[7], one.at), max(row[8], one.at), row[9] + 1
    if rows:
        driver_connection(session).execute(_COUNT, [list(column) for column in zip(*rows.values(), strict=True)])
    return len(rows)


def list_enquiries(session: ReadSession, enterprise_key: int, *, before: int | None, limit: int) -> list[dict[str, Any]]:
    """One page of who looked an enterprise up, latest first."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LIST, {"enterprise_key": enterprise_key, "before": before, "limit": limit}).fetchall()


def forget(session: WriteSession, *, before: datetime) -> int:
    """Delete what is older; the database refuses anything younger than five years."""
    return driver_connection(session).execute(_FORGET, (before,)).rowcount
