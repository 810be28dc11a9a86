"""Rules that are easy to get wrong, each on its own, on both engines and by the oracle."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from models.policies import Policy
from models.results import Answer, Line, LineKind, ListStanding, Question
from tests.oracle.facts import Fact
from tests.scoring.drawing import World
from tests.scoring.running import Running, answers_of, by_the_oracle, lines_of

CLAUSE = {"act": "an-act", "article": "1"}
TITLE = {"zh": "-", "en": "-"}


def indicator(code: str, records: dict[str, Any], points: Any, term: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = points if isinstance(points, dict) else {"how": "fixed", "points": points}
    fixed = {"code": code, "group": "all", "title": TITLE, "description": "-", "clause": CLAUSE}
    return fixed | {"records": records, "points": given, "term": term} | more


def direct(code: str, records: dict[str, Any], **more: Any) -> dict[str, Any]:
    fixed = {"code": code, "title": TITLE, "description": "-", "clause": CLAUSE, "term": LONG, "grade": "B", "freezes_bonuses": True}
    return fixed | {"records": records} | more


def cap(code: str, indicators: list[str], **bounds: Any) -> dict[str, Any]:
    return {"code": code, "title": TITLE, "clause": CLAUSE, "indicators": indicators} | bounds


def policy_of(version: str, **parts: Any) -> Policy:
    return Policy.model_validate(
        {
            "language": 1,
            "family": "rules",
            "version": version,
            "title": TITLE,
            "description": "-",
            "mark": "sample",
            "in_force_from": "2019-01-01",
            "scale": {"start": 100, "lowest": 0, "highest": 200},
            "groups": [{"code": "all", "title": TITLE}],
            "grades": [{"grade": "A", "title": TITLE, "at_least": 90, "clause": CLAUSE}, {"grade": "B", "title": TITLE, "clause": CLAUSE}],
        }
        | parts
    )


YEAR = {"lasts": {"years": 1}}
LONG = {"lasts": {"years": 9}}
STEPS = {"steps": [{"until": {"years": 1}, "share": 1}, {"until": {"years": 2}, "share": 0}]}
SHARE = {"how": "share_of_failures", "failures": {"kind": "sampling", "outcome": "none_found"}, "minimum_count": 1}


def listed(name: str, enter: dict[str, Any]) -> dict[str, Any]:
    ends = {"decided_by": "run", "lasts": {"years": 1}, "authority": TITLE, "clause": CLAUSE}
    return {"list": name, "title": TITLE, "colour": "red", "enter": enter} | ends


HIGHER = policy_of(
    "higher",
    indicators=[
        indicator("complaint", {"kind": "complaint"}, -10, YEAR, after_repair={"points": -4, "lasts": {"years": 2}}),
        indicator("fading", {"kind": "penalty", "outcome": "fine"}, -10, STEPS),
        indicator("finding", {"kind": "inspection"}, -5, LONG, per_event="all"),
        indicator("charity", {"kind": "award", "outcome": "charity"}, 15, LONG),
        indicator("honour", {"kind": "award", "outcome": "quality_award"}, 15, LONG),
        indicator("passed", {"kind": "sampling"}, SHARE | {"bands": [{"over": 0.5, "points": 7}]}, LONG),
        indicator("owed", {"kind": "order"}, -10, LONG | {"ends_with_repair": False}, after_repair={"points": -1, "lasts": {"years": 1}}),
    ],
    repeats=[{"code": "again", "indicators": ["fading"], "window": {"years": 3}, "factor": 2, "clause": CLAUSE}],
    caps=[cap("charities", ["charity"], at_most=20), cap("honours", ["charity", "honour"], at_most=25)],
    direct_grades=[
        direct("revoked", {"kind": "licence", "outcome": "revoked"}, after_repair={"points": -8, "lasts": {"years": 9}}),
    ],
    lists=[
        listed("found_twice", {"count": {"indicators": ["finding"], "at_least": 2}}),
        listed("is_revoked", {"direct": "revoked"}),
    ],
)
LOWER = policy_of(
    "lower",
    scale={"start": 0, "lowest": 0, "highest": 200, "better": "lower"},
    grades=[{"grade": "A", "title": TITLE, "below": 20, "clause": CLAUSE}, {"grade": "B", "title": TITLE, "clause": CLAUSE}],
    indicators=[indicator("finding", {"kind": "inspection"}, 10, LONG), indicator("award", {"kind": "award"}, -5, LONG)],
    repeats=[{"code": "again", "indicators": ["finding"], "window": "validity", "factor": 2, "clause": CLAUSE}],
    direct_grades=[direct("closed", {"kind": "order", "outcome": "closure"})],
)


class Asking:
    """Asks one question of both engines and of the oracle, who must agree before a test may look."""

    def __init__(self, policy: Policy, connection: psycopg.Connection[Any]) -> None:
        self.running = Running(policy, connection)

    def __call__(self, as_of: date, *facts: Fact) -> tuple[Answer, dict[str, int]]:
        """The answer, and the points by rule."""
        asked = [Question(enterprise_key=1, as_of=as_of, known_seq=1)]
        world = World(facts, (), ())
        rows = self.running.on_duckdb(world, asked)
        assert self.running.on_postgres(world, asked) == rows
        (answer,), (lines,) = answers_of(self.running.policy, rows["answers"]), lines_of(self.running.policy, rows["lines"], 1)
        (expected,), (expected_lines,) = by_the_oracle(self.running.policy, world, asked)
        assert (answer.model_copy(update={"next_change_on": None}), lines) == (expected, expected_lines)
        self.lines: list[Line] = lines
        points: dict[str, int] = {}
        for line in lines:
            points[line.item] = points.get(line.item, 0) + line.points_x100 // 100
        return answer, points


@pytest.fixture(scope="module")
def higher(postgres: psycopg.Connection[Any]) -> Iterator[Asking]:
    asking = Asking(HIGHER, postgres)
    with asking.running:
        yield asking


@pytest.fixture(scope="module")
def lower(postgres: psycopg.Connection[Any]) -> Iterator[Asking]:
    asking = Asking(LOWER, postgres)
    with asking.running:
        yield asking


def fact(number: int, kind: str, outcome: str, day: date, *, event: int | None = None, **dates: date) -> Fact:
    return Fact(number, 1, event or number, kind, outcome, occurred_on=day, concluded_on=day, **dates)  # type: ignore[arg-type]


DAY = date(2024, 3, 1)


def test_a_repair_before_the_end_of_the_term_leaves_the_lesser_cost(higher: Asking) -> None:
    repaired = fact(1, "complaint", "substantiated", DAY, repaired_on=date(2024, 9, 1))
    assert higher(date(2024, 8, 31), repaired)[1] == {"complaint": -10}
    assert higher(date(2025, 9, 1), repaired)[1] == {"complaint": -4}


def test_a_repair_after_the_end_of_the_term_brings_nothing_back(higher: Asking) -> None:
    repaired = fact(1, "complaint", "substantiated", DAY, repaired_on=date(2025, 9, 1))
    assert higher(date(2025, 10, 1), repaired)[1] == {}


def test_a_known_repair_ahead_is_a_day_of_change_also_where_the_term_goes_on(higher: Asking) -> None:
    ordered = fact(1, "order", "correction", DAY, repaired_on=date(2025, 1, 1))
    answer, points = higher(date(2024, 6, 1), ordered)
    assert points == {"owed": -10}
    assert answer.next_change_on == date(2025, 1, 1)
    assert higher(date(2025, 1, 1), ordered)[1] == {"owed": -1}


def test_an_earlier_event_that_has_faded_to_nothing_still_makes_the_later_one_a_repeat(higher: Asking) -> None:
    first, second = fact(1, "penalty", "fine", date(2022, 3, 1)), fact(2, "penalty", "fine", DAY)
    assert higher(DAY, first, second)[1] == {"fading": -20}


def test_a_cap_sees_what_a_cap_within_it_has_taken(higher: Asking) -> None:
    charities = [fact(n, "award", "charity", DAY) for n in (1, 2)]
    answer, points = higher(DAY, *charities, fact(3, "award", "quality_award", DAY))
    assert points == {"charity": 30, "honour": 15, "charities": -10, "honours": -10}
    assert answer.score_x100 == 125_00


def test_an_event_counts_once_however_many_of_its_records_give_points(higher: Asking) -> None:
    findings = [fact(n, "inspection", "found", DAY, event=7) for n in (1, 2)]
    answer, points = higher(DAY, *findings)
    assert points == {"finding": -10}
    assert answer.lists["found_twice"] is ListStanding.OFF
    answer, _ = higher(DAY, *findings, fact(3, "inspection", "found", DAY))
    assert answer.lists["found_twice"] is ListStanding.ENTER


def test_a_repaired_direct_grade_holds_no_more_though_it_still_costs(higher: Asking) -> None:
    revoked = fact(1, "licence", "revoked", DAY, repaired_on=date(2025, 1, 1))
    assert higher(date(2024, 12, 31), revoked)[0].lists["is_revoked"] is ListStanding.ENTER
    answer, points = higher(date(2025, 1, 1), revoked)
    assert points == {"revoked": -8}
    assert (answer.grade, answer.lists["is_revoked"]) == ("A", ListStanding.OFF)


def test_a_freeze_takes_bonuses_of_shares_too_and_says_until_when(higher: Asking) -> None:
    facts = [
        fact(1, "licence", "revoked", DAY, rectified_on=date(2024, 8, 1)),
        fact(2, "sampling", "none_found", DAY),
        *(fact(n, "award", "charity", DAY) for n in (3, 4)),
    ]
    answer, points = higher(date(2024, 4, 1), *facts)
    assert points == {"passed": 7, "charity": 30, "charities": -10, "bonuses_frozen": -27, "revoked": 0}
    assert answer.score_x100 == 100_00
    (frozen,) = [line for line in higher.lines if line.line is LineKind.FROZEN]
    assert frozen.valid_until == answer.next_change_on == date(2024, 8, 1)
    assert "bonuses_frozen" not in higher(date(2024, 8, 1), *facts)[1]


def test_where_lower_is_better_what_adds_is_a_deduction(lower: Asking) -> None:
    first, second = fact(1, "inspection", "found", DAY), fact(2, "inspection", "found", date(2024, 6, 1))
    assert lower(date(2024, 7, 1), first, second)[1] == {"finding": 30}
    closed = fact(3, "order", "closure", DAY, event=1)
    award = fact(4, "award", "charity", DAY)
    answer, points = lower(date(2024, 7, 1), first, closed, award)
    assert points == {"closed": 0, "award": -5, "bonuses_frozen": 5}
    assert (answer.grade, answer.ladder_grade) == ("B", "A")
