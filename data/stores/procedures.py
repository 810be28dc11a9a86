"""Procedures as published: which one carries a matter, by list, kind of matter and day."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from psycopg import errors
from psycopg.rows import dict_row

from data.database import ReadSession, WriteSession, driver_connection
from data.procedure_files import procedure_hash
from models.errors import NotFound, Refused
from models.procedures import Matter, Procedure

_PUBLISH = """
INSERT INTO procedure (procedure_hash, list, matter, decided_by, in_force_from, in_force_until, body, published_at, published_by)
VALUES (%(hash)s, %(list)s, %(matter)s, %(decided_by)s, %(in_force_from)s, %(in_force_until)s, %(body)s::jsonb, clock_timestamp(), %(by)s)
ON CONFLICT (procedure_hash) DO NOTHING
"""
_END = "UPDATE procedure SET in_force_until = %s WHERE procedure_hash = %s AND in_force_until IS NULL"
_IN_FORCE = """
SELECT * FROM procedure
WHERE list = %(list)s AND matter = %(matter)s AND decided_by = %(decided_by)s
    AND in_force_from <= %(day)s AND (in_force_until IS NULL OR in_force_until > %(day)s)
"""


class NoSuchProcedure(NotFound):
    """No procedure is published under this hash."""

    code = "procedures.not_found"


class OverlappingProcedures(Refused):
    """Two procedures of one list and matter would be in force on the same day."""

    code = "procedures.overlap"


@dataclass(frozen=True)
class PublishedProcedure:
    """A procedure as it was published, with the last day that a later version may have set."""

    procedure_hash: str
    procedure: Procedure
    in_force_until: date | None
    published_at: datetime
    published_by: str


def publish(session: WriteSession, procedures: Sequence[Procedure], *, by: str) -> int:
    """Keep procedures; those that are there stay, and get their last day if they had none. Gives how many are new.

    Raises `OverlappingProcedures`.
    """
    connection = driver_connection(session)
    new = 0
    # Ends first, so that a version that follows another finds the day free.
    for one in sorted(procedures, key=lambda p: p.in_force_until is None):
        if one.in_force_until is not None:
            connection.execute(_END, (one.in_force_until, procedure_hash(one)))
    for one in procedures:
        values = {
            "hash": procedure_hash(one),
            "list": one.list,
            "matter": one.matter.value,
            "decided_by": one.decided_by,
            "in_force_from": one.in_force_from,
            "in_force_until": one.in_force_until,
            "body": one.model_dump_json(exclude={"in_force_until"}),
            "by": by,
        }
        try:
            new += connection.execute(_PUBLISH, values).rowcount
        except errors.ExclusionViolation as fault:
            raise OverlappingProcedures(
                f"Another procedure for {one.list}, {one.matter} ({one.decided_by}) is in force on some days from {one.in_force_from}. "
                "Give the earlier version `in_force_until` in the same file, and publish it again."
            ) from fault
    return new


def procedure_in_force(
    session: ReadSession, list_name: str, matter: Matter, *, decided_by: Literal["run", "officers"], day: date
) -> PublishedProcedure | None:
    """The procedure that carries a matter opened on this day, or None when the list has none."""
    asked = {"list": list_name, "matter": matter.value, "decided_by": decided_by, "day": day}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_IN_FORCE, asked).fetchone()
    return None if row is None else _read(row)


def get_procedure(session: ReadSession, wanted: str) -> PublishedProcedure:
    """One procedure by its hash. Raises `NoSuchProcedure`."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("SELECT * FROM procedure WHERE procedure_hash = %s", (wanted,)).fetchone()
    if row is None:
        raise NoSuchProcedure(f"No procedure is published under {wanted[:12]}. `qcredit procedures list` shows those that are.")
    return _read(row)


def list_procedures(session: ReadSession) -> list[PublishedProcedure]:
    """All of them, by list, matter and first day."""
    statement = 'SELECT * FROM procedure ORDER BY list COLLATE "C", matter, decided_by, in_force_from'
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return [_read(row) for row in cursor.execute(statement).fetchall()]


def _read(row: dict[str, Any]) -> PublishedProcedure:
    return PublishedProcedure(
        procedure_hash=row["procedure_hash"],
        procedure=Procedure.model_validate_json(json.dumps(row["body"] | {"in_force_until": None})),
        in_force_until=row["in_force_until"],
        published_at=row["published_at"],
        published_by=row["published_by"],
    )
