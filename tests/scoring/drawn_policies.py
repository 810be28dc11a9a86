"""Policies drawn by chance, so that every construct of the language meets every other; a seed draws the same one again."""

from collections.abc import Sequence
from random import Random
from typing import Any

from models.policies import Policy
from tests.scoring.drawing import CAPACITIES, CODES, DETAILS, LEVELS, LISTS, OUTCOMES, QUANTITIES, SEVERITIES, STATES


def _some(rng: Random, values: Sequence[Any]) -> list[Any]:
    return sorted(rng.sample(list(values), rng.randrange(1, max(2, len(values)))))


def draw_filter(rng: Random, kinds: Sequence[str] = ()) -> dict[str, Any]:
    """A filter of one or two kinds; narrower in one or two ways now and then."""
    wanted = list(kinds) or rng.sample(list(OUTCOMES), rng.choice((1, 1, 2)))
    drawn: dict[str, Any] = {"kind": wanted}
    first = wanted[0]
    if rng.random() < 0.4:
        drawn["outcome"] = [rng.choice(OUTCOMES[kind]) for kind in wanted]
    if len(wanted) == 1:
        if first in SEVERITIES and rng.random() < 0.25:
            drawn["severity"] = _some(rng, SEVERITIES[first])
        if first in DETAILS and rng.random() < 0.2:
            name, known = DETAILS[first]
            drawn["detail"] = {name: rng.choice(known)}
        if first in QUANTITIES and rng.random() < 0.2:
            name, amounts = QUANTITIES[first]
            limit = rng.choice(("over", "at_least", "at_most", "below", "equals", "missing"))
            drawn["quantities"] = [{"name": name, limit: rng.choice((True, False)) if limit == "missing" else rng.choice(amounts)}]
    narrower: tuple[tuple[str, Sequence[str], float], ...] = (
        ("level", LEVELS, 0.1),
        ("capacity", CAPACITIES, 0.1),
        ("code", CODES, 0.1),
        ("listed", LISTS, 0.05),
    )
    for field, values, chance in narrower:
        if rng.random() < chance:
            drawn[field] = _some(rng, values)
    if rng.random() < 0.08:
        drawn["enterprise"] = draw_enterprise(rng)
    return drawn


def draw_enterprise(rng: Random) -> dict[str, Any]:
    return rng.choice(
        ({"state": ["in_business"]}, {"region": ["6401", "11"]}, {"state": _some(rng, STATES), "industry": "13"}, {"size": "small"})
    )


def _points(rng: Random, sign: int) -> float:
    return sign * rng.choice((0.01, 5, 10, 12.55, 30, 40, 50, 80))


def draw_length(rng: Random) -> dict[str, Any]:
    return rng.choice(({"years": 1}, {"years": 2}, {"years": 5}, {"months": 1}, {"months": 18}, {"days": 90}, {"forever": True}))


def draw_points(rng: Random, kind: str, sign: int) -> dict[str, Any]:
    ways = ["fixed", "fixed", "by_level", "by_code", "by_outcome"]
    ways += (
        ["by_severity"] * (kind in SEVERITIES)
        + ["by_quantity", "times_quantity"] * (kind in QUANTITIES)
        + ["by_detail"] * (kind in DETAILS)
    )
    otherwise = rng.choice(({}, {"otherwise": _points(rng, sign)}, {"otherwise": 0}))
    match rng.choice(ways):
        case "fixed":
            return {"how": "fixed", "points": _points(rng, sign)}
        case "by_severity":
            return {"how": "by_field", "field": "severity", "points": {v: _points(rng, sign) for v in SEVERITIES[kind]}} | otherwise
        case "by_level":
            return {"how": "by_field", "field": "level", "points": {v: _points(rng, sign) for v in _some(rng, LEVELS)}} | otherwise
        case "by_code":
            return {"how": "by_field", "field": "code", "points": {v: _points(rng, sign) for v in _some(rng, CODES)}} | otherwise
        case "by_outcome":
            return {
                "how": "by_field",
                "field": "outcome",
                "points": {v: _points(rng, sign) for v in _some(rng, OUTCOMES[kind])},
            } | otherwise
        case "by_detail":
            name, values = DETAILS[kind]
            return {"how": "by_field", "field": f"detail.{name}", "points": {values[0]: _points(rng, sign)}} | otherwise
        case "by_quantity":
            name, amounts = QUANTITIES[kind]
            low, high = amounts[2], amounts[4]
            bands = [{"below": low, "points": _points(rng, sign)}, {"at_least": low, "below": high, "points": _points(rng, sign)}]
            return {
                "how": "by_quantity",
                "quantity": name,
                "bands": bands + [{"at_least": high, "points": _points(rng, sign)}] * rng.randrange(2),
            }
        case _:
            name, amounts = QUANTITIES[kind]
            return {"how": "times_quantity", "quantity": name, "factor": sign * rng.choice((0.0125, 0.5, 3)), "at_most": amounts[-1] - 1}


