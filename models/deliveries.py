"""A delivery and the fate of its rows (报送批次)."""

from enum import StrEnum

from models.shapes import Shape


class Mode(StrEnum):
    """Whether a delivery brings what changed, or all the source holds; absence from a full one is reported, never a withdrawal."""

    DELTA = "delta"
    FULL = "full"


class DeliveryState(StrEnum):
    """A delivery is received (file kept), then read, checked and published in one transaction, or failed; it may be undone.

    A received or failed one can be taken up again at any time: nothing of it went in.
    """

    RECEIVED = "received"
    PUBLISHED = "published"
    FAILED = "failed"
    UNDONE = "undone"


class RowOutcome(StrEnum):
    """How one row ended."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REVISED = "revised"
    QUEUED = "queued"
    REJECTED = "rejected"


class Problem(Shape):
    """Why a row was rejected or queued: where, what, and what to do, under a stable code."""

    row_no: int
    column: str | None
    value: str | None
    code: str
    message: str
    suggestion: str | None = None


class Counts(Shape):
    """Rows of a delivery by outcome."""

    rows_read: int = 0
    accepted: int = 0
    unchanged: int = 0
    revised: int = 0
    queued: int = 0
    rejected: int = 0
    noted: int = 0
    """Rows that went in, or need not, with a note: an older mark, an unusual name, personal data dropped."""
    absent: int = 0
    """Records of the source that a full delivery did not bring."""
    withdrawn: int = 0
    """Records of an earlier reading that a delivery read again no longer gives."""


class QueueState(StrEnum):
    """Rows whose enterprise cannot be told with certainty wait; a regulator settles them."""

    OPEN = "open"
    ATTACHED = "attached"
    CREATED = "created"
    REJECTED = "rejected"
    DROPPED = "dropped"
    """No longer waiting, by no officer's act: a later delivery brought the record anew, or the delivery was undone."""


SETTLED_BY_HAND = (QueueState.ATTACHED, QueueState.CREATED, QueueState.REJECTED)
"""How an officer may settle a waiting record."""
