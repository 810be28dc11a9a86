"""Law cases on every engine: officers wrote what the answer must say, and each engine and the oracle say it."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from models.results import Answer, Line, LineKind, Question
from tests.conftest import Server
from tests.law_cases import Expected, LawCase, all_cases, items_of, policy_of
from tests.scoring.drawing import World
from tests.scoring.running import Running, answers_of, by_the_oracle, lines_of

ALL = all_cases()
POLICIES = sorted({case.policy for case in ALL})
ENGINES = ("duckdb", "postgres")

Said = dict[tuple[str, str, int, int], tuple[Answer, list[Line]]]
"""By engine, policy, number of the case and of its day."""


def world_of(cases: list[LawCase]) -> World:
    numbered = list(enumerate(cases, start=1))
    return World(
        records=tuple(fact for key, case in numbered for fact in case.facts(key)),
        registry=tuple(case.span(key) for key, case in numbered),
        listings=tuple(entry for key, case in numbered for entry in case.entries(key)),
    )


@pytest.fixture(scope="module")
def said(server: Server) -> Said:
    """Every case of a policy in one relation of questions, each case an enterprise of its own."""
    found: Said = {}
    with psycopg.connect(server.url) as connection:
        for policy in POLICIES:
            cases = [case for case in ALL if case.policy == policy]
            running = Running(policy_of(policy), connection)
            world = world_of(cases)
            days = [(key, place, day) for key, case in enumerate(cases, start=1) for place, (day, _) in enumerate(case.asked())]
            questions = [Question(enterprise_key=key, as_of=day, known_seq=1) for key, _, day in days]
            given: dict[str, tuple[list[Answer], list[list[Line]]]] = {}
            for engine in ENGINES:
                rows = running.on_duckdb(world, questions) if engine == "duckdb" else running.on_postgres(world, questions)
                answers, lines = answers_of(running.policy, rows["answers"]), lines_of(running.policy, rows["lines"], len(questions))
                given[engine] = (answers, lines)
            given["oracle"] = by_the_oracle(running.policy, world, questions)
            for engine, (answers, lines) in given.items():
                for (key, place, _), answer, own in zip(days, answers, lines, strict=True):
                    found[engine, policy, key, place] = (answer, own)
    return found


CASES: list[Any] = [
    pytest.param(case, number, id=f"{case.policy}: {case.name}")
    for policy in POLICIES
    for number, case in enumerate((case for case in ALL if case.policy == policy), start=1)
]


@pytest.mark.parametrize(("case", "number"), CASES)
def test_the_answer_is_what_the_law_case_says(case: LawCase, number: int, said: Said) -> None:
    for engine in (*ENGINES, "oracle"):
        for place, (day, expected) in enumerate(case.asked()):
            answer, lines = said[engine, case.policy, number, place]
            assert shown(answer, lines, expected, asks_days=engine != "oracle") == wanted(expected, engine != "oracle"), (engine, day)


def wanted(expected: Expected, asks_days: bool) -> dict[str, Any]:
    return {name: getattr(expected, name) for name in sorted(compared(expected, asks_days))}


def compared(expected: Expected, asks_days: bool) -> set[str]:
    return expected.model_fields_set - (set() if asks_days else {"next_change_on"})


def shown(answer: Answer, lines: list[Line], expected: Expected, *, asks_days: bool) -> dict[str, Any]:
    """The answer in the words of a case, as far as the case asks."""
    points: dict[str, int] = {}
    for line in lines:
        if line.line is not LineKind.DIRECT:
            points[line.item] = points.get(line.item, 0) + line.points_x100
    words: dict[str, Any] = {
        "score": Decimal(answer.score_x100) / 100,
        "total": Decimal(answer.total_x100) / 100,
        "grade": answer.grade,
        "ladder_grade": answer.ladder_grade,
        "is_rated": answer.is_rated,
        "points": {code: Decimal(value) / 100 for code, value in points.items()},
        "holds": tuple(sorted(line.item for line in lines if line.line is LineKind.DIRECT)),
        "lists": {name: answer.lists[name] for name in expected.lists},
        "covered": {name: answer.covered[name] for name in expected.covered},
        "next_change_on": answer.next_change_on,
    }
    return {name: words[name] for name in sorted(compared(expected, asks_days))}


@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_of_a_policy_is_without_a_case(policy: str) -> None:
    told = {item for case in ALL if case.policy == policy for item in case.about}
    assert sorted(items_of(policy_of(policy)) - told) == []
    assert sorted(told - items_of(policy_of(policy))) == []


@pytest.mark.parametrize("policy", POLICIES)
def test_no_clause_of_a_policy_is_without_a_case(policy: str) -> None:
    rules = policy_of(policy)
    cited = {rule.clause.act for part in (rules.indicators, rules.caps, rules.repeats, rules.direct_grades, rules.lists) for rule in part}
    told = {case.clause.act for case in ALL if case.policy == policy}
    assert sorted(cited - told) == []