def draw_term(rng: Random, kind: str, *, direct: bool = False) -> dict[str, Any]:
    ways = ["lasts", "lasts", "by_level", "by_kind", "while_in_force"] + ["by_size", "steps", "steps"] * (not direct)
    ways += ["by_severity"] * (kind in SEVERITIES)
    drawn: dict[str, Any] = {}
    match rng.choice(ways):
        case "lasts":
            drawn["lasts"] = draw_length(rng)
        case "by_level":
            drawn["by_level"] = {"district": {"years": 1}, "city": {"years": 2}, "province": {"years": 3}, "national": {"years": 5}}
        case "by_kind":
            drawn["by_kind"] = {kind: {"months": 15}, "order": {"years": 4}}
        case "by_severity":
            drawn["by_severity"] = {SEVERITIES[kind][0]: {"years": 1}, SEVERITIES[kind][-1]: {"years": 4}}
        case "while_in_force":
            drawn["while_in_force"] = True
        case "by_size":
            drawn["by_size"] = [{"up_to": 12.55, "lasts": {"months": 6}}, {"up_to": 40, "lasts": {"years": 1}}, {"lasts": {"years": 3}}]
        case _:
            drawn["steps"] = [
                {"until": {"years": 1}, "share": 1},
                {"until": {"years": 2}, "share": 0.6},
                {"until": {"years": 3}, "share": rng.choice((0, 0.3333, 0.5))},
            ]
    if rng.random() < 0.5:
        drawn["anchor"] = rng.choice((["occurred_on"], ["ended_on", "occurred_on"], ["concluded_on"], ["decided_on", "concluded_on"]))
    if rng.random() < 0.2:
        drawn["ends_with_publication"] = False
    if rng.random() < 0.2:
        drawn["ends_with_repair"] = False
    return drawn


CLAUSE = {"act": "drawn", "article": "1"}
TITLE = {"zh": "题", "en": "Title"}


def _named(code: str) -> dict[str, Any]:
    return {"code": code, "title": TITLE, "description": "Drawn by chance.", "clause": CLAUSE}


def draw_policy(rng: Random, number: int) -> Policy:
    """A policy with most constructs of the language; different numbers draw different parts of it."""
    worse = -1 if rng.random() < 0.85 else 1
    modes = ["largest", "all", "once", "once_per_code"]
    indicators = [_draw_indicator(rng, f"i{n}", worse if n % 3 else -worse, modes) for n in range(rng.randrange(5, 9))]
    if rng.random() < 0.5:
        indicators.append(_draw_share(rng, worse))
    costs = [i["code"] for n, i in enumerate(indicators) if n % 3 and i["code"] != "share"]
    others = [i["code"] for n, i in enumerate(indicators) if not n % 3 and i["code"] != "share"]
    directs = [_draw_direct(rng, f"d{n}") for n in range(rng.randrange(4))]
    codes = [i["code"] for i in indicators]
    conditions = _Conditions(rng, codes, [d["code"] for d in directs])
    rungs = [("A", 1000), ("B", 940), ("C", 850), ("D", None)]
    grades = [
        {"grade": name, "title": TITLE, "clause": CLAUSE}
        | ({"at_least": floor} if floor is not None else {})
        | conditions.maybe("when", 0.2)
        for name, floor in rungs[:-1]
    ] + [{"grade": "D", "title": TITLE, "clause": CLAUSE}]
    if worse == 1:
        for grade, (_, floor) in zip(grades, rungs, strict=True):
            if floor is not None:
                del grade["at_least"]
                grade["below"] = 2000 - floor
    raw = {
        "language": 1,
        "family": "drawn",
        "version": str(number),
        "title": TITLE,
        "description": "Drawn by chance.",
        "mark": "sample",
        "in_force_from": "2019-01-01",
        "scale": {"start": 1000, "lowest": 800, "highest": 1200, "better": "higher" if worse == -1 else "lower"},
        "per_event": rng.choice(modes),
        "groups": [{"code": "g", "title": TITLE}],
        "indicators": indicators,
        "repeats": _draw_repeats(rng, costs),
        "caps": _draw_caps(rng, costs, others, worse),
        "direct_grades": directs,
        "grades": grades,
        "labels": [{"label": "EXEMPT", "title": TITLE}, {"label": "NR", "title": TITLE}],
        "not_rated": [{"label": "NR", "clause": CLAUSE, "when": conditions.draw(1, graded=False)}] if rng.random() < 0.4 else [],
        "coverage": [
            {"code": "looked", "title": TITLE, "kind": ["inspection", "recall"], "within": {"years": 2}},
            {"code": "heard", "title": TITLE, "kind": "complaint", "within": {"months": 7}},
        ][: rng.randrange(3)],
        "lists": [_draw_list(rng, name, conditions) for name in ("red", "black")[: rng.choice((0, 1, 2, 2))]],
    }
    return Policy.model_validate(raw)


