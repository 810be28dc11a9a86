"""Procedures (办理程序): the steps of law that a matter passes before and after its decision, with their clocks, as data.

A procedure belongs to a list and a kind of matter, and is in force between dates: the one in force on the day a matter opens carries it to
its end. Its stages are taken in the order of the file, except those that are optional or asked for only when another step was taken.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from models.calendar import BeyondCalendar, WorkingDays
from models.indicators import Code, Length
from models.law import Clause, Mark
from models.periods import end_of
from models.shapes import Bilingual, Shape


class Matter(StrEnum):
    """What kind of matter a procedure carries."""

    ENTER = "enter"
    LEAVE = "leave"
    ANNUL = "annul"
    REPAIR = "repair"
    OBJECTION = "objection"


class StepName(StrEnum):
    """The acts that leave a mark in a matter's file."""

    NOTICE = "notice"  # 告知: reasons, evidence, basis and rights, before a decision that burdens
    STATEMENT = "statement"  # 陈述申辩: what the enterprise says to the notice
    ANSWER = "answer"  # 复核: what the authority found of the statement
    CONSENT = "consent"  # 上级同意
    DECISION = "decision"  # 认定
    APPLICATION = "application"  # 申请
    ACCEPTANCE = "acceptance"  # 受理
    CHECKING = "checking"  # 核查
    FILING = "filing"  # 提出异议
    MARKING = "marking"  # 异议标注
    TRANSFER = "transfer"  # 转办
    SOURCE_ANSWER = "source_answer"  # 数据来源单位答复


class Owner(StrEnum):
    """Who owes a step."""

    OFFICER = "officer"
    ENTERPRISE = "enterprise"
    HIGHER_AUTHORITY = "higher_authority"
    SOURCE = "source"
    HOUSE = "house"


class Need(StrEnum):
    """What a step must state."""

    REASONS = "reasons"
    EVIDENCE = "evidence"
    BASIS = "basis"
    RIGHTS = "rights"
    AUTHORITY = "authority"
    DOCUMENT_NO = "document_no"
    FINDING = "finding"


class Clock(Shape):
    """A span of time in one unit; the day it starts on does not count."""

    working_days: Annotated[int, Field(ge=1, le=400)] | None = None
    days: Annotated[int, Field(ge=1, le=4000)] | None = None
    months: Annotated[int, Field(ge=1, le=120)] | None = None

    @model_validator(mode="after")
    def one_unit(self) -> "Clock":
        if sum(value is not None for value in (self.working_days, self.days, self.months)) != 1:
            raise ValueError("give exactly one of working_days, days or months")
        return self

    def last_day(self, start: date, calendar: WorkingDays) -> date:
        """The last day within the clock. Raises `BeyondCalendar` when it runs past the known holidays."""
        if self.working_days is not None:
            return calendar.after(start, self.working_days)
        if self.days is not None:
            return start + timedelta(days=self.days)
        ends = end_of(start, Length(months=self.months))
        assert ends is not None
        return ends


class Stage(Shape):
    """One step of a procedure: who owes it, what it states, and when it may and must be taken."""

    step: StepName
    title: Bilingual
    owner: Owner
    clause: Clause
    after: StepName | None = None
    """The step its clocks run from; without it they run from the day the matter opens."""
    counts_from: Literal["done", "served"] = "done"
    """Whether they run from the day that step was done, or from the day its document was served."""
    opens_after: Clock | None = None
    """Not before this is over: the days the other side has to speak."""
    within: Clock | None = None
    """Owed by the end of this."""
    only_if: StepName | None = None
    """Asked for only when this other step was taken."""
    optional: bool = False
    needs: tuple[Need, ...] = ()

    @model_validator(mode="after")
    def service_is_of_a_step(self) -> "Stage":
        if self.after is None and self.counts_from == "served":
            raise ValueError("a clock that runs from service needs `after`, the step whose document is served")
        return self


class Procedure(Shape):
    """One version of the way a matter goes; frozen once published, except that a later version may end it."""

    list: Code
    matter: Matter
    decided_by: Literal["run", "officers"]
    """Which kind of list rule it serves: one that published criteria decide, or one that officers decide."""
    title: Bilingual
    clause: Clause
    mark: Mark
    in_force_from: date
    in_force_until: date | None = None
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    announcement: Clock | None = None
    """How long a decided entry is announced before it takes effect (公示)."""

    @model_validator(mode="after")
    def stages_fit(self) -> "Procedure":
        names = [stage.step for stage in self.stages]
        if len(set(names)) != len(names):
            raise ValueError("each step stands in a procedure once")
        for place, stage in enumerate(self.stages):
            for named in (stage.after, stage.only_if):
                if named is not None and named not in names[:place]:
                    raise ValueError(f"{stage.step} refers to {named}, which must stand before it")
        if StepName.DECISION not in names:
            raise ValueError("a procedure ends in a decision; add that stage")
        if self.in_force_until is not None and self.in_force_until <= self.in_force_from:
            raise ValueError("in_force_until is the first day it no longer holds, after in_force_from")
        return self

    def stage(self, step: StepName) -> Stage | None:
        return next((stage for stage in self.stages if stage.step is step), None)

    def missing_before(self, step: StepName, taken: frozenset[StepName]) -> tuple[Stage, ...]:
        """The stages that must still be taken before this one."""
        before = self.stages[: next(place for place, stage in enumerate(self.stages) if stage.step is step)]
        return tuple(s for s in before if s.step not in taken and not s.optional and (s.only_if is None or s.only_if in taken))


class Due(Shape):
    """One open clock: from when a step may be taken and by when it must be; `is_beyond` says that the calendar ends before."""

    step: StepName
    owner: Owner
    clause: Clause
    started_on: date
    opens_on: date
    due_on: date | None
    is_beyond: bool = False
    is_right: bool = False
    """The step may be taken by then, and need not be: nobody is late with it."""


def clocks_from(
    procedure: Procedure, step: StepName | None, event: Literal["done", "served"], *, on: date, calendar: WorkingDays
) -> tuple[Due, ...]:
    """The clocks that start on a day: when a step is done or its document served, or (None, "done") when the matter opens."""
    return tuple(
        _due(stage, on, calendar)
        for stage in procedure.stages
        if stage.after is step and stage.counts_from == event and (stage.opens_after or stage.within)
    )


def _due(stage: Stage, on: date, calendar: WorkingDays) -> Due:
    opens_on, opening_is_beyond = _last_day(stage.opens_after, on, calendar)
    due_on, due_is_beyond = _last_day(stage.within, on, calendar)
    if opening_is_beyond:
        # Opening too early would cut somebody's days short: what cannot be reckoned stays shut until the table is extended.
        opens_on = calendar.last
    return Due(
        step=stage.step,
        owner=stage.owner,
        clause=stage.clause,
        started_on=on,
        opens_on=on if opens_on is None else opens_on + timedelta(days=1),
        due_on=due_on,
        is_beyond=opening_is_beyond or due_is_beyond,
        is_right=stage.optional,
    )


def _last_day(clock: Clock | None, on: date, calendar: WorkingDays) -> tuple[date | None, bool]:
    """The last day of a clock, and whether the calendar ends before it."""
    if clock is None:
        return None, False
    try:
        return clock.last_day(on, calendar), False
    except BeyondCalendar:
        return None, True
