"""Entries end by themselves: while the service runs, it ends every hour what has become due.

An entry has no effect from its last day on, however late this comes: every reading judges by dates. What is written here is the line of
the log that tells it, from its legal day. Several workers may do it at once: the clock's lock lets one after the other find nothing left.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from data.database import Engine, write_session
from models.access import Actor, Role
from service.clock import legal_day
from service.operations.expire import Expired, expire

LOG = logging.getLogger(__name__)
HOURLY_S = 3600.0
SOON_S = 60.0
BY_ITSELF = Actor(holder="the service itself", role=Role.ADMIN)


def expire_today(engine: Engine) -> Expired:
    """End what is due today, in a transaction of its own."""
    with write_session(engine) as session:
        done = expire(session, as_of=legal_day(), actor=BY_ITSELF)
        session.commit()
    return done


@asynccontextmanager
async def keep_expiring(engine: Engine, *, first_after_s: float = SOON_S, every_s: float = HOURLY_S) -> AsyncIterator[None]:
    """End what is due soon after the start and then again and again; a failure is logged and tried again the next time."""
    task = asyncio.create_task(_again_and_again(engine, first_after_s, every_s))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _again_and_again(engine: Engine, first_after_s: float, every_s: float) -> None:
    await asyncio.sleep(first_after_s)
    while True:
        try:
            done = await asyncio.to_thread(expire_today, engine)
            if done.ended:
                LOG.info("entries ended: %s; the log stands at line %s", done.ended, done.change_seq)
        except Exception:
            LOG.exception("ending entries failed; it is tried again in %.0f s", every_s)
        await asyncio.sleep(every_s)
