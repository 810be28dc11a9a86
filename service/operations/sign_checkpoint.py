"""Bring the trees past the newest lines, and sign where the log stands."""

from datetime import datetime, timedelta

from data.database import WriteSession
from data.stores import checkpoints, trees
from models.changes import written_at
from models.checkpoints import TYPE, Checkpoint, payload_of
from service.signing import Signer

HEARTBEAT = timedelta(seconds=30)
"""Twice as often as promised (a minute), so that one missed beat breaks no promise."""


def sign_checkpoint(session: WriteSession, *, signer: Signer, at: datetime) -> Checkpoint | None:
    """Sign anew if there is anything new, or the last beat is over; the caller commits, and asks again until it gets None.

    A clock that was set back signs nothing before it has passed the instant of the last checkpoint: instants only go on.
    """
    roots = trees.catch_up(session)
    summit = checkpoints.summit(session, roots.seq)
    last = checkpoints.latest_checkpoint(session)
    if last is not None:
        stands = (last.epoch, last.seq, last.forgotten) == (summit.epoch, roots.seq, summit.forgotten)
        if at <= last.issued_at or (stands and at < last.issued_at + HEARTBEAT):
            return None
    made = Checkpoint(
        log="changes",
        epoch=summit.epoch,
        seq=roots.seq,
        hash=summit.hash,
        log_root=roots.log_root,
        lists_root=roots.lists_root,
        entries=roots.entries,
        forgotten=summit.forgotten,
        issued_at=written_at(at),
    )
    token = signer.active_key(session).sign(payload_of(made), typ=TYPE)
    checkpoints.keep_checkpoint(
        session, {"epoch": made.epoch, "seq": made.seq, "token": token, "issued_at": at, "forgotten": made.forgotten}
    )
    return made
