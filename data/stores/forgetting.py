"""Which lines of the log say something of an entry, and which entries are due to be forgotten."""

from collections.abc import Sequence
from datetime import date

from psycopg.rows import tuple_row

from data.database import ReadSession, driver_connection

_LINES = "SELECT seq FROM change_detail WHERE listing_id = %s AND emptied_at IS NULL ORDER BY seq"
_DUE = """
SELECT listing_id, term.act FROM listing
JOIN unnest(%(causes)s::text[], %(days)s::int[], %(acts)s::text[]) AS term(end_cause, days, act) USING (end_cause)
WHERE state = 'ended' AND ended_on + term.days <= %(today)s
    AND EXISTS (SELECT FROM change_detail AS detail WHERE detail.listing_id = listing.listing_id AND emptied_at IS NULL)
ORDER BY listing_id LIMIT %(limit)s
"""


def told_lines(session: ReadSession, listing_id: int) -> list[int]:
    """The lines of an entry that have not been emptied."""
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        return [int(row[0]) for row in cursor.execute(_LINES, (listing_id,)).fetchall()]


def due_entries(session: ReadSession, terms: Sequence[tuple[str, int, str]], *, today: date, limit: int) -> list[tuple[int, str]]:
    """Entries whose retention is over, with the act that says so; `terms` are cause of the end, days and act."""
    causes, days, acts = [list(part) for part in zip(*terms, strict=True)]
    asked = {"causes": causes, "days": days, "acts": acts, "today": today, "limit": limit}
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        return [(int(listing_id), str(act)) for listing_id, act in cursor.execute(_DUE, asked).fetchall()]
