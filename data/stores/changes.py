"""The log of list changes: appending under the head's lock, reading after a number, proving that nothing was altered."""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.string import ByteaBinaryLoader

from data.database import ReadSession, WriteSession, driver_connection
from models.changes import GENESIS, BrokenChain, FeedLine, canonical, digest, verify, written_at
from models.listings import Cause

READ_AT_ONCE = 500
"""Lines joined into one value by the database: 285,000 lines of 1 kB a second on one core; 210,000 with 2,000 at once."""

_LOCK_HEAD = "SELECT epoch, seq, hash, clock_timestamp() FROM change_head WHERE head_id = 1 FOR UPDATE"
_LATEST = "SELECT listing_id, max(seq) FROM change_detail WHERE listing_id = ANY(%s) GROUP BY listing_id"
_COLUMNS = ("seq", "epoch", "cause", "effective_on", "recorded_at", "known_seq", "replaces_seq", "commitment", "previous_hash")
# One statement for both tables, however many lines: for a decision's one or two, two COPYs would cost more than the decision.
_WRITE = f"""
WITH said AS (
    SELECT * FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::date[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::text[],
        %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[])
    AS said({", ".join(_COLUMNS)}, hash, line, listing_id, enterprise_key, salt, body)
), lines AS (
    INSERT INTO change ({", ".join(_COLUMNS)}, hash, line) SELECT {", ".join(_COLUMNS)}, hash, line FROM said ORDER BY seq
)
INSERT INTO change_detail (seq, listing_id, enterprise_key, salt, body) SELECT seq, listing_id, enterprise_key, salt, body FROM said
"""

# The wire form is put together from stored text: body and line are canonical JSON already, and nothing is parsed on the way out.
# The driver hands the text over as the bytes that came (connections speak UTF-8): decoding it, or `convert_to`, cost a tenth of the page.
# Numbers have no gap, so a page is a range of numbers; bound on both tables, or the join reads one of them from its beginning.
WIRE = """'{"body":' || coalesce(detail.body, 'null') || ',"hash":"' || change.hash || '","salt":'
            || coalesce('"' || detail.salt || '"', 'null') || ',' || substr(change.line, 2)"""
_PAGE = f"""
SELECT max(seq), count(*), string_agg(wire, E'\\n' ORDER BY seq) || E'\\n'
FROM (
    SELECT change.seq, {WIRE} AS wire
    FROM change JOIN change_detail AS detail USING (seq)
    WHERE change.seq > %(after)s AND change.seq <= %(after)s::bigint + %(limit)s
        AND detail.seq > %(after)s AND detail.seq <= %(after)s::bigint + %(limit)s
) AS page
"""
_EMPTY = """
UPDATE change_detail SET salt = NULL, body = NULL, enterprise_key = NULL, emptied_at = clock_timestamp(), emptied_why = %s
WHERE seq = ANY(%s) AND emptied_at IS NULL
"""


@dataclass(frozen=True)
class Move:
    """A change of one entry, not yet in the log."""

    listing_id: int
    enterprise_key: int
    cause: Cause
    effective_on: date
    body: str
    """`models.changes.Body` in canonical form."""


@dataclass(frozen=True)
class Head:
    """Where the log stands."""

    epoch: int
    seq: int
    hash: str


@dataclass(frozen=True)
class Page:
    """Ready lines of the feed, one JSON object per line; `last_seq` is where the next page begins."""

    last_seq: int
    count: int
    ndjson: bytes


def append(session: WriteSession, moves: Sequence[Move], *, known_seq: int) -> Head:
    """Write one line per move, numbered and chained; do it last, since every other writer waits for the head from here to commit.

    The triggers check number, chain, form and commitments again, and move the head.
    """
    connection = driver_connection(session)
    session.flush()
    sealed = [_seal(move) for move in moves]
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_LOCK_HEAD).fetchone()
        assert row is not None
        epoch, seq, previous_hash, recorded_at = row
        moved = [move.listing_id for move in moves if move.cause is not Cause.ENTERED]  # what enters has no line before
        latest: dict[int, int] = dict(cursor.execute(_LATEST, (moved,)).fetchall()) if moved else {}
        lines: list[tuple[Any, ...]] = []
        details: list[tuple[Any, ...]] = []
        for move, (salt, commitment) in zip(moves, sealed, strict=True):
            seq += 1
            replaces = latest.get(move.listing_id)
            values = (seq, epoch, move.cause.value, move.effective_on, recorded_at, known_seq, replaces, commitment, previous_hash)
            named = dict(zip(_COLUMNS, values, strict=True))
            line = canonical(named | {"effective_on": move.effective_on.isoformat(), "recorded_at": written_at(recorded_at)})
            previous_hash = digest(line)
            lines.append((*values, previous_hash, line))
            details.append((seq, move.listing_id, move.enterprise_key, salt, move.body))
            latest[move.listing_id] = seq
        rows = [(*line, *detail[1:]) for line, detail in zip(lines, details, strict=True)]
        if rows:
            cursor.execute(_WRITE, [list(column) for column in zip(*rows, strict=True)])
    return Head(epoch, seq, previous_hash)


