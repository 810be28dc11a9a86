"""How long a record is published, on which channel, from when, and whether repair can end it sooner: regimes as data, one pure function.

A regime is picked by the day of the record's document; the first of its tiers that the record fits holds. What no tier names is not
governed: praise, clean results, and kinds of record that the regime does not speak of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from models.indicators import Length, QuantityLimit, RecordFilter
from models.law import Clause
from models.periods import end_of
from models.shapes import Bilingual, Shape


class Channel(StrEnum):
    """Where records are published by law."""

    CREDIT_SITE = "credit_site"  # 信用中国
    PUBLICITY_SYSTEM = "publicity_system"  # 国家企业信用信息公示系统


class Tier(StrEnum):
    """How grave a breach of trust is for its publication; not the severity of the act itself."""

    SLIGHT = "slight"  # 轻微
    GENERAL = "general"  # 一般
    SERIOUS = "serious"  # 严重


class ClockStart(StrEnum):
    """The day from which the term of publication runs."""

    DOCUMENT = "document"  # the decision, else its conclusion, else the act
    PUBLICATION = "publication"
    SERVICE = "service"


class TierRule(Shape):
    """Which records belong to a tier under a regime, and for how long they are published."""

    tier: Tier
    records: Annotated[tuple[RecordFilter, ...], Field(min_length=1)]
    """One of them must fit."""
    is_published: bool = True
    """False: not published, unless its source says until when; then `latest` bounds it."""
    earliest: Length | None = None
    """Before this has passed no repair ends the publication; None asks no minimum term."""
    latest: Length | None = None
    """After this the publication ends by itself; None: the regime states no end."""
    is_repairable: bool = True
    lasts_while_in_force: bool = False
    """A ban that holds longer keeps the record published until it ends."""
    clause: Clause

    @model_validator(mode="after")
    def asks_only_of_records(self) -> "TierRule":
        if any(one.enterprise is not None or one.listed for one in self.records):
            raise ValueError("a tier is told by the record alone; take `enterprise` and `listed` out of its filter")
        return self


class Regime(Shape):
    """The rules of one channel between two days; `tiers` are tried in their order."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    channel: Channel
    title: Bilingual
    in_force_from: date
    in_force_until: date | None = None
    starts: ClockStart
    tiers: Annotated[tuple[TierRule, ...], Field(min_length=1)]

    def holds_on(self, day: date) -> bool:
        return self.in_force_from <= day and (self.in_force_until is None or day < self.in_force_until)


class Regimes(Shape):
    """Every regime, and the channel whose end this service follows in what it shows to others."""

    governs_here: Channel
    regimes: tuple[Regime, ...]

    @model_validator(mode="after")
    def one_at_a_time(self) -> "Regimes":
        for channel in Channel:
            ordered = sorted((one for one in self.regimes if one.channel is channel), key=lambda one: one.in_force_from)
            for earlier, later in pairwise(ordered):
                if earlier.in_force_until is None or earlier.in_force_until > later.in_force_from:
                    raise ValueError(f"{earlier.code} and {later.code} are in force on {later.in_force_from} both; end the earlier one")
        return self


@dataclass(frozen=True)
class RecordFacts:
    """What of a record decides its publication; quantities are whole ten-thousandths of their unit."""

    kind: str
    outcome: str
    occurred_on: date
    severity: str | None = None
    level: str | None = None
    capacity: str = "party"
    code: str | None = None
    concluded_on: date | None = None
    decided_on: date | None = None
    served_on: date | None = None
    published_on: date | None = None
    in_force_until: date | None = None
    public_until: date | None = None
    restarted_on: date | None = None
    """The term runs anew from here: a repair was revoked."""
    quantities_x10000: Mapping[str, int] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def document_on(self) -> date:
        """The day of the document that states the fact, as well as it is known."""
        return self.decided_on or self.concluded_on or self.occurred_on


