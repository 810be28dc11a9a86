"""Deliveries, their rows that did not simply go in, and the locks under which they are worked on."""

import json
from collections.abc import Generator, Iterator, Sequence
from datetime import timedelta
from typing import Any

import psycopg
from sqlmodel import col, select

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.knowledge import Drawn
from models.deliveries import Counts, DeliveryState, RowOutcome
from models.errors import NotFound, Refused
from models.tables.base import now
from models.tables.deliveries import Delivery, DeliveryRow

# Advisory locks end with their transaction, and with a killed process. Order: delivery, registry, sources by name, clock of knowledge.
_DELIVERY_CLASS = 0x6464656C << 32
_REGISTRY_LOCK = 0x64726567
_SOURCE_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('intake of ' || %s, 0))"


class UnknownDelivery(NotFound):
    """No delivery has the number."""

    code = "delivery.unknown"


class InProgress(Refused):
    """Another process works on the delivery at this moment."""

    code = "delivery.in_progress"


def get_delivery(session: ReadSession, delivery_id: int) -> Delivery:
    """Raises `UnknownDelivery`."""
    found = session.get(Delivery, delivery_id, populate_existing=True)
    if found is None:
        raise UnknownDelivery(f"There is no delivery {delivery_id}. `qcredit deliveries list` shows those there are.")
    return found


def find_by_key(session: ReadSession, source: str, idempotency_key: str) -> Delivery | None:
    query = select(Delivery).where(col(Delivery.source) == source, col(Delivery.idempotency_key) == idempotency_key)
    return session.exec(query.execution_options(populate_existing=True)).first()


def list_deliveries(
    session: ReadSession, *, source: str | None = None, state: DeliveryState | None = None, before: int | None = None, limit: int = 100
) -> Sequence[Delivery]:
    """One page of deliveries, newest first."""
    query = select(Delivery)
    if source is not None:
        query = query.where(col(Delivery.source) == source)
    if state is not None:
        query = query.where(col(Delivery.state) == state.value)
    if before is not None:
        query = query.where(col(Delivery.delivery_id) < before)
    return session.exec(query.order_by(col(Delivery.delivery_id).desc()).limit(limit)).all()


def list_left_behind(session: ReadSession, *, older_than: timedelta, limit: int = 100) -> list[int]:
    """The numbers of deliveries whose file was kept some time ago and never read, oldest first."""
    query = select(Delivery.delivery_id).where(
        col(Delivery.state) == DeliveryState.RECEIVED.value, col(Delivery.received_at) < now() - older_than
    )
    return [number for number in session.exec(query.order_by(col(Delivery.delivery_id)).limit(limit)) if number is not None]


def list_rows(
    session: ReadSession, delivery_id: int, *, outcome: RowOutcome | None = None, after: int = 0, limit: int = 100
) -> Sequence[DeliveryRow]:
    """One page of the rows that did not simply go in, in the order of the file."""
    query = select(DeliveryRow).where(col(DeliveryRow.delivery_id) == delivery_id, col(DeliveryRow.row_no) > after)
    if outcome is not None:
        query = query.where(col(DeliveryRow.outcome) == outcome.value)
    return session.exec(query.order_by(col(DeliveryRow.row_no)).limit(limit)).all()


def iterate_rejected(session: ReadSession, delivery_id: int, *, page: int = 1000) -> Iterator[DeliveryRow]:
    """Every rejected row, page by page."""
    after = 0
    while rows := list_rows(session, delivery_id, outcome=RowOutcome.REJECTED, after=after, limit=page):
        yield from rows
        after = rows[-1].row_no


def hold_delivery(session: WriteSession, delivery_id: int) -> Delivery:
    """Take a delivery for this transaction alone and give it as it now stands. Raises `InProgress`."""
    row = driver_connection(session).execute("SELECT pg_try_advisory_xact_lock(%s)", (_DELIVERY_CLASS | delivery_id,)).fetchone()
    if not (row and row[0]):
        raise InProgress(
            f"Delivery {delivery_id} is being worked on by another process. Wait for it, or look at it with `qcredit deliveries`."
        )
    return get_delivery(session, delivery_id)


def hold_registry(connection: psycopg.Connection[Any], *, to_change: bool) -> None:
    """Keep the registry as it is while records are matched, or everybody out while it changes."""
    connection.execute(f"SELECT pg_advisory_xact_lock{'' if to_change else '_shared'}(%s)", (_REGISTRY_LOCK,))


def hold_sources(connection: psycopg.Connection[Any], sources: Sequence[str]) -> None:
    """Let only one transaction at a time publish records of a source: a record's identity belongs to its source."""
    for source in sorted(set(sources)):
        connection.execute(_SOURCE_LOCK, (source,))


def store_cells(connection: psycopg.Connection[Any], lines: Iterator[bytes]) -> None:
    """Lay the cells of rows that need telling beside `found`, as lines of (row_no, cells)."""
    with connection.cursor().copy("COPY kept_cells FROM STDIN") as copy:
        for line in lines:
            copy.write(line)


