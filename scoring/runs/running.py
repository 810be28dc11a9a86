"""A run: every enterprise in scope answered under one policy, what changed kept, counted and digested (评价批次)."""

import platform
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from data.database import JOB, Database, WriteSession, connect, make_engine, write_session
from data.stores import knowledge, runs
from data.stores.arrow import read_arrow
from data.stores.relations import batch_listings, batch_records, batch_registry
from models.policies import Policy
from models.results import ListStanding, Question
from models.tables.runs import Run
from scoring.engines.base import plan_version
from scoring.engines.duckdb import DuckDBEngine
from scoring.engines.postgres import PostgresEngine
from scoring.plan.relations import needs_of
from scoring.runs.answering import Rules
from scoring.runs.canonical import add_hashes, canonical_sql
from scoring.runs.files import write_answers

ENGINES = ("duckdb", "postgres")
"""duckdb reads all that is known and answers in this process; postgres answers where the facts are, for small scopes."""

PHASES = ("reading", "evaluating", "comparing", "storing", "finished")
"""What a run does, in order; progress is told at each."""

Progress = Callable[[str, int], None]
"""Called with a phase and the rows it has done."""


@dataclass(frozen=True)
class Order:
    """What a run is asked to do. `known_at` None is now; `out` is a Parquet file with one row per enterprise."""

    rules: Rules
    as_of: date
    known_at: datetime | None
    scope: runs.Scope
    started_by: str
    engine: str = "duckdb"
    """One of ENGINES."""
    memory_limit: str = "4GB"
    out: Path | None = None


def versions() -> dict[str, str]:
    """Code, engine and libraries of a result: provenance beside its digest."""
    packages = ("qcredit", "duckdb", "ibis-framework", "sqlglot", "pyarrow")
    return {"python": platform.python_version(), "plan": plan_version()} | {name: metadata.version(name) for name in packages}


def evaluate(database: Database, order: Order, *, tell: Progress | None = None, begun: Callable[[int], None] | None = None) -> int:
    """Run the questions of an order and keep what differs from the standings; gives the run's number, to `begun` as soon as it has one.

    Answers and lists nobody: only its publication has effects. A run that fails is kept as failed, with the reason.
    """
    say = tell or _silent
    engine = make_engine(database.url, limits=JOB)
    try:
        with write_session(engine) as session:
            drawn = knowledge.resolve(session, order.known_at)
            run_id = runs.add_run(session, _new_run(order, drawn))
            session.commit()
        if begun is not None:
            begun(run_id)
        try:
            _evaluate(database.url, engine, _Started(order, run_id, drawn.known_seq, say))
        except BaseException as error:
            with write_session(engine) as session:
                runs.finish_run(session, run_id, state="failed", problem=f"{type(error).__name__}: {error}"[:2000])
                session.commit()
            raise
    finally:
        engine.dispose()
    return run_id


def _silent(_phase: str, _rows: int) -> None:
    pass


def _new_run(order: Order, drawn: knowledge.Drawn) -> Run:
    return Run(
        policy_hash=order.rules.policy_hash,
        policy=order.rules.policy.name,
        as_of=order.as_of,
        known_seq=drawn.known_seq,
        known_at=order.known_at or drawn.committed_at,
        scope=order.scope.shown(),
        state="running",
        engine=order.engine,
        versions=versions(),
        started_by=order.started_by,
    )


@dataclass(frozen=True)
class _Started:
    order: Order
    run_id: int
    known_seq: int
    say: Progress


def _evaluate(url: str, engine: Any, started: _Started) -> None:
    order, run_id, known_seq, say = started.order, started.run_id, started.known_seq, started.say
    policy = order.rules.policy
    with (
        tempfile.TemporaryDirectory(prefix="qcredit-run-") as folder,
        DuckDBEngine(memory_limit=order.memory_limit, spill=Path(folder)) as duck,
    ):
        say("reading", 0)
        _load(duck, url, {"questions": runs.questions_statement(order.scope, as_of=order.as_of, known_seq=known_seq)})
        _load(duck, url, {"standing": runs.STANDINGS_STATEMENT})
        questions = _count(duck, "questions")
        _tell(engine, run_id, say, phase="evaluating", questions=questions)
        shapes = ("answers", "totals") if order.out is not None else ("answers",)
        if order.engine == "postgres":
            _answer_where_facts_are(duck, url, policy, shapes)
        else:
            _answer_in_batch(duck, url, policy, shapes, known_seq=known_seq)
        duck.execute(_answers_statement(order))
        _tell(engine, run_id, say, phase="comparing", answered=questions)
        found = _findings(duck, order)
        if order.out is not None:
            with read_arrow(url, runs.identifiers_statement(known_seq=known_seq)) as reader:
                duck.load({"identifiers": reader})
            write_answers(duck, policy, order.out)
        file = Path(folder) / "changed.csv"
        changed = _write_changed(duck, order, run_id, file)
        _tell(engine, run_id, say, phase="storing", changed=changed)
        with write_session(engine) as session:
            if changed:
                runs.keep_answers(session, file)
            runs.finish_run(session, run_id, state="finished", phase="finished", **found)
            session.commit()
        say("finished", questions)


def _load(duck: DuckDBEngine, url: str, statements: Mapping[str, str]) -> None:
    for name, statement in statements.items():
        with read_arrow(url, statement) as reader:
            duck.load({name: reader})


