"""What consumers tell of their copies, how far they are, and how the switch of publication stands."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from models.law import Mark
from models.listings import Cause
from models.shapes import Shape
from service.feed_answers import LogHead

Root = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Verdict(StrEnum):
    """How an acknowledged copy stands to the log here."""

    EQUAL = "equal"
    DIFFERS = "differs"  # another root: the copy is not equal, and is to be begun anew
    AHEAD = "ahead"  # proved to have more lines than the log here: a backup was restored
    UNPROVED = "unproved"  # says so without a checkpoint of ours
    OTHER_EPOCH = "other_epoch"  # stands on lines that a later epoch has left behind


class AcknowledgementSent(Shape):
    """A consumer's copy holds every line up to `seq`, and its current entries give `root`."""

    epoch: Annotated[int, Field(ge=1, le=2**31 - 1)]
    seq: Annotated[int, Field(ge=0, le=2**63 - 1)]
    root: Root
    checkpoint: Annotated[str, StringConstraints(max_length=4000)] | None = None
    """The signed checkpoint that the copy was proved equal to: what makes a consumer a witness after a restored backup."""


class AcknowledgementJudged(Shape):
    verdict: Verdict
    root: str | None
    """The root after that line here; null where there is none."""
    head: LogHead


class ConsumerShown(Shape):
    """A consumer (a holder of a key of role platform), and how far behind the log its last equal copy is."""

    holder: str
    since: datetime
    seq: int | None
    """Of its last acknowledgement."""
    epoch: int | None
    at: datetime | None
    verdict: Verdict | None
    equal_to: int | None
    lines_behind: int
    seconds_behind: int
    """Since the first line that it lacks was written; 0 when it lacks none."""


class Consumers(Shape):
    consumers: tuple[ConsumerShown, ...]


class ConfirmationState(StrEnum):
    """Whether a consumer confirmed in time that an entry has left."""

    CONFIRMED = "confirmed"
    LATE = "late"
    WAITING = "waiting"
    SILENT = "silent"  # the clock is over


class Confirmation(Shape):
    """One consumer's confirmation that it has the line by which an entry left."""

    holder: str
    state: ConfirmationState
    confirmed_at: datetime | None


class LeavingConfirmed(Shape):
    """A line by which an entry left, until when consumers have to confirm it, and who did."""

    listing_id: int
    seq: int
    cause: Cause
    effective_on: date
    recorded_at: datetime
    due_on: date | None
    """Last day of the clock; null beyond the calendar of working days."""
    working_days: int
    act: str
    mark: Mark
    consumers: tuple[Confirmation, ...]


class ConfirmationPage(Shape):
    """Lines by which entries left, oldest first, with every consumer's confirmation or silence."""

    lines: tuple[LeavingConfirmed, ...]
    next: int
    """The `after` of the next page."""


class SwitchUsed(Shape):
    """A person's reason to stop publication, or to let it go on."""

    reason: Reason


class PublicationAct(Shape):
    """One use of the switch."""

    act: str
    by: str
    reason: str
    at: datetime


class Publication(Shape):
    """Whether what the service publishes leaves the house."""

    is_stopped: bool
    stopped_by: str | None
    reason: str | None
    stopped_at: datetime | None
    agreed: tuple[str, ...]
    """Who agreed to go on since; two different persons have to."""
    witnessed: int | None
    """A consumer proved to have had lines of this epoch up to here, beyond the end of the log: a new epoch has to begin first."""
    acts: tuple[PublicationAct, ...]
