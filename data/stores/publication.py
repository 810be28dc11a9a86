"""The switch that stops publication: who stopped it, who agreed to go on, and how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from data.database import ReadSession, WriteSession, driver_connection

Row = dict[str, Any]

SWITCH_LOCK = 0x716373746F70  # "qcstop"
NEEDED = 2

_ACTS = "SELECT act_id, act, person AS by, reason, at FROM publication_act ORDER BY act_id DESC LIMIT %s"
_STANDS = """
SELECT stop.person AS stopped_by, stop.reason, stop.at AS stopped_at,
    ARRAY(SELECT person FROM publication_act WHERE act = 'resume' AND act_id > stop.act_id ORDER BY act_id) AS agreed,
    head.epoch, head.seq,
    (SELECT max(seq) FROM acknowledgement WHERE verdict = 'ahead' AND acknowledgement.epoch = head.epoch AND seq > head.seq) AS witnessed
FROM change_head AS head
LEFT JOIN LATERAL (SELECT * FROM publication_act WHERE act = 'stop' ORDER BY act_id DESC LIMIT 1) AS stop ON true
"""
_ACT = "INSERT INTO publication_act (act, person, reason, at) VALUES (%s, %s, %s, clock_timestamp())"


@dataclass(frozen=True)
class Stands:
    """How the switch stands. `witnessed` is the furthest line that a consumer proved to have had of this epoch, beyond its present end."""

    stopped_by: str | None
    reason: str | None
    stopped_at: datetime | None
    agreed: Sequence[str]
    """Who agreed to go on after the last stop."""
    epoch: int
    seq: int
    witnessed: int | None

    @property
    def is_stopped(self) -> bool:
        return self.stopped_at is not None and len(set(self.agreed)) < NEEDED


def lock_switch(session: WriteSession) -> None:
    """One act after the other."""
    driver_connection(session).execute("SELECT pg_advisory_xact_lock(%s)", (SWITCH_LOCK,))


def stands(session: ReadSession) -> Stands:
    with driver_connection(session).cursor(row_factory=class_row(Stands)) as cursor:
        found = cursor.execute(_STANDS).fetchone()
    assert found is not None
    return found


async def stands_async(connection: psycopg.AsyncConnection[Any]) -> Stands:
    """`stands` for the hot reads."""
    async with connection.cursor(row_factory=class_row(Stands)) as cursor:
        found = await (await cursor.execute(_STANDS, prepare=True)).fetchone()
    assert found is not None
    return found


def list_acts(session: ReadSession, *, limit: int) -> list[Row]:
    """Every use of the switch, the newest first."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_ACTS, (limit,)).fetchall()


def keep_act(session: WriteSession, act: str, *, by: str, reason: str) -> None:
    driver_connection(session).execute(_ACT, (act, by, reason))
