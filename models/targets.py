"""Targets of the city (质量强市指标) counted from records, and what is asked of the sources that deliver them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from models.indicators import Code, Ratio, Texts
from models.law import Clause
from models.records import SHAPES, Kind, detail_fields, outcomes
from models.shapes import Bilingual, Shape

Anchor = Literal["occurred_on", "concluded_on", "decided_on", "published_on"]
FieldName = Annotated[str, StringConstraints(pattern=r"^(detail\.)?[a-z][a-z0-9_]*$", max_length=80)]


class Target(Shape):
    """What the city set itself: of the events counted, at least this share is to be reached.

    An event counts once, in the month of `by`, in the district of the unit that was sampled or else of the enterprise concerned.
    Without `reached`, an event is reached when it has been concluded.
    """

    code: Code
    title: Bilingual
    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    kind: Kind
    counted: Texts = ()
    """Outcomes that count; all unless given."""
    reached: Texts = ()
    """Outcomes that no record of a reached event differs from."""
    detail: dict[str, Texts] = Field(default_factory=dict)
    without: dict[str, Texts] = Field(default_factory=dict)
    """Details that keep a record out."""
    by: Anchor
    at_least: Ratio
    clause: Clause

    @model_validator(mode="after")
    def speaks_of_its_kind(self) -> "Target":
        known = outcomes(self.kind)
        if strange := sorted({*self.counted, *self.reached} - set(known)):
            raise ValueError(f"target {self.code}: {', '.join(strange)} is no outcome of {self.kind}; known are {', '.join(known)}")
        fields = detail_fields(self.kind)
        for name, values in (*self.detail.items(), *self.without.items()):
            if name not in fields:
                raise ValueError(f"target {self.code}: {name} is no detail of {self.kind}")
            if (allowed := fields[name]) is not None and (strange := sorted(set(values) - set(allowed))):
                raise ValueError(f"target {self.code}: {', '.join(strange)} is no value of detail.{name}; known are {', '.join(allowed)}")
        return self


class Targets(Shape):
    """All targets; each code once."""

    targets: Annotated[tuple[Target, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def each_once(self) -> "Targets":
        codes = [target.code for target in self.targets]
        if len(set(codes)) != len(codes):
            raise ValueError("two targets bear the same code")
        return self


class Delay(Shape):
    """Within how many working days after a day of its own a record has to be told."""

    kind: Kind
    anchor: Annotated[Anchor, Field(alias="from")]
    working_days: Annotated[int, Field(ge=1, le=250)]
    clause: Clause


class SourceRules(Shape):
    """What is asked of those who deliver: legal delays by kind, and the fields that a record should carry."""

    delays: tuple[Delay, ...]
    fields: Mapping[Kind, tuple[FieldName, ...]]

    @model_validator(mode="after")
    def fields_are_those_of_the_kind(self) -> "SourceRules":
        for kind, names in self.fields.items():
            known = {*SHAPES[kind].model_fields, *(f"detail.{name}" for name in detail_fields(kind))}
            if strange := sorted(set(names) - known):
                raise ValueError(f"{', '.join(strange)} is no field of {kind}")
        if len({delay.kind for delay in self.delays}) != len(self.delays):
            raise ValueError("two delays are given for one kind")
        return self


def share_x10000(reached: int, counted: int) -> int | None:
    """A share in whole ten-thousandths, rounded down, so that nothing is shown as reached that is not; None of nothing."""
    return reached * 10_000 // counted if counted else None


def is_met(reached: int, counted: int, *, at_least: int) -> bool | None:
    """Whether a share keeps a target, by cross-multiplication; None of nothing counted: that is neither."""
    return reached * 10_000 >= counted * at_least if counted else None