def _draw_indicator(rng: Random, code: str, sign: int, modes: Sequence[str]) -> dict[str, Any]:
    records = draw_filter(rng)
    kind = records["kind"][0]
    if len(records["kind"]) > 1:
        points: dict[str, Any] = {"how": "fixed", "points": _points(rng, sign)}
    else:
        points = draw_points(rng, kind, sign)
    drawn = _named(code) | {"group": "g", "records": records, "points": points, "term": draw_term(rng, kind)}
    if rng.random() < 0.3:
        drawn["latest_event_of"] = {"kind": records["kind"]} if rng.random() < 0.5 else draw_filter(rng, records["kind"])
    if rng.random() < 0.3:
        drawn["per_event"] = rng.choice(modes)
    if rng.random() < 0.3:
        drawn["after_repair"] = {"points": rng.choice((0, 1.5, 6)) * sign, "lasts": draw_length(rng)}
    return drawn


def _draw_share(rng: Random, sign: int) -> dict[str, Any]:
    points = {
        "how": "share_of_failures",
        "failures": {"kind": "inspection", "outcome": ["found", "refused"]},
        "minimum_count": rng.choice((1, 2)),
        "bands": [{"over": 0, "points": 5 * sign}, {"over": 0.5, "points": 20 * sign}]
        + [{"over": 0.9999, "points": -15 * sign}] * rng.randrange(2),
    }
    records = {"kind": "inspection"} | ({"capacity": "party"} if rng.random() < 0.3 else {})
    return _named("share") | {
        "group": "g",
        "records": records,
        "points": points,
        "term": {"lasts": rng.choice(({"years": 2}, {"forever": True}))},
    }


def _draw_direct(rng: Random, code: str) -> dict[str, Any]:
    records = draw_filter(rng)
    exactly = rng.random() < 0.4
    drawn = _named(code) | {
        "records": records,
        "grade": rng.choice(("B", "C", "D", "EXEMPT")) if exactly else rng.choice(("B", "C", "D")),
        "mode": "exactly" if exactly else "at_most",
        "precedence": rng.choice((-1, 0, 0, 3)),
        "term": draw_term(rng, records["kind"][0], direct=True),
        "freezes_bonuses": rng.random() < 0.4,
    }
    if rng.random() < 0.3:
        drawn["latest_event_of"] = {"kind": records["kind"]}
    if rng.random() < 0.3:
        drawn["weighs_as"] = rng.choice((-10, -45))
    if rng.random() < 0.4:
        drawn["after_repair"] = {"points": -20, "lasts": {"years": 2}}
    return drawn


