"""What a check asks and what it answers: facts with legal effect apart from the advisory score."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from data.codes.known_lists import known_lists
from models.checks import FoundBy, Known, Outcome, Purpose
from models.grade_notices import Withheld
from models.shapes import Shape
from models.verdicts import Verdict
from service.answers import Decimals
from service.clock import legal_day
from service.enterprise_answers import Candidate, EnterpriseNamed, Held, ListingShown
from service.verdict_answers import ConsortiumAnswer, Inquiry, InquiryShown, ReasonShown, Sha256

MOST_SUPPLIERS = 5_000
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Supplier(Shape):
    """One supplier, by code, by name, or by both; with both the code decides, and the answer says whether the name agrees."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = None
    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")] = "cn-uscc"
    name: Name | None = None
    consortium: Name | None = None
    """Suppliers with the same word here bid as one."""

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
    project: Name | None = None
    as_of: date | None = None
    """The legal day asked about: that of the cut-off, or today."""
    cut_off: AwareDatetime | None = None
    """The instant at which facts are cut off (截止时点), with its offset."""
    known: Literal["now", "then"] = "now"
    """As known by now, or as it was known at the cut-off."""
    known_at: AwareDatetime | None = None
    """As known at another instant."""
    policy: Annotated[str, StringConstraints(max_length=100)] | None = None
    """A version such as `yinchuan/2026`; by default the one in force on the day."""
    suppliers: Annotated[tuple[Supplier, ...], Field(min_length=1, max_length=MOST_SUPPLIERS)]
    inquiries: Annotated[tuple[Inquiry, ...], Field(max_length=MOST_SUPPLIERS)] = ()
    """Lists of other authorities that were asked by hand."""

    @model_validator(mode="after")
    def agrees_with_itself(self) -> "CheckAsked":
        if self.cut_off is not None and self.as_of is not None and legal_day(self.cut_off) != self.as_of:
            raise ValueError(f"the cut-off is on {legal_day(self.cut_off)} in Asia/Shanghai, and as_of says {self.as_of}; give one of them")
        if self.known == "then" and self.known_at is not None:
            raise ValueError("give `known: then` or known_at, not both")
        elsewhere = {code for code, known in known_lists().items() if known.ask is not None}
        for inquiry in self.inquiries:
            if inquiry.list not in elsewhere:
                raise ValueError(f"{inquiry.list} is no list of another authority; there are {', '.join(sorted(elsewhere))}")
            if any(no > len(self.suppliers) for no in inquiry.suppliers):
                raise ValueError(f"the inquiry of {inquiry.list} names a supplier beyond the last, number {len(self.suppliers)}")
        return self


class Advisory(Shape):
    """Score and grade. No measure follows from them: what has legal effect stands in `facts`, and what follows from it in `reasons`."""

    effect: Literal["advisory"] = "advisory"
    verdict: Literal["no_effect"] = "no_effect"
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
    verdict: Verdict | None
    """What follows in the setting of the purpose; null where nobody was found, since nothing can be said."""
    reasons: tuple[ReasonShown, ...]
    """Every measure that follows, the strictest first. Without one the verdict is `no_effect`."""
    suspended: tuple[int, ...]
    """Numbers of entries in `facts` that carry no measure for now: announced only, or stayed."""
    inquiries: tuple[InquiryShown, ...]
    """Lists of other authorities that were asked by hand for this supplier."""
    unasked: tuple[str, ...]
    """Lists from which measures follow in this setting, that are neither held here nor were asked by hand: ask there."""
    advisory: Advisory | None
    withheld: Withheld | None = None
    """Why there is no advisory grade yet: the enterprise is told of a bad one before others are."""
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
    project: str | None
    as_of: date
    cut_off: datetime | None
    known: Known
    """As known by now, at the cut-off, or at an instant that was named."""
    known_at: datetime
    known_seq: int
    policy: str | None
    policy_hash: str | None
    catalogue: str
    """Version of the catalogue of measures."""
    catalogue_hash: str
    change_seq: int
    """Where the log of list changes stood."""
    keep_until: date
    """It is kept here at least until then."""
    suppliers: tuple[SupplierAnswer, ...]
    consortia: tuple[ConsortiumAnswer, ...]
    held: tuple[Held, ...]
    receipt: Literal[1]
    """The format of the receipt that signs exactly this answer: /v1/checks/{check_id}/receipt.jws."""
    digests: tuple[Sha256, ...]
    """SHA-256 of the canonical JSON of each supplier's answer, in their order."""


class CheckLine(Shape):
    """A kept check without its answer."""

    check_id: int
    asked_by: str
    asked_at: datetime
    purpose: Purpose
    matter: str | None
    project: str | None
    as_of: date
    cut_off: datetime | None
    suppliers: int
    keep_until: date


class CheckPage(Shape):
    """Kept checks, latest first."""

    checks: tuple[CheckLine, ...]
    next: int | None
    """The `before` of the next page; null at the end."""
