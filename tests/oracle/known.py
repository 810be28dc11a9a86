"""What was known on the day, and which records a filter means."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.indicators import Anchor, EnterpriseFilter, Length, QuantityLimit, RecordFilter
from models.policies import Policy
from models.results import Question
from models.rules import EventsLimit, PointsLimit
from tests.oracle.facts import ENDLESS, Fact, ListingSpan, RegistrySpan, SameAs, add


@dataclass
class Setting:
    """Everything a question may look at."""

    policy: Policy
    as_of: date
    registry: RegistrySpan | None
    on_lists: dict[str, date]
    """Lists the enterprise stands on, each with the day since when."""
    records: list[Fact]
    """Known, not withdrawn and concluded by the day."""


def setting_of(
    policy: Policy,
    question: Question,
    records: Iterable[Fact],
    registry: Iterable[RegistrySpan],
    listings: Iterable[ListingSpan],
    *,
    links: Iterable[SameAs] = (),
) -> Setting:
    def is_known(fact: Fact | RegistrySpan | ListingSpan | SameAs) -> bool:
        if fact.known_seq > question.known_seq:
            return False
        return fact.superseded_seq is None or fact.superseded_seq > question.known_seq

    own = question.enterprise_key
    borne = {own} | {link.duplicate for link in links if link.kept == own and is_known(link)}

    def is_told(fact: Fact | ListingSpan) -> bool:
        return fact.enterprise_key in borne and is_known(fact)

    day = question.as_of
    spans = [s for s in registry if s.enterprise_key == own and is_known(s) and s.valid_from <= day < (s.valid_until or ENDLESS)]
    assert len(spans) <= 1, "the registry contradicts itself"
    on_lists: dict[str, date] = {}
    for listing in listings:
        if is_told(listing) and listing.starts_on <= day < (listing.ends_on or ENDLESS):
            on_lists[listing.list] = min(on_lists.get(listing.list, ENDLESS), listing.starts_on)
    known = [r for r in records if is_told(r) and not r.is_withdrawn and r.concluded_on is not None and r.concluded_on <= day]
    return Setting(policy, day, spans[0] if spans else None, on_lists, known)


def matches(here: Setting, record: Fact, wanted: RecordFilter) -> bool:
    for value, allowed in (
        (record.kind, wanted.kind),
        (record.outcome, wanted.outcome),
        (record.severity, wanted.severity),
        (record.level, wanted.level),
        (record.capacity, wanted.capacity),
        (record.code, wanted.code),
        *((record.details.get(name), values) for name, values in wanted.detail.items()),
    ):
        if allowed and value not in [str(one) for one in allowed]:
            return False
    if not all(_keeps(record.quantities.get(limit.name), limit) for limit in wanted.quantities):
        return False
    if wanted.enterprise is not None and not is_enterprise(here, wanted.enterprise):
        return False
    return not wanted.listed or any(name in here.on_lists for name in wanted.listed)


def _keeps(value: int | None, limit: QuantityLimit) -> bool:
    if value is None:
        bounds = (limit.over, limit.at_least, limit.at_most, limit.below, limit.equals)
        return limit.missing is True and all(bound is None for bound in bounds)
    if limit.missing is True or (limit.equals is not None and value != limit.equals):
        return False
    return within(value, limit)


def within(value: int, limit: PointsLimit | QuantityLimit) -> bool:
    if limit.over is not None and not value > limit.over:
        return False
    if limit.at_least is not None and not value >= limit.at_least:
        return False
    if limit.at_most is not None and not value <= limit.at_most:
        return False
    return limit.below is None or value < limit.below


def is_enterprise(here: Setting, wanted: EnterpriseFilter) -> bool:
    for name, exact in (("state", True), ("type", True), ("size", True), ("region", False), ("industry", False)):
        allowed: tuple[str, ...] = getattr(wanted, name)
        if not allowed:
            continue
        value: str | None = getattr(here.registry, name) if here.registry is not None else None
        if value is None or not any(value == one if exact else value.startswith(one) for one in allowed):
            return False
    return True


def _latest(here: Setting, wanted: RecordFilter) -> list[Fact]:
    """The records, among those of the filter, of the event with the latest day; of two on one day the higher event key."""
    belonging = [r for r in here.records if matches(here, r, wanted)]
    if not belonging:
        return []
    days: dict[int, date] = {}
    for record in belonging:
        days[record.event_key] = max(days.get(record.event_key, date.min), record.occurred_on)
    _, latest = max((day, key) for key, day in days.items())
    return [r for r in belonging if r.event_key == latest]


def candidates(here: Setting, records: RecordFilter, latest_event_of: RecordFilter | None) -> list[Fact]:
    among = here.records if latest_event_of is None else _latest(here, latest_event_of)
    return [r for r in among if matches(here, r, records)]


def anchor_of(record: Fact, anchors: tuple[Anchor, ...]) -> date:
    for anchor in anchors:
        day: date | None = getattr(record, str(anchor))
        if day is not None:
            return day
    return record.occurred_on


def events(here: Setting, wanted: EventsLimit) -> int:
    events = set()
    for record in candidates(here, wanted.records, wanted.latest_event_of):
        if wanted.within is not None and add(anchor_of(record, wanted.anchor), wanted.within) <= here.as_of:
            continue
        if wanted.unrepaired and record.repaired_on is not None and record.repaired_on <= here.as_of:
            continue
        if wanted.active:
            if here.as_of >= min(record.public_until or ENDLESS, record.in_force_until or ENDLESS):
                continue
            if record.in_force_from is not None and here.as_of < record.in_force_from:
                continue
        events.add(record.event_key)
    return len(events)


def covered(here: Setting, kinds: list[str], within: Length) -> date | None:
    days = [r.occurred_on for r in here.records if r.kind in kinds and here.as_of < add(r.occurred_on, within)]
    return max(days, default=None)
