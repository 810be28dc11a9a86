"""Live answers: one enterprise, a bidder list, a history; computed where the facts are, in milliseconds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.database import AsyncConnection, Connection
from data.stores.compiled_plans import find_plan, keep_plan
from models.policies import Policy
from models.results import Answer, Line, Question
from scoring.engines.base import SHAPES, compile_policy, plan_version
from scoring.engines.postgres import AT_ONCE, live_sql, run_live, run_live_async
from scoring.plan.relations import needs_of
from scoring.runs.answers import read_answer, read_line

_STATEMENTS: dict[str, dict[str, str]] = {}


@dataclass(frozen=True)
class Rules:
    """The policy that answers, its hash, and the day on which another version takes over (None without)."""

    policy: Policy
    policy_hash: str
    changes_on: date | None = None


@dataclass(frozen=True)
class Explained:
    """An answer with every line of its score, in the plan's order."""

    answer: Answer
    lines: tuple[Line, ...]


def statements(connection: Connection, rules: Rules) -> dict[str, str]:
    """The live statements of a policy by shape: remembered, kept in the database, or compiled now (about a second)."""
    known = _STATEMENTS.get(rules.policy_hash)
    if known is None:
        sql = compiled_shapes(connection, rules)
        known = _STATEMENTS[rules.policy_hash] = {shape: live_sql(needs_of(rules.policy), sql[shape], shape) for shape in SHAPES}
    return known


def compiled_shapes(connection: Connection, rules: Rules) -> Mapping[str, str]:
    """The SQL of a policy's shapes over the plan's relations: kept in the database, or compiled now (about a second)."""
    text = find_plan(connection, policy_hash=rules.policy_hash, engine="postgres", plan_version=plan_version())
    shapes: Mapping[str, str] = json.loads(text) if text is not None else compile_policy(rules.policy, "postgres").sql
    return shapes


def compile_live(policy: Policy) -> str:
    """Compile a policy for live answers, as text that `keep_compiled` keeps; takes seconds."""
    return json.dumps(dict(compile_policy(policy, "postgres").sql))


def keep_compiled(connection: Connection, *, policy_hash: str, text: str) -> None:
    """Keep a compilation in the database, so that no later process has to compile; for writers, as a policy is published."""
    keep_plan(connection, policy_hash=policy_hash, engine="postgres", plan_version=plan_version(), sql=text)


def answer_many(connection: Connection, rules: Rules, questions: Sequence[Question]) -> list[Answer]:
    """Answer questions in their order; the same question twice is answered twice."""
    rows = answer_rows(connection, rules, questions)
    return [read_answer(row, rules.policy, changes_on=rules.changes_on) for row in rows]


def answer_rows(connection: Connection, rules: Rules, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The same as rows of the plan, numbered in their order; they do not know of the day another version takes over."""
    statement = statements(connection, rules)["answers"]
    rows: list[dict[str, Any]] = []
    for first in range(0, len(questions), AT_ONCE):
        rows += run_live(connection, statement, questions[first : first + AT_ONCE], first=first)
    return rows


def explain_many(connection: Connection, rules: Rules, questions: Sequence[Question]) -> list[Explained]:
    """Answer with every line; for at most some hundred questions, since lines are many."""
    ready = statements(connection, rules)
    answers = run_live(connection, ready["answers"], questions)
    lines = run_live(connection, ready["lines"], questions, is_set=True)
    return _explained(rules, answers, lines)


def explain(connection: Connection, rules: Rules, question: Question) -> Explained:
    """Answer one question with every line of its score."""
    return explain_many(connection, rules, [question])[0]


async def answer_many_async(
    connection: AsyncConnection, ready: dict[str, str], rules: Rules, questions: Sequence[Question]
) -> list[Answer]:
    """`answer_many` for the hot reads; `ready` comes from `statements`."""
    rows = await run_live_async(connection, ready["answers"], questions)
    return [read_answer(row, rules.policy, changes_on=rules.changes_on) for row in rows]


async def explain_async(connection: AsyncConnection, ready: dict[str, str], rules: Rules, question: Question) -> Explained:
    """`explain` for the hot reads."""
    answers = await run_live_async(connection, ready["answers"], [question])
    lines = await run_live_async(connection, ready["lines"], [question])
    return _explained(rules, answers, lines)[0]


def _explained(rules: Rules, answers: list[dict[str, Any]], lines: list[dict[str, Any]]) -> list[Explained]:
    by_question: dict[int, list[Line]] = {}
    for row in lines:
        by_question.setdefault(row["question"], []).append(read_line(row, rules.policy))
    return [
        Explained(read_answer(row, rules.policy, changes_on=rules.changes_on), tuple(by_question.get(row["question"], ())))
        for row in answers
    ]
