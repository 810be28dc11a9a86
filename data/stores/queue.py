"""Records that wait for their enterprise: putting them into the queue, listing, settling."""

from collections.abc import Sequence
from typing import Any

import psycopg
from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from data.stores.districts import waits_within
from data.stores.judging import MARK_ORDER
from models.deliveries import QueueState
from models.errors import NotFound, Refused
from models.tables.base import now
from models.tables.deliveries import QueueItem

# An item waits in vain once its record came anew; one that bears a newer mark than what came keeps waiting.
_DROP = f"""
UPDATE queue_item AS q
SET state = 'dropped', settled_at = clock_timestamp(), settled_by = 'intake',
    settled_why = 'Delivery ' || s.delivery_id || ' brought the record anew.'
FROM judged AS j JOIN staged AS s USING (staged_no)
WHERE q.state = 'open' AND q.record_key = j.record_key AND s.queue_id IS NULL
    AND (j.verdict IN ('accepted', 'revised', 'unchanged')
        OR (j.verdict IN ('queued', 'contradicted', 'disagreeing') AND q.content_hash <> s.content_hash))
    AND NOT coalesce({MARK_ORDER.format("(q.record ->> 'source_mark')")}, '') > coalesce({MARK_ORDER.format("s.source_mark")}, '')
"""
_QUEUED = """
CREATE TEMPORARY TABLE queued ON COMMIT DROP AS
SELECT s.staged_no, s.row_no, s.name, s.scheme, s.value, x.reason,
    CASE x.reason
        WHEN 'match.identifiers_disagree' THEN 'The identifiers given belong to different enterprises.'
        WHEN 'match.contradiction' THEN
            CASE WHEN j.verdict = 'contradicted'
                THEN 'The identifier belongs to one enterprise, the name to another.'
                ELSE 'The identifier is not known here, but the name is: one of the two is wrong, or the registry lacks the identifier.' END
        WHEN 'match.ambiguous_name' THEN b.bearers || ' enterprises bear this name on ' || s.occurred_on || ', and no identifier is given.'
        ELSE 'No enterprise is known here under ' || concat_ws(' or ', s.scheme || ' ' || s.value, 'the name ' || s.name) || '.'
    END AS message,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('enterprise_key', k.enterprise_key, 'scheme', e.founding_scheme, 'value', e.founding_value,
            'name', (SELECT n.name FROM enterprise_name AS n WHERE n.enterprise_key = k.enterprise_key AND n.superseded_seq IS NULL
                ORDER BY n.valid_until DESC NULLS FIRST, n.valid_from DESC NULLS LAST LIMIT 1), 'why', k.why)
            ORDER BY k.why, k.enterprise_key)
        FROM (
            SELECT DISTINCT ON (enterprise_key) enterprise_key, why FROM (
                (SELECT n.enterprise_key, 'name' AS why FROM enterprise_name AS n
                    WHERE n.name_key = s.name_key AND n.superseded_seq IS NULL LIMIT 10)
                UNION ALL SELECT i.enterprise_key, 'identifier' FROM enterprise_identifier AS i
                    WHERE i.superseded_seq IS NULL AND ((i.scheme = s.scheme AND i.value = s.value) OR (i.scheme, i.value) IN (
                        SELECT other ->> 0, other ->> 1 FROM jsonb_array_elements(s.others) AS other))
                UNION ALL SELECT j.current_enterprise_key, 'earlier revision' WHERE j.current_enterprise_key IS NOT NULL
            ) AS told ORDER BY enterprise_key, why
        ) AS k JOIN enterprise AS e ON e.enterprise_key = k.enterprise_key
    ), '[]'::jsonb) AS candidates
FROM judged AS j JOIN staged AS s USING (staged_no) LEFT JOIN by_name AS b USING (staged_no)
CROSS JOIN LATERAL (SELECT CASE
    WHEN j.verdict = 'disagreeing' THEN 'match.identifiers_disagree'
    WHEN j.verdict = 'contradicted' THEN 'match.contradiction'
    WHEN b.bearers > 1 THEN 'match.ambiguous_name'
    WHEN s.scheme IS NOT NULL AND EXISTS (
        SELECT FROM enterprise_name AS n WHERE n.name_key = s.name_key AND n.superseded_seq IS NULL
    ) THEN 'match.contradiction'
    ELSE 'match.unknown' END AS reason
) AS x
WHERE j.verdict IN ('queued', 'contradicted', 'disagreeing') AND s.queue_id IS NULL
"""
_INSERT = """
INSERT INTO queue_item (delivery_id, row_no, source, record_key, content_hash, reason, message, record, candidates, state)
SELECT s.delivery_id, s.row_no, s.source, s.record_key, s.content_hash, q.reason, q.message,
    jsonb_strip_nulls(to_jsonb(s) - %(left_out)s::text[]), q.candidates, 'open'
FROM queued AS q JOIN staged AS s USING (staged_no)
ORDER BY s.staged_no
ON CONFLICT (record_key) WHERE state = 'open' DO NOTHING
"""
_TELL = """
INSERT INTO found (row_no, outcome, column_name, value, code, message)
SELECT row_no, 'queued', CASE WHEN scheme IS NULL THEN 'name' ELSE scheme END, coalesce(value, name), reason, message FROM queued
"""
_NOT_SAID = ["delivery_id", "row_no", "source", "record_key", "content_hash", "staged_no", "queue_id", "forced_key"]


