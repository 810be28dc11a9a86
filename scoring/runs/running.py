"""A run: every enterprise in scope answered under one policy, part by part; what changed kept, counted and digested (评价批次).

A run is ordered, which writes all that it needs into its row, and carried out, at once or by whoever comes for it later. Each part is
kept as a whole with the answers that it changed, so that a run which was killed goes on after its last part.
"""

import platform
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from data.database import JOB, Database, WriteSession, make_engine
from data.stores import knowledge, policies, run_parts, runs
from data.stores.arrow import read_arrow
from data.stores.due import Due, find_due
from models.errors import Refused
from models.results import RunKind
from models.tables.runs import Run, RunPart
from scoring.engines.base import plan_version
from scoring.engines.duckdb import DuckDBEngine
from scoring.runs.answering import Rules
from scoring.runs.files import write_rows
from scoring.runs.parts import Parts, Reading, Stopped
from scoring.runs.sums import sum_of

ENGINES = ("duckdb", "postgres", "spark")
"""duckdb reads all that is known and answers in this process; postgres answers where the facts are, for small scopes; spark hands all
that is known to Spark, on this machine or a cluster, and compares and keeps its answers here as those of the others.
"""

PART_SIZE = 250_000
"""Enterprises of a part: a kill loses some seconds of work, and a city has few parts (each costs half a second of starting the plan)."""

Progress = Callable[[str, int], None]
"""Called with a phase and the rows it has done: `reading` rows, then `evaluating` and `storing` enterprises in turns, then `finished`."""

Stop = Callable[[], bool]
"""Asked between parts, and while reading: whether to end."""


class OtherCode(Refused):
    """The run's first parts were answered by another version of the code."""

    code = "run.other_code"


@dataclass(frozen=True)
class Order:
    """What a run is asked to do."""

    rules: Rules
    as_of: date
    known: knowledge.Drawn
    """The number up to which facts count, and the instant that it stands for."""
    scope: runs.Scope
    started_by: str
    engine: str = "duckdb"
    """One of ENGINES."""
    memory_limit: str = "4GB"
    part_size: int = PART_SIZE
    kind: RunKind = RunKind.FULL


def versions() -> dict[str, str]:
    """Code, engine and libraries of a result: provenance beside its digest."""
    packages = ("qcredit", "duckdb", "ibis-framework", "sqlglot", "pyarrow", *(["pyspark"] if find_spec("pyspark") is not None else []))
    return {"python": platform.python_version(), "plan": plan_version()} | {name: metadata.version(name) for name in packages}


def enqueue(session: WriteSession, order: Order) -> int:
    """Write a run down, queued, with all that is needed to carry it out; gives its number. The caller commits."""
    row = Run(
        policy_hash=order.rules.policy_hash,
        policy=order.rules.policy.name,
        as_of=order.as_of,
        known_seq=order.known.known_seq,
        known_at=order.known.committed_at,
        scope=order.scope.shown(),
        state="queued",
        engine=order.engine,
        memory_limit=order.memory_limit,
        part_size=order.part_size,
        kind=order.kind,
        changes_on=order.rules.changes_on,
        versions=versions(),
        started_by=order.started_by,
    )
    return runs.add_run(session, row)


def carry_out(database: Database, run_id: int, *, tell: Progress | None = None, stop: Stop | None = None, out: Path | None = None) -> str:
    """Carry a run out from its first part that is not done; gives the state it ends in, `finished` or `cancelled`.

    A run that has ended so is left as it is. One that fails is kept as failed, with the reason, and may be carried out again. `out` is
    a Parquet file with one row per enterprise, for which all parts are answered again. Answers and lists nobody: only its publication has
    effects. Raises `UnderWay` while another process carries it out, and `OtherCode`.
    """
    engine = make_engine(database.url, limits=JOB, size=1)
    try:
        with engine.connect() as connection, WriteSession(connection, expire_on_commit=False) as session:
            run_parts.hold(session, run_id)
            run = runs.get_run(session, run_id)
            session.commit()
            if run.state in ("finished", "published", "cancelled"):
                return run.state
            work = _Work(database, session, run, tell or _silent, stop or _never, out)
            try:
                _work_through(work)
            except Stopped:
                session.rollback()
                run_parts.advance(session, run_id, state="cancelled", problem=None)
            except (Exception, KeyboardInterrupt) as error:  # by any other way out the run is left as it is, to be carried on
                with suppress(Exception):  # where the database is gone the run stays as it is, to be carried on
                    session.rollback()
                    run_parts.advance(session, run_id, state="failed", problem=f"{type(error).__name__}: {error}"[:2000])
                    session.commit()
                raise
            session.commit()
            run = runs.get_run(session, run_id)
            if run.state == "finished":
                work.say("finished", run.questions)
            return run.state
    finally:
        engine.dispose()


