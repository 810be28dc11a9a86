"""Records as revisions: publishing what was judged, withdrawing what a delivery brought."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from data.database import ReadSession, driver_connection
from data.stores.knowledge import Drawn
from data.stores.staged import RECORD_FIELDS
from models.errors import Refused

_FIELDS = sql.SQL(", ").join(map(sql.Identifier, RECORD_FIELDS))
_CLOSE = """
UPDATE record AS r SET superseded_seq = %(seq)s, superseded_at = %(at)s
FROM judged AS j
WHERE j.verdict = 'revised' AND r.record_key = j.record_key AND r.revision = j.current_revision AND r.superseded_seq IS NULL
"""
# Inserted in the order of the key, so that the two indexes over it are written page by page.
_INSERT = sql.SQL("""
INSERT INTO record (record_key, revision, source, enterprise_key, event_key, {fields}, delivery_id, row_no, content_hash,
    recorded_at, known_seq)
SELECT s.record_key, coalesce(j.current_revision, 0) + 1, s.source, j.enterprise_key, s.event_key, {staged}, s.delivery_id, s.row_no,
    s.content_hash, %(at)s, %(seq)s
FROM judged AS j JOIN staged AS s USING (staged_no)
WHERE j.verdict IN ('accepted', 'revised')
ORDER BY s.record_key
""").format(fields=_FIELDS, staged=sql.SQL(", ").join(sql.SQL("s.{}").format(sql.Identifier(field)) for field in RECORD_FIELDS))

# What a delivery brought and nothing newer has revised: either an earlier revision by another delivery comes back, or the record goes.
_UNDOABLE = """
CREATE TEMPORARY TABLE undoable ON COMMIT DROP AS
SELECT r.record_key, r.revision, r.enterprise_key, before.revision AS earlier, before.enterprise_key AS earlier_enterprise_key
FROM record AS r
LEFT JOIN LATERAL (
    SELECT e.revision, e.enterprise_key FROM record AS e
    WHERE e.record_key = r.record_key AND e.revision < r.revision AND e.delivery_id <> r.delivery_id AND e.content_hash <> 0
        AND NOT EXISTS (SELECT FROM delivery AS d WHERE d.delivery_id = e.delivery_id AND d.state = 'undone')
    ORDER BY e.revision DESC LIMIT 1
) AS before ON true
WHERE r.delivery_id = %(delivery_id)s AND r.superseded_seq IS NULL AND (r.content_hash <> 0 OR before.revision IS NOT NULL)
"""
_STILL_GIVEN = "DELETE FROM undoable WHERE record_key IN (SELECT record_key FROM staged)"
_CLOSE_UNDONE = """
UPDATE record AS r SET superseded_seq = %(seq)s, superseded_at = %(at)s
FROM undoable AS u WHERE r.record_key = u.record_key AND r.revision = u.revision AND r.superseded_seq IS NULL
"""
# A withdrawal of ours bears the content hash 0: no source said it, so that a source that says the old thing again is heard.
_INSERT_UNDONE = sql.SQL("""
INSERT INTO record (record_key, revision, source, enterprise_key, event_key, {fields}, delivery_id, row_no, content_hash,
    recorded_at, known_seq)
SELECT r.record_key, u.revision + 1, r.source, r.enterprise_key, r.event_key, {kept}, coalesce(%(by)s::bigint, r.delivery_id), r.row_no,
    CASE WHEN u.earlier IS NULL THEN 0 ELSE r.content_hash END, %(at)s, %(seq)s
FROM undoable AS u JOIN record AS r ON r.record_key = u.record_key AND r.revision = coalesce(u.earlier, u.revision)
ORDER BY r.record_key
""").format(
    fields=_FIELDS,
    kept=sql.SQL(", ").join(
        sql.SQL("u.earlier IS NULL OR r.is_withdrawn" if field == "is_withdrawn" else "r.{}").format(sql.Identifier(field))
        for field in RECORD_FIELDS
    ),
)
_ABSENT = """
FROM record AS r
WHERE r.source = %(source)s AND r.superseded_seq IS NULL AND NOT r.is_withdrawn
    AND r.kind = ANY (ARRAY(SELECT DISTINCT kind FROM staged)) AND NOT EXISTS (SELECT FROM staged AS s WHERE s.record_key = r.record_key)
