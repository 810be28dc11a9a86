"""Temporary tables in which one delivery is read, matched and compared; they live and die with its transaction.

`staged`: one row per record of the file. `judged`: what becomes of each, and whose it is. `found`: why a row did not simply go in.
Nobody else sees them and nothing of them is logged, so a killed process leaves nothing behind.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import Copy, sql

RECORD_FIELDS: Final = (
    "source_ref",
    "source_mark",
    "event_ref",
    "kind",
    "outcome",
    "severity",
    "level",
    "capacity",
    "code",
    "title",
    "authority",
    "document_no",
    "occurred_on",
    "ended_on",
    "concluded_on",
    "decided_on",
    "served_on",
    "published_on",
    "rectified_on",
    "in_force_from",
    "in_force_until",
    "public_until",
    "repaired_on",
    "disclosed_at",
    "is_withdrawn",
    "quantities_x10000",
    "detail",
)
"""Columns of `record` that a source fills, in the order of staging."""
KEY_FIELDS: Final = ("staged_no", "row_no", "record_key", "event_key", "content_hash", "scheme", "value", "others", "name", "name_key")
STAGED_FIELDS: Final = (*KEY_FIELDS, *RECORD_FIELDS)
"""Columns of the staging table that a line fills, in its order."""
WORK_MEMORY = "128MB"

_OTHER_DAYS = ("in_force_from", "in_force_until", "public_until", "disclosed_at")
_DAYS = [field for field in RECORD_FIELDS if field.endswith("_on") or field in _OTHER_DAYS]
_TYPES = (
    dict.fromkeys(("staged_no", "record_key", "event_key", "content_hash"), "bigint")
    | dict.fromkeys(_DAYS, "date")
    | {"row_no": "integer", "is_withdrawn": "boolean", "others": "jsonb", "quantities_x10000": "jsonb", "detail": "jsonb"}
)
_COLUMNS = ", ".join(f"{field} {_TYPES.get(field, 'text')}" for field in STAGED_FIELDS)

_STAGED = f"""
CREATE TEMPORARY TABLE staged (
    delivery_id bigint NOT NULL DEFAULT {{delivery_id}}, source text NOT NULL DEFAULT {{source}},
    queue_id bigint, forced_key bigint, {_COLUMNS}
) ON COMMIT DROP
"""
_FOUND = """
CREATE TEMPORARY TABLE found (
    row_no integer NOT NULL, outcome text NOT NULL, column_name text, value text, code text NOT NULL, message text NOT NULL, suggestion text
) ON COMMIT DROP
"""


@contextmanager
def staging_tables(connection: psycopg.Connection[Any], *, delivery_id: int, source: str) -> Iterator[None]:
    """Make the tables, and settings that suit bulk work, for the rest of this transaction."""
    drop_staging(connection)
    for setting, value in (("work_mem", WORK_MEMORY), ("statement_timeout", "0"), ("lock_timeout", "0")):
        connection.execute("SELECT set_config(%s, %s, true)", (setting, value))
    connection.execute(sql.SQL(_STAGED).format(delivery_id=sql.Literal(delivery_id), source=sql.Literal(source)))
    connection.execute(_FOUND)
    connection.execute("CREATE TEMPORARY TABLE kept_cells (row_no integer NOT NULL, cells jsonb NOT NULL) ON COMMIT DROP")
    yield
    drop_staging(connection)


def drop_staging(connection: psycopg.Connection[Any]) -> None:
    connection.execute("SET LOCAL client_min_messages = warning")
    connection.execute("DROP TABLE IF EXISTS pg_temp.staged, pg_temp.judged, pg_temp.by_name, pg_temp.found, pg_temp.kept_cells")


@contextmanager
def staged_copy(connection: psycopg.Connection[Any]) -> Iterator[Copy]:
    """A COPY into `staged` that takes the lines of `RecordLines`."""
    statement = sql.SQL("COPY staged ({}) FROM STDIN (NULL '')").format(sql.SQL(", ").join(map(sql.Identifier, STAGED_FIELDS)))
    with connection.cursor().copy(statement) as copy:
        yield copy


def stage_queued(connection: psycopg.Connection[Any], queue_ids: Sequence[int] | None, *, forced_key: int | None = None) -> int:
    """Bring waiting records back to `staged`; None is all that are open. `forced_key` says whose they are. Gives how many."""
    statement = """
    INSERT INTO staged (delivery_id, source, queue_id, forced_key, staged_no, row_no, record_key, event_key, content_hash, scheme, value,
        others, name, name_key, {fields})
    SELECT q.delivery_id, q.source, q.queue_id, %(forced)s::bigint, row_number() OVER (ORDER BY q.queue_id), q.row_no, q.record_key,
        r.event_key, q.content_hash, r.scheme, r.value, r.others, r.name, r.name_key, {filled}
    FROM queue_item AS q, jsonb_populate_record(NULL::staged, q.record) AS r
    WHERE q.state = 'open' AND (%(ids)s::bigint[] IS NULL OR q.queue_id = ANY (%(ids)s::bigint[]))
    """
    filled = sql.SQL(", ").join(sql.SQL("r.{}").format(sql.Identifier(field)) for field in RECORD_FIELDS)
    fields = sql.SQL(", ").join(map(sql.Identifier, RECORD_FIELDS))
    ids = None if queue_ids is None else list(queue_ids)
    return connection.execute(sql.SQL(statement).format(fields=fields, filled=filled), {"forced": forced_key, "ids": ids}).rowcount
