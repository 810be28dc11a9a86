"""Which policies are monotone: claimed only where no rule can turn a score the wrong way."""

from typing import Any

import pytest

from models.linting.monotony import is_monotone, monotony
from models.policies import Policy

CLAUSE = {"act": "an-act", "article": "1"}
TITLE = {"zh": "-", "en": "-"}


def indicator(code: str, kind: str, points: float | dict[str, Any]) -> dict[str, Any]:
    return {
        "code": code,
        "group": "all",
        "title": TITLE,
        "description": "-",
        "clause": CLAUSE,
        "records": {"kind": kind},
        "points": points if isinstance(points, dict) else {"how": "fixed", "points": points},
        "term": {"lasts": {"years": 1}},
    }


FINE = indicator("fine", "penalty", -10)
COMPLAINT = indicator("complaint", "complaint", -5)
AWARD = indicator("award", "award", 10)
CERTIFICATE = indicator("certificate", "certification", 5)


def policy(*indicators: dict[str, Any], **more: Any) -> Policy:
    return Policy.model_validate(
        {
            "language": 1,
            "family": "test",
            "version": "1",
            "title": TITLE,
            "description": "-",
            "mark": "sample",
            "in_force_from": "2026-01-01",
            "scale": {"start": 100, "lowest": 0, "highest": 200},
            "groups": [{"code": "all", "title": TITLE}],
            "indicators": indicators,
            "grades": [{"grade": "A", "title": TITLE, "clause": CLAUSE}],
            **more,
        }
    )


DIRECT = {
    "code": "revoked",
    "title": TITLE,
    "description": "-",
    "clause": CLAUSE,
    "records": {"kind": "licence", "outcome": "revoked"},
    "grade": "A",
    "term": {"lasts": {"years": 1}},
}
DEMERITS = {"start": 0, "lowest": 0, "highest": 100, "better": "lower"}
REPEAT = {"code": "again", "indicators": "fine", "window": "validity", "factor": 2, "clause": CLAUSE}


def cap(*codes: str, **more: Any) -> dict[str, Any]:
    return {"code": "cap", "title": TITLE, "indicators": codes, "clause": CLAUSE, **more}


@pytest.mark.parametrize(
    "sound",
    [
        policy(FINE, AWARD),
        policy(FINE, AWARD, per_event="all"),
        policy(FINE, AWARD, caps=[cap("award", at_most=20)]),
        policy(FINE, COMPLAINT, AWARD, caps=[cap("fine", "complaint", at_least=-50)]),
        policy(FINE, COMPLAINT, per_event="all", caps=[cap("fine", at_least=-50, per="calendar_year")]),
        policy(FINE, direct_grades=[DIRECT], per_event="all"),
        policy(AWARD, direct_grades=[DIRECT]),
        policy(FINE, direct_grades=[DIRECT], scale=DEMERITS),
    ],
    ids=range(8),
)
def test_sums_and_caps_over_all_rivals_are_monotone(sound: Policy) -> None:
    assert is_monotone(sound), monotony(sound)


@pytest.mark.parametrize(
    ("code", "doubtful"),
    [
        ("monotony.latest_event", policy(FINE | {"latest_event_of": {"kind": "penalty"}})),
        ("monotony.latest_event", policy(AWARD, direct_grades=[DIRECT | {"latest_event_of": {"kind": "licence"}}])),
        (
            "monotony.share",
            policy(
                indicator(
                    "share",
                    "sampling",
                    {
                        "how": "share_of_failures",
                        "failures": {"kind": "sampling", "outcome": "failed"},
                        "minimum_count": 3,
                        "bands": [{"over": 0.1, "points": -5}],
                    },
                )
            ),
        ),
        (
            "monotony.mixed_signs",
            policy(indicator("mixed", "inspection", {"how": "by_field", "field": "outcome", "points": {"none_found": 1, "found": -1}})),
        ),
        (
            "monotony.mixed_signs",
            policy(indicator("count", "inspection", {"how": "times_quantity", "quantity": "balance", "factor": -1})),
        ),
        ("monotony.mixed_signs", policy(FINE | {"after_repair": {"points": 3, "lasts": {"years": 1}}})),
        ("monotony.two_faced", policy(FINE, AWARD | {"records": {"kind": ["award", "penalty"]}})),
        ("monotony.repeat_order", policy(FINE, repeats=[REPEAT])),
        ("monotony.capped_year", policy(AWARD, caps=[cap("award", at_most=20, per="calendar_year")])),
        ("monotony.capped_rival", policy(AWARD, CERTIFICATE, caps=[cap("award", at_most=20)])),
        ("monotony.capped_rival", policy(FINE, COMPLAINT, caps=[cap("complaint", at_least=-20)])),
        ("monotony.replaced_deduction", policy(FINE, direct_grades=[DIRECT])),
        ("monotony.replaced_deduction", policy(AWARD, direct_grades=[DIRECT], scale=DEMERITS)),
        ("monotony.frozen_bonus", policy(AWARD, direct_grades=[DIRECT | {"freezes_bonuses": True}])),
        (
            "monotony.frozen_cap",
            policy(FINE, AWARD, caps=[cap("fine", "award", at_least=-20)], direct_grades=[DIRECT | {"freezes_bonuses": True}]),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_that_can_turn_a_score_is_named(code: str, doubtful: Policy) -> None:
    assert code in {reason.code for reason in monotony(doubtful)}


def test_what_takes_a_further_record_of_one_event_is_told_apart() -> None:
    reasons = monotony(policy(FINE, direct_grades=[DIRECT], repeats=[REPEAT]))
    assert reasons
    assert all(reason.within_event for reason in reasons)
    assert not any(reason.within_event for reason in monotony(policy(FINE | {"latest_event_of": {"kind": "penalty"}})))