"""


class Overtaken(Refused):
    """Another delivery changed the same records at the same moment."""

    code = "delivery.overtaken"


@dataclass(frozen=True)
class Withdrawn:
    """What an undoing did: records that are gone, and records whose earlier revision came back."""

    withdrawn: int
    restored: int


def publish_judged(connection: psycopg.Connection[Any], drawn: Drawn, *, revised: int) -> int:
    """Close the superseded revisions and insert the new ones, all under one `known_seq`; gives how many. Raises `Overtaken`."""
    moment = {"seq": drawn.known_seq, "at": drawn.committed_at}
    if revised and connection.execute(_CLOSE, moment).rowcount != revised:
        raise Overtaken("Another delivery of the same source revised the same records meanwhile. Deliver again; nothing was lost.")
    return connection.execute(_INSERT, moment).rowcount


def find_undoable(connection: psycopg.Connection[Any], delivery_id: int, *, except_staged: bool) -> int:
    """Gather the records that a delivery brought and still stand; with `except_staged`, only those that are not staged anew."""
    connection.execute("DROP TABLE IF EXISTS pg_temp.undoable")
    connection.execute(_UNDOABLE, {"delivery_id": delivery_id})
    if except_staged:
        connection.execute(_STILL_GIVEN)
    row = connection.execute("SELECT count(*) FROM undoable").fetchone()
    return int(row[0]) if row else 0


def undo_gathered(connection: psycopg.Connection[Any], drawn: Drawn, *, by_delivery: int | None = None) -> Withdrawn:
    """Withdraw what `find_undoable` gathered, or bring the earlier revision back, as new revisions.

    They belong to the delivery whose content they bear, or to `by_delivery`, so that undoing that one reverses them.
    """
    moment = {"seq": drawn.known_seq, "at": drawn.committed_at, "by": by_delivery}
    connection.execute(_CLOSE_UNDONE, moment)
    connection.execute(_INSERT_UNDONE, moment)
    row = connection.execute("SELECT count(*) FILTER (WHERE earlier IS NULL), count(earlier) FROM undoable").fetchone()
    assert row is not None
    return Withdrawn(withdrawn=row[0], restored=row[1])


def count_absent(connection: psycopg.Connection[Any], source: str, *, examples: int = 1000) -> tuple[int, list[str]]:
    """Count the records of a source, of the kinds staged, that are not staged; with the first references."""
    row = connection.execute(f"SELECT count(*) {_ABSENT}", {"source": source}).fetchone()
    absent = int(row[0]) if row else 0
    if not absent:
        return 0, []
    rows = connection.execute(
        f'SELECT r.source_ref {_ABSENT} ORDER BY r.source_ref COLLATE "C" LIMIT %(limit)s', {"source": source, "limit": examples}
    )
    return absent, [reference for (reference,) in rows.fetchall()]


def touched_enterprises(connection: psycopg.Connection[Any], known_seq: int) -> list[int]:
    """List the enterprises of which anything began or ended to be known at a `known_seq`; for a duplicate the entry that is kept."""
    statement = """
    WITH touched AS (
    SELECT enterprise_key FROM record WHERE known_seq = %(seq)s
    UNION SELECT old.enterprise_key FROM record AS fresh JOIN record AS old
        ON old.record_key = fresh.record_key AND old.superseded_seq = fresh.known_seq WHERE fresh.known_seq = %(seq)s
    UNION SELECT enterprise_key FROM registry_fact WHERE known_seq = %(seq)s OR superseded_seq = %(seq)s
    UNION SELECT enterprise_key FROM enterprise WHERE known_seq = %(seq)s
    UNION SELECT unnest(ARRAY[from_key, to_key]) FROM same_as_act WHERE known_seq = %(seq)s
    )
    SELECT DISTINCT coalesce(same.to_key, touched.enterprise_key) FROM touched
    LEFT JOIN enterprise_link AS same ON same.from_key = touched.enterprise_key AND same.kind = 'same_as' AND same.superseded_seq IS NULL
    """
    return sorted(key for (key,) in connection.execute(statement, {"seq": known_seq}).fetchall())


def has_standings(session: ReadSession) -> bool:
    """Tell whether any run was ever published, so that there are standings to keep up."""
    row = driver_connection(session).execute("SELECT EXISTS (SELECT FROM standing)").fetchone()
    return bool(row and row[0])
