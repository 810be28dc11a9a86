"""Signed checkpoints, the epochs of the log, and which lines were emptied: what a consumer asks beside the lines themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, dict_row, tuple_row
from psycopg.types.json import Jsonb

from data.database import ReadSession, WriteSession, driver_connection

Row = dict[str, Any]

_SUMMIT = """
SELECT (SELECT max(epoch) FROM log_epoch WHERE begins_after <= %(seq)s) AS epoch,
    coalesce((SELECT hash FROM change WHERE seq = %(seq)s), (SELECT hash FROM log_epoch WHERE epoch = 1)) AS hash,
    (SELECT coalesce(max(number), 0) FROM forgotten_line) AS forgotten
"""
_LATEST = "SELECT epoch, seq, token, first_issued_at, issued_at, forgotten FROM signed_checkpoint ORDER BY epoch DESC, seq DESC LIMIT 1"
_KEEP = """
INSERT INTO signed_checkpoint (epoch, seq, token, first_issued_at, issued_at, forgotten)
VALUES (%(epoch)s, %(seq)s, %(token)s, %(issued_at)s, %(issued_at)s, %(forgotten)s)
ON CONFLICT (epoch, seq) DO UPDATE SET token = excluded.token, issued_at = excluded.issued_at, forgotten = excluded.forgotten
"""
_FORGOTTEN = "SELECT number, seq, forgotten_at FROM forgotten_line WHERE number > %s ORDER BY number LIMIT %s"
_EPOCHS = "SELECT epoch, begins_after, hash, started_at, started_by, reason, witnesses FROM log_epoch ORDER BY epoch"
_BEGIN_EPOCH = """
WITH begun AS (
    INSERT INTO log_epoch (epoch, begins_after, hash, started_at, started_by, reason, witnesses)
    SELECT epoch + 1, seq, hash, clock_timestamp(), %(by)s, %(reason)s, %(witnesses)s FROM change_head RETURNING epoch
)
SELECT epoch FROM begun
"""
_MOVE_HEAD = "UPDATE change_head SET epoch = epoch + 1 WHERE head_id = 1"


@dataclass(frozen=True)
class Kept:
    """The newest signed checkpoint."""

    epoch: int
    seq: int
    token: str
    first_issued_at: datetime
    issued_at: datetime
    forgotten: int


@dataclass(frozen=True)
class Summit:
    """What a checkpoint says of a line beside its roots."""

    epoch: int
    hash: str
    forgotten: int


def summit(session: ReadSession, seq: int) -> Summit:
    """Epoch and hash that the log has after a line, and how many lines were emptied by now."""
    with driver_connection(session).cursor(row_factory=class_row(Summit)) as cursor:
        found = cursor.execute(_SUMMIT, {"seq": seq}).fetchone()
    assert found is not None
    return found


def latest_checkpoint(session: ReadSession) -> Kept | None:
    with driver_connection(session).cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(_LATEST).fetchone()


def keep_checkpoint(session: WriteSession, kept: Mapping[str, Any]) -> None:
    """Keep a checkpoint, in place of an older one for the same line."""
    driver_connection(session).execute(_KEEP, kept)


def forgotten_after(session: ReadSession, number: int, *, limit: int) -> list[Row]:
    """The next lines that were emptied, in the order of emptying."""
    return _rows(session, _FORGOTTEN, (number, limit))


def list_epochs(session: ReadSession) -> list[Row]:
    """Every epoch of the log, from the first."""
    return _rows(session, _EPOCHS, ())


def begin_epoch(session: WriteSession, *, by: str, reason: str, witnesses: Sequence[Row]) -> int:
    """Begin the next epoch where the log stands; gives its number."""
    connection = driver_connection(session)
    connection.execute("SELECT FROM change_head WHERE head_id = 1 FOR UPDATE")
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(_BEGIN_EPOCH, {"by": by, "reason": reason, "witnesses": Jsonb(list(witnesses))}).fetchone()
        cursor.execute(_MOVE_HEAD)
    assert row is not None
    return int(row[0])


def _rows(session: ReadSession, statement: str, values: Any) -> list[Row]:
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()
