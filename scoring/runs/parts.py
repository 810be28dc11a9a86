"""One part of a run in DuckDB: answered, digested and counted, and compared with the standings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from data.database import connect
from data.stores import runs
from data.stores.arrow import read_arrow
from data.stores.relations import batch_listings, batch_records, batch_registry
from data.stores.run_parts import Part
from models.results import ListStanding, Question
from scoring.engines.duckdb import DuckDBEngine
from scoring.engines.postgres import PostgresEngine
from scoring.plan.relations import needs_of
from scoring.runs.answering import Rules
from scoring.runs.canonical import add_hashes, canonical_sql
from scoring.runs.files import gather_rows


class Stopped(Exception):  # no error: somebody asked for it
    """The run was asked to end."""


@dataclass(frozen=True)
class Reading:
    """What a run reads, and how its engine reads it; `after` is the highest key of the parts that are done."""

    url: str
    rules: Rules
    as_of: date
    known_seq: int
    scope: runs.Scope
    engine: str
    after: int | None
    tell: Callable[[int], None]
    """Called with the rows read so far."""
    stop: Callable[[], bool]
    """Asked now and then; once it says true, reading ends early."""


class Parts:
    """Reads once all that the remaining parts need, and evaluates them one after the other. Raises `Stopped` where reading was ended.

    One pass over the records is quicker than one for each part: their table is not in the order of enterprises.
    """

    def __init__(self, duck: DuckDBEngine, reading: Reading, *, with_totals: bool) -> None:
        self._duck, self._reading = duck, reading
        self._policy = reading.rules.policy
        self._shapes = ("answers", "totals") if with_totals else ("answers",)
        self._rows, self._is_stopped = 0, False
        seq, after = reading.known_seq, reading.after
        self._load({"population": runs.questions_statement(reading.scope, as_of=reading.as_of, known_seq=seq, after=after)})
        self._load({"standing": runs.STANDINGS_STATEMENT})
        if reading.engine == "duckdb":
            needs = needs_of(self._policy)
            self._load({"registry": batch_registry(known_seq=seq, after=after), "listings": batch_listings(known_seq=seq, after=after)})
            self._load({"records": batch_records(needs.quantities, needs.details, known_seq=seq, after=after)})
        self._duck.execute("CREATE TABLE questions AS SELECT * FROM population LIMIT 0")
        self.questions = self._count("population")

    def answer(self, first: int, size: int) -> int:
        """Answer `size` of the remaining questions from number `first` on; gives how many there were."""
        duck = self._duck
        duck.execute("DELETE FROM questions")
        duck.execute(f"INSERT INTO questions SELECT * FROM population WHERE question >= {first} AND question < {first + size}")
        for shape in self._shapes:
            if self._reading.engine == "postgres":
                self._answer_where_facts_are(shape)
            else:
                duck.fill(self._policy, shape, f"plan_{shape}")
        duck.execute(_answers_statement(self._reading))
        if len(self._shapes) > 1:
            gather_rows(duck, self._policy)
        return self._count("questions")

    def found(self, run_id: int, file: Path) -> Part:
        """What the part that was just answered adds to its run; the answers that differ from their standings go to a CSV file."""
        duck = self._duck
        digest = 0
        for batch in duck.query("SELECT unhex(hash) AS h FROM answers").to_batches():
            digest = add_hashes(digest, b"".join(batch.column("h").to_pylist()))
        grades = duck.query("SELECT grade, count(*) AS n FROM answers GROUP BY ALL ORDER BY ALL").to_pylist()
        lists = {
            rule.list: {
                row["s"]: row["n"]
                for row in duck.query(f"SELECT list_{rule.list} AS s, count(*) AS n FROM answers GROUP BY ALL ORDER BY ALL").to_pylist()
            }
            for rule in self._policy.lists
        }
        moves = duck.query(
            'SELECT s.policy, s.grade AS "from", a.grade AS "to", count(*) AS enterprises FROM answers a JOIN standing s'
            " USING (enterprise_key) GROUP BY ALL ORDER BY ALL"
        ).to_pylist()
        last = duck.query("SELECT max(enterprise_key) AS k, count(*) AS n FROM answers").to_pylist()[0]
        return Part(
            until_key=last["k"],
            questions=last["n"],
            changed=self._write_changed(run_id, file),
            digest=digest,
            grades={row["grade"]: row["n"] for row in grades},
            lists=lists,
            moves=moves,
        )

    def _answer_where_facts_are(self, shape: str) -> None:
        """Answer on PostgreSQL, and bring only the answers here, where they are compared."""
        questions = [
            Question(enterprise_key=row["enterprise_key"], as_of=row["as_of"], known_seq=row["known_seq"])
            for row in self._duck.query("SELECT * FROM questions ORDER BY question").to_pylist()
        ]
        with connect(self._reading.url) as connection:
            self._duck.load({f"plan_{shape}": PostgresEngine(connection, questions).run(self._policy, shape)})

    def _write_changed(self, run_id: int, file: Path) -> int:
        columns = ", ".join(f"a.{name}" for name in runs.ANSWER_COLUMNS)
        self._duck.execute(
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT {run_id} AS run_id, a.enterprise_key, {columns} FROM answers a"
            f" LEFT JOIN standing s USING (enterprise_key)"
            f" WHERE s.enterprise_key IS NULL OR s.answer_hash <> a.answer_hash OR s.policy <> '{self._policy.name}'"
        )
        self._duck.execute(f"COPY changed TO '{file}' (FORMAT csv, HEADER false)")
        return self._count("changed")

    def _load(self, statements: Mapping[str, str]) -> None:
        for name, statement in statements.items():
            with read_arrow(self._reading.url, statement) as reader:
                self._duck.load({name: pa.RecordBatchReader.from_batches(reader.schema, self._counted(reader))})
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

    def _count(self, table: str) -> int:
        return int(self._duck.query(f"SELECT count(*) AS n FROM {table}").column("n")[0].as_py())


def _answers_statement(reading: Reading) -> str:
    """Add the day another version takes over, the canonical row's hash and the documents that are stored."""
    policy, switch = reading.rules.policy, reading.rules.changes_on
    is_ahead = switch is not None and switch > reading.as_of
    following = f"least(next_change_on, DATE '{switch}')" if is_ahead else "next_change_on"
    covered = [f"'\"{c.code}\": ' || coalesce('\"' || covered_{c.code}::varchar || '\"', 'null')" for c in policy.coverage]
    lists = [f"CASE WHEN list_{r.list} <> '{ListStanding.OFF}' THEN '\"{r.list}\": \"' || list_{r.list} || '\"' END" for r in policy.lists]
    # Temporary, as all that changes from part to part: a new table beside those that a prepared statement reads would have it planned anew.
    return (
        f"CREATE OR REPLACE TEMP TABLE answers AS SELECT *, ('0x' || hash[1:16])::UBIGINT >> 1 AS answer_hash FROM ("
        f" SELECT *, sha256({canonical_sql(policy)}) AS hash, {_document(covered)} AS covered, {_document(lists)} AS lists"
        f" FROM (SELECT * REPLACE ({following} AS next_change_on) FROM plan_answers))"
    )


def _document(parts: Sequence[str]) -> str:
    return f"'{{' || concat_ws(', ', {', '.join(parts)}) || '}}'" if parts else "'{}'"
