"""How records become points: filters, points, terms, repeats and caps. Closed sets; no code ever stands in a policy.

Points are written as decimals with at most two places and kept as whole hundredths (`int`); quantities are decimals with at
most four places and kept as whole ten-thousandths. Everything here is data: `scoring.plan` gives it its one meaning.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema, model_validator

from models.law import Clause
from models.records import QUANTITY_SCALE, Capacity, Kind, Level, Severity, Token
from models.shapes import Bilingual, Shape


def _scaled(scale: int, unit: str, largest: int = 10**17) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise ValueError(f"{unit} are written as a number, such as -20 or 12.5")
        try:
            exact = Decimal(str(value)) * scale
        except ArithmeticError as error:
            raise ValueError(f"{value!r} is not a number of {unit}") from error
        if not exact.is_finite() or exact != exact.to_integral_value():
            raise ValueError(f"{unit} have at most {len(str(scale)) - 1} decimal places; {value} has not")
        if abs(exact) > largest:
            raise ValueError(f"{unit} stay within {largest // scale} either way, so that sums stay exact; {value} does not")
        return int(exact)

    return read


def _shown(scale: int) -> Callable[[int], str]:
    return lambda value: format(Decimal(value) / scale, "f")


def one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str | int) else value


_NUMBER = WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}]})
LARGEST_POINTS = 10**8
"""A million points, in hundredths: small enough that every product of a rule stays exact."""
Points = Annotated[int, BeforeValidator(_scaled(100, "points", LARGEST_POINTS)), PlainSerializer(_shown(100)), _NUMBER]
"""Hundredths of a point."""
Amount = Annotated[int, BeforeValidator(_scaled(QUANTITY_SCALE, "quantities")), PlainSerializer(_shown(QUANTITY_SCALE)), _NUMBER]
"""Ten-thousandths of a quantity's unit."""
Ratio = Annotated[int, BeforeValidator(_scaled(10_000, "ratios")), PlainSerializer(_shown(10_000)), _NUMBER]
"""Ten-thousandths of one: 0.1 is 1,000 and 2 is 20,000."""


def decimals(points_x100: int) -> str:
    """Hundredths as text with two places."""
    sign = "-" if points_x100 < 0 else ""
    whole, part = divmod(abs(points_x100), 100)
    return f"{sign}{whole}.{part:02d}"


Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
Texts = Annotated[tuple[str, ...], BeforeValidator(one_or_many)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(one_or_many)]


class Anchor(StrEnum):
    """The day a term runs from."""

    OCCURRED = "occurred_on"
    ENDED = "ended_on"
    CONCLUDED = "concluded_on"
    DECIDED = "decided_on"


class QuantityLimit(Shape):
    """A comparison on one quantity of a record; a record without the quantity meets only `missing: true`."""

    name: Token
    over: Amount | None = None
    at_least: Amount | None = None
    at_most: Amount | None = None
    below: Amount | None = None
    equals: Amount | None = None
    missing: bool | None = None

    @model_validator(mode="after")
    def says_something(self) -> "QuantityLimit":
        if all(v is None for v in (self.over, self.at_least, self.at_most, self.below, self.equals, self.missing)):
            raise ValueError(f"the limit on quantity {self.name} says nothing; give over, at_least, at_most, below, equals or missing")
        return self


class EnterpriseFilter(Shape):
    """Which enterprises, by their registry facts on the day asked about; regions and industries match by prefix."""

    state: Texts = ()
    type: Texts = ()
    region: Texts = ()
    industry: Texts = ()
    size: Texts = ()


class RecordFilter(Shape):
    """Which records: every field given must hold; several values in a field are alternatives."""

    kind: Annotated[tuple[Kind, ...], BeforeValidator(one_or_many), Field(min_length=1)]
    outcome: Texts = ()
    severity: Annotated[tuple[Severity, ...], BeforeValidator(one_or_many)] = ()
    level: Annotated[tuple[Level, ...], BeforeValidator(one_or_many)] = ()
    capacity: Annotated[tuple[Capacity, ...], BeforeValidator(one_or_many)] = ()
    code: Texts = ()
    detail: dict[str, Texts] = Field(default_factory=dict)
    quantities: tuple[QuantityLimit, ...] = ()
    enterprise: EnterpriseFilter | None = None
    listed: Codes = ()
    """Only while the enterprise stands on one of these lists on the day asked about."""


class Length(Shape):
    """A span in calendar years, months or days, or without end."""

    years: Annotated[int, Field(ge=1, le=100)] | None = None
    months: Annotated[int, Field(ge=1, le=1200)] | None = None
    days: Annotated[int, Field(ge=1, le=36600)] | None = None
    forever: Literal[True] | None = None

    @model_validator(mode="after")
    def one_unit(self) -> "Length":
        if sum(v is not None for v in (self.years, self.months, self.days, self.forever)) != 1:
            raise ValueError("give exactly one of years, months, days or forever: true")
        return self


class Step(Shape):
    """Until this long after the anchor, this share of the points counts."""

    until: Length
    share: Ratio


class SizeTerm(Shape):
    """Contributions of at most `up_to` points (by absolute size, before doubling) last this long; the last one has no `up_to`."""

    up_to: Points | None = None
    lasts: Length


