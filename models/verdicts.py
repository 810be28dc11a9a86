"""What a supplier's facts mean in one setting on one day: a pure function of facts and catalogue, in which no score appears."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from models.checks import Purpose
from models.indicators import Length, QuantityLimit, RecordFilter
from models.measures import Catalogue, Effect, GraveRecords, Measure
from models.periods import end_of

SUSPENDED = frozenset({"announced", "stayed"})
"""States in which an entry is shown and carries no measure: not in force yet, or its effect suspended by review or court."""


class Verdict(StrEnum):
    """What follows for one supplier in one setting. The order is that of strictness."""

    MUST_REFUSE = "must_refuse"
    MAY_RESTRICT = "may_restrict"
    EXTRA_SCRUTINY = "extra_scrutiny"
    PREFERENCE = "preference"
    NO_EFFECT = "no_effect"


@dataclass(frozen=True)
class ListingFact:
    """An entry that holds on the day, as far as a verdict needs it; `ends_on` is the first day it no longer holds."""

    listing_id: int
    list: str
    state: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class RecordFact:
    """A record that counts on the day; `given` has its fields by their names, quantities in ten-thousandths."""

    record_key: int
    given: Mapping[str, Any]

    @property
    def decided_on(self) -> date:
        day = self.given["decided_on"] or self.given["occurred_on"]
        assert isinstance(day, date)
        return day


@dataclass(frozen=True)
class Reason:
    """One measure that follows from one fact: an entry or a record."""

    measure: Measure
    fact: ListingFact | RecordFact
    starts_on: date
    until: date | None
    """First day on which it follows no more, if nothing changes."""


@dataclass(frozen=True)
class Judgement:
    """The strictest effect and every reason; without a reason there is no effect."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    suspended: tuple[ListingFact, ...]
    """Entries that would carry a measure, were they not announced only, or stayed."""


def judge(
    catalogue: Catalogue, setting: Purpose, *, day: date, listings: Sequence[ListingFact], records: Sequence[RecordFact]
) -> Judgement:
    """Apply every measure in force on the day to every fact; the strictest effect is the verdict."""
    measures = catalogue.in_force(setting, day)
    carried = {name for measure in measures for name in measure.lists}
    holding = [one for one in listings if one.starts_on <= day and (one.ends_on is None or day < one.ends_on)]
    reasons = [
        Reason(measure, entry, max(entry.starts_on, measure.in_force_from), _earlier(entry.ends_on, measure.in_force_until))
        for measure in measures
        for entry in holding
        if entry.list in measure.lists and entry.state not in SUSPENDED
    ]
    reasons += [found for measure in measures for record in records if (found := _grave(measure, record, day)) is not None]
    order = list(Effect)
    ranked = sorted(reasons, key=lambda reason: order.index(reason.measure.effect))
    verdict = Verdict(ranked[0].measure.effect.value) if ranked else Verdict.NO_EFFECT
    return Judgement(verdict, tuple(ranked), tuple(one for one in holding if one.list in carried and one.state in SUSPENDED))


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """Of a consortium: one member that must be refused, and all are; one without preference, and all are without."""
    order = list(Verdict)
    bars = [one for one in verdicts if one not in {Verdict.PREFERENCE, Verdict.NO_EFFECT}]
    if bars:
        return min(bars, key=order.index)
    return Verdict.PREFERENCE if verdicts and all(one is Verdict.PREFERENCE for one in verdicts) else Verdict.NO_EFFECT


def _grave(measure: Measure, record: RecordFact, day: date) -> Reason | None:
    for grave in measure.grave:
        if not fits(grave.records, record.given):
            continue
        since, until = max(record.decided_on, measure.in_force_from), _ends(grave, record)
        if record.decided_on <= day and (until is None or day < until):
            return Reason(measure, record, since, _earlier(until, measure.in_force_until))
    return None


def _ends(grave: GraveRecords, record: RecordFact) -> date | None:
    until = end_of(record.decided_on, grave.within) if isinstance(grave.within, Length) else None
    return _earlier(until, record.given["in_force_until"]) if grave.while_in_force else until


def fits(wanted: RecordFilter, given: Mapping[str, Any]) -> bool:
    """Whether a record is one of those a filter asks for; several values in a field are alternatives."""
    fields = (
        ("kind", wanted.kind),
        ("outcome", wanted.outcome),
        ("severity", wanted.severity),
        ("level", wanted.level),
        ("capacity", wanted.capacity),
        ("code", wanted.code),
    )
    return (
        all(not values or given[name] in values for name, values in fields)
        and all(given["detail"].get(name) in values for name, values in wanted.detail.items())
        and all(_within(limit, given["quantities_x10000"].get(limit.name)) for limit in wanted.quantities)
    )


def _within(limit: QuantityLimit, value: int | None) -> bool:
    if value is None:
        return limit.missing is True
    return (
        limit.missing is not True
        and (limit.over is None or value > limit.over)
        and (limit.at_least is None or value >= limit.at_least)
        and (limit.at_most is None or value <= limit.at_most)
        and (limit.below is None or value < limit.below)
        and (limit.equals is None or value == limit.equals)
    )


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
