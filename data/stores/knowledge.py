"""The clock of what we had been told: drawing its next number, and finding what was known at an instant.

Order of locks, the same for every writer: the clock first (`lock_clock` or `draw`), then rows of proposals and listings, and the head
of the change log last. Whoever keeps to it cannot deadlock with another writer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from data.database import ReadSession, WriteSession, driver_connection
from models.errors import Refused

CLOCK_LOCK = 0x71636B6E6F77  # "qcknow": readers can probe an advisory lock without writing, a row lock they cannot

_LOCK = "SELECT pg_advisory_xact_lock(%s)"
_DRAW = """
WITH head AS (
    UPDATE knowledge_head
    SET known_seq = known_seq + 1, committed_at = greatest(clock_timestamp(), committed_at + interval '1 microsecond')
    WHERE head_id = 1
    RETURNING known_seq, committed_at
)
INSERT INTO knowledge (known_seq, committed_at, cause, reference)
SELECT known_seq, committed_at, %s, %s FROM head
RETURNING known_seq, committed_at
"""
_HEAD = "SELECT known_seq, committed_at FROM knowledge_head WHERE head_id = 1"
_AT = "SELECT known_seq, committed_at FROM knowledge WHERE committed_at <= %s ORDER BY committed_at DESC, known_seq DESC LIMIT 1"
# A writer that drew its number holds the lock until it ends; whoever draws after the probe draws a later instant than any asked for here.
# So, once the lock is found free, a statement with a snapshot of its own sees all that was drawn by then.
_PROBE = "SELECT pg_try_advisory_lock_shared(%s)"
_RELEASE = "SELECT pg_advisory_unlock_shared(%s)"
_LOOKS_ANEW = "SELECT current_setting('transaction_isolation') = 'read committed'"


@dataclass(frozen=True)
class Drawn:
    """One moment at which knowledge grew: its number, and the instant from which it counts as known."""

    known_seq: int
    committed_at: datetime


class InFuture(Refused):
    """What will be known cannot be asked."""

    code = "knowledge.in_future"


class NotSettled(Refused):
    """New facts are being published at this instant, so that the answer could still change."""

    code = "knowledge.not_settled"


class BeforeBeginning(Refused):
    """The instant lies before the service knew anything."""

    code = "knowledge.before_beginning"


def lock_clock(session: WriteSession) -> None:
    """Make every other writer that would draw a number wait until this transaction ends; once held, asking again costs nothing."""
    driver_connection(session).execute(_LOCK, (CLOCK_LOCK,))


def draw(session: WriteSession, cause: str, reference: str | None = None, *, is_locked: bool = False) -> Drawn:
    """Draw the next number for this transaction, once, as late as its work allows: all other writers wait until it ends.

    `is_locked` says that the transaction holds the clock already (`lock_clock`), which saves asking again.
    """
    return draw_on(driver_connection(session), cause, reference, is_locked=is_locked)


def draw_on(connection: psycopg.Connection[Any], cause: str, reference: str | None = None, *, is_locked: bool = False) -> Drawn:
    """`draw` for a transaction on a bare connection."""
    if not is_locked:
        connection.execute(_LOCK, (CLOCK_LOCK,))
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_DRAW, (cause, reference)).fetchone()
    assert row is not None
    return Drawn(*row)


def moment_statement(known_seq: int) -> str:
    """What tells this database's number from the same one of another: its instant to the microsecond; null where it is not known yet."""
    return f"SELECT max(extract(epoch FROM committed_at))::text AS moment FROM knowledge WHERE known_seq = {int(known_seq)}"


def resolve(session: ReadSession, known_at: datetime | None) -> Drawn:
    """Find the highest number known at an instant; None is all that this transaction sees.

    Raises `InFuture`, `NotSettled` (a moment later it is) and `BeforeBeginning`.
    """
    connection = driver_connection(session)
    with connection.cursor(row_factory=tuple_row) as cursor:
        head = Drawn(*_only(cursor.execute(_HEAD).fetchone()))
        if known_at is None:
            return head
        if known_at <= head.committed_at or _only(cursor.execute(_LOOKS_ANEW).fetchone())[0]:
            return resolve_on(connection, known_at)
    # This session keeps its first snapshot: another connection finds what was known, and this one must see it.
    with session.connection().engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        inner = other.connection.driver_connection
        assert isinstance(inner, psycopg.Connection)
        found = resolve_on(inner, known_at)
    if found.known_seq > head.known_seq:
        raise NotSettled(_not_settled(known_at, head))
    return found


def resolve_on(connection: psycopg.Connection[Any], known_at: datetime | None) -> Drawn:
    """`resolve` on a bare connection; for an instant after the head's, every statement must have a snapshot of its own."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        head = Drawn(*_only(cursor.execute(_HEAD).fetchone()))
        if known_at is None:
            return head
        _refuse_future(known_at, _only(cursor.execute("SELECT clock_timestamp()").fetchone())[0])
        if known_at > head.committed_at:
            if not _only(cursor.execute(_PROBE, (CLOCK_LOCK,)).fetchone())[0]:
                raise NotSettled(_not_settled(known_at, head))
            cursor.execute(_RELEASE, (CLOCK_LOCK,))
        found = cursor.execute(_AT, (known_at,)).fetchone()
    return _found(found, known_at)


async def resolve_async(connection: psycopg.AsyncConnection[Any], known_at: datetime | None) -> Drawn:
    """`resolve_on` for the hot reads, on a connection of the pool."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        head = Drawn(*_only(await (await cursor.execute(_HEAD)).fetchone()))
        if known_at is None:
            return head
        _refuse_future(known_at, _only(await (await cursor.execute("SELECT clock_timestamp()")).fetchone())[0])
        if known_at > head.committed_at:
            if not _only(await (await cursor.execute(_PROBE, (CLOCK_LOCK,))).fetchone())[0]:
                raise NotSettled(_not_settled(known_at, head))
            await cursor.execute(_RELEASE, (CLOCK_LOCK,))
        found = await (await cursor.execute(_AT, (known_at,))).fetchone()
    return _found(found, known_at)


def has_drawn_since(session: ReadSession, cause: str, known_seq: int, *, before: int) -> bool:
    """Whether knowledge grew by this cause after one number and before another."""
    statement = "SELECT FROM knowledge WHERE cause = %s AND known_seq > %s AND known_seq < %s LIMIT 1"
    return driver_connection(session).execute(statement, (cause, known_seq, before)).fetchone() is not None


def _only(row: tuple[Any, ...] | None) -> tuple[Any, ...]:
    assert row is not None
    return row


def _refuse_future(known_at: datetime, clock: datetime) -> None:
    if known_at > clock:
        raise InFuture(f"known_at {_shown(known_at)} lies in the future (it is {_shown(clock)}). Ask for an instant that has passed.")


def _found(row: tuple[Any, ...] | None, known_at: datetime) -> Drawn:
    if row is None:
        raise BeforeBeginning(f"known_at {_shown(known_at)} lies before the first facts were known here. Ask for a later instant.")
    return Drawn(*row)


def _not_settled(known_at: datetime, head: Drawn) -> str:
    return (
        f"New facts are being published, so what was known at {_shown(known_at)} is not settled yet. "
        f"Ask again in a moment, or ask for {_shown(head.committed_at)}, which is settled."
    )


def _shown(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
