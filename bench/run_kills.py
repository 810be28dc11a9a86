"""Kills at random instants of a published run that is a job: of its worker, of the server that works on it, of the database.

    python -m bench.run_kills [--times 200] [--size 300] [--seed 1] [--minutes 20] [--folder FOLDER]

A run in three parts, then its publication, is ordered as a job. A worker in a process of its own, or a server, carries it out and is killed
(SIGKILL) at a random instant; or the database server ends without a checkpoint while the worker lives on. The next worker finishes the job.
Up to 10,000 enterprises each round has a copy of the city, and must come out equal by content to one on which nobody was killed: digest,
answers, parts, standings, proposals, entries, log and moments of knowledge; after so many minutes it ends with fewer kills. Larger cities
have one database: each round orders a run, and its digest, answers and parts are compared, however long it takes. The last one is published
as well, killed at a random instant like the others, and it is counted how often it was published.
"""

import argparse
import asyncio
import logging
import multiprocessing
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import uvicorn
from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import run as whole_run
from bench.city import policy
from bench.figures import Figure, tell
from bench.kills import CITY, City, NotWhole, compare, content, must_be_whole, using, warm
from bench.town import ACTOR, NO_SCHEDULES, database
from data.database import JOB, Database, Unreachable, connect, make_engine, write_session
from data.embedded_home import EmbeddedFailed
from data.stores import trees
from scoring.engines.base import compile_policy
from scoring.engines.duckdb import READ_AGAIN
from service.app import create_app
from service.jobs.kinds import Place
from service.jobs.minding import keep_minding
from service.jobs.ordering import order_job
from service.jobs.runs import RUN, RunArguments
from service.jobs.working import keep_working
from service.operations.publish_measures import ensure_measures
from service.operations.recalculate import Request, order_in
from service.settings import Settings

AS_OF = date(2026, 11, 9)
PARTS = 3
COPIED_UP_TO = 10_000
OVER = 1.1
PATIENCE_S = 300.0
VICTIMS = ("worker", "worker", "worker", "server", "server", "database")
FAMILY = "yinchuan"
FORK = multiprocessing.get_context("fork")
OF_RUN = {
    "answers": "SELECT enterprise_key, answer_hash FROM run_answer WHERE run_id = (SELECT max(run_id) FROM run)",
    "parts": "SELECT part, until_key, questions, changed, digest FROM run_part WHERE run_id = (SELECT max(run_id) FROM run)",
    "digest": "SELECT digest, questions, changed, counts::text FROM run WHERE run_id = (SELECT max(run_id) FROM run)",
}
EFFECTS = OF_RUN | {
    "jobs": "SELECT kind, state FROM job",
    "in the queue": "SELECT id FROM procrastinate.procrastinate_jobs",
    "publications": "SELECT state FROM run",
}


@dataclass
class Told:
    """What came of the kills."""

    kills: Counter[str] = field(default_factory=Counter)
    """By victim, where the job was still under way."""
    between: int = 0
    """Kills that came as the job had just ended; they count for nothing."""
    attempts: Counter[int] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    usual_s: float = 0.0


def work(url: str, fault: str) -> None:
    """A worker as `qcredit jobs work` has it, looking for what was left behind more often."""
    engine = make_engine(url, limits=JOB, size=4)
    place = Place(Database(url), engine, FAMILY)

    async def live() -> None:
        async with keep_minding(place, (), every_s=0.2), keep_working(place, at_once=1):
            await asyncio.Event().wait()

    _telling(fault, lambda: asyncio.run(live()))


def serve(url: str, fault: str) -> None:
    """The service itself, which works on jobs by default."""
    settings = Settings(
        read_connections=2,
        write_connections=2,
        jobs=1,
        schedules=NO_SCHEDULES,
        signing_secret=SecretStr("a secret of measurements, and of nothing else"),
    )
    app = create_app(settings, Database(url))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
    _telling(fault, server.run)


def _telling(fault: str, live: Callable[[], None]) -> None:
    logging.disable()  # a worker whose database was just killed says so each time
    try:
        live()
    except BaseException:
        Path(fault).write_text(traceback.format_exc(), encoding="utf-8")
        raise


