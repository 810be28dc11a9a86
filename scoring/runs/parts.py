"""One part of a run in DuckDB: answered, digested and counted, and compared with the standings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from data.database import Database, connect
from data.stores import runs
from data.stores.arrow import read_arrow
from data.stores.due import Base, Due
from data.stores.knowledge import moment_statement
from data.stores.relations import batch_listings, batch_records, batch_registry
from data.stores.run_parts import Part
from models.policies import Policy
from models.results import ListStanding, Question
from scoring.engines import spark
from scoring.engines.duckdb import DuckDBEngine
from scoring.engines.postgres import PostgresEngine
from scoring.plan.relations import LISTINGS, QUESTIONS, REGISTRY, needs_of, records_schema
from scoring.runs.answering import Rules, answer_rows
from scoring.runs.answers import answers_schema
from scoring.runs.canonical import MODULUS, canonical_sql, sum_hashes, until_next_version
from scoring.runs.files import gather_rows

LIVE = 20_000
"""Up to so many due enterprises are answered where the facts are: quicker than bringing their records here and compiling for it."""


class Stopped(Exception):  # no error: somebody asked for it
    """The run was asked to end."""


@dataclass(frozen=True)
class Reading:
    """What a run reads, and how its engine reads it; `after` is the highest key of the parts that are done."""

    database: Database
    rules: Rules
    as_of: date
    known_seq: int
    scope: runs.Scope
    engine: str
    folder: Path
    """Where it may lay files while it works."""
    memory_limit: str
    after: int | None
    tell: Callable[[int], None]
    """Called with the rows read so far."""
    stop: Callable[[], bool]
    """Asked now and then; once it says true, reading ends early."""
    due: Due | None = None
    """Of an incremental run: whom alone it asks about."""


class Parts:
    """Reads once all that the remaining parts need, and evaluates them one after the other. Raises `Stopped` where reading was ended.

    One pass over the records is quicker than one for each part: their table is not in the order of enterprises.
    """

    def __init__(self, duck: DuckDBEngine, reading: Reading, *, with_totals: bool) -> None:
        self._duck, self._reading = duck, reading
        self._policy = reading.rules.policy
        self._shapes = ("answers", "totals") if with_totals else ("answers",)
        self._rows, self._is_stopped = 0, False
        seq, after, due = reading.known_seq, reading.after, reading.due
        only = None if due is None else due.questions.column("enterprise_key").to_pylist()
        if due is not None:
            duck.load({"population": due.questions, "standing": due.standing, "said": due.before})
            duck.execute(_before_statement(self._policy))
        else:
            self._load({"population": self._questions_statement()})
            self._load({"standing": runs.STANDINGS_STATEMENT})
        self.questions, self.due = duck.count("population"), due
        self._is_live = reading.engine == "postgres" or (due is not None and self.questions <= LIVE)
        if not self._is_live:
            needs = needs_of(self._policy)
            facts = {
                "registry": batch_registry(known_seq=seq, after=after, only=only),
                "listings": batch_listings(known_seq=seq, after=after, only=only),
                "records": batch_records(needs.quantities, needs.details, known_seq=seq, after=after, only=only),
            }
            if reading.engine != "spark":
                self._load(facts)
            elif self.questions:
                self._answer_on_spark(facts)
        self._duck.execute("CREATE TABLE questions AS SELECT * FROM population LIMIT 0")

    def answer(self, first: int, size: int) -> int:
        """Answer `size` of the remaining questions from number `first` on; gives how many there were."""
        duck = self._duck
        duck.execute("DELETE FROM questions")
        duck.execute(f"INSERT INTO questions SELECT * FROM population WHERE {_within(first, size)}")
        for shape in self._shapes:
            if self._is_live:
                self._answer_where_facts_are(shape)
            elif self._reading.engine == "spark":
                duck.execute(f"CREATE OR REPLACE TEMP TABLE plan_{shape} AS SELECT * FROM spark_{shape} WHERE {_within(first, size)}")
            else:
                duck.fill(self._policy, shape, f"plan_{shape}")
        duck.execute(_answers_statement(self._reading))
        if len(self._shapes) > 1:
            gather_rows(duck, self._policy)
        return duck.count("questions")

    def found(self, run_id: int, file: Path) -> Part:
        """What the part that was just answered adds to its run; the answers that differ from their standings go to a CSV file."""
        duck = self._duck
        moves = duck.query(
            'SELECT s.policy, s.grade AS "from", a.grade AS "to", count(*) AS enterprises FROM answers a JOIN standing s'
            " USING (enterprise_key) GROUP BY ALL ORDER BY ALL"
        ).to_pylist()
        last = duck.query("SELECT max(enterprise_key) AS k, count(*) AS n FROM answers").to_pylist()[0]
        part = Part(
            until_key=last["k"] or 0,
            questions=last["n"],
            changed=self._write_changed(run_id, file),
            digest=self._digest("answers"),
            grades=self._counts("answers", "grade"),
            lists={rule.list: self._counts("answers", f"list_{rule.list}") for rule in self._policy.lists},
            moves=moves,
        )
        return part if self._reading.due is None else self._against(part, self._reading.due.base)

    def _against(self, part: Part, base: Base) -> Part:
        """What a part adds to the run that it starts from: its answers, less what that run said of the same enterprises."""
        grades = self._counts("before", "grade")
        lists = {rule.list: self._counts("before", f"list_{rule.list}") for rule in self._policy.lists}
        # Whoever is not asked anew stands as that run left it, and has not moved.
        stayed = _difference(base.grades, grades)
        moves = part.moves + [{"policy": self._policy.name, "from": g, "to": g, "enterprises": n} for g, n in stayed.items()]
        return replace(
            part,
            digest=(part.digest - self._digest("before")) % MODULUS,
            grades=_difference(part.grades, grades),
            lists={name: _difference(part.lists[name], counts) for name, counts in lists.items()},
            moves=moves,
        )

    def _digest(self, table: str) -> int:
        return sum_hashes(self._duck.batches(f"SELECT unhex(hash) AS h FROM {table}"))

    def _counts(self, table: str, column: str) -> dict[str, int]:
        rows = self._duck.query(f"SELECT {column} AS c, count(*) AS n FROM {table} GROUP BY ALL ORDER BY ALL").to_pylist()
        return {row["c"]: row["n"] for row in rows}

    def _answer_where_facts_are(self, shape: str) -> None:
        """Answer on PostgreSQL, and bring only the answers here, where they are compared."""
        questions = [
            Question(enterprise_key=row["enterprise_key"], as_of=row["as_of"], known_seq=row["known_seq"])
            for row in self._duck.query("SELECT * FROM questions ORDER BY question").to_pylist()
        ]
        with connect(self._reading.database.url) as connection:
            if shape == "answers":  # its statement is kept in the database; compiling it takes seconds
                rows = answer_rows(connection, self._reading.rules, questions)
                table = pa.Table.from_pylist(rows, schema=answers_schema(self._policy))
            else:
                table = PostgresEngine(connection, questions).run(self._policy, shape)
        self._duck.load({f"plan_{shape}": table})

    def _answer_on_spark(self, facts: Mapping[str, str]) -> None:
        """Answer all that remains in one job; its answers stand in files from which each part takes its own.

        Planning takes Spark seconds, whatever the number of questions: once for each part would be more than the answering. With an
        address for it Spark reads the database itself, each partition in a transaction of its own: all see the same, since the sequence
        up to which facts count was drawn before.
        """
        reading = self._reading
        session = spark.start(memory=reading.memory_limit)
        engine = spark.SparkEngine(session, folder=reading.folder / "spark")
        address = reading.database.jdbc
        if address is not None:
            statement = moment_statement(reading.known_seq)
            with connect(reading.database.url) as connection:
                ((moment,),) = connection.execute(statement).fetchall()
            engine.refuse_other_database(address, statement, expected=moment)
        if reading.due is None and address is not None:
            facts = {"questions": self._questions_statement(), **facts}
        else:
            engine.load({"questions": self._duck.query("SELECT * FROM population ORDER BY question")})
        schemas = {"questions": QUESTIONS, "records": records_schema(needs_of(self._policy)), "registry": REGISTRY, "listings": LISTINGS}
        for name, statement in facts.items():
            if address is None:
                with self._read(statement) as reader:
                    engine.load({name: reader})
            elif reading.stop():
                raise Stopped
            else:
                engine.load_database(address, name, statement, schemas[name])
        with engine:
            for shape in self._shapes:
                out = reading.folder / "spark" / f"{shape}.out"
                engine.write(self._policy, shape, out)
                self._duck.load({f"spark_{shape}": out / "*.parquet"})

    def _questions_statement(self) -> str:
        reading = self._reading
        return runs.questions_statement(reading.scope, as_of=reading.as_of, known_seq=reading.known_seq, after=reading.after)

    def _write_changed(self, run_id: int, file: Path) -> int:
        columns = ", ".join(f"a.{name}" for name in runs.ANSWER_COLUMNS)
        self._duck.execute(
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT * FROM (SELECT {run_id} AS run_id, a.enterprise_key, {columns},"
            f" s.enterprise_key IS NULL OR s.answer_hash <> a.answer_hash OR s.policy <> '{self._policy.name}' AS differs, s.is_refreshed"
            " FROM answers a LEFT JOIN standing s USING (enterprise_key)) WHERE differs OR is_refreshed"
        )
        # Of those that a delivery refreshed the answer is kept even where it is the same, so that the standing can become the run's.
        self._duck.execute(f"COPY (SELECT * EXCLUDE (differs, is_refreshed) FROM changed) TO '{file}' (FORMAT csv, HEADER false)")
        return self._duck.count("changed WHERE differs")

    def _load(self, statements: Mapping[str, str]) -> None:
        for name, statement in statements.items():
            with self._read(statement) as reader:
                self._duck.load({name: reader})

    @contextmanager
    def _read(self, statement: str) -> Iterator[pa.RecordBatchReader]:
        """Rows of the database, told and counted as they come. Raises `Stopped`."""
        with read_arrow(self._reading.database.url, statement) as reader:
            yield pa.RecordBatchReader.from_batches(reader.schema, self._counted(reader))
        if self._is_stopped:
            raise Stopped

    def _counted(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self._is_stopped = self._is_stopped or self._reading.stop()
            if self._is_stopped:
                return
            yield batch
            self._rows += batch.num_rows
            self._reading.tell(self._rows)


def _within(first: int, size: int) -> str:
    return f"question >= {first} AND question < {first + size}"


def _answers_statement(reading: Reading) -> str:
    """Add the day another version takes over, the canonical row's hash and the documents that are stored."""
    policy = reading.rules.policy
    rows = until_next_version("plan_answers", as_of=reading.as_of, changes_on=reading.rules.changes_on)
    covered = [f"'\"{c.code}\": ' || coalesce('\"' || covered_{c.code}::varchar || '\"', 'null')" for c in policy.coverage]
    lists = [f"CASE WHEN list_{r.list} <> '{ListStanding.OFF}' THEN '\"{r.list}\": \"' || list_{r.list} || '\"' END" for r in policy.lists]
    # Temporary, as all that changes from part to part: a new table beside those that a prepared statement reads would have it planned anew.
    return (
        f"CREATE OR REPLACE TEMP TABLE answers AS SELECT *, ('0x' || hash[1:16])::UBIGINT >> 1 AS answer_hash FROM ("
        f" SELECT *, sha256({canonical_sql(policy)}) AS hash, {_document(covered)} AS covered, {_document(lists)} AS lists"
        f" FROM ({rows}))"
    )


def _before_statement(policy: Policy) -> str:
    """What the base said, with the columns of a plan's answers taken out of the stored documents, and the canonical row's hash."""
    covered = [f"covered::JSON->>'$.{c.code}' AS covered_{c.code}" for c in policy.coverage]
    lists = [f"coalesce(lists::JSON->>'$.{r.list}', '{ListStanding.OFF}') AS list_{r.list}" for r in policy.lists]
    return (
        f"CREATE TABLE before AS SELECT *, sha256({canonical_sql(policy)}) AS hash"
        f" FROM (SELECT {', '.join(['* EXCLUDE (covered, lists)', *covered, *lists])} FROM said)"
    )


def _difference(counts: Mapping[str, int], less: Mapping[str, int]) -> dict[str, int]:
    found = {name: counts.get(name, 0) - less.get(name, 0) for name in sorted({*counts, *less})}
    return {name: n for name, n in found.items() if n}


def _document(parts: Sequence[str]) -> str:
    return f"'{{' || concat_ws(', ', {', '.join(parts)}) || '}}'" if parts else "'{}'"
