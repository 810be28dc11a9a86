"""What the linter claims of a policy holds: one more violation never raises a score, and one more award never lowers it."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from models.linting.monotony import monotony
from models.policies import Policy
from models.results import Question
from tests.oracle.answers import answer
from tests.oracle.facts import Fact
from tests.scoring.drawing import LEVELS, SEVERITIES, draw_day, draw_fact

VIOLATIONS = ("penalty", "complaint", "inspection", "recall")
AWARDS = ("award", "certification")
CLAUSE = {"act": "an-act", "article": "1"}
TITLE = {"zh": "-", "en": "-"}
DRAWN = 400


def draw_indicator(rng: Random, number: int, kind: str) -> dict[str, Any]:
    sign = -1 if kind in VIOLATIONS else 1
    field, values = ("severity", SEVERITIES[kind]) if kind in SEVERITIES else ("level", LEVELS)
    points: dict[str, Any] = {"how": "fixed", "points": sign * rng.choice((5, 10, 30))}
    if rng.random() < 0.4:
        points = {"how": "by_field", "field": field, "points": {v: sign * rng.choice((5, 20, 50)) for v in values}, "otherwise": sign * 3}
    term: dict[str, Any] = rng.choice(
        (
            {"lasts": {"years": 1}},
            {"lasts": {"years": 3}},
            {"by_size": [{"up_to": 20, "lasts": {"years": 1}}, {"lasts": {"years": 2}}]},
            {"steps": [{"until": {"years": 1}, "share": 1}, {"until": {"years": 2}, "share": 0.5}]},
        )
    )
    drawn = {
        "code": f"i{number}",
        "group": "all",
        "title": TITLE,
        "description": "-",
        "clause": CLAUSE,
        "records": {"kind": kind},
        "points": points,
        "term": term,
    }
    if rng.random() < 0.3:
        drawn["per_event"] = rng.choice(("largest", "all", "once", "once_per_code"))
    if rng.random() < 0.2:
        drawn["after_repair"] = {"points": sign * 2, "lasts": {"years": 1}}
    return drawn


def draw_monotone_like(rng: Random) -> Policy:
    """A policy of the constructs that may or may not be monotone, depending on how they meet."""
    kinds = [rng.choice(VIOLATIONS + AWARDS) for _ in range(rng.randrange(2, 5))]
    indicators = [draw_indicator(rng, n, kind) for n, kind in enumerate(kinds)]
    costs = [i["code"] for i, kind in zip(indicators, kinds, strict=True) if kind in VIOLATIONS]
    more: dict[str, Any] = {}
    if costs and rng.random() < 0.3:
        more["repeats"] = [{"code": "again", "indicators": costs[:2], "window": "validity", "factor": 2, "clause": CLAUSE}]
    if rng.random() < 0.4:
        named = rng.sample([i["code"] for i in indicators], rng.randrange(1, len(indicators) + 1))
        bound = rng.choice(({"at_most": 20}, {"at_least": -30}, {"at_most": 10, "at_least": -20}))
        more["caps"] = [
            {"code": "cap", "title": TITLE, "indicators": named, "per": rng.choice(("total", "calendar_year")), **bound, "clause": CLAUSE}
        ]
    if rng.random() < 0.35:
        more["direct_grades"] = [
            {
                "code": "direct",
                "title": TITLE,
                "description": "-",
                "clause": CLAUSE,
                "records": {"kind": "penalty", "outcome": "revocation"},
                "grade": "A",
                "term": {"lasts": {"years": 2}},
                "freezes_bonuses": rng.random() < 0.5,
            }
        ]
    return Policy.model_validate(
        {
            "language": 1,
            "family": "test",
            "version": "1",
            "title": TITLE,
            "description": "-",
            "mark": "sample",
            "in_force_from": "2019-01-01",
            "scale": {"start": 100, "lowest": -10000, "highest": 10000},
            "per_event": rng.choice(("largest", "all", "once")),
            "groups": [{"code": "all", "title": TITLE}],
            "indicators": indicators,
            "grades": [{"grade": "A", "title": TITLE, "clause": CLAUSE}],
            **more,
        }
    )


def draw_of(rng: Random, kinds: tuple[str, ...], *, key: int, event: int) -> Fact:
    while True:
        fact = draw_fact(rng, enterprise_key=1, record_key=key, event_key=event)
        if fact.kind in kinds:
            return replace(fact, concluded_on=fact.concluded_on or fact.occurred_on)


def total(policy: Policy, records: list[Fact], question: Question) -> int:
    return answer(policy, question, tuple(records), (), ())[0].total_x100


@pytest.mark.parametrize("within_event", [False, True], ids=["in an event of its own", "in any event"])
def test_one_more_record_never_turns_the_score_of_a_policy_said_to_be_monotone(within_event: bool) -> None:
    tried = 0
    for seed in range(DRAWN):
        rng = Random(seed)
        policy = draw_monotone_like(rng)
        reasons = monotony(policy)
        if any(not reason.within_event for reason in reasons) or (within_event and reasons):
            continue
        tried += 1
        for _ in range(6):
            records = [draw_of(rng, VIOLATIONS + AWARDS, key=10 + n, event=rng.randrange(4)) for n in range(rng.randrange(1, 6))]
            event = rng.randrange(4) if within_event else 99
            question = Question(enterprise_key=1, as_of=draw_day(rng), known_seq=9)
            key = rng.choice((1, 1000))  # before or after the others where ties are broken
            before = total(policy, records, question)
            worse = total(policy, [*records, draw_of(rng, VIOLATIONS, key=key, event=event)], question)
            better = total(policy, [*records, draw_of(rng, AWARDS, key=key, event=event)], question)
            assert worse <= before <= better, (seed, policy, records)
    assert tried > DRAWN // 10
