"""Begin a new epoch of the log, after an older backup was restored behind its consumers."""

from data.database import WriteSession
from data.stores import checkpoints, consumers
from models.access import Actor
from models.errors import Refused
from models.shapes import Shape


class NoWitness(Refused):
    """Nobody has shown that the log was longer once."""

    code = "epoch.no_witness"


class EpochBegun(Shape):
    """The new epoch, and the consumers that had acknowledged more than the log holds."""

    epoch: int
    witnesses: tuple[str, ...]


def begin_epoch(session: WriteSession, *, reason: str, without_witness: bool, actor: Actor) -> EpochBegun:
    """Begin the next epoch where the log stands; the caller commits. Raises `NoWitness` unless told to go on without one."""
    witnesses = consumers.list_witnesses(session)
    if not witnesses and not without_witness:
        raise NoWitness(
            "No consumer has acknowledged more than the log holds, so nothing shows that a backup was restored. Let the consumers ask "
            "first; if there are none, or you know better, begin it with --without-witness and say why."
        )
    kept = [row | {"at": row["at"].isoformat()} for row in witnesses]
    epoch = checkpoints.begin_epoch(session, by=actor.holder, reason=reason, witnesses=kept)
    return EpochBegun(epoch=epoch, witnesses=tuple(row["holder"] for row in witnesses))
