"""What a check asks and what it answers: facts with legal effect apart from the advisory score."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from models.checks import FoundBy, Outcome, Purpose
from models.shapes import Shape
from service.answers import Decimals
from service.enterprise_answers import Candidate, EnterpriseNamed, Held, ListingShown

MOST_SUPPLIERS = 5_000
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Supplier(Shape):
    """One supplier, by code, by name, or by both; with both the code decides, and the answer says whether the name agrees."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = None
    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")] = "cn-uscc"
    name: Name | None = None

    @model_validator(mode="after")
    def says_who(self) -> "Supplier":
        if self.code is None and self.name is None:
            raise ValueError("a supplier needs a code or a name")
        return self


class CheckAsked(Shape):
    """A question about many suppliers, as of a day: by default today, as known by now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "procurement",
                    "matter": "YC-2026-0117",
                    "as_of": "2026-05-20",
                    "suppliers": [{"code": "91640100MA0000000L"}, {"name": "银川市清白样品食品有限公司"}],
                }
            ]
        }
    )

    purpose: Purpose
    matter: Name | None = None
    """Tender, project or case number."""
    as_of: date | None = None
    known_at: AwareDatetime | None = None
    policy: Annotated[str, StringConstraints(max_length=100)] | None = None
    """A version such as `yinchuan/2026`; by default the one in force on the day."""
    suppliers: Annotated[tuple[Supplier, ...], Field(min_length=1, max_length=MOST_SUPPLIERS)]


class Advisory(Shape):
    """Score and grade. No measure follows from them: what has legal effect stands in `facts`."""

    effect: Literal["advisory"] = "advisory"
    score: Decimals
    grade: str
    is_rated: bool
    records_known: int
    covered: dict[str, date | None]
    """For each thing that must be looked at, when it was last; null is never, which is not the same as clean."""


class SupplierAnswer(Shape):
    """What the check says of one supplier, under its place in the question, counted from 1."""

    no: int
    outcome: Outcome
    asked: Supplier
    found_by: FoundBy | None
    name_agrees: bool | None
    """Null where no name was given, or nothing found."""
    enterprise: EnterpriseNamed | None
    state: str | None
    head_office: EnterpriseNamed | None
    facts: tuple[ListingShown, ...]
    """Entries that held on the day and may be shown, each with decision, basis and dates."""
    advisory: Advisory | None
    """Null where the enterprise was not found, or no policy answers for the day."""
    candidates: tuple[Candidate, ...]
    reason: str | None
    suggestions: tuple[str, ...]


class CheckAnswer(Shape):
    """A check as it was answered and is kept: who asked, when, what for, on which data."""

    check_id: int
    asked_by: str
    asked_at: datetime
    purpose: Purpose
    matter: str | None
    as_of: date
    known_at: datetime
    policy: str | None
    policy_hash: str | None
    change_seq: int
    """Where the log of list changes stood."""
    suppliers: tuple[SupplierAnswer, ...]
    held: tuple[Held, ...]


class CheckLine(Shape):
    """A kept check without its answer."""

    check_id: int
    asked_by: str
    asked_at: datetime
    purpose: Purpose
    matter: str | None
    as_of: date
    suppliers: int


class CheckPage(Shape):
    """Kept checks, latest first."""

    checks: tuple[CheckLine, ...]
    next: int | None
    """The `before` of the next page; null at the end."""
