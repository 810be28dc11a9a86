"""What an enterprise is told of the matters that run about it, their deadlines, and who received its entries."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, StringConstraints

from models.law import Clause
from models.listings import Direction, ProposalState
from models.procedures import Owner, StepName
from models.shapes import Bilingual, Shape
from service.consumer_answers import LeavingConfirmed
from service.operations.follow_matter import StepShown


class OwnDeadline(Shape):
    """A clock that runs in a matter of the enterprise, whoever owes the step; `due_on` is the last day."""

    subject: str
    subject_id: int
    step: StepName
    owner: Owner
    clause: Clause
    opens_on: date
    due_on: date | None
    is_beyond: bool
    """The last day lies beyond the known holidays, and cannot be reckoned yet."""
    is_right: bool
    """The step may be taken by then, and need not be."""


class OwnGradeNotice(Shape):
    """A notice of a bad grade: from `shown_from` others see the grade, unless it is another by then."""

    grade: str
    policy: str
    noticed_on: date
    shown_from: date | None
    ended_on: date | None


class OwnMatter(Shape):
    """A matter about the enterprise, from its notice on: reasons, evidence, basis and rights as they were told, and what was stated."""

    proposal_id: int
    list: Bilingual
    direction: Direction
    state: ProposalState
    closed_why: str | None
    procedure: Bilingual
    steps: tuple[StepShown, ...]
    may_state: bool
    state_until: date | None
    """The last day to state a case; None with `may_state` where it cannot be reckoned yet."""


class OwnMatters(Shape):
    """What runs about the enterprise."""

    today: date
    deadlines: tuple[OwnDeadline, ...]
    """The earliest first."""
    matters: tuple[OwnMatter, ...]
    grade_notices: tuple[OwnGradeNotice, ...]


class StatementAsked(Shape):
    """What the enterprise states in its own matter (陈述申辩)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reasons": "该批次产品系运输途中受潮，我公司已全部召回，请求不予列入。"}]})

    reasons: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Received(Shape):
    """A consumer, and when it proved that its copy holds the line; null: it has not yet."""

    holder: str
    received_at: datetime | None


class EntryReceived(Shape):
    """The line by which an entry was made, who received it, and who confirmed that it has left."""

    listing_id: int
    list: Bilingual
    seq: int
    recorded_at: datetime
    received: tuple[Received, ...]
    left: tuple[LeavingConfirmed, ...]
    """The lines by which it left, with the legal clock of each consumer's confirmation; empty while it stands."""


class Receivers(Shape):
    """Who received the enterprise's entries: the consumers that hold a copy of the log, by their own proved word."""

    entries: tuple[EntryReceived, ...]
