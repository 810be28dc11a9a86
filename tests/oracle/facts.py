"""The facts a question is answered from, as plain values, and the one rule of days."""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

from models.indicators import Length

ENDLESS = date.max


@dataclass(frozen=True)
class Fact:
    """One revision of a record, as the plan's relation of records has it."""

    record_key: int
    enterprise_key: int
    event_key: int
    kind: str
    outcome: str
    occurred_on: date
    concluded_on: date | None
    severity: str | None = None
    level: str | None = None
    capacity: str = "party"
    code: str | None = None
    ended_on: date | None = None
    decided_on: date | None = None
    rectified_on: date | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None
    public_until: date | None = None
    repaired_on: date | None = None
    is_withdrawn: bool = False
    known_seq: int = 1
    superseded_seq: int | None = None
    quantities: dict[str, int] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RegistrySpan:
    """What the registry says of an enterprise from one day to another."""

    enterprise_key: int
    valid_from: date
    valid_until: date | None
    state: str
    type: str | None = None
    region: str | None = None
    industry: str | None = None
    size: str | None = None
    registered_on: date | None = None
    known_seq: int = 1
    superseded_seq: int | None = None


@dataclass(frozen=True)
class ListingSpan:
    """An entry on a list and the days on which it has effect."""

    enterprise_key: int
    list: str
    colour: str
    starts_on: date
    ends_on: date | None
    known_seq: int = 1
    superseded_seq: int | None = None


@dataclass(frozen=True)
class SameAs:
    """One entry told to be a duplicate of another, which is kept."""

    duplicate: int
    kept: int
    known_seq: int = 1
    superseded_seq: int | None = None


def add(start: date, length: Length) -> date:
    """The day a span ends; a day that its month lacks is the month's last."""
    if length.forever:
        return ENDLESS
    if length.days is not None:
        return start + timedelta(days=length.days)
    months = (length.years or 0) * 12 + (length.months or 0)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