class UnknownItem(NotFound):
    """Nothing waits, or ever waited, under that number."""

    code = "queue.unknown"


class AlreadySettled(Refused):
    """Somebody else has settled it."""

    code = "queue.settled"


def queue_judged(connection: psycopg.Connection[Any]) -> None:
    """Put what was judged uncertain into the queue with its candidates, and drop items whose record came anew."""
    connection.execute(_DROP)
    if connection.execute(_QUEUED).rowcount:
        connection.execute(_INSERT, {"left_out": _NOT_SAID})
        connection.execute(_TELL)
    connection.execute("DROP TABLE queued")


def get_item(session: WriteSession, queue_id: int) -> QueueItem:
    """Lock a waiting record for settling. Raises `UnknownItem` and `AlreadySettled`."""
    item = session.exec(select(QueueItem).where(col(QueueItem.queue_id) == queue_id).with_for_update()).first()
    if item is None:
        raise UnknownItem(f"Nothing waits under number {queue_id}. `qcredit queue list` shows what waits.")
    if item.state != QueueState.OPEN:
        raise AlreadySettled(
            f"Number {queue_id} is settled already: {item.state} by {item.settled_by}. A change now is a correction by the source."
        )
    return item


def list_items(
    session: ReadSession,
    *,
    state: QueueState | None = QueueState.OPEN,
    source: str | None = None,
    district: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> Sequence[QueueItem]:
    """One page of the queue, oldest first; of a district, what concerns it (`waits_within`)."""
    query = select(QueueItem).where(col(QueueItem.queue_id) > after)
    if state is not None:
        query = query.where(col(QueueItem.state) == state.value)
    if source is not None:
        query = query.where(col(QueueItem.source) == source)
    if district is not None:
        query = query.where(waits_within(district))
    return session.exec(query.order_by(col(QueueItem.queue_id)).limit(limit)).all()


def settle_item(session: WriteSession, item: QueueItem, *, state: QueueState, enterprise_key: int | None, by: str, why: str) -> None:
    """Write down how a waiting record was settled, by whom and why."""
    item.state, item.enterprise_key = state.value, enterprise_key
    item.settled_by, item.settled_why, item.settled_at = by, why, now()
    session.add(item)
    session.flush()


def settle_matched(connection: psycopg.Connection[Any], *, why: str) -> int:
    """Mark the restaged items whose enterprise could now be told as attached; gives how many."""
    statement = """
    UPDATE queue_item AS q
    SET state = CASE WHEN j.verdict IN ('accepted', 'revised') THEN 'attached' ELSE 'dropped' END,
        enterprise_key = CASE WHEN j.verdict IN ('accepted', 'revised') THEN j.enterprise_key END,
        settled_at = clock_timestamp(), settled_by = 'intake', settled_why = %s
    FROM judged AS j JOIN staged AS s USING (staged_no)
    WHERE q.queue_id = s.queue_id AND q.state = 'open' AND j.verdict IN ('accepted', 'revised', 'unchanged', 'older', 'overtaken')
    """
    return connection.execute(statement, (why,)).rowcount


def drop_waiting(connection: psycopg.Connection[Any], delivery_id: int, *, why: str) -> int:
    """Drop what still waits from a delivery; gives how many."""
    statement = """
    UPDATE queue_item SET state = 'dropped', settled_at = clock_timestamp(), settled_by = 'intake', settled_why = %s
    WHERE delivery_id = %s AND state = 'open'
    """
    return connection.execute(statement, (why, delivery_id)).rowcount
