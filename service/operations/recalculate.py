"""Recalculate: evaluate enterprises under a policy as of a day, and give the run its effects when asked to (评价批次).

`order_run` writes a run down, `scoring.runs.running` carries it out, here or in another process, now or
after a kill; `recalculate` is both.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from data.database import JOB, Database, WriteSession, make_engine, write_session
from data.stores import knowledge
from data.stores.knowledge import Drawn
from data.stores.runs import Scope
from models.access import Actor
from models.errors import Malformed
from models.results import RunKind
from scoring.runs.running import ENGINES, PART_SIZE, Order, Progress, carry_out, enqueue
from service.operations.choose_rules import choose_rules
from service.operations.publish_run import Published, publish_run

ALL = Scope()


class UnknownEngine(Malformed):
    """The engine named is none that runs here."""

    code = "run.unknown_engine"


class BadSize(Malformed):
    """The parts of a run cannot be of this size."""

    code = "run.bad_part_size"


class BadScope(Malformed):
    """The scope of a run cannot be read."""

    code = "run.bad_scope"


@dataclass(frozen=True)
class Request:
    """What a run is asked: the day, the policy (the one in force unless named), whom, and what was known (all unless said)."""

    as_of: date
    family: str
    policy: str | None = None
    known_at: datetime | None = None
    scope: Scope = ALL
    engine: str = "duckdb"
    memory_limit: str = "4GB"
    part_size: int = PART_SIZE
    """Enterprises of a part: smaller ones need less memory and lose less when the process is killed."""
    out: Path | None = None
    kind: RunKind = RunKind.FULL
    """An incremental run finds the same as a full one, and asks about everyone where it has nothing to start from."""


def recalculate(database: Database, request: Request, *, actor: Actor, tell: Progress | None = None) -> int:
    """Run, and keep what differs from the standings; gives the run's number. Lists nobody until it is published.

    Raises `policy.*`, `knowledge.*` and `run.*`.
    """
    run_id = order_run(database, request, actor=actor)
    carry_out(database, run_id, tell=tell, out=request.out)
    return run_id


def order_run(database: Database, request: Request, *, actor: Actor) -> int:
    """Write a run down, queued, with all that is needed to carry it out; gives its number. What is known counts up to now.

    Raises `policy.*`, `knowledge.*` and `run.*`.
    """
    engine = make_engine(database.url, size=1)
    try:
        with write_session(engine) as session:
            run_id = order_in(session, request, actor=actor)
            session.commit()
            return run_id
    finally:
        engine.dispose()


def order_in(session: WriteSession, request: Request, *, actor: Actor) -> int:
    """`order_run` in a transaction that the caller commits."""
    _check(request)
    drawn = knowledge.resolve(session, request.known_at)
    rules = choose_rules(session, family=request.family, as_of=request.as_of, known_seq=drawn.known_seq, name=request.policy)
    order = Order(
        rules=rules,
        as_of=request.as_of,
        known=Drawn(drawn.known_seq, request.known_at or drawn.committed_at),
        scope=request.scope,
        started_by=actor.holder,
        engine=request.engine,
        memory_limit=request.memory_limit,
        part_size=request.part_size,
        kind=request.kind,
    )
    return enqueue(session, order)


def publish(database: Database, run_id: int, *, actor: Actor, noticed_on: date | None = None) -> Published:
    """Publish a finished run in a transaction of its own. Raises `run.*`."""
    engine = make_engine(database.url, limits=JOB)
    try:
        with write_session(engine) as session:
            done = publish_run(session, run_id, actor=actor, noticed_on=noticed_on)
            session.commit()
            return done
    finally:
        engine.dispose()


def _check(request: Request) -> None:
    if request.engine not in ENGINES:
        raise UnknownEngine(f"There is no engine {request.engine!r}. Give one of {', '.join(ENGINES)}, or leave it out.")
    if request.kind == RunKind.INCREMENTAL and not request.scope.is_full:
        raise BadScope("An incremental run is over all enterprises. Leave regions, industries and enterprises out, or run in full.")
    if request.part_size < 1:
        raise BadSize(f"A part of a run cannot have {request.part_size} enterprises. Give a number above 0, or leave it out.")
    for name, prefixes in (("region", request.scope.regions), ("industry", request.scope.industries)):
        for prefix in prefixes:
            if not (prefix.isascii() and prefix.isalnum()):
                example = "640104" if name == "region" else "C13"
                raise BadScope(f"The {name} {prefix!r} is not a code. Give the beginning of a {name} code, such as {example}.")
