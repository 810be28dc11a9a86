"""A checkpoint (校验点): what the service signs of its log at one moment, so that a consumer can prove its copy equal to it.

Signed anew at least every minute it is the heartbeat too: nothing new up to this line at this instant.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from models.changes import canonical, written_at
from models.shapes import Shape
from models.signatures import NotSigned, verify

TYPE = "qcredit-checkpoint+json"
"""The `typ` of a signed checkpoint."""

LogName = Literal["changes", "test"]
"""Which log: the one with legal effect, or the feed of invented entries."""


class Checkpoint(Shape):
    """Where a log stood, and both roots over it, hexadecimal."""

    log: LogName
    epoch: int
    seq: int
    hash: str
    """Of line `seq`."""
    log_root: str
    """Over all lines up to `seq` (`models.log_tree`)."""
    lists_root: str
    """Over the entries that are current after `seq` (`models.list_tree`)."""
    entries: int
    forgotten: int
    """The number of the last line that was emptied, counted in the order of emptying."""
    issued_at: str
    """UTC, with microseconds."""

    @property
    def issued(self) -> datetime:
        return datetime.fromisoformat(self.issued_at)


def payload_of(checkpoint: Checkpoint) -> bytes:
    """The bytes that are signed."""
    return canonical(checkpoint.model_dump()).encode()


def told_in(token: str) -> Checkpoint:
    """What a checkpoint of our own says, without judging its signature."""
    body = token.split(".")[1]
    return Checkpoint.model_validate_json(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def read_checkpoint(token: str, jwks: Mapping[str, Any]) -> Checkpoint:
    """A signed checkpoint, once its signature holds. Raises the faults of `models.signatures`."""
    signed = verify(token, jwks, typ=TYPE)
    try:
        told = Checkpoint.model_validate_json(signed.payload)
        written_at(told.issued)
    except (ValidationError, ValueError):
        raise NotSigned("This is signed, and it is no checkpoint that this version can read. Update this program.") from None
    return told
