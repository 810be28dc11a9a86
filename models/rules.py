"""The closed set of conditions: what lists, limits of grades and `not rated` may ask of an answer."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from models.indicators import Anchor, Codes, EnterpriseFilter, Length, Points, RecordFilter, Texts, one_or_many
from models.shapes import Shape


class PointsLimit(Shape):
    """Limits on points in hundredths; all that are given must hold."""

    over: Points | None = None
    at_least: Points | None = None
    at_most: Points | None = None
    below: Points | None = None

    @model_validator(mode="after")
    def says_something(self) -> "PointsLimit":
        if all(v is None for v in (self.over, self.at_least, self.at_most, self.below)):
            raise ValueError("the limit says nothing; give over, at_least, at_most or below")
        return self


class IndicatorPoints(PointsLimit):
    """Limits on the sum of the contributions of these indicators."""

    indicators: Codes = Field(min_length=1)


class EachIndicatorPoints(PointsLimit):
    """Limits that the sum of every single one of these indicators must meet."""

    indicators: Codes = Field(min_length=1)


class CountLimit(Shape):
    """How many contributions these indicators give together (an event under one indicator counts once)."""

    indicators: Codes = Field(min_length=1)
    at_least: Annotated[int, Field(ge=0)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def says_something(self) -> "CountLimit":
        if self.at_least is None and self.at_most is None:
            raise ValueError("the count says nothing; give at_least or at_most")
        return self


class EventsLimit(Shape):
    """How many events have a record of this filter, known and concluded, inside the window before the day asked about.

    Without `within` all of them count. `unrepaired: true` leaves out repaired records; `active: true` keeps those not past the end
    of their publication and, where they have one, inside their span in force.
    """

    records: RecordFilter
    latest_event_of: RecordFilter | None = None
    """Only records of the latest event among the records of this filter."""
    within: Length | None = None
    anchor: Annotated[tuple[Anchor, ...], BeforeValidator(one_or_many)] = (Anchor.ENDED, Anchor.OCCURRED)
    unrepaired: bool = False
    active: bool = False
    at_least: Annotated[int, Field(ge=1)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def says_something(self) -> "EventsLimit":
        if self.at_least is None and self.at_most is None:
            raise ValueError("the count of events says nothing; give at_least or at_most")
        return self


class Condition(Shape):
    """One node of a condition: exactly one of its fields is given."""

    all: tuple["Condition", ...] | None = None
    any: tuple["Condition", ...] | None = None
    none: tuple["Condition", ...] | None = None
    """True when none of them holds: the language's `not`."""
    score: PointsLimit | None = None
    grade: Texts | None = None
    points: IndicatorPoints | None = None
    each: EachIndicatorPoints | None = None
    count: CountLimit | None = None
    events: EventsLimit | None = None
    direct: Codes | None = None
    """One of these direct grades holds."""
    enterprise: EnterpriseFilter | None = None
    registered_for: Length | None = None
    """Registered at least this long on the day asked about."""
    listed: Codes | None = None

    @model_validator(mode="after")
    def exactly_one(self) -> "Condition":
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a condition says exactly one thing; this one says {', '.join(given) or 'nothing'}. Combine with all, any or none"
            )
        return self
