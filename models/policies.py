"""A policy: one published version of a family of rules, from its scale to its lists (评价规则).

The shapes check what one field can know; `models.linting` checks the whole file.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from models.indicators import AfterRepair, Cap, Code, Indicator, Length, PerEvent, Points, RecordFilter, Repeat, Term, one_or_many
from models.law import Clause, Mark
from models.records import Kind
from models.rules import Condition
from models.shapes import Bilingual, Shape

Description = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
GradeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+\-_]{1,16}$")]


class Scale(Shape):
    """Where scores start and between which ends they are held; `better` says which way is good."""

    start: Points
    lowest: Points
    highest: Points
    better: Literal["higher", "lower"] = "higher"


class Group(Shape):
    """A heading of indicators, for reading only."""

    code: Code
    title: Bilingual


class Rung(Shape):
    """One grade of the ladder, best first: its band on the score (`at_least` up to, not including, `below`) or further limits."""

    grade: GradeName
    title: Bilingual
    at_least: Points | None = None
    below: Points | None = None
    when: Condition | None = None
    clause: Clause


class Label(Shape):
    """An answer outside the ladder, such as exempt or awaiting inspection."""

    label: GradeName
    title: Bilingual


class DirectGrade(Shape):
    """While this holds, the grade is at most, or exactly, this one (直接判级)."""

    code: Code
    title: Bilingual
    description: Description
    clause: Clause
    records: RecordFilter
    latest_event_of: RecordFilter | None = None
    grade: GradeName
    mode: Literal["at_most", "exactly"] = "at_most"
    precedence: int = 0
    """Among those that set a grade exactly, the lowest number wins."""
    term: Term
    weighs_as: Points | None = None
    """Its place in the one order of severity, as a deduction; without it, graver than every deduction."""
    freezes_bonuses: bool = False
    """Bonuses are recorded but do not count until it is rectified."""
    after_repair: AfterRepair | None = None


class NotRated(Shape):
    """When no grade is given, and what is said instead; the first that holds is taken."""

    label: GradeName
    clause: Clause
    when: Condition


class Coverage(Shape):
    """What must have been looked at lately for silence to mean anything: shown with every answer."""

    code: Code
    title: Bilingual
    kind: Annotated[tuple[Kind, ...], BeforeValidator(one_or_many)] = Field(min_length=1)
    within: Length


class ListRule(Shape):
    """When an enterprise enters, stays on or leaves a list, and who decides it."""

    list: Code
    title: Bilingual
    colour: Literal["red", "black"]
    clause: Clause
    authority: Bilingual
    decided_by: Literal["run", "officer", "two_officers"]
    enter: Condition
    blocked_by: Condition | None = None
    leave: Condition | None = None
    """Proposes leaving when it holds and `earliest_exit` has passed; without it only expiry, repair and annulment end an entry."""
    earliest_exit: Length | None = None
    lasts: Length | None = None
    ends_when: Description | None = None
    """The condition that ends an entry without a date, in the words of its clause."""

    @model_validator(mode="after")
    def has_an_end(self) -> "ListRule":
        if self.lasts is None and self.ends_when is None:
            raise ValueError(f"list {self.list}: an entry needs an end; give lasts, or ends_when with the clause's condition")
        if self.lasts is not None and self.lasts.forever:
            raise ValueError(f"list {self.list}: an entry cannot last forever; give years, months or days")
        return self


class Policy(Shape):
    """A whole policy file, one version of one family; frozen once published."""

    language: Literal[1]
    family: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
    version: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=20)]
    title: Bilingual
    description: Description
    mark: Mark
    in_force_from: date
    in_force_until: date | None = None
    scale: Scale
    per_event: PerEvent = PerEvent.LARGEST
    groups: tuple[Group, ...] = ()
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    repeats: tuple[Repeat, ...] = ()
    caps: tuple[Cap, ...] = ()
    direct_grades: tuple[DirectGrade, ...] = ()
    grades: tuple[Rung, ...] = Field(min_length=1)
    labels: tuple[Label, ...] = ()
    not_rated: tuple[NotRated, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    lists: tuple[ListRule, ...] = ()

    @property
    def name(self) -> str:
        """`family/version`, as results and users name it."""
        return f"{self.family}/{self.version}"
