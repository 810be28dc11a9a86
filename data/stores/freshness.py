"""How fresh the feed is, computed from the log itself: from a decision to its line, and from its line to the signed checkpoint."""

from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from data.database import ReadSession, driver_connection

Row = dict[str, Any]

# A line bears the number of knowledge that its transaction drew; the decision's own instant stands with the decision. The first
# checkpoint that covers a line is where anybody can prove it.
_DELAYS = """
WITH lately AS (
    SELECT change.seq, change.epoch, change.recorded_at, knowledge.committed_at AS decided_at
    FROM change JOIN knowledge USING (known_seq) WHERE change.recorded_at >= %(since)s
),
signed AS (
    SELECT epoch, seq, first_issued_at, lag(seq, 1, 0::bigint) OVER (ORDER BY epoch, seq) AS seq_before
    FROM signed_checkpoint WHERE first_issued_at >= %(since)s
),
delays AS (
    SELECT extract(epoch FROM lately.recorded_at - decided_at) AS to_feed,
        extract(epoch FROM first_issued_at - lately.recorded_at) AS to_proof
    FROM lately LEFT JOIN signed ON lately.epoch = signed.epoch AND lately.seq <= signed.seq AND lately.seq > signed.seq_before
)
SELECT count(*) AS lines,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY to_feed)::float8 AS to_feed_p50,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY to_feed)::float8 AS to_feed_p99,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY to_proof)::float8 AS to_proof_p50,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY to_proof)::float8 AS to_proof_p99
FROM delays
"""
_NEWEST = "SELECT seq, recorded_at FROM change ORDER BY seq DESC LIMIT 1"


def delays_since(session: ReadSession, since: datetime) -> Row:
    """Lines written since, and seconds from decision to feed and from feed to proof: the middle, and what one in a hundred exceeds."""
    return _row(session, _DELAYS, {"since": since}) or {}


def newest_line(session: ReadSession) -> Row | None:
    return _row(session, _NEWEST, {})


def _row(session: ReadSession, statement: str, values: Row) -> Row | None:
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchone()
