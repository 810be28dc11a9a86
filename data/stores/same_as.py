"""Two entries of the registry that are one enterprise: the link, who said so and why, and the standing that the duplicate loses.

The database refuses chains, a second kept entry, days on the link, and a link without its reason, from whomever they come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.knowledge import Drawn

_ACT = "INSERT INTO same_as_act (from_key, to_key, known_seq, act, reason, done_by, done_at) VALUES (%s, %s, %s, %s, %s, %s, %s)"
_KNOWN = "kind = 'same_as' AND known_seq <= %(seq)s AND (superseded_seq IS NULL OR superseded_seq > %(seq)s)"
_ACTS = """
SELECT a.act, kept.founding_scheme AS kept_scheme, kept.founding_value AS kept_value, gone.founding_scheme AS duplicate_scheme,
    gone.founding_value AS duplicate_value, a.reason, a.done_by, a.done_at, a.known_seq
FROM same_as_act a JOIN enterprise kept ON kept.enterprise_key = a.to_key JOIN enterprise gone ON gone.enterprise_key = a.from_key
WHERE %(before)s::bigint IS NULL OR a.known_seq < %(before)s
ORDER BY a.known_seq DESC LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Act:
    """Two entries joined, or the link undone: which, by whom, why and when; each named by the identifier it was founded with."""

    act: str
    kept_scheme: str
    kept_value: str
    duplicate_scheme: str
    duplicate_value: str
    reason: str
    done_by: str
    done_at: datetime
    known_seq: int


def join(session: WriteSession, drawn: Drawn, *, kept: int, duplicate: int, reason: str, by: str) -> None:
    """Link a duplicate to the entry that is kept; it has no standing of its own any more."""
    connection = driver_connection(session)
    connection.execute(_ACT, (duplicate, kept, drawn.known_seq, "joined", reason, by, drawn.committed_at))
    connection.execute(
        "INSERT INTO enterprise_link (from_key, to_key, kind, known_seq) VALUES (%s, %s, 'same_as', %s)", (duplicate, kept, drawn.known_seq)
    )
    connection.execute("DELETE FROM standing WHERE enterprise_key = %s", (duplicate,))


def undo(session: WriteSession, drawn: Drawn, *, kept: int, duplicate: int, reason: str, by: str) -> None:
    """Close the link: from this number on they are two enterprises again."""
    connection = driver_connection(session)
    connection.execute(_ACT, (duplicate, kept, drawn.known_seq, "undone", reason, by, drawn.committed_at))
    connection.execute(
        "UPDATE enterprise_link SET superseded_seq = %s"
        " WHERE from_key = %s AND to_key = %s AND kind = 'same_as' AND superseded_seq IS NULL",
        (drawn.known_seq, duplicate, kept),
    )


def kept_by(session: ReadSession, keys: Sequence[int], *, known_seq: int) -> dict[int, int]:
    """Of these entries those that were known to be duplicates at a number, each with the entry that is kept."""
    statement = f"SELECT from_key, to_key FROM enterprise_link WHERE from_key = ANY(%(keys)s) AND {_KNOWN}"
    return _pairs(driver_connection(session), statement, keys, known_seq)


def duplicates_of(session: ReadSession, keys: Sequence[int], *, known_seq: int) -> dict[int, int]:
    """The duplicates of these entries that were known at a number, each with the entry that is kept."""
    statement = f"SELECT from_key, to_key FROM enterprise_link WHERE to_key = ANY(%(keys)s) AND {_KNOWN}"
    return _pairs(driver_connection(session), statement, keys, known_seq)


def entries_with(session: ReadSession, enterprise_key: int) -> frozenset[int]:
    """An entry with all that are the same enterprise today: what belongs to any of them is its own."""
    rows = driver_connection(session).execute("SELECT same_entries(%s)", (enterprise_key,)).fetchall()
    return frozenset(int(key) for (key,) in rows)


def list_acts(session: ReadSession, *, before: int | None, limit: int) -> list[Act]:
    """What was joined and undone, latest first."""
    with driver_connection(session).cursor(row_factory=class_row(Act)) as cursor:
        return cursor.execute(_ACTS, {"before": before, "limit": limit}).fetchall()


def _pairs(connection: psycopg.Connection[tuple[int, int]], statement: str, keys: Sequence[int], known_seq: int) -> dict[int, int]:
    return dict(connection.execute(statement, {"keys": list(keys), "seq": known_seq}).fetchall())
