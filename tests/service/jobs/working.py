"""Workers for tests: in this process, or as the command that operators start; and ways to keep real work from going on for a while."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.database import JOB, Database, Engine, connect, make_engine, read_session
from data.stores import jobs
from data.stores.knowledge import CLOCK_LOCK
from models.jobs import JobState, Schedule
from service.jobs.kinds import Place
from service.jobs.minding import keep_minding
from service.jobs.working import keep_working

ROOT = Path(__file__).parents[3]
NO_SCHEDULES = ROOT / "tests" / "service" / "no_schedules.yaml"
PATIENCE_S = 60.0


@contextmanager
def worked(url: str, *, at_once: int = 2, schedules: tuple[Schedule, ...] = ()) -> Iterator[None]:
    """Workers in this process until the block ends, as `qcredit jobs work` has them."""
    engine = make_engine(url, limits=JOB, size=4)
    place = Place(Database(url), engine, "yinchuan")
    begun, stop, loops = threading.Event(), asyncio.Event(), []

    async def live() -> None:
        loops.append(asyncio.get_running_loop())
        async with keep_minding(place, schedules, every_s=0.3), keep_working(place, at_once=at_once):
            begun.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    assert begun.wait(PATIENCE_S)
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_S)
        engine.dispose()


class Worker:
    """A process of `qcredit jobs work`."""

    def __init__(self, url: str, *, schedules: Path = NO_SCHEDULES) -> None:
        environ = os.environ | {"DATABASE_URL": url, "QCREDIT_SCHEDULES": str(schedules), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "service.cli", "jobs", "work"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self) -> str:
        """Stop in order; gives what it said."""
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=PATIENCE_S)
        return said


@contextmanager
def clock_held(url: str) -> Iterator[int]:
    """Every writer that would draw a number waits: an expiry, a publication. Gives the number of the server's process that holds it."""
    with connect(url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (CLOCK_LOCK,))
        yield connection.info.backend_pid


@contextmanager
def table_held(url: str, table: str) -> Iterator[None]:
    """Nobody reads a table: a run that comes to it waits."""
    with connect(url) as connection:
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield


def seen(engine: Engine, job_id: int) -> jobs.Row:
    with read_session(engine) as session:
        return jobs.get_job(session, job_id)


def wait_for(engine: Engine, job_id: int, *states: JobState) -> jobs.Row:
    """Wait until a job stands so; what it is then."""
    until = time.monotonic() + PATIENCE_S
    while (job := seen(engine, job_id))["state"] not in states:
        assert time.monotonic() < until, f"job {job_id} is still {job['state']}"
        time.sleep(0.05)
    return job


def ended(engine: Engine, job_id: int) -> jobs.Row:
    return wait_for(engine, job_id, JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)
