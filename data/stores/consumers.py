"""Consumers of the log: the holders of keys of role platform, what they acknowledged, and how far they lag."""

from typing import Any

from psycopg.rows import dict_row

from data.database import ReadSession, WriteSession, driver_connection

Row = dict[str, Any]

HOLDERS = """
SELECT holder, min(created_at) AS since FROM api_key
WHERE role = 'platform' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) GROUP BY holder
"""
_KEEP = """
INSERT INTO acknowledgement (holder, epoch, seq, root, verdict, at)
VALUES (%(holder)s, %(epoch)s, %(seq)s, %(root)s, %(verdict)s, clock_timestamp())
"""
_LAGS = f"""
SELECT consumer.holder, consumer.since, last_one.seq, last_one.epoch, last_one.at, last_one.verdict, reached.seq AS equal_to,
    head.seq - coalesce(reached.seq, 0) AS lines_behind,
    extract(epoch FROM greatest(now() - missing.recorded_at, interval '0'))::bigint AS seconds_behind
FROM ({HOLDERS}) AS consumer CROSS JOIN change_head AS head
LEFT JOIN LATERAL (
    SELECT * FROM acknowledgement WHERE holder = consumer.holder ORDER BY acknowledgement_id DESC LIMIT 1
) AS last_one ON true
LEFT JOIN LATERAL (
    SELECT max(seq) AS seq FROM acknowledgement WHERE holder = consumer.holder AND verdict = 'equal' AND acknowledgement.seq <= head.seq
) AS reached ON true
LEFT JOIN change AS missing ON missing.seq = coalesce(reached.seq, 0) + 1
ORDER BY consumer.holder COLLATE "C"
"""
_CONFIRMED = f"""
SELECT consumer.holder, confirmed.at, confirmed.epoch, confirmed.seq
FROM ({HOLDERS}) AS consumer
LEFT JOIN LATERAL (
    SELECT at, epoch, seq FROM acknowledgement
    WHERE holder = consumer.holder AND verdict = 'equal' AND seq >= %(seq)s AND at >= %(since)s ORDER BY acknowledgement_id LIMIT 1
) AS confirmed ON true
ORDER BY consumer.holder COLLATE "C"
"""
_LEAVING = """
SELECT seq, cause, effective_on, recorded_at FROM change JOIN change_detail USING (seq)
WHERE listing_id = %s AND cause = ANY(%s) ORDER BY seq
"""
_ENTERING = """
SELECT listing_id, listing.list, seq, change.recorded_at FROM change_detail JOIN change USING (seq) JOIN listing USING (listing_id)
WHERE listing.enterprise_key = ANY (ARRAY(SELECT same_entries(%s))) AND cause = 'entered' ORDER BY seq DESC LIMIT 100
"""
_LEFT = """
SELECT listing_id, seq FROM change JOIN change_detail USING (seq)
WHERE cause = ANY(%(causes)s) AND seq > %(after)s ORDER BY seq LIMIT %(limit)s
"""
_WITNESSES = """
SELECT holder, acknowledgement.epoch, max(acknowledgement.seq) AS seq, max(at) AS at FROM acknowledgement CROSS JOIN change_head AS head
WHERE verdict = 'ahead' AND acknowledgement.epoch = head.epoch AND acknowledgement.seq > head.seq
GROUP BY holder, acknowledgement.epoch ORDER BY 3 DESC, holder COLLATE "C"
"""


def keep_acknowledgement(session: WriteSession, told: Row) -> None:
    driver_connection(session).execute(_KEEP, told)


def list_lags(session: ReadSession) -> list[Row]:
    """Each consumer with its last acknowledgement, and how far behind the log its last equal one is, in lines and seconds."""
    return _rows(session, _LAGS, ())


def leaving_lines(session: ReadSession, listing_id: int, *, causes: list[str]) -> list[Row]:
    """The lines by which an entry left, with these causes."""
    return _rows(session, _LEAVING, (listing_id, causes))


def entering_lines(session: ReadSession, enterprise_key: int) -> list[Row]:
    """The lines by which entries of an enterprise were made, latest first, at most a hundred."""
    return _rows(session, _ENTERING, (enterprise_key,))


def left_after(session: ReadSession, seq: int, *, causes: list[str], limit: int) -> list[Row]:
    """The next lines by which entries left, with these causes."""
    return _rows(session, _LEFT, {"after": seq, "causes": causes, "limit": limit})


def confirmations(session: ReadSession, line: Row) -> list[Row]:
    """Each consumer, with the first acknowledgement that covers a line."""
    return _rows(session, _CONFIRMED, {"seq": line["seq"], "since": line["recorded_at"]})


def list_witnesses(session: ReadSession) -> list[Row]:
    """Consumers that proved to have had more lines of this epoch than the log holds now."""
    return _rows(session, _WITNESSES, ())


def _rows(session: ReadSession, statement: str, values: Any) -> list[Row]:
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()
