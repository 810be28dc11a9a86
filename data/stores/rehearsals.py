"""Rehearsals as they are kept: ordered, carried out once, read ever after."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import col, select

from data.database import ReadSession, WriteSession, driver_connection
from models.errors import NotFound
from models.tables.base import now
from models.tables.rehearsals import Rehearsal
from models.tables.runs import Run

LOCK = 0x71637265
"""First half of the advisory locks under which a rehearsal is carried out; the second is its number."""


class UnknownRehearsal(NotFound):
    """No rehearsal has this number."""

    code = "rehearsal.not_found"


def add_rehearsal(session: WriteSession, rehearsal: Rehearsal) -> int:
    """Keep what is asked, and give its number."""
    session.add(rehearsal)
    session.flush()
    assert rehearsal.rehearsal_id is not None
    return rehearsal.rehearsal_id


def get_rehearsal(session: ReadSession, rehearsal_id: int) -> Rehearsal:
    """Read one rehearsal. Raises `UnknownRehearsal`."""
    found = session.get(Rehearsal, rehearsal_id)
    if found is None:
        raise UnknownRehearsal(f"There is no rehearsal {rehearsal_id}. `qcredit policy rehearsals` lists them.")
    return found


def list_rehearsals(session: ReadSession, *, before: int | None = None, limit: int = 50) -> Sequence[Rehearsal]:
    """Read one page of rehearsals, newest first."""
    page = select(Rehearsal).order_by(col(Rehearsal.rehearsal_id).desc()).limit(limit)
    return session.exec(page if before is None else page.where(col(Rehearsal.rehearsal_id) < before)).all()


def change(session: WriteSession, rehearsal_id: int, **fields: Any) -> None:
    """Write how far a rehearsal is, or how it ended."""
    found = get_rehearsal(session, rehearsal_id)
    for name, value in fields.items():
        setattr(found, name, value)
    if found.state not in ("queued", "running"):
        found.finished_at = now()
    session.flush()


def lock(session: WriteSession, rehearsal_id: int) -> bool:
    """Take the rehearsal for this session until its connection ends; False when another is at it."""
    row = driver_connection(session).execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK, rehearsal_id)).fetchone()
    return bool(row and row[0])


def last_published_run(session: ReadSession, policy_hash: str, *, until: date) -> Run | None:
    """The latest published run under a policy as of a day at most."""
    found = (
        select(Run)
        .where(col(Run.policy_hash) == policy_hash, col(Run.state) == "published", col(Run.as_of) <= until)
        .order_by(col(Run.as_of).desc(), col(Run.run_id).desc())
    )
    return session.exec(found.limit(1)).one_or_none()
