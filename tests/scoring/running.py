"""One policy over the same relations on every engine, as plain rows."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from types import TracebackType
from typing import Any, Self

import psycopg
import pyarrow as pa
from psycopg.rows import dict_row

from models.policies import Policy
from models.results import Answer, Line, Question
from scoring.engines.base import ORDER, SHAPES, compile_policy
from scoring.engines.duckdb import DuckDBEngine
from scoring.engines.postgres import plain_value
from scoring.plan.relations import LISTINGS, QUESTIONS, REGISTRY, Needs, records_schema
from scoring.plan.total import line_codes
from tests.oracle.answers import answer
from tests.oracle.facts import Fact
from tests.scoring.drawing import World

Row = dict[str, Any]


class Running:
    """A policy ready to run on DuckDB and on PostgreSQL; compiling takes seconds, so one is kept for many runs."""

    def __init__(self, policy: Policy, connection: psycopg.Connection[Any]) -> None:
        self.policy = policy
        self._connection = connection
        self._duckdb = DuckDBEngine(threads=1)
        self._compiled = compile_policy(policy, "postgres")
        needs = self._compiled.needs
        self._schemas = {"questions": QUESTIONS, "records": records_schema(needs), "registry": REGISTRY, "listings": LISTINGS}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._duckdb.__exit__(kind, error, trace)

    def on_duckdb(self, world: World, questions: Sequence[Question], shapes: Iterable[str] = SHAPES) -> dict[str, list[Row]]:
        rows = rows_of(self._compiled.needs, world, questions)
        self._duckdb.load({name: pa.Table.from_pylist(rows[name], schema.to_pyarrow()) for name, schema in self._schemas.items()})
        return {shape: self._duckdb.run(self.policy, shape).to_pylist() for shape in shapes}

    def on_postgres(self, world: World, questions: Sequence[Question], shapes: Iterable[str] = SHAPES) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        with self._connection.transaction(force_rollback=True), self._connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute("SET LOCAL jit = off")
            for name, rows in rows_of(self._compiled.needs, world, questions).items():
                columns = self._schemas[name].items()
                declared = ", ".join(f"{column} {_TYPES[str(kind).lstrip('!')]}" for column, kind in columns)
                cursor.execute(f"CREATE TEMP TABLE {name} ({declared})")
                with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row([row[column] for column, _ in columns])
            for shape in shapes:
                cursor.execute(f"{self._compiled.sql[shape]} ORDER BY {ORDER[shape]}")
                found[shape] = [{name: plain_value(value) for name, value in row.items()} for row in cursor.fetchall()]
        return found


def rows_of(needs: Needs, world: World, questions: Sequence[Question]) -> dict[str, list[Row]]:
    """The input relations of a plan as plain rows."""
    return {
        "questions": [{"question": n} | q.model_dump() for n, q in enumerate(questions)],
        "records": [_row_of(fact, needs.quantities, needs.details) for fact in world.records],
        "registry": [vars(span) for span in world.registry],
        "listings": [vars(span) for span in world.listings],
    }


_TYPES = {"int64": "bigint", "string": "text", "date": "date", "boolean": "boolean"}


def _row_of(fact: Fact, quantities: Sequence[str], details: Sequence[str]) -> Row:
    fixed = {f.name: getattr(fact, f.name) for f in fields(fact) if f.name not in ("quantities", "details")}
    return fixed | {f"q_{n}": fact.quantities.get(n) for n in quantities} | {f"d_{n}": fact.details.get(n) for n in details}


def answers_of(policy: Policy, rows: Iterable[Row]) -> list[Answer]:
    """Rows of the plan's answers as the shape that everybody else sees."""
    same = set(Answer.model_fields) - {"covered", "lists"}
    return [
        Answer(
            covered={cover.code: row[f"covered_{cover.code}"] for cover in policy.coverage},
            lists={rule.list: row[f"list_{rule.list}"] for rule in policy.lists},
            **{name: row[name] for name in same},
        )
        for row in rows
    ]


def lines_of(policy: Policy, rows: Iterable[Row], count: int) -> list[list[Line]]:
    """The lines of each question, in an order that says nothing."""
    codes = line_codes(policy)
    found: list[list[Line]] = [[] for _ in range(count)]
    for row in rows:
        shown = {name: row[name] for name in Line.model_fields if name != "item"}
        found[row["question"]].append(Line(item=codes[row["item"]], **shown))
    return [in_order(lines) for lines in found]


def in_order(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.line, line.item, line.record_key or 0, line.points_x100, str(line.valid_until)))


def by_the_oracle(policy: Policy, world: World, questions: Sequence[Question]) -> tuple[list[Answer], list[list[Line]]]:
    """The oracle's answers and lines; it tells no `next_change_on`."""
    own = {key: world.of(key) for key in {question.enterprise_key for question in questions}}
    asked = [(question, own[question.enterprise_key]) for question in questions]
    both = [answer(policy, question, told.records, told.registry, told.listings) for question, told in asked]
    return [given for given, _ in both], [in_order(lines) for _, lines in both]