def order(url: str, *, size: int, publish: bool) -> int:
    """Order the run and the job that carries it out; gives the job's number."""
    with using(url) as engine, write_session(engine) as session:
        request = Request(as_of=AS_OF, family=FAMILY, part_size=max(1, -(-size // PARTS)))
        run_id = order_in(session, request, actor=ACTOR)
        job_id = order_job(session, RUN, RunArguments(run_id=run_id, publish=publish), actor=ACTOR)
        session.commit()
    return job_id


class Round:
    """One job on one database, from its order to its end."""

    def __init__(self, url: Callable[[], str], folder: Path, *, size: int, publish: bool = True) -> None:
        self.url, self.fault = url, str(folder / "fault.txt")
        self.job_id = order(url(), size=size, publish=publish)

    def start(self, victim: str) -> Any:
        """A process that works on the job; `database` has a worker that lives on."""
        process = FORK.Process(target=serve if victim == "server" else work, args=(self.url(), self.fault), daemon=True)
        process.start()
        return process

    def job(self) -> dict[str, Any]:
        took = "extract(epoch FROM coalesce(ended_at, clock_timestamp()) - started_at)::float8"
        ((*row,),) = self.ask(f"SELECT state, attempts, phase, {took}, problem FROM job WHERE job_id = {self.job_id}")
        return dict(zip(("state", "attempts", "phase", "seconds", "problem"), row, strict=True))

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database; one that was just killed is waited for."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                with connect(self.url(), autocommit=True) as connection:
                    return connection.execute(statement).fetchall()
            except (Unreachable, EmbeddedFailed, psycopg.OperationalError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def wait(self, process: Any, *, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for the job; a process that ends by itself has failed."""
        end = time.monotonic() + PATIENCE_S
        while not until(job := self.job()):
            if not process.is_alive():
                raise NotWhole(f"a process that nobody killed ended:\n{Path(self.fault).read_text(encoding='utf-8')}")
            if time.monotonic() > end:
                raise NotWhole(f"job {self.job_id} does not end: {job}")
            time.sleep(0.01)
        if job["state"] in {"failed", "cancelled"}:
            raise NotWhole(f"job {self.job_id} ended so: {job}")
        return job

    def finish(self, process: Any | None = None) -> dict[str, Any]:
        """Let it be finished undisturbed, by whoever lives on or by a new worker."""
        working = process or self.start("worker")
        job = self.wait(working, until=lambda job: job["state"] not in {"queued", "running"})
        self._leave_in_order(working)
        return job

    def _leave_in_order(self, process: Any) -> None:
        """Its queue's row goes a moment after the job has ended; then the process is of no more use."""
        end = time.monotonic() + PATIENCE_S
        while self.ask("SELECT id FROM procrastinate.procrastinate_jobs"):
            if time.monotonic() > end:
                raise NotWhole(f"the queue keeps the row of job {self.job_id}, which has ended")
            time.sleep(0.02)
        process.kill()
        process.join()

    def killed(self, victim: str, after_s: float, told: Told, *, crash: Callable[[], None]) -> dict[str, Any]:
        """Kill at an instant after the job began, and have it finished."""
        process = self.start(victim)
        begun = self.wait(process, until=lambda job: job["state"] != "queued")
        time.sleep(max(0.0, after_s - begun["seconds"]))
        found = self.job()
        if victim == "database":
            crash()
        else:
            process.kill()
            process.join()
        if found["state"] == "running":
            told.kills[victim] += 1
            told.phases[found["phase"] or "begun"] += 1
        else:
            told.between += 1
            told.usual_s = found["seconds"]  # the first one was slower than those after it
        job = self.finish(process if victim == "database" else None)
        told.attempts[job["attempts"]] += 1
        return job


def grow(url: str) -> None:
    """Bring the trees to the end of the log, as the heartbeat does."""
    with using(url) as engine, write_session(engine) as session:
        trees.catch_up(session)
        session.commit()


def found_in(url: str, statements: dict[str, str]) -> dict[str, Counter[tuple[Any, ...]]]:
    """What a round left, as bags of rows."""
    with connect(url) as connection:
        return {name: Counter(map(tuple, connection.execute(statement).fetchall())) for name, statement in statements.items()}


def kill_on_copies(folder: Path, *, times: int, size: int, seed: int, minutes: float) -> Told:
    """Rounds on copies of a small city until so many were killed, or the time is up."""
    told, rng, city = Told(), random.Random(seed), City(folder, size)
    with using(city.url(CITY)) as engine, write_session(engine) as session:
        ensure_measures(session, actor=ACTOR)  # what a server does at its first start
        session.commit()
    warm(city.url(CITY))
    compile_policy(policy(), "duckdb", read_again=READ_AGAIN)
    end = time.monotonic() + minutes * 60
    number = 0

    def prepared(name: str) -> Round:
        city.copy(name)
        return Round(lambda: city.url(name), city.spill, size=size)

    told.usual_s = prepared("qcredit_calm").finish()["seconds"]
    grow(city.url("qcredit_calm"))
    lines = must_be_whole(city.url("qcredit_calm"))
    acts, effects = content(city.url("qcredit_calm")), found_in(city.url("qcredit_calm"), EFFECTS)
    while told.kills.total() < times and time.monotonic() < end:
        name = f"qcredit_round_{number}"
        number += 1
        prepared(name).killed(rng.choice(VICTIMS), rng.uniform(0, OVER * told.usual_s), told, crash=city.stop_at_once)
        url = city.url(name)
        grow(url)
        if must_be_whole(url) != lines:
            raise NotWhole(f"the log of {name} has another number of lines than {lines}")
        compare(content(url), acts)
        compare(found_in(url, EFFECTS), effects)
        city.drop(name)
    return told


def kill_in_one(*, times: int, size: int, seed: int) -> Told:
    """Rounds on the one database of a large city; the last run is published."""
    told, rng = Told(), random.Random(seed)
    with whole_run.city_database(size) as found, tempfile.TemporaryDirectory() as place:
        whole_run.empty_runs(found.url)
        folder = Path(place)
        calm = Round(lambda: found.url, folder, size=size, publish=False)
        told.usual_s = calm.finish()["seconds"]
        wanted = found_in(found.url, OF_RUN)
        while told.kills.total() < times:
            is_last = told.kills.total() == times - 1
            one = Round(lambda: found.url, folder, size=size, publish=is_last)
            one.killed(rng.choice(("worker", "server")), rng.uniform(0, OVER * told.usual_s), told, crash=lambda: None)
            compare(found_in(found.url, OF_RUN), wanted)
        with connect(found.url) as connection:
            row = connection.execute("SELECT count(*) FROM knowledge WHERE cause = 'run'").fetchone()
        if row is None or row[0] != 1:
            raise NotWhole(f"the last run was published {row} times")
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    began = time.perf_counter()
    try:
        if given.size > COPIED_UP_TO:
            told = kill_in_one(times=given.times, size=given.size, seed=given.seed)
        else:
            with database(given.folder) as found:
                assert found.folder is not None
                place = found.folder.parent
                told = kill_on_copies(place, times=given.times, size=given.size, seed=given.seed, minutes=given.minutes)
    except NotWhole as fault:
        sys.exit(f"run_kills: {fault}")
    victims = ", ".join(f"{count} of the {victim}" for victim, count in told.kills.most_common())
    phases = ", ".join(f"{count} {phase}" for phase, count in told.phases.most_common())
    print(f"run_kills: the run takes {told.usual_s:.1f} s undisturbed; killed while it was: {phases}; attempts: {dict(told.attempts)}")
    print(f"run_kills: {told.between} more as it had just ended; {time.perf_counter() - began:.0f} s in all")
    what = f"SIGKILL during a run of {given.size:,}: same digest, no second effect"
    tell(Figure(what, told.kills.total(), "kills", given.times, at_least=True, note=victims))


if __name__ == "__main__":
    main()
