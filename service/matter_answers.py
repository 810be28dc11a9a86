"""What is said of procedures and of the clocks that run under them."""

from datetime import date, datetime

from models.law import Clause
from models.procedures import Owner, Procedure, StepName
from models.shapes import Bilingual, Shape
from service.enterprise_answers import EnterpriseNamed


class ProcedureShown(Shape):
    """A published procedure; `in_force_until` is its last day as it stands now."""

    procedure_hash: str
    procedure: Procedure
    in_force_until: date | None
    published_at: datetime
    published_by: str


class ProcedurePage(Shape):
    procedures: tuple[ProcedureShown, ...]


class AboutRecord(Shape):
    """The record that a repair or an objection is about; of a repair of several, the first."""

    source: str
    source_ref: str
    document_no: str | None


class WorklistLine(Shape):
    """A step that somebody owes; `subject` and `subject_id` say in which matter."""

    deadline_id: int
    subject: str
    subject_id: int
    step: StepName
    owner: Owner
    enterprise: EnterpriseNamed | None
    list: Bilingual | None
    """None where the matter is about records or the score."""
    listing_id: int | None = None
    """The entry that a repair or an objection is about."""
    record: AboutRecord | None = None
    clause: Clause
    started_on: date
    opens_on: date
    due_on: date | None
    is_beyond: bool
    """The last day lies beyond the known holidays, and cannot be reckoned yet."""
    is_right: bool
    """The step may be taken by then, and need not be."""
    is_overdue: bool


class Worklist(Shape):
    """Who owes which step by when."""

    today: date
    lines: tuple[WorklistLine, ...]
    next: int | None
    """The `after` of the next page; null at the end."""
