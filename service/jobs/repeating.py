"""Work that the service does by itself while it runs, again and again, in a thread beside the requests."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

LOG = logging.getLogger(__name__)


@asynccontextmanager
async def keep_doing(work: Callable[[], None], *, name: str, first_after_s: float, every_s: float) -> AsyncIterator[None]:
    """Do some work soon after the start and then again and again; a failure is logged and tried again the next time."""
    task = asyncio.create_task(_again_and_again(work, name, first_after_s, every_s))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _to_its_end(work: Callable[[], None]) -> None:
    """Work in a thread; who cancels waits until it is done, since a thread cannot be stopped and must not outlive its connections."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        with suppress(Exception):
            await working
        raise


async def _again_and_again(work: Callable[[], None], name: str, first_after_s: float, every_s: float) -> None:
    await asyncio.sleep(first_after_s)
    while True:
        try:
            await _to_its_end(work)
        except Exception:
            LOG.exception("%s failed; it is tried again in %.0f s", name, every_s)
        await asyncio.sleep(every_s)