def _draw_repeats(rng: Random, costs: list[str]) -> list[dict[str, Any]]:
    first, second = costs[: len(costs) // 2 + 1], costs[len(costs) // 2 + 1 :]
    groups = [("r1", first, rng.choice((2, 1.337)), rng.choice(("validity", {"years": 1})))]
    if second:
        groups.append(("r2", second, 1.5, rng.choice(("validity", {"years": 3}, {"days": 30}))))
    drawn = [
        {"code": code, "indicators": group, "window": window, "factor": factor, "clause": CLAUSE} for code, group, factor, window in groups
    ]
    return drawn[: rng.choice((0, 1, 2, 2))]


def _draw_caps(rng: Random, costs: list[str], others: list[str], worse: int) -> list[dict[str, Any]]:
    """Caps within caps, over all and by calendar year; a bound on the bonuses and one on the deductions."""
    most, least = ("at_most", "at_least") if worse == -1 else ("at_least", "at_most")
    caps: list[dict[str, Any]] = [
        {"code": "cap_one", "indicators": [others[0]], "per": "calendar_year", most: -worse * 20},
        {"code": "cap_year", "indicators": others, "per": "calendar_year", most: -worse * 42.5},
        {"code": "cap_bonus", "indicators": others, most: -worse * 60},
        {"code": "cap_cost", "indicators": costs[:2], least: worse * 55},
        {"code": "cap_costs", "indicators": costs, least: worse * 100},
    ]
    return [cap | {"title": TITLE, "clause": CLAUSE} for cap in caps if rng.random() < 0.4]


def _draw_list(rng: Random, name: str, conditions: "_Conditions") -> dict[str, Any]:
    drawn = {
        "list": name,
        "title": TITLE,
        "colour": name,
        "clause": CLAUSE,
        "authority": TITLE,
        "decided_by": "officer",
        "enter": conditions.draw(2),
        "lasts": {"years": 3},
    }
    drawn |= conditions.maybe("blocked_by", 0.5) | conditions.maybe("leave", 0.6)
    if rng.random() < 0.5:
        drawn["earliest_exit"] = rng.choice(({"years": 1}, {"months": 7}))
    return drawn


class _Conditions:
    """Draws conditions over the codes of a policy."""

    def __init__(self, rng: Random, codes: list[str], directs: list[str]) -> None:
        self.rng = rng
        self.codes = codes
        self.directs = directs

    def maybe(self, name: str, chance: float) -> dict[str, Any]:
        """A condition under a name, by chance; never one on the grade, which a rung may not ask for."""
        return {name: self.draw(1, graded=name != "when")} if self.rng.random() < chance else {}

    def draw(self, depth: int, *, graded: bool = True) -> dict[str, Any]:
        rng = self.rng
        if depth > 0 and rng.random() < 0.6:
            return {rng.choice(("all", "any", "none")): [self.draw(depth - 1, graded=graded) for _ in range(rng.choice((1, 2)))]}
        some = rng.sample(self.codes, rng.choice((1, 2)))
        ways: list[dict[str, Any]] = [
            {"score": {rng.choice(("over", "at_least", "at_most", "below")): rng.choice((950, 990, 1000))}},
            {"points": {"indicators": some, rng.choice(("at_most", "over")): rng.choice((-30, 0, 10))}},
            {"each": {"indicators": some, rng.choice(("at_least", "below")): rng.choice((-10, 1))}},
            {"count": {"indicators": some, rng.choice(("at_least", "at_most")): rng.choice((1, 2))}},
            {"events": self._events()},
            {"events": self._events()},
            {"enterprise": draw_enterprise(rng)},
            {"registered_for": rng.choice(({"years": 1}, {"months": 30}))},
            {"listed": _some(rng, LISTS)},
        ]
        ways += [{"grade": ["A", "B"]}, {"grade": ["C", "D", "NR"]}] * graded
        ways += [{"direct": self.directs[:2]}] * bool(self.directs)
        return rng.choice(ways)

    def _events(self) -> dict[str, Any]:
        rng = self.rng
        drawn: dict[str, Any] = {"records": draw_filter(rng)}
        if rng.random() < 0.3:
            drawn["latest_event_of"] = {"kind": drawn["records"]["kind"]}
        if rng.random() < 0.6:
            drawn["within"] = rng.choice(({"years": 1}, {"months": 30}, {"days": 45}))
        if rng.random() < 0.3:
            drawn["anchor"] = ["decided_on"]
        drawn["unrepaired"] = rng.random() < 0.3
        drawn["active"] = rng.random() < 0.3
        drawn |= rng.choice(({"at_least": 1}, {"at_least": 2}, {"at_most": 0}, {"at_most": 1}, {"at_least": 1, "at_most": 2}))
        return drawn
