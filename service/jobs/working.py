"""Workers: they take jobs from the queue and carry them out, in the service's own process or in one that does nothing else.

The queue is Procrastinate's, in the schema `procrastinate` of the same database. It says which job is next and that two of one lock never
run at once, and wakes a worker when a job is queued. Nothing else of the house knows it.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import procrastinate
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import DeleteJobCondition, Job

from data.database import JOB, connection_arguments
from data.stores.jobs import TASK
from service.jobs.carrying import TryAgain, carry_out
from service.jobs.kinds import Lane, Place

LOG = logging.getLogger("qcredit.jobs")
PATIENCE_S = 15.0
"""A job under way when its process stops has so long to leave in order; then it is left where it stands, as if it had been killed."""
AGAIN_S = 1
BACK_S = 1.0
LOOKED_EVERY_S = 1.0
"""A job that waited for another of its lock is found at the next look; nobody is told when a lock is free."""


class Later(BaseRetryStrategy):
    """Keeps a job in the queue whatever was raised: what failed for a reason has ended, and raises nothing.

    The queue's row must not go before ours has ended: nobody would come for the job again.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:  # noqa: ARG002  # the library's signature
        return RetryDecision(retry_in={"seconds": min(AGAIN_S * 2**job.attempts, 60)})


def _queue_of(place: Place, leaving: threading.Event) -> procrastinate.App:
    """The queue with its one task. Its connections find the library's tables, which its statements name without a schema."""
    arguments = connection_arguments(place.database.url, limits=JOB, settings={"search_path": "procrastinate"})
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=place.database.url, kwargs=arguments, min_size=1, max_size=3, timeout=10.0)
    )

    @app.task(name=TASK, retry=Later())
    async def job(job_id: int) -> None:
        await _in_a_thread(place, job_id, leaving)

    return app


async def _in_a_thread(place: Place, job_id: int, leaving: threading.Event) -> None:
    """Work in a thread that ends with the process: whoever stops waits a while, never for ever, and the job is taken up elsewhere."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[BaseException | None] = loop.create_future()

    def tell(fault: BaseException | None) -> None:
        if not done.done():
            done.set_result(fault)

    def work() -> None:
        fault: BaseException | None = None
        try:
            carry_out(place, job_id, leaving=leaving)
        except BaseException as error:  # noqa: BLE001  # handed to the loop, which raises it
            fault = error
        with suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(tell, fault)

    threading.Thread(target=work, name=f"job {job_id}", daemon=True).start()
    try:
        fault = await done
    except asyncio.CancelledError:
        raise TryAgain(f"job {job_id} was left under way") from None
    if fault is not None:
        raise fault


@asynccontextmanager
async def keep_working(place: Place, *, at_once: int) -> AsyncIterator[None]:
    """Work on jobs while the block lasts, `at_once` long ones and one quick one; without any when it is 0."""
    if at_once == 0:
        yield
        return
    leaving = threading.Event()
    working = asyncio.create_task(_work_again_and_again(place, at_once, leaving))
    try:
        yield
    finally:
        leaving.set()
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def _work_again_and_again(place: Place, at_once: int, leaving: threading.Event) -> None:
    """A worker ends when it loses the database; another one begins once it is back."""
    while True:
        try:
            await _work(place, at_once, leaving)
        except Exception as fault:  # noqa: BLE001  # the edge of a worker: it is told and begins again
            LOG.warning("the workers lost the queue and begin again: %s", fault)
        await asyncio.sleep(BACK_S)


async def _work(place: Place, at_once: int, leaving: threading.Event) -> None:
    app = _queue_of(place, leaving)
    async with app.open_async():
        lanes = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[lane],
                    name=f"{lane} lane",
                    concurrency=many,
                    fetch_job_polling_interval=LOOKED_EVERY_S,
                    # Each listener takes a connection; a quick job is the service's own and may wait for the next look.
                    listen_notify=lane is Lane.LONG,
                    delete_jobs=DeleteJobCondition.ALWAYS.value,  # what became of a job stands in our row, which stays
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=PATIENCE_S,
                )
            )
            for lane, many in ((Lane.LONG, at_once), (Lane.QUICK, 1))
        ]
        try:
            await asyncio.wait(lanes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
        for lane in lanes:
            if not lane.cancelled() and (fault := lane.exception()) is not None:
                raise fault
