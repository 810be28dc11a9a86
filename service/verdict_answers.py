"""What follows for a supplier, as answers show it: the verdict with its reasons, and what was asked elsewhere by hand."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from models.checks import InquiryResult
from models.law import Clause
from models.measures import Effect
from models.records import Kind
from models.shapes import Bilingual, Shape
from models.verdicts import Verdict

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Inquiry(Shape):
    """A list of another authority, asked by hand on its own site; the file that proves it is laid down first at /v1/evidence."""

    list: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
    suppliers: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=5_000)] = ()
    """Their numbers in the question, counted from 1; all of them unless given."""
    channel: Said
    """Where it was asked: the site and its address."""
    asked_at: AwareDatetime
    result: InquiryResult
    document_no: Said | None = None
    """Of the decision, where the supplier is listed."""
    note: Said | None = None
    evidence_sha256: Sha256 | None = None
    """Of the file that shows site, name, result and time."""

    @model_validator(mode="after")
    def has_evidence(self) -> "Inquiry":
        if self.evidence_sha256 is None and self.result is not InquiryResult.NOT_AVAILABLE:
            raise ValueError("an answer by hand needs the hash of its evidence (evidence_sha256); POST the file to /v1/evidence")
        return self


class InquiryShown(Shape):
    """One list asked by hand for one supplier: who says so is whoever asked the check."""

    list: str
    title: Bilingual
    channel: str
    asked_at: datetime
    result: InquiryResult
    document_no: str | None
    note: str | None
    evidence_sha256: str | None
    evidence_is_kept: bool
    """Whether the file lies here; otherwise whoever asked keeps it."""


class RecordCited(Shape):
    """The record that a measure follows from."""

    source: str
    source_ref: str
    kind: Kind
    outcome: str
    title: str | None
    authority: str | None
    document_no: str | None
    decided_on: date
    fine_cny: str | None
    """Yuan, as decimal text."""


class ReasonShown(Shape):
    """One measure that follows from one fact: an entry, a record, or what was found by hand."""

    measure: str
    """Its code in the catalogue."""
    title: Bilingual
    effect: Effect
    agency: Bilingual
    clauses: tuple[Clause, ...]
    fact: Literal["listing", "record", "inquiry"]
    listing_id: int | None
    list: str | None
    list_title: Bilingual | None
    decision_no: str | None
    record: RecordCited | None
    starts_on: date
    until: date | None
    """First day on which it follows no more, if nothing changes."""


class ConsortiumAnswer(Shape):
    """Several suppliers that bid as one: one that is barred bars all."""

    name: str
    members: tuple[int, ...]
    verdict: Verdict
    because_of: tuple[int, ...]
    """The members whose own verdict is the consortium's; each has its reasons in its answer."""
    unresolved: tuple[int, ...]
    """Members that were not found, or could be several: nothing can be said of them, nor fully of the consortium."""