def found_rows(connection: psycopg.Connection[Any]) -> Generator[int, None, None]:
    """The numbers of the rows that need telling and have no cells yet, in order."""
    connection.execute("CREATE INDEX ON kept_cells (row_no)")
    connection.execute("ANALYZE kept_cells")
    statement = (
        "SELECT DISTINCT row_no FROM found WHERE NOT EXISTS (SELECT FROM kept_cells AS k WHERE k.row_no = found.row_no) ORDER BY row_no"
    )
    with connection.cursor(name="found_rows") as cursor:
        cursor.itersize = 10_000
        for (row_no,) in cursor.execute(statement):
            yield row_no


def store_found(connection: psycopg.Connection[Any], delivery_id: int) -> None:
    """Write the row report from `found` and `kept_cells`; a row's outcome is the gravest that any of its findings states."""
    statement = """
    INSERT INTO delivery_row (delivery_id, row_no, outcome, problems, cells)
    SELECT %(delivery_id)s, f.row_no,
        CASE WHEN bool_or(f.outcome = 'rejected') THEN 'rejected' WHEN bool_or(f.outcome = 'queued') THEN 'queued' ELSE 'accepted' END,
        jsonb_agg(jsonb_build_object('row_no', f.row_no, 'column', f.column_name, 'value', f.value, 'code', f.code, 'message', f.message,
            'suggestion', f.suggestion) ORDER BY f.outcome, f.code, f.column_name, f.message),
        coalesce((SELECT k.cells FROM kept_cells AS k WHERE k.row_no = f.row_no), '[]'::jsonb)
    FROM (SELECT DISTINCT * FROM found) AS f GROUP BY f.row_no ORDER BY f.row_no
    """
    connection.execute(statement, {"delivery_id": delivery_id})


def count_outcomes(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows by outcome, from `judged`: of several records in one row the gravest outcome counts, and `noted` counts notes."""
    statement = """
    WITH rows AS (
        SELECT row_no, max(CASE
            WHEN verdict IN ('rejected', 'collision', 'contradiction', 'sibling') THEN 5
            WHEN verdict IN ('queued', 'contradicted', 'disagreeing') THEN 4
            WHEN verdict = 'revised' THEN 3 WHEN verdict = 'accepted' THEN 2 ELSE 1 END) AS gravest
        FROM judged GROUP BY row_no
    )
    SELECT count(*) FILTER (WHERE gravest = 2), count(*) FILTER (WHERE gravest = 1), count(*) FILTER (WHERE gravest = 3),
        count(*) FILTER (WHERE gravest = 4), count(*) FILTER (WHERE gravest = 5) FROM rows
    """
    row = connection.execute(statement).fetchone()
    assert row is not None
    return dict(zip(("accepted", "unchanged", "revised", "queued", "rejected"), row, strict=True))


def count_verdicts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Records by verdict."""
    return dict(connection.execute("SELECT verdict, count(*) FROM judged GROUP BY verdict").fetchall())


def mark_published(
    connection: psycopg.Connection[Any],
    delivery_id: int,
    *,
    counts: Counts,
    columns: Sequence[str],
    absent: Sequence[str],
    drawn: Drawn | None,
) -> None:
    """Write down that a delivery is through; one that changed nothing has no number of its own on the clock."""
    statement = """
    UPDATE delivery SET state = 'published', counts = %(counts)s::jsonb, columns = %(columns)s::jsonb, absent = %(absent)s::jsonb,
        rows_done = %(rows)s, problem = NULL, known_seq = %(seq)s, published_at = coalesce(%(at)s, clock_timestamp())
    WHERE delivery_id = %(delivery_id)s
    """
    connection.execute(
        statement,
        {
            "counts": counts.model_dump_json(),
            "columns": json.dumps(list(columns), ensure_ascii=False),
            "absent": json.dumps(list(absent), ensure_ascii=False),
            "rows": counts.rows_read,
            "seq": drawn and drawn.known_seq,
            "at": drawn and drawn.committed_at,
            "delivery_id": delivery_id,
        },
    )


def mark_undone(connection: psycopg.Connection[Any], delivery_id: int, drawn: Drawn | None, *, by: str, why: str) -> None:
    """Write down that a delivery was undone, by whom and why."""
    connection.execute(
        "UPDATE delivery SET state = 'undone', undone_at = clock_timestamp(), undone_by = %s, undone_why = %s, undone_seq = %s"
        " WHERE delivery_id = %s",
        (by, why, drawn and drawn.known_seq, delivery_id),
    )


def settled_seq(connection: psycopg.Connection[Any], delivery_id: int) -> int:
    """What was known when a delivery was through: its own number, or the newest one then if it changed nothing."""
    row = connection.execute(
        "SELECT coalesce(d.known_seq, (SELECT max(k.known_seq) FROM knowledge AS k WHERE k.committed_at <= d.published_at), 0)"
        " FROM delivery AS d WHERE d.delivery_id = %s",
        (delivery_id,),
    ).fetchone()
    return int(row[0]) if row else 0