def call_off(database: Database, run_id: int) -> str:
    """End a run that nobody carries out, queued or left behind by a process that was killed, as cancelled; gives the state it is in.

    One that has ended is left as it is. Raises `UnderWay` while somebody carries it out: that one has to stop it.
    """
    engine = make_engine(database.url, size=1)
    try:
        with engine.connect() as connection, WriteSession(connection, expire_on_commit=False) as session:
            run_parts.hold(session, run_id)
            if runs.get_run(session, run_id).state in ("queued", "running"):
                run_parts.advance(session, run_id, state="cancelled")
                session.commit()
            return runs.get_run(session, run_id).state
    finally:
        engine.dispose()


def _silent(_phase: str, _rows: int) -> None:
    pass


def _never() -> bool:
    return False


@dataclass(frozen=True)
class _Work:
    database: Database
    session: WriteSession
    run: Run
    say: Progress
    stop: Stop
    out: Path | None

    @property
    def run_id(self) -> int:
        assert self.run.run_id is not None
        return self.run.run_id

    def tell(self, phase: str, rows: int) -> None:
        """Say how far the run is, unless it is to end here."""
        self.say(phase, rows)
        if self.stop():
            raise Stopped


def _work_through(work: _Work) -> None:
    done = run_parts.list_parts(work.session, work.run_id)
    if any(part.plan_version != plan_version() for part in done):
        raise OtherCode(f"Run {work.run_id} began under another version of the code, whose answers are not added to. Order a new run.")
    run = run_parts.advance(
        work.session, work.run_id, state="running", phase="reading", problem=None, finished_at=None, versions=versions()
    )
    published = policies.get_policy(work.session, run.policy_hash)
    work.session.commit()
    if run.base_run_id is None or not done:
        due = _choose_due(work) if run.kind == RunKind.INCREMENTAL and not done else None
        _work_on(work, Rules(published.policy, published.policy_hash, run.changes_on), done=done, due=due)
    base = runs.get_run(work.session, run.base_run_id) if run.base_run_id is not None else None
    found = sum_of(run_parts.list_parts(work.session, work.run_id), published.policy, base=base)
    run_parts.advance(work.session, work.run_id, state="finished", phase="finished", answered=run.questions, **found)


def _choose_due(work: _Work) -> Due | None:
    """Whom an incremental run asks about; None when it has to ask about everyone, for the reason that is kept with it."""
    wants_all = "A file of all enterprises was asked for." if work.out is not None else None
    due = wants_all or find_due(work.database.url, work.run, plan_version=plan_version())
    if isinstance(due, str):
        run_parts.advance(work.session, work.run_id, base_run_id=None, due=None, why_full=due)
    else:
        run_parts.advance(work.session, work.run_id, base_run_id=due.base.run_id, due=due.questions.num_rows, why_full=None)
    work.session.commit()
    return None if isinstance(due, str) else due


def _work_on(work: _Work, rules: Rules, *, done: Sequence[RunPart], due: Due | None) -> None:
    """Answer and keep the parts that are not done."""
    run = work.run
    with (
        tempfile.TemporaryDirectory(prefix="qcredit-run-") as folder,
        DuckDBEngine(memory_limit=run.memory_limit, spill=Path(folder)) as duck,
    ):
        work.tell("reading", 0)
        reading = Reading(
            database=work.database,
            rules=rules,
            as_of=run.as_of,
            known_seq=run.known_seq,
            scope=runs.Scope.read(run.scope),
            engine=run.engine,
            folder=Path(folder),
            memory_limit=run.memory_limit,
            after=done[-1].until_key if done and work.out is None else None,
            tell=lambda rows: work.say("reading", rows),
            stop=work.stop,
            due=due,
        )
        parts = Parts(duck, reading, with_totals=work.out is not None)
        _answer_parts(work, parts, Path(folder), done=done)
        if work.out is not None:
            with read_arrow(work.database.url, runs.identifiers_statement(known_seq=run.known_seq)) as reader:
                write_rows(duck, reader, work.out)


def _answer_parts(work: _Work, parts: Parts, folder: Path, *, done: Sequence[RunPart]) -> None:
    """Answer and keep what remains; with a file to write, answer what is done once more for it, and keep it no second time."""
    run, file = work.run, folder / "changed.csv"
    again = len(done) if work.out is not None else 0
    before = 0 if work.out is not None else sum(part.questions for part in done)
    asked = before + parts.questions
    if parts.due is not None:
        asked = parts.due.base.questions + parts.questions - parts.due.before.num_rows  # those who are new, beside the base's
    run_parts.advance(work.session, work.run_id, phase="evaluating", questions=asked)
    work.session.commit()
    number = len(done) - again
    # One part at least, even where nothing is due: that a run has parts says that it kept what an incremental one starts from.
    for first in range(0, parts.questions or (0 if number else 1), run.part_size):
        work.tell("evaluating", before + first)
        answered = parts.answer(first, run.part_size)
        if number >= len(done):
            part = parts.found(work.run_id, file)
            work.tell("storing", before + first + answered)
            run_parts.keep_part(work.session, work.run_id, number, part, plan_version=plan_version(), file=file)
            work.session.commit()
        number += 1
