"""What each record gives: points, days, repair, repeats, and of one event what the policy lets it give."""

from dataclasses import dataclass
from datetime import date

from models.indicators import (
    FixedPoints,
    Indicator,
    PerEvent,
    PointsByField,
    PointsByQuantity,
    PointsByShare,
    PointsTimesQuantity,
    Repeat,
    Term,
)
from models.policies import DirectGrade, Policy
from tests.oracle.facts import ENDLESS, Fact, add
from tests.oracle.known import Setting, anchor_of, candidates

Rule = Indicator | DirectGrade


@dataclass
class Gain:
    """What one record gives under one indicator or direct grade on the day."""

    place: int
    rule: Rule
    record: Fact
    base: int
    """Before decay, repair and doubling; 0 for a direct grade."""
    points: int
    undoubled: int
    starts_on: date
    until: date
    """The first day on which it no longer counts as it does now."""
    whole_term_until: date
    """Its end when decay is looked away from."""
    anchor_on: date
    is_direct: bool
    is_after_repair: bool = False
    is_repeat: bool = False


def rules_of(policy: Policy) -> list[tuple[int, Rule]]:
    return list(enumerate([*policy.indicators, *policy.direct_grades]))


def is_cost(policy: Policy, points: int) -> bool:
    """Whether points make a score worse (a deduction); on a scale where lower is better, that is when they add."""
    return points < 0 if policy.scale.better == "higher" else points > 0


def is_bonus(policy: Policy, points: int) -> bool:
    return points != 0 and not is_cost(policy, points)


def gains_of(here: Setting, place: int, rule: Rule) -> list[Gain]:
    if isinstance(rule, Indicator) and isinstance(rule.points, PointsByShare):
        return []
    found = []
    for record in candidates(here, rule.records, rule.latest_event_of):
        base = _base_points(record, rule) if isinstance(rule, Indicator) else 0
        if base is not None:
            found.append(_gain(here, place, rule, record, base))
    return found


