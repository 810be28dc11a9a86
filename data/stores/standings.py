"""Standings and lists counted: what statistics and overviews read."""

from datetime import date

from psycopg.rows import tuple_row

from data.database import ReadSession, driver_connection

_LISTED = """
SELECT list, count(*) FROM listing
WHERE state <> 'ended' AND starts_on <= %(today)s AND (ends_on IS NULL OR ends_on > %(today)s) GROUP BY list
"""


def count_listed(session: ReadSession, *, today: date) -> dict[str, int]:
    """How many entries hold today, by list."""
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        return dict(cursor.execute(_LISTED, {"today": today}).fetchall())