class Term(Shape):
    """How long a record counts: from its anchor, ended early by the end of publication and by repair unless said otherwise.

    Exactly one of `lasts`, `by_level`, `by_severity`, `by_kind`, `by_size`, `steps`, `while_in_force` is given.
    `anchor` lists dates in order of preference; the first one the record has is taken, at last `occurred_on`.
    """

    anchor: Annotated[tuple[Anchor, ...], BeforeValidator(one_or_many)] = (Anchor.ENDED, Anchor.OCCURRED)
    lasts: Length | None = None
    by_level: dict[Level, Length] | None = None
    by_severity: dict[Severity, Length] | None = None
    by_kind: dict[Kind, Length] | None = None
    by_size: tuple[SizeTerm, ...] | None = None
    steps: tuple[Step, ...] | None = None
    while_in_force: Literal[True] | None = None
    """Counts from `in_force_from` (at the earliest) until `in_force_until`; a certificate, a ban, a listing."""
    ends_with_publication: bool = True
    ends_with_repair: bool = True

    @model_validator(mode="after")
    def one_rule(self) -> "Term":
        rules = (self.lasts, self.by_level, self.by_severity, self.by_kind, self.by_size, self.steps, self.while_in_force)
        if sum(rule is not None for rule in rules) != 1:
            raise ValueError("give exactly one of lasts, by_level, by_severity, by_kind, by_size, steps or while_in_force")
        return self


class FixedPoints(Shape):
    """The same points for every matching record."""

    how: Literal["fixed"]
    points: Points


class PointsByField(Shape):
    """Points by severity, level, outcome, capacity, code or `detail.NAME`; others get `otherwise`, or do not match."""

    how: Literal["by_field"]
    field: Annotated[str, StringConstraints(pattern=r"^(severity|level|outcome|capacity|code|detail\.[a-z][a-z0-9_]*)$")]
    points: dict[str, Points] = Field(min_length=1)
    otherwise: Points | None = None


class QuantityBand(Shape):
    """Quantities from `at_least` (or without lower end) up to, not including, `below` (or without upper end)."""

    at_least: Amount | None = None
    below: Amount | None = None
    points: Points


class PointsByQuantity(Shape):
    """Points by the band a quantity falls in; a record without the quantity does not match."""

    how: Literal["by_quantity"]
    quantity: Token
    bands: tuple[QuantityBand, ...] = Field(min_length=1)


class PointsTimesQuantity(Shape):
    """Points are the quantity, held within plus or minus `at_most`, times `factor`, rounded half away from zero to a hundredth."""

    how: Literal["times_quantity"]
    quantity: Token
    factor: Ratio
    at_most: Amount = 10_000 * QUANTITY_SCALE


class ShareBand(Shape):
    """A share above `over` (compared exactly, by cross-multiplication) gives these points; the highest band passed counts."""

    over: Ratio
    points: Points


class PointsByShare(Shape):
    """One contribution of the enterprise, by the share of its counted events that have a record matching `failures`.

    The indicator's `records` are all that is counted (over its term), each event once; below `minimum_count` events nothing is given.
    """

    how: Literal["share_of_failures"]
    failures: RecordFilter
    minimum_count: Annotated[int, Field(ge=1)]
    bands: tuple[ShareBand, ...] = Field(min_length=1)


PointsRule = Annotated[
    FixedPoints | PointsByField | PointsByQuantity | PointsTimesQuantity | PointsByShare,
    Field(discriminator="how"),
]


class PerEvent(StrEnum):
    """What one event gives when several of its records match."""

    LARGEST = "largest"  # over all indicators in this mode: the largest deduction and the largest bonus
    ALL = "all"  # every record
    ONCE = "once"  # one per indicator: a quantity that belongs to the event itself
    ONCE_PER_CODE = "once_per_code"  # one per indicator and code


class AfterRepair(Shape):
    """What a repaired record still costs, and for how long after the repair."""

    points: Points
    lasts: Length


class Indicator(Shape):
    """Turns matching records into points (评价指标)."""

    code: Code
    group: Code
    title: Bilingual
    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    clause: Clause
    records: RecordFilter
    latest_event_of: RecordFilter | None = None
    """Only the latest event among the records of this filter counts; chosen before matching, so that a clean latest one counts."""
    points: PointsRule
    term: Term
    per_event: PerEvent | None = None
    """None takes the policy's `per_event`."""
    after_repair: AfterRepair | None = None


class Repeat(Shape):
    """A further event of the group inside the window of an earlier one counts `factor` times (deductions only).

    Judged on the later act's own day and kept: the earlier one's expiry changes nothing, its withdrawal does.
    `window: validity` is the earlier contribution's own term.
    """

    code: Code
    indicators: Codes = Field(min_length=1)
    window: Literal["validity"] | Length
    factor: Ratio
    clause: Clause


class Cap(Shape):
    """Bounds the sum of some indicators, in all or for each calendar year of the anchor day; shown as a line of its own."""

    code: Code
    title: Bilingual
    indicators: Codes = Field(min_length=1)
    per: Literal["total", "calendar_year"] = "total"
    at_most: Points | None = None
    at_least: Points | None = None
    clause: Clause

    @model_validator(mode="after")
    def bounds_something(self) -> "Cap":
        if self.at_most is None and self.at_least is None:
            raise ValueError(f"cap {self.code} bounds nothing; give at_most, at_least or both")
        return self