def _base_points(record: Fact, indicator: Indicator) -> int | None:
    """None: the record does not match after all."""
    match indicator.points:
        case FixedPoints(points=points):
            return points
        case PointsByField(field=name, points=by_value, otherwise=otherwise):
            value = record.details.get(name.removeprefix("detail.")) if name.startswith("detail.") else getattr(record, name)
            return by_value.get(value, otherwise) if value is not None else otherwise
        case PointsByQuantity(quantity=name, bands=bands):
            amount = record.quantities.get(name)
            for band in bands:
                if amount is None:
                    return None
                if (band.at_least is None or amount >= band.at_least) and (band.below is None or amount < band.below):
                    return band.points
            return None
        case PointsTimesQuantity(quantity=name, factor=factor, at_most=at_most):
            if name not in record.quantities:
                return None
            held = min(max(record.quantities[name], -at_most), at_most)
            return _rounded(held * factor, 10_000 * 10_000 // 100)
    raise AssertionError(indicator.code)


def _rounded(product: int, divisor: int) -> int:
    """Half away from zero."""
    size = (abs(product) * 2 + divisor) // (divisor * 2)
    return size if product >= 0 else -size


def _gain(here: Setting, place: int, rule: Rule, record: Fact, base: int) -> Gain:
    assert record.concluded_on is not None
    term = rule.term
    anchor = anchor_of(record, term.anchor)
    starts = record.concluded_on
    if term.while_in_force and record.in_force_from is not None:
        starts = max(starts, record.in_force_from)
    own_end = term_end(record, term, anchor, base)
    published_end = record.public_until if term.ends_with_publication and record.public_until is not None else ENDLESS
    repaired_end = record.repaired_on if term.ends_with_repair and record.repaired_on is not None else ENDLESS
    whole_term = min(own_end, published_end, repaired_end)
    gain = Gain(place, rule, record, base, base, base, starts, whole_term, whole_term, anchor, isinstance(rule, DirectGrade))
    if term.steps is not None:
        step = next((s for s in term.steps if here.as_of < add(anchor, s.until)), None)
        gain.points = _rounded(base * step.share, 10_000) if step is not None else 0
        gain.until = min(whole_term, add(anchor, step.until) if step is not None else own_end)
    # What had ended by itself before the repair costs nothing still.
    if rule.after_repair is not None and record.repaired_on is not None and record.repaired_on < min(own_end, published_end):
        if here.as_of < record.repaired_on:
            gain.until = min(gain.until, record.repaired_on)
        else:
            gain.points = rule.after_repair.points
            gain.until = add(record.repaired_on, rule.after_repair.lasts)
            gain.is_direct = False
            gain.is_after_repair = True
    gain.undoubled = gain.points
    return gain


def term_end(record: Fact, term: Term, anchor: date, base: int) -> date:
    if term.while_in_force:
        return record.in_force_until or ENDLESS
    if term.lasts is not None:
        return add(anchor, term.lasts)
    if term.steps is not None:
        return add(anchor, term.steps[-1].until)
    if term.by_size is not None:
        size = next(s for s in term.by_size if s.up_to is None or abs(base) <= s.up_to or s is term.by_size[-1])
        return add(anchor, size.lasts)
    for name, lengths in (("level", term.by_level), ("severity", term.by_severity), ("kind", term.by_kind)):
        if lengths is not None:
            named = {str(value): length for value, length in lengths.items()}
            value: str | None = getattr(record, name)
            if value in named:
                return add(anchor, named[value])
            return min(add(anchor, length) for length in named.values())  # not named: the shortest
    raise AssertionError("a term says how long")


def double(here: Setting, gains: list[Gain]) -> None:
    for repeat in here.policy.repeats:
        group = [g for g in gains if g.rule.code in repeat.indicators]
        events: dict[int, list[Gain]] = {}
        for gain in group:
            if is_cost(here.policy, gain.base) and gain.starts_on <= here.as_of:
                events.setdefault(gain.record.event_key, []).append(gain)
        acted_on = {key: min(g.record.occurred_on for g in acts) for key, acts in events.items()}
        for later in events:
            if any(
                (acted_on[earlier], earlier) < (acted_on[later], later) and _reaches(repeat, events[earlier], acted_on[later])
                for earlier in events
            ):
                for gain in group:
                    if gain.record.event_key == later and is_cost(here.policy, gain.points) and not gain.is_after_repair:
                        gain.points = _rounded(gain.points * repeat.factor, 10_000)
                        gain.is_repeat = True


def _reaches(repeat: Repeat, acts: list[Gain], day: date) -> bool:
    if repeat.window == "validity":
        return any(act.whole_term_until > day for act in acts)
    return any(add(act.record.occurred_on, repeat.window) > day for act in acts)


def _mode(policy: Policy, rule: Rule) -> PerEvent:
    return PerEvent.LARGEST if isinstance(rule, DirectGrade) else rule.per_event or policy.per_event


def _weight(policy: Policy, gain: Gain) -> int:
    if not gain.is_direct:
        return abs(gain.points)
    assert isinstance(gain.rule, DirectGrade)
    if gain.rule.weighs_as is not None:
        return abs(gain.rule.weighs_as)
    rungs = [rung.grade for rung in policy.grades]
    return 10**15 + (rungs.index(gain.rule.grade) if gain.rule.grade in rungs else len(rungs))


def per_event(policy: Policy, holding: list[Gain]) -> list[Gain]:
    """Those that do not compete keep their own slot; of each slot the gravest stays, then the lowest record key, then the first rule."""
    slots: dict[object, list[Gain]] = {}
    for gain in holding:
        event = gain.record.event_key
        costs = gain.is_direct or is_cost(policy, gain.points)
        match _mode(policy, gain.rule):
            case PerEvent.LARGEST:
                slot: object = (event, "cost" if costs else "bonus")
            case PerEvent.ALL:
                slot = (event, gain.place, gain.record.record_key)
            case PerEvent.ONCE:
                slot = (event, gain.place)
            case _:
                slot = (event, gain.place, "code", gain.record.code)
        slots.setdefault(slot, []).append(gain)
    return [min(slot, key=lambda g: (-_weight(policy, g), g.record.record_key, g.place)) for slot in slots.values()]
