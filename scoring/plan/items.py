"""A policy's indicators and direct grades as numbered items, and the layers in which they can be matched in one pass."""

from dataclasses import dataclass
from typing import Any

from models.indicators import (
    AfterRepair,
    FixedPoints,
    Indicator,
    PerEvent,
    PointsByField,
    PointsByQuantity,
    PointsByShare,
    PointsTimesQuantity,
    RecordFilter,
    Term,
)
from models.policies import DirectGrade, Policy

GRAVEST = 10**15
"""The weight of a direct grade without `weighs_as`: above every deduction, worse grades above better ones."""


@dataclass(frozen=True)
class Item:
    """One indicator or direct grade under its number; numbers follow the policy file and mean nothing outside one plan."""

    number: int
    code: str
    records: RecordFilter
    latest: int | None
    """Index of the filter whose latest event it is confined to."""
    points: FixedPoints | PointsByField | PointsByQuantity | PointsTimesQuantity | PointsByShare | None
    """None for a direct grade, which carries no points."""
    term: Term
    per_event: PerEvent
    after_repair: AfterRepair | None
    direct: DirectGrade | None
    weight: int
    """Of a direct grade, its place in the one order of severity; 0 for indicators, whose points decide."""


def items_of(policy: Policy, latest: tuple[RecordFilter, ...]) -> tuple[Item, ...]:
    """Number every indicator, then every direct grade."""

    def latest_index(wanted: RecordFilter | None) -> int | None:
        return None if wanted is None else latest.index(wanted)

    def indicator(number: int, i: Indicator) -> Item:
        return Item(
            number,
            i.code,
            i.records,
            latest_index(i.latest_event_of),
            i.points,
            i.term,
            i.per_event or policy.per_event,
            i.after_repair,
            None,
            0,
        )

    def direct(number: int, d: DirectGrade) -> Item:
        weight = abs(d.weighs_as) if d.weighs_as is not None else GRAVEST + badness(policy, d.grade)
        return Item(number, d.code, d.records, latest_index(d.latest_event_of), None, d.term, PerEvent.LARGEST, d.after_repair, d, weight)

    numbered = [indicator(n, i) for n, i in enumerate(policy.indicators)]
    return tuple(numbered + [direct(n, d) for n, d in enumerate(policy.direct_grades, start=len(numbered))])


def costs(points: Any, policy: Policy) -> Any:
    """Whether points make a score worse: a deduction, or an addition on a scale where lower is better."""
    return points < 0 if policy.scale.better == "higher" else points > 0


def gives_several(item: Item) -> bool:
    """Whether one event may leave more than one line of an item: by its mode, or as a deduction and a bonus at once."""
    match item.points:
        case FixedPoints(points=points):
            given = {points}
        case PointsByField(points=by_value, otherwise=otherwise):
            given = {*by_value.values(), otherwise or 0} if otherwise is not None else set(by_value.values())
        case PointsByQuantity(bands=bands):
            given = {band.points for band in bands}
        case PointsTimesQuantity():
            given = {0}
        case _:
            return False
    if item.after_repair is not None:
        given.add(item.after_repair.points)
    is_mixed = item.term.steps is not None or not (all(p < 0 for p in given) or all(p > 0 for p in given))
    match item.per_event:
        case PerEvent.ONCE:
            return False
        case PerEvent.LARGEST:
            return is_mixed
        case PerEvent.ALL | PerEvent.ONCE_PER_CODE:
            return True


def badness(policy: Policy, grade: str) -> int:
    """Rank of a grade from best (0); labels outside the ladder rank behind all of it."""
    names = [rung.grade for rung in policy.grades]
    return names.index(grade) if grade in names else len(names)


def record_items(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Those that take points or a grade from single records; shares of failures are counted apart."""
    return tuple(item for item in items if not isinstance(item.points, PointsByShare))


def layers_of(items: tuple[Item, ...]) -> list[list[Item]]:
    """Split items so that no record can match two items of one layer: each layer is one pass over the records.

    Two items may share a layer when some field's closed sets make them exclusive; else a second layer opens. A policy of
    fifty items needs two to five layers.
    """
    layers: list[list[Item]] = []
    for item in items:
        for layer in layers:
            if all(_exclusive(item.records, other.records) for other in layer):
                layer.append(item)
                break
        else:
            layers.append([item])
    return layers


def _exclusive(a: RecordFilter, b: RecordFilter) -> bool:
    pairs: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = [
        (getattr(a, f), getattr(b, f)) for f in ("kind", "outcome", "severity", "level", "capacity", "code")
    ]
    pairs += [(a.detail[name], b.detail[name]) for name in a.detail.keys() & b.detail.keys()]
    return any(x and y and not set(x) & set(y) for x, y in pairs)
