"""Which new facts the standings still have to follow, and lists counted for overviews."""

from datetime import date, timedelta

from psycopg.rows import scalar_row, tuple_row

from data.database import ReadSession, WriteSession, driver_connection

_LISTED = """
SELECT list, count(*) FILTER (WHERE colour <> 'red' OR NOT EXISTS (
    SELECT FROM honour_refusal h WHERE h.enterprise_key = listing.enterprise_key AND h.resumed_at IS NULL)) FROM listing
WHERE state <> 'ended' AND starts_on <= %(today)s AND (ends_on IS NULL OR ends_on > %(today)s) GROUP BY list
"""


def count_listed(session: ReadSession, *, today: date) -> dict[str, int]:
    """How many entries hold today, by list; without honours that their enterprises declined to have shown."""
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        return dict(cursor.execute(_LISTED, {"today": today}).fetchall())


def owe(session: WriteSession, known_seq: int) -> None:
    """Note, with the facts themselves, that standings have to follow them."""
    driver_connection(session).execute("INSERT INTO standings_due VALUES (%s, clock_timestamp())", (known_seq,))


def pay(session: WriteSession, known_seq: int) -> None:
    """Note, with the standings themselves, that they have followed."""
    driver_connection(session).execute("DELETE FROM standings_due WHERE known_seq = %s", (known_seq,))


def is_due(session: ReadSession, known_seq: int) -> bool:
    """Whether the standings have still to follow these facts."""
    return driver_connection(session).execute("SELECT FROM standings_due WHERE known_seq = %s", (known_seq,)).fetchone() is not None


def list_due(session: ReadSession, *, older_than: timedelta, limit: int = 100) -> list[int]:
    """The facts that standings should have followed some time ago, oldest first."""
    statement = "SELECT known_seq FROM standings_due WHERE due_since <= clock_timestamp() - %s ORDER BY known_seq LIMIT %s"
    with driver_connection(session).cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(statement, (older_than, limit)).fetchall()
