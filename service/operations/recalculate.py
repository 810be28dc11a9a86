"""Recalculate: evaluate enterprises under a policy as of a day, and give the run its effects when asked to (评价批次)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from data.database import JOB, Database, make_engine, read_session, write_session
from data.stores import knowledge
from data.stores.runs import Scope
from models.access import Actor
from models.errors import Malformed
from scoring.runs.running import ENGINES, Order, Progress, evaluate
from service.operations.choose_rules import choose_rules
from service.operations.publish_run import Published, publish_run

ALL = Scope()


class UnknownEngine(Malformed):
    """The engine named is none that runs here."""

    code = "run.unknown_engine"


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
    out: Path | None = None


def recalculate(
    database: Database, request: Request, *, actor: Actor, tell: Progress | None = None, begun: Callable[[int], None] | None = None
) -> int:
    """Run, and keep what differs from the standings; gives the run's number. Lists nobody until it is published.

    Raises `policy.*`, `knowledge.*` and `run.bad_scope`.
    """
    if request.engine not in ENGINES:
        raise UnknownEngine(f"There is no engine {request.engine!r}. Give one of {', '.join(ENGINES)}, or leave it out.")
    _check(request.scope)
    engine = make_engine(database.url)
    try:
        with read_session(engine) as session:
            drawn = knowledge.resolve(session, request.known_at)
            rules = choose_rules(session, family=request.family, as_of=request.as_of, known_seq=drawn.known_seq, name=request.policy)
    finally:
        engine.dispose()
    order = Order(
        rules=rules,
        as_of=request.as_of,
        known_at=request.known_at,
        scope=request.scope,
        started_by=actor.holder,
        engine=request.engine,
        memory_limit=request.memory_limit,
        out=request.out,
    )
    return evaluate(database, order, tell=tell, begun=begun)


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


def _check(scope: Scope) -> None:
    for name, prefixes in (("region", scope.regions), ("industry", scope.industries)):
        for prefix in prefixes:
            if not (prefix.isascii() and prefix.isalnum()):
                example = "640104" if name == "region" else "C13"
                raise BadScope(f"The {name} {prefix!r} is not a code. Give the beginning of a {name} code, such as {example}.")
