"""Measures (奖惩措施): the lawful consequences that a listing or a grave record has in a setting, as a published catalogue states them.

Nothing outside the catalogue follows from a listing, and nothing in it follows from a score.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from models.checks import Purpose
from models.indicators import Code, Codes, Length, RecordFilter, one_or_many
from models.law import Clause
from models.shapes import Bilingual, Shape


class Effect(StrEnum):
    """What a measure asks of whoever applies it, from the strictest."""

    MUST_REFUSE = "must_refuse"
    MAY_RESTRICT = "may_restrict"
    EXTRA_SCRUTINY = "extra_scrutiny"
    PREFERENCE = "preference"


class GraveRecords(Shape):
    """Which records a measure follows from, and how long after the decision."""

    records: RecordFilter
    within: Length | None = None
    """From the day of the decision (where none is told, of the act); without it, for as long as the record stands."""
    while_in_force: bool = False
    """Only until the ban or suspension itself ends, for those that say when; one that has run out bars nobody."""

    @model_validator(mode="after")
    def asks_the_record_alone(self) -> "GraveRecords":
        if self.records.enterprise is not None or self.records.listed:
            raise ValueError("a measure looks at the record alone; leave `enterprise` and `listed` out, and name lists under `lists`")
        return self


class Measure(Shape):
    """One measure: what is done to whom, in which settings, by whom, on which articles, and from when until when."""

    code: Code
    title: Bilingual
    setting: Annotated[tuple[Purpose, ...], BeforeValidator(one_or_many), Field(min_length=1)]
    effect: Effect
    subject: Bilingual
    """Whom it concerns (惩戒或激励对象)."""
    agency: Bilingual
    """Who applies it (实施单位)."""
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]
    in_force_from: date
    in_force_until: date | None = None
    """First day it no longer holds."""
    lists: Codes = ()
    """Entries on these lists carry it while they hold."""
    grave: tuple[GraveRecords, ...] = ()

    @model_validator(mode="after")
    def attaches_to_something(self) -> "Measure":
        if not self.lists and not self.grave:
            raise ValueError("a measure follows from entries on `lists` or from `grave` records; name at least one")
        return self

    def holds_on(self, day: date) -> bool:
        return self.in_force_from <= day and (self.in_force_until is None or day < self.in_force_until)


class Retention(Shape):
    """How long a check and its receipt are kept at least, and on which article."""

    lasts: Length
    clause: Clause

    @model_validator(mode="after")
    def ends(self) -> "Retention":
        if self.lasts.forever:
            raise ValueError("give a term in years, months or days; nothing personal is kept for ever")
        return self


class Catalogue(Shape):
    """All measures under one version; published as a whole, then frozen under its hash."""

    catalogue: Literal[1]
    """The version of this format."""
    version: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=40)]
    title: Bilingual
    checks_kept: Retention
    measures: Annotated[tuple[Measure, ...], Field(min_length=1, max_length=2000)]

    def in_force(self, setting: Purpose, day: date) -> tuple[Measure, ...]:
        """The measures of a setting that hold on a day, in the order of the catalogue."""
        return tuple(one for one in self.measures if setting in one.setting and one.holds_on(day))
