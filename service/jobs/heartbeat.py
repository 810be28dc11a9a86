"""The heartbeat of the log: while the service runs, new lines are signed within about a second, and silence every half minute.

Several workers may do it at once: the lock of the trees lets one after the other find nothing left.
"""

import logging
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from data.database import Engine, write_session
from models.checkpoints import Checkpoint
from service.jobs.repeating import keep_doing
from service.operations.sign_checkpoint import sign_checkpoint
from service.signing import NothingSigns, Signer

LOG = logging.getLogger(__name__)
EVERY_S = 1.0
SOON_S = 0.2


def beat(engine: Engine, signer: Signer) -> Checkpoint | None:
    """Sign until the newest line is covered; gives the last checkpoint signed, if any was due."""
    newest = None
    with write_session(engine) as session:
        while (made := sign_checkpoint(session, signer=signer, at=datetime.now(UTC))) is not None:
            session.commit()
            newest = made
        session.commit()
    return newest


def keep_beating(
    engine: Engine, signer: Signer, *, first_after_s: float = SOON_S, every_s: float = EVERY_S
) -> AbstractAsyncContextManager[None]:
    """Sign soon after the start and then again and again."""

    def work() -> None:
        try:
            beat(engine, signer)
        except NothingSigns as fault:  # every key is retired or revoked: an operator knows, and each second need not tell
            LOG.debug("no checkpoint: %s", fault)

    return keep_doing(work, name="signing checkpoints", first_after_s=first_after_s, every_s=every_s)