def head(session: ReadSession) -> Head:
    """The number and hash that the log has reached, as this transaction sees it."""
    return head_on(driver_connection(session))


def head_on(connection: psycopg.Connection[Any]) -> Head:
    """`head` on a bare connection."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT epoch, seq, hash FROM change_head WHERE head_id = 1").fetchone()
    assert row is not None
    return Head(*row)


async def head_async(connection: psycopg.AsyncConnection[Any]) -> Head:
    """`head` for the hot reads."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        row = await (await cursor.execute("SELECT epoch, seq, hash FROM change_head WHERE head_id = 1", prepare=True)).fetchone()
    assert row is not None
    return Head(*row)


def changes_after(session: ReadSession, seq: int, *, limit: int) -> list[FeedLine]:
    """Read the next page of the log after `seq`, oldest first; empty when caught up."""
    page = page_after(driver_connection(session), seq, limit=limit)
    return [FeedLine.model_validate_json(line) for line in page.ndjson.splitlines()]


def page_after(connection: psycopg.Connection[Any], seq: int, *, limit: int = READ_AT_ONCE) -> Page:
    """The next lines as the feed sends them, ready bytes."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.adapters.register_loader("text", ByteaBinaryLoader)
        return _page(cursor.execute(_PAGE, {"after": seq, "limit": limit}).fetchone(), seq)


async def page_after_async(connection: psycopg.AsyncConnection[Any], seq: int, *, limit: int = READ_AT_ONCE) -> Page:
    """`page_after` for the hot reads."""
    async with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.adapters.register_loader("text", ByteaBinaryLoader)
        return _page(await (await cursor.execute(_PAGE, {"after": seq, "limit": limit}, prepare=True)).fetchone(), seq)


def read_all(session: ReadSession, *, after: int = 0) -> Iterator[dict[str, Any]]:
    """Every line after a number, as parsed JSON, read in pages."""
    connection = driver_connection(session)
    while True:
        page = page_after(connection, after)
        if page.count == 0:
            return
        after = page.last_seq
        yield from map(json.loads, page.ndjson.splitlines())


def read_until(session: ReadSession, after: int, *, until: int) -> Iterator[dict[str, Any]]:
    """The lines after a number up to another, as parsed JSON, read in pages."""
    connection = driver_connection(session)
    while after < until:
        page = page_after(connection, after, limit=min(READ_AT_ONCE, until - after))
        if page.count == 0:
            return
        after = page.last_seq
        yield from map(json.loads, page.ndjson.splitlines())


def verify_chain(session: ReadSession) -> Head:
    """Check the whole log: numbers, chain, commitments, and that the head stands on the last line. Raises `BrokenChain`."""
    stands = head(session)
    seq, reached = verify(read_all(session), previous_hash=GENESIS)
    if (seq, reached) != (stands.seq, stands.hash):
        raise BrokenChain(
            f"The log ends with line {seq}, and its head stands on line {stands.seq}. Stop publishing, and compare with a consumer's copy."
        )
    return stands


def empty_details(session: WriteSession, seqs: Sequence[int], *, why: str) -> int:
    """Forget what these lines say of whom, where the law asks for it; numbers and chain stay. Gives how many it emptied."""
    return driver_connection(session).execute(_EMPTY, (why, list(seqs))).rowcount


def _seal(move: Move) -> tuple[str, str]:
    salt = secrets.token_hex(16)
    return salt, digest(salt + move.body)


def _page(row: tuple[Any, ...] | None, seq: int) -> Page:
    assert row is not None
    last, count, ndjson = row
    return Page(last or seq, count, ndjson or b"")
