"""A run carried out part by part: who holds it, which parts are done, and how it ends.

A run is held by one connection, which also writes its parts: whoever loses the connection can write nothing more of it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.arrow import copy_csv
from data.stores.runs import ANSWER_COLUMNS, get_run
from models.errors import Refused
from models.tables.base import now
from models.tables.runs import Run, RunPart

_RUN_CLASS = 0x7163_7275 << 32  # "qcru"
_WAIT_S = 5.0
"""How long to wait for a run that another process holds: one that was killed takes a moment to be missed."""
_POLL_S = 0.1


class UnderWay(Refused):
    """Another process is carrying the run out."""

    code = "run.under_way"


@dataclass(frozen=True)
class Part:
    """What one part adds to its run."""

    until_key: int
    questions: int
    changed: int
    digest: int
    grades: dict[str, int]
    lists: dict[str, dict[str, int]]
    moves: list[dict[str, Any]]


def hold(session: WriteSession, run_id: int) -> None:
    """Keep a run for this connection until it closes; commits. Raises `UnderWay` when another keeps it."""
    until = time.monotonic() + _WAIT_S
    while True:
        row = driver_connection(session).execute("SELECT pg_try_advisory_lock(%s)", (_RUN_CLASS | run_id,)).fetchone()
        session.commit()
        if row and row[0]:
            return
        if time.monotonic() > until:
            raise UnderWay(f"Run {run_id} is being carried out by another process. Wait for it; /v1/runs/{run_id} tells how far it is.")
        time.sleep(_POLL_S)


def list_parts(session: ReadSession, run_id: int) -> Sequence[RunPart]:
    """The parts that are done, in order."""
    return session.exec(select(RunPart).where(col(RunPart.run_id) == run_id).order_by(col(RunPart.part))).all()


def keep_part(session: WriteSession, run_id: int, number: int, part: Part, *, plan_version: str, file: Path) -> None:
    """Keep a part with the answers it changed, from a CSV file of run_id, enterprise_key, then ANSWER_COLUMNS; the caller commits."""
    run = get_run(session, run_id)
    copy_csv(session, "run_answer", ("run_id", "enterprise_key", *ANSWER_COLUMNS), file)
    session.add(
        RunPart(
            run_id=run_id,
            part=number,
            until_key=part.until_key,
            questions=part.questions,
            changed=part.changed,
            digest=format(part.digest, "064x"),
            grades=part.grades,
            lists=part.lists,
            moves=part.moves,
            plan_version=plan_version,
        )
    )
    run.phase, run.answered, run.changed = "storing", run.answered + part.questions, run.changed + part.changed
    session.flush()


def advance(session: WriteSession, run_id: int, **fields: Any) -> Run:
    """Write how far a run has come, or how it ended; gives the run."""
    run = get_run(session, run_id)
    for name, value in fields.items():
        setattr(run, name, value)
    if run.state in ("finished", "failed", "cancelled"):
        run.finished_at = now()
    session.flush()
    return run
