"""The state of every entry of a list on a day, as known at a number: read from the lines of the log, whose dates work by themselves."""

from datetime import date

from psycopg.rows import tuple_row

from data.database import ReadSession, driver_connection
from models.listings import ListingState

# The last line that took effect by the day says the state; the last line known says the end, which a correction may have moved.
_STATES = """
WITH known AS (
    SELECT detail.listing_id, change.seq, change.cause, change.effective_on, (detail.body::jsonb -> 'after') AS entry
    FROM change JOIN change_detail AS detail USING (seq) JOIN listing USING (listing_id)
    WHERE listing.list = %(list)s AND change.known_seq <= %(known_seq)s AND detail.body IS NOT NULL
), told AS (
    SELECT DISTINCT ON (listing_id) listing_id, entry ->> 'state' AS state FROM known
    WHERE effective_on <= %(day)s AND cause <> 'corrected' ORDER BY listing_id, seq DESC
), dated AS (
    SELECT DISTINCT ON (listing_id) listing_id, (entry ->> 'starts_on')::date AS starts_on, (entry ->> 'ends_on')::date AS ends_on
    FROM known ORDER BY listing_id, seq DESC
)
SELECT listing_id, CASE
    WHEN state = 'ended' OR ends_on <= %(day)s THEN 'ended'
    WHEN state = 'announced' AND starts_on <= %(day)s THEN 'in_force'
    ELSE state
END
FROM told JOIN dated USING (listing_id) WHERE listing_id > %(after)s ORDER BY listing_id LIMIT %(limit)s
"""


def states_on(
    session: ReadSession, list_name: str, *, day: date, known_seq: int, after: int = 0, limit: int = 1000
) -> dict[int, ListingState]:
    """One page of entry -> state on a day as known at a number; entries not made by then, or forgotten, are left out."""
    asked = {"list": list_name, "day": day, "known_seq": known_seq, "after": after, "limit": limit}
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        return {int(number): ListingState(state) for number, state in cursor.execute(_STATES, asked).fetchall()}
