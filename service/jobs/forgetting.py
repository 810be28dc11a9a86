"""The log forgets by itself: while the service runs, lines whose retention is over are emptied some times a day."""

import logging
from contextlib import AbstractAsyncContextManager

from data.database import Engine, write_session
from service.clock import legal_day
from service.jobs.expiring import BY_ITSELF
from service.jobs.repeating import keep_doing
from service.operations.forget import forget_due

LOG = logging.getLogger(__name__)
EVERY_S = 6 * 3600.0
SOON_S = 120.0


def forget_today(engine: Engine) -> int:
    """Empty what is due today, a thousand entries in a transaction; gives how many entries."""
    total = 0
    with write_session(engine) as session:
        while done := forget_due(session, today=legal_day(), actor=BY_ITSELF):
            session.commit()
            total += done
    return total


def keep_forgetting(engine: Engine, *, first_after_s: float = SOON_S, every_s: float = EVERY_S) -> AbstractAsyncContextManager[None]:
    """Forget what is due soon after the start and then again and again."""

    def work() -> None:
        if forgotten := forget_today(engine):
            LOG.info("entries forgotten: %s", forgotten)

    return keep_doing(work, name="forgetting", first_after_s=first_after_s, every_s=every_s)
