"""Panels: the answers of many enterprises on many days, for analysis, with what came to pass in the months after each day."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from models.indicators import Code, RecordFilter
from models.shapes import Bilingual, Shape


class Knowledge(StrEnum):
    """Which knowledge the answers of a panel rest on."""

    THEN = "then"
    """What was known here at the end of each day: nothing that came to be known later touches its row."""
    NOW = "now"
    """What is known today about each day. Corrections, withdrawals and late deliveries are in it: for history that was loaded at once."""


class Outcome(Shape):
    """Something that may come to pass after a day: a record that begins to count, or an entry on a list that begins.

    A record counts from its `concluded_on`, so that a finding that the row of the day already knew is never its own outcome.
    """

    code: Code
    title: Bilingual
    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    records: RecordFilter | None = None
    entry: Literal["red", "black"] | None = None
    """An entry on any list of this colour."""

    @model_validator(mode="after")
    def looks_at_one_thing(self) -> "Outcome":
        if (self.records is None) == (self.entry is None):
            raise ValueError(f"outcome {self.code} gives either records or entry")
        if self.records is not None and (self.records.enterprise is not None or self.records.listed):
            raise ValueError(f"outcome {self.code} is about records alone; leave enterprise and listed out of its filter")
        return self


class Outcomes(Shape):
    """All that a panel looks for; each code once."""

    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def each_once(self) -> "Outcomes":
        codes = [outcome.code for outcome in self.outcomes]
        if len(set(codes)) != len(codes):
            raise ValueError("two outcomes bear the same code")
        return self