def _answer_in_batch(duck: DuckDBEngine, url: str, policy: Policy, shapes: Sequence[str], *, known_seq: int) -> None:
    """Bring all that is known into the engine and answer there."""
    needs = needs_of(policy)
    relations = {
        "registry": batch_registry(known_seq=known_seq),
        "listings": batch_listings(known_seq=known_seq),
        "records": batch_records(needs.quantities, needs.details, known_seq=known_seq),
    }
    _load(duck, url, relations)
    for shape in shapes:
        duck.keep(policy, shape, f"plan_{shape}")


def _answer_where_facts_are(duck: DuckDBEngine, url: str, policy: Policy, shapes: Sequence[str]) -> None:
    """Answer on PostgreSQL, and bring only the answers here, where they are compared."""
    questions = [
        Question(enterprise_key=row["enterprise_key"], as_of=row["as_of"], known_seq=row["known_seq"])
        for row in duck.query("SELECT * FROM questions ORDER BY question").to_pylist()
    ]
    with connect(url) as connection:
        engine = PostgresEngine(connection, questions)
        for shape in shapes:
            duck.load({f"plan_{shape}": engine.run(policy, shape)})


def _tell(engine: Any, run_id: int, say: Progress, *, phase: str, **fields: int) -> None:
    session: WriteSession
    with write_session(engine) as session:
        runs.advance(session, run_id, phase=phase, **fields)
        session.commit()
    say(phase, max(fields.values(), default=0))


def _count(duck: DuckDBEngine, table: str) -> int:
    return int(duck.query(f"SELECT count(*) AS n FROM {table}").column("n")[0].as_py())


def _answers_statement(order: Order) -> str:
    """Add the day another version takes over, the canonical row's hash and the documents that are stored."""
    policy = order.rules.policy
    switch = order.rules.changes_on
    following = f"least(next_change_on, DATE '{switch.isoformat()}')" if switch is not None and switch > order.as_of else "next_change_on"
    covered = [f"'\"{c.code}\": ' || coalesce('\"' || covered_{c.code}::varchar || '\"', 'null')" for c in policy.coverage]
    lists = [f"CASE WHEN list_{r.list} <> '{ListStanding.OFF}' THEN '\"{r.list}\": \"' || list_{r.list} || '\"' END" for r in policy.lists]

    def document(parts: list[str]) -> str:
        return f"'{{' || concat_ws(', ', {', '.join(parts)}) || '}}'" if parts else "'{}'"

    return (
        f"CREATE TABLE answers AS SELECT *, ('0x' || hash[1:16])::UBIGINT >> 1 AS answer_hash FROM ("
        f" SELECT *, sha256({canonical_sql(policy)}) AS hash, {document(covered)} AS covered, {document(lists)} AS lists"
        f" FROM (SELECT * REPLACE ({following} AS next_change_on) FROM plan_answers))"
    )


def _findings(duck: DuckDBEngine, order: Order) -> dict[str, Any]:
    """Digest, counts by grade and list, and how many moved between grades since the standings."""
    digest = 0
    for batch in duck.query("SELECT unhex(hash) AS h FROM answers").to_batches():
        digest = add_hashes(digest, b"".join(batch.column("h").to_pylist()))
    grades = duck.query("SELECT grade, count(*) AS n FROM answers GROUP BY ALL ORDER BY ALL").to_pylist()
    lists = {
        rule.list: {
            row["s"]: row["n"]
            for row in duck.query(f"SELECT list_{rule.list} AS s, count(*) AS n FROM answers GROUP BY ALL ORDER BY ALL").to_pylist()
        }
        for rule in order.rules.policy.lists
    }
    moved = duck.query(
        "SELECT s.policy, s.grade AS before, a.grade AS after, count(*) AS n FROM answers a JOIN standing s USING (enterprise_key)"
        " GROUP BY ALL ORDER BY ALL"
    ).to_pylist()
    before = sorted({row["policy"] for row in moved})
    return {
        "digest": format(digest, "064x"),
        "counts": {"grades": {row["grade"]: row["n"] for row in grades}, "lists": lists},
        "migration": {
            "from_policies": before,
            "to_policy": order.rules.policy.name,
            # Grades of two versions are two scales: a difference between them is not a movement of the enterprise.
            "under_one_version": before == [order.rules.policy.name],
            "moves": [{"from": row["before"], "to": row["after"], "enterprises": row["n"]} for row in moved],
            "moved": sum(row["n"] for row in moved if row["before"] != row["after"]),
        },
    }


def _write_changed(duck: DuckDBEngine, order: Order, run_id: int, file: Path) -> int:
    columns = ", ".join(f"a.{name}" for name in runs.ANSWER_COLUMNS)
    duck.execute(
        f"CREATE TABLE changed AS SELECT {run_id} AS run_id, a.enterprise_key, {columns} FROM answers a"
        f" LEFT JOIN standing s USING (enterprise_key)"
        f" WHERE s.enterprise_key IS NULL OR s.answer_hash <> a.answer_hash OR s.policy <> '{order.rules.policy.name}'"
    )
    duck.execute(f"COPY changed TO '{file}' (FORMAT csv, HEADER false)")
    return _count(duck, "changed")
