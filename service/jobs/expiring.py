"""Entries end by themselves: while the service runs, it ends every hour what has become due.

An entry has no effect from its last day on, however late this comes: every reading judges by dates. What is written here is the line of
the log that tells it, from its legal day. Several workers may do it at once: the clock's lock lets one after the other find nothing left.
"""

import logging
from contextlib import AbstractAsyncContextManager

from data.database import Engine, write_session
from models.access import Actor, Role
from service.clock import legal_day
from service.jobs.repeating import keep_doing
from service.operations.expire import Expired, expire
from service.operations.follow_facts import follow_all
from service.operations.repair import end_over_plans

LOG = logging.getLogger(__name__)
HOURLY_S = 3600.0
SOON_S = 60.0
BY_ITSELF = Actor(holder="the service itself", role=Role.ADMIN)


def expire_today(engine: Engine) -> Expired:
    """End what is due today, in a transaction of its own."""
    with write_session(engine) as session:
        done = expire(session, as_of=legal_day(), actor=BY_ITSELF)
        session.commit()
        ended = end_over_plans(session, legal_day(), by=BY_ITSELF.holder)
        session.commit()
        follow_all(session, ended)
    return done


def keep_expiring(engine: Engine, *, first_after_s: float = SOON_S, every_s: float = HOURLY_S) -> AbstractAsyncContextManager[None]:
    """End what is due soon after the start and then again and again."""

    def work() -> None:
        done = expire_today(engine)
        if done.ended:
            LOG.info("entries ended: %s; the log stands at line %s", done.ended, done.change_seq)

    return keep_doing(work, name="ending entries", first_after_s=first_after_s, every_s=every_s)
