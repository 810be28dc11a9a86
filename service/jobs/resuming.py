"""What a process left behind that ended in between is taken up again while the service runs: deliveries received and never read, and
standings that did not follow new facts.

One that another process works on is left to it: the lock of the delivery tells. Failed ones wait for somebody, since trying again
would fail the same way.
"""

import logging
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from data.database import Engine, write_session
from data.stores import standings
from data.stores.deliveries import InProgress, list_left_behind
from models.errors import CreditError
from service.jobs.repeating import keep_doing
from service.operations.deliver import resume_delivery
from service.operations.follow_facts import follow_standings

LOG = logging.getLogger(__name__)
EVERY_S = 600.0
SOON_S = 30.0
LEFT_ALONE = timedelta(minutes=1)
"""A younger one is most likely about to be read by the process that received it."""


def resume_left_behind(engine: Engine, *, older_than: timedelta = LEFT_ALONE) -> list[int]:
    """Publish what was received and left behind; gives the numbers of those that are through now."""
    resumed = []
    with write_session(engine) as session:
        numbers = list_left_behind(session, older_than=older_than)
        session.rollback()
        for number in numbers:
            try:
                resume_delivery(session, delivery_id=number)
            except InProgress:
                session.rollback()
            except CreditError as fault:  # written down at the delivery, where its sender reads it
                LOG.warning("delivery %s failed when it was taken up again: %s", number, fault.code)
                session.rollback()
            else:
                resumed.append(number)
    return resumed


def follow_left_behind(engine: Engine, *, older_than: timedelta = LEFT_ALONE) -> list[int]:
    """Let the standings follow the facts that they should have followed; gives the numbers of knowledge."""
    with write_session(engine) as session:
        numbers = standings.list_due(session, older_than=older_than)
        for number in numbers:
            follow_standings(session, number)
    return numbers


def keep_resuming(engine: Engine, *, first_after_s: float = SOON_S, every_s: float = EVERY_S) -> AbstractAsyncContextManager[None]:
    """Take up what was left behind soon after the start and then again and again."""

    def work() -> None:
        if resumed := resume_left_behind(engine):
            LOG.info("deliveries taken up again: %s", ", ".join(map(str, resumed)))
        if followed := follow_left_behind(engine):
            LOG.info("standings have followed what became known as %s", ", ".join(map(str, followed)))

    return keep_doing(work, name="taking up deliveries", first_after_s=first_after_s, every_s=every_s)
