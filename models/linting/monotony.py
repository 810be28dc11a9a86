"""Whether one more violation can ever raise a score, or one more award lower it, and by which rule if so.

A record that an indicator gives a deduction for, or that sets a direct grade, is a violation; one that it gives points for, an award
(the other way round where lower is better). The answer is conservative: what cannot be shown to be monotone is named as a reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from models.indicators import Cap, Indicator, PerEvent, PointsByShare, RecordFilter
from models.linting.findings import Path, some
from models.linting.points import is_cost, possible_points
from models.policies import Policy


@dataclass(frozen=True)
class Reason:
    """Why a policy is not monotone; `within_event` when it takes a further record of an event that is known already."""

    path: Path
    code: str
    sentence: str
    within_event: bool


def monotony(policy: Policy) -> list[Reason]:
    """Every reason why a policy is not monotone, in the order of the file; none means that it is."""
    looks = (_latest_events, _shares, _mixed_signs, _two_faced_records, _repeats, _partial_caps, _replaced_deductions, _frozen_bonuses)
    return [reason for look in looks for reason in look(policy)]


def is_monotone(policy: Policy) -> bool:
    """True only if no further record, in an event of its own or not, can turn a score the wrong way."""
    return not monotony(policy)


def _latest_events(policy: Policy) -> Iterator[Reason]:
    for section in ("indicators", "direct_grades"):
        for index, item in enumerate(getattr(policy, section)):
            if item.latest_event_of is not None:
                sentence = f"`{item.code}` counts the latest event only, so a later and lighter one takes the place of a graver one"
                yield Reason((section, index, "latest_event_of"), "monotony.latest_event", sentence, within_event=False)


def _shares(policy: Policy) -> Iterator[Reason]:
    for index, indicator in enumerate(policy.indicators):
        if isinstance(indicator.points, PointsByShare):
            sentence = f"`{indicator.code}` looks at a share, which any further counted event can move either way"
            yield Reason(("indicators", index, "points"), "monotony.share", sentence, within_event=False)


def _mixed_signs(policy: Policy) -> Iterator[Reason]:
    for index, indicator in enumerate(policy.indicators):
        points = possible_points(indicator)
        if min(points) < 0 < max(points):
            sentence = f"`{indicator.code}` may give or take points, so its records are neither violations nor awards"
            yield Reason(("indicators", index, "points"), "monotony.mixed_signs", sentence, within_event=False)
    for index, direct in enumerate(policy.direct_grades):
        if direct.after_repair is not None and is_bonus(policy, direct.after_repair.points):
            sentence = f"`{direct.code}` gives points once it is repaired"
            yield Reason(("direct_grades", index, "after_repair"), "monotony.mixed_signs", sentence, within_event=False)


def _two_faced_records(policy: Policy) -> Iterator[Reason]:
    """Records that one indicator rewards and another, or a direct grade, holds against the enterprise."""
    costs = [(i.code, i.records) for i in policy.indicators if any(is_cost(policy, p) for p in possible_points(i))]
    costs += [(d.code, d.records) for d in policy.direct_grades]
    for index, indicator in enumerate(policy.indicators):
        if not any(is_bonus(policy, points) for points in possible_points(indicator)):
            continue
        for code, records in costs:
            if code != indicator.code and not are_exclusive(indicator.records, records):
                sentence = f"one record may meet both `{indicator.code}`, which gives points, and `{code}`, which takes them"
                yield Reason(("indicators", index, "records"), "monotony.two_faced", sentence, within_event=False)


def are_exclusive(a: RecordFilter, b: RecordFilter) -> bool:
    """Whether no record can meet both filters; False where that cannot be told from their closed sets."""
    fields = ("kind", "outcome", "severity", "level", "capacity", "code")
    pairs = [(set(getattr(a, name)), set(getattr(b, name))) for name in fields]
    pairs += [(set(a.detail[name]), set(b.detail[name])) for name in a.detail.keys() & b.detail.keys()]
    return any(mine and theirs and not mine & theirs for mine, theirs in pairs)


def _repeats(policy: Policy) -> Iterator[Reason]:
    if policy.repeats:
        named = some(repeat.code for repeat in policy.repeats)
        sentence = f"under {named} a further, earlier record of an event can make it the first of two, so that the other one is the repeat"
        yield Reason(("repeats",), "monotony.repeat_order", sentence, within_event=True)


def _partial_caps(policy: Policy) -> Iterator[Reason]:
    for index, cap in enumerate(policy.caps):
        inside = [i for i in policy.indicators if i.code in cap.indicators]
        modes = {_mode(policy, i) for i in inside}
        if cap.per == "calendar_year" and modes - {PerEvent.ALL}:
            sentence = f"`{cap.code}`: a further record can move what an event gives into a year that is full already"
            yield Reason(("caps", index, "per"), "monotony.capped_year", sentence, within_event=True)
        elif others := _rivals_outside(policy, cap):
            # A new event can double what another event gives under the cap, so that there too the capped one becomes the larger.
            repeats = any(set(repeat.indicators) & set(cap.indicators) for repeat in policy.repeats)
            sentence = f"`{cap.code}`: what an event gives under {some(others)} may give way to something larger that the cap holds back"
            yield Reason(("caps", index, "indicators"), "monotony.capped_rival", sentence, within_event=not repeats)


def _rivals_outside(policy: Policy, cap: Cap) -> list[str]:
    """Indicators beyond the cap that compete for an event with some inside it, with the sign that the cap bounds."""

    def competes(indicator: Indicator, sign: int) -> bool:
        return _mode(policy, indicator) is PerEvent.LARGEST and any(points * sign > 0 for points in possible_points(indicator))

    found: list[str] = []
    for bound, sign in ((cap.at_most, 1), (cap.at_least, -1)):
        if bound is None:
            continue
        inside = [i for i in policy.indicators if i.code in cap.indicators and competes(i, sign)]
        outside = [i.code for i in policy.indicators if i.code not in cap.indicators and competes(i, sign)]
        found += outside if inside else []
    return found


def _replaced_deductions(policy: Policy) -> Iterator[Reason]:
    largest = [i for i in policy.indicators if _mode(policy, i) is PerEvent.LARGEST]
    rivals = [i.code for i in largest if any(is_cost(policy, points) for points in possible_points(i))]
    if policy.direct_grades and rivals:
        sentence = "one event has one consequence, so a direct grade takes the place of a deduction of the same event, and the score rises"
        yield Reason(("direct_grades",), "monotony.replaced_deduction", sentence, within_event=True)


def _frozen_bonuses(policy: Policy) -> Iterator[Reason]:
    freezing = [d.code for d in policy.direct_grades if d.freezes_bonuses]
    if not freezing:
        return
    sentence = f"a further record of the same event may take the place of {some(freezing)}, and the frozen bonuses thaw"
    yield Reason(("direct_grades",), "monotony.frozen_bonus", sentence, within_event=True)
    for index, cap in enumerate(policy.caps):
        points = [p for i in policy.indicators if i.code in cap.indicators for p in possible_points(i)]
        relief = cap.at_least if policy.scale.better == "higher" else cap.at_most
        if relief is not None and any(is_bonus(policy, p) for p in points) and any(is_cost(policy, p) for p in points):
            sentence = f"`{cap.code}` sets bonuses off against deductions, and a freeze takes the bonuses back in full"
            yield Reason(("caps", index), "monotony.frozen_cap", sentence, within_event=False)


def is_bonus(policy: Policy, points: int) -> bool:
    return points != 0 and not is_cost(policy, points)


def _mode(policy: Policy, indicator: Indicator) -> PerEvent:
    return indicator.per_event or policy.per_event
