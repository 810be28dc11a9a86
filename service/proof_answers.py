"""What proves the log to a consumer: checkpoints, proofs, epochs, and which lines were emptied."""

from datetime import datetime

from models.changes import FeedLine
from models.checkpoints import Checkpoint
from models.shapes import Shape


class CheckpointSigned(Shape):
    """The newest checkpoint: to read, and as it was signed."""

    checkpoint: Checkpoint
    token: str
    """Compact JWS over the checkpoint in canonical form; its keys are at `/.well-known/jwks.json`."""


class OtherLeaf(Shape):
    """The only leaf of the part where a key without leaf would have its own."""

    key: str
    value: str


class EntryProof(Shape):
    """Whether an enterprise stands on a list, proved by the root over all current entries after line `seq`; all hashes hexadecimal."""

    epoch: int
    seq: int
    lists_root: str
    key: str
    value: str | None
    """What the leaf says; null where the key has none, and the proof shows that."""
    beside: tuple[str, ...]
    """The roots beside the way from the leaf to the root, lowest first."""
    stands: OtherLeaf | None
    lines: tuple[FeedLine, ...]
    """The last line of each entry that the leaf covers; one but for enterprises registered twice."""


class LineProof(Shape):
    """That a line stands in the log of `size` lines with this root (RFC 6962)."""

    seq: int
    size: int
    log_root: str
    hash: str
    leaf: str
    """SHA-256 of a zero byte followed by the 32 bytes of `hash`."""
    proof: tuple[str, ...]


class ConsistencyProof(Shape):
    """That the log of `size` lines begins with the log of `old` lines (RFC 6962)."""

    old: int
    old_root: str
    size: int
    log_root: str
    proof: tuple[str, ...]


class EpochShown(Shape):
    """A stretch of the log between two restorations of a backup: the lines after `begins_after`."""

    epoch: int
    begins_after: int
    hash: str
    started_at: datetime
    reason: str


class Epochs(Shape):
    epochs: tuple[EpochShown, ...]


class Forgotten(Shape):
    """A line that was emptied, in the order of emptying."""

    number: int
    seq: int
    forgotten_at: datetime


class ForgottenPage(Shape):
    """Lines whose salt and body a consumer has to empty too, after a number."""

    forgotten: tuple[Forgotten, ...]
    next: int
    """The `after` of the next page."""
