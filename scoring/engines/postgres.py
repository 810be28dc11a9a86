"""PostgreSQL, where the facts are: one enterprise, a bidder list, a history, in milliseconds."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import AsyncRawCursor, RawCursor
from psycopg.rows import tuple_row

from data.stores.relations import live_relations
from models.policies import Policy
from models.results import Question
from scoring.engines.base import ORDER, arrow_schema, compile_policy
from scoring.plan.relations import Needs

AT_ONCE = 5_000
"""Questions answered by one statement; more are split."""

# Planning takes fifty milliseconds, running one or two: so a statement is prepared once a connection, with a plan that does not look
# at the parameters (measured: p95 1.5 ms against 50 ms when planned each time).
GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL jit = off"
# Such a plan expects a handful of questions. For many, one that knows how many is worth its planning (5,000: 0.5 s against 2.8 s).
MANY = 100
COUNTED = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off"


_COLUMNS: dict[str, tuple[str, ...]] = {}


def live_sql(needs: Needs, sql: str, shape: str, *, relations: Callable[[Sequence[str], Sequence[str]], str] = live_relations) -> str:
    """The statement that answers questions given as parameters over the stored facts; `sql` is the compiled shape."""
    given = relations(needs.quantities, needs.details)
    body = f"{sql} ORDER BY {ORDER[shape]}".replace("%", "%%")
    return f"WITH {given}, {body[5:]}" if body.startswith("WITH ") else f"WITH {given} {body}"


def parameters(questions: Sequence[Question], *, first: int = 0) -> tuple[str, str, str, str]:
    """Questions as the arrays of `live_relations`, numbered from `first` in their order.

    As text, whose type the statement says: the driver types a list by its numbers, and would prepare, and plan, one statement for small
    ones and another for large.
    """
    columns = (
        range(first, first + len(questions)),
        (q.enterprise_key for q in questions),
        (q.as_of for q in questions),
        (q.known_seq for q in questions),
    )
    number, enterprise_key, as_of, known_seq = ("{" + ",".join(map(str, column)) + "}" for column in columns)
    return number, enterprise_key, as_of, known_seq


def run_live(
    connection: psycopg.Connection[Any],
    statement: str,
    questions: Sequence[Question],
    *,
    first: int = 0,
    is_set: bool = False,
    more: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    """Run a live statement; rows as plain values, in the plan's order. Must stand in a transaction, whose settings it changes.

    `is_set` says that the same transaction has just run another statement for as many questions; `more` are the parameters that its
    relations take behind the questions.
    """
    with RawCursor(connection, row_factory=tuple_row) as cursor:
        if not is_set:
            cursor.execute(GENERIC if len(questions) <= MANY else COUNTED)
        cursor.execute(_numbered(statement), (*parameters(questions, first=first), *more), prepare=True)
        return _plain(_columns(statement, cursor), cursor.fetchall())


async def run_live_async(connection: psycopg.AsyncConnection[Any], statement: str, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """`run_live` for the hot reads, on a connection of a pool that is set as `GENERIC` asks: no transaction, one round trip."""
    cursor = AsyncRawCursor(connection, row_factory=tuple_row)
    await cursor.execute(_numbered(statement), parameters(questions), prepare=True)
    return _plain(_columns(statement, cursor), await cursor.fetchall())


@lru_cache(maxsize=64)
def _numbered(statement: str) -> bytes:
    """The statement with numbered parameters, which the driver sends as it is: reading its 100 KB anew each time took a millisecond."""
    numbers = count(1)
    return re.sub("%[s%]", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", statement).encode()


def _columns(statement: str, cursor: Any) -> tuple[str, ...]:
    """The names of a statement's columns, which are always the same; the driver describes each of them anew for each answer."""
    names = _COLUMNS.get(statement)
    if names is None:
        names = _COLUMNS[statement] = tuple(column.name for column in cursor.description or ())
    return names


def _plain(names: Sequence[str], rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(names, map(plain_value, row), strict=True)) for row in rows]


def plain_value(value: Any) -> Any:
    """Undo what PostgreSQL widens: a sum of bigints is numeric, a date plus an interval a timestamp."""
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, datetime):
        return value.date()
    return value


class PostgresEngine:
    """Answers questions over the stored facts of one connection, in parts; for a scope, where starting a batch would cost more."""

    name = "postgres"

    def __init__(self, connection: psycopg.Connection[Any], questions: Sequence[Question]) -> None:
        self._connection = connection
        self._questions = questions

    def run(self, policy: Policy, shape: str) -> pa.Table:
        return pa.Table.from_batches(self.stream(policy, shape), schema=arrow_schema(compile_policy(policy, "postgres"), shape))

    def stream(self, policy: Policy, shape: str) -> Iterator[pa.RecordBatch]:
        compiled = compile_policy(policy, "postgres")
        statement = live_sql(compiled.needs, compiled.sql[shape], shape)
        schema = arrow_schema(compiled, shape)
        for first in range(0, len(self._questions), AT_ONCE):
            rows = run_live(self._connection, statement, self._questions[first : first + AT_ONCE], first=first)
            yield pa.RecordBatch.from_pylist(rows, schema=schema)