class Publication(Shape):
    """What a regime says of one record. Ends are first days on which it is no longer published."""

    channel: Channel
    regime: str
    tier: Tier
    is_published: bool
    starts_on: date | None
    """None: the clock has not started, because the record was not served or published yet as far as is known."""
    earliest_end_on: date | None
    """From this day repair can end it; None where it cannot be repaired, or the clock has not started."""
    latest_end_on: date | None
    """It ends by itself on this day; None without end, or while the clock has not started."""
    is_repairable: bool
    clause: Clause


def publications_of(facts: RecordFacts, regimes: Sequence[Regime]) -> tuple[Publication, ...]:
    """What each channel's regime of the document's day says of a record, in the order of channels; nothing where none speaks of it."""
    found = [_told(facts, regime) for regime in regimes if regime.holds_on(facts.document_on)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.channel))


def shown_until(facts: RecordFacts, regimes: Regimes) -> date | Literal["never"] | None:
    """The first day on which others are no longer shown a record: what the source said or the governing regime, whichever ends first.

    `never` is for what is not published at all; None is without end.
    """
    governing = next((one for one in publications_of(facts, regimes.regimes) if one.channel is regimes.governs_here), None)
    if governing is None:
        return facts.public_until
    if not governing.is_published and facts.public_until is None:
        return "never"
    return min((day for day in (facts.public_until, governing.latest_end_on) if day is not None), default=None)


def is_over(facts: RecordFacts, regimes: Regimes, *, on: date) -> bool:
    """Whether others are no longer shown a record on a day."""
    until = shown_until(facts, regimes)
    return until == "never" or (until is not None and until <= on)


def fits(facts: RecordFacts, asked: RecordFilter) -> bool:
    """Whether a record meets a filter: every field given holds, several values in a field are alternatives."""
    words = (
        (asked.kind, facts.kind),
        (asked.outcome, facts.outcome),
        (asked.severity, facts.severity),
        (asked.level, facts.level),
        (asked.capacity, facts.capacity),
        (asked.code, facts.code),
        *((values, facts.detail.get(name)) for name, values in asked.detail.items()),
    )
    return all(not values or value in values for values, value in words) and all(
        _within(facts.quantities_x10000.get(limit.name), limit) for limit in asked.quantities
    )


def _within(amount: int | None, limit: QuantityLimit) -> bool:
    """As the plan compares: without the quantity only `missing: true` holds."""
    if amount is None:
        return limit.missing is True
    return (
        limit.missing is not True
        and (limit.over is None or amount > limit.over)
        and (limit.at_least is None or amount >= limit.at_least)
        and (limit.at_most is None or amount <= limit.at_most)
        and (limit.below is None or amount < limit.below)
        and (limit.equals is None or amount == limit.equals)
    )


def _told(facts: RecordFacts, regime: Regime) -> Publication | None:
    rule = next((rule for rule in regime.tiers if any(fits(facts, one) for one in rule.records)), None)
    if rule is None:
        return None
    starts_on = _start(facts, regime.starts)
    if facts.restarted_on is not None:
        starts_on = max(starts_on or facts.restarted_on, facts.restarted_on)
    latest = end_of(starts_on, rule.latest) if starts_on and rule.latest else None
    if latest is not None and rule.lasts_while_in_force and facts.in_force_until is not None:
        latest = max(latest, facts.in_force_until)
    earliest = None
    if starts_on is not None and rule.is_repairable:
        earliest = end_of(starts_on, rule.earliest) if rule.earliest else starts_on
    return Publication(
        channel=regime.channel,
        regime=regime.code,
        tier=rule.tier,
        is_published=rule.is_published,
        starts_on=starts_on,
        earliest_end_on=earliest,
        latest_end_on=latest,
        is_repairable=rule.is_repairable,
        clause=rule.clause,
    )


def _start(facts: RecordFacts, clock: ClockStart) -> date | None:
    match clock:
        case ClockStart.DOCUMENT:
            return facts.document_on
        case ClockStart.PUBLICATION:
            return facts.published_on
        case ClockStart.SERVICE:
            return facts.served_on
