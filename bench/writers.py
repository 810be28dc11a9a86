"""Many deciders at once, and one reader of the feed: changes committed per second, and how soon a decision can be read.

    python -m bench.writers [--size 150000] [--officers 40] [--jobs 10] [--folder FOLDER]

Every proposal of a run over the sample city is accepted: by officers over HTTP, each with a key and a connection of their own, and by jobs
in another process. A reader with a key of the platform polls the feed meanwhile, one page after the other, and checks number and chain of
each line as it comes. A decision counts from the start of its request to the line's arrival at the reader. At the end the reader's replay
must be the lists as they stand.
"""

import argparse
import asyncio
import json
import multiprocessing
import queue
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import Figure, tell
from bench.load import LOOPBACK, answer_of, request
from bench.town import AS_OF, database, make_key, serve_service, serving, settle
from data.database import JOB, Database, Engine, connect, make_engine, read_session, write_session
from data.stores import proposals
from models.access import Actor, Role
from models.changes import GENESIS, FeedLine, listed_on, replay, verify
from service.operations.decide import Decided, Grounds, NoLongerSupported, Verdict, decide

GROUNDS = {"reason": "事实清楚", "authority": "样例市市场监督管理局", "document_no": "样市监认〔2026〕1号", "basis": "样例办法第十二条"}
CHANGES, LATENCY_S = 200.0, 1.0
OVERTAKEN = NoLongerSupported.code
"""The answer where another list's decision has taken the ground from under a proposal: red and black of one enterprise."""
PAGE = 500
PAUSE_S = 0.02
"""Between two pages of which the first was empty."""


@dataclass(frozen=True)
class Told:
    """A decision that made a line, and when its request began."""

    seq: int
    began: float


@dataclass
class Following:
    """What the reader has: each line as it came, and when."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    arrived: dict[int, float] = field(default_factory=dict)
    seq: int = 0
    hash: str = GENESIS


def votes_of(found: Database) -> list[tuple[int, int]]:
    """Every open proposal with the number of officers it needs."""
    engine = make_engine(found.url, size=1)
    waiting: list[tuple[int, int]] = []
    with read_session(engine) as session:
        while page := proposals.list_proposals(session, after=waiting[-1][0] if waiting else 0, limit=1_000):
            waiting += [(row["proposal_id"], 2 if row["decided_by"] == "two_officers" else 1) for row in page]
    engine.dispose()
    return waiting


async def officer(port: int, keys: Sequence[str], waiting: "asyncio.Queue[tuple[int, int]]", told: list[Told]) -> None:
    """Accept one proposal after the other; where two must, the second vote comes with the second key."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    body = json.dumps({"verdict": "accept", "decided_on": AS_OF.isoformat()} | GROUNDS, ensure_ascii=False).encode()
    while not waiting.empty():
        proposal_id, needed = waiting.get_nowait()
        for key in keys[:needed]:
            began = time.perf_counter()
            writer.write(request(f"/v1/proposals/{proposal_id}/decisions", key=key, body=body))
            status, answer = await answer_of(reader)
            done = json.loads(answer)
            if done.get("code") == OVERTAKEN:
                break
            if status != b"201":
                raise SystemExit(f"proposal {proposal_id}: {status.decode()} {answer.decode()}")
            if done["change_seq"] is not None:
                told.append(Told(done["change_seq"], began))
    writer.close()


async def follow(port: int, key: str, following: Following, finished: asyncio.Event) -> None:
    """Read the feed until everybody has finished and nothing is left."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    while True:
        is_last = finished.is_set()
        writer.write(request(f"/v1/changes?after={following.seq}&limit={PAGE}", key=key))
        status, answer = await answer_of(reader)
        now, page = time.perf_counter(), json.loads(answer)
        if status != b"200":
            raise SystemExit(f"the feed: {status.decode()} {answer.decode()}")
        following.seq, following.hash = verify(page["changes"], after=following.seq, previous_hash=following.hash)
        following.lines += page["changes"]
        following.arrived |= {line["seq"]: now for line in page["changes"]}
        if not page["changes"]:
            if is_last:
                break
            await asyncio.sleep(PAUSE_S)
    writer.close()


def work(url: str, threads: int, share: list[tuple[int, int]], start: Any, sending: Any) -> None:
    """The jobs: the same decisions from a process beside the service, each thread with a session of its own."""
    engine = make_engine(url, limits=JOB, size=threads)
    waiting: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    for item in share:
        waiting.put(item)
    told: list[Told] = []

    def one(_: int) -> None:
        with suppress(queue.Empty):
            while True:
                proposal_id, needed = waiting.get_nowait()
                for name in ("first job", "second job")[:needed]:
                    began = time.perf_counter()
                    done = vote(engine, proposal_id, name)
                    if done is not None and done.change_seq is not None:
                        told.append(Told(done.change_seq, began))

    start.wait()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(threads)))
    engine.dispose()
    sending.send(told)


def vote(engine: Engine, proposal_id: int, name: str) -> Decided | None:
    """One vote of a job; None where another list's decision has taken the ground from under the proposal."""
    actor, grounds = Actor(holder=name, role=Role.REGULATOR), Grounds.model_validate(GROUNDS)
    with write_session(engine) as session:
        try:
            done = decide(session, proposal_id, verdict=Verdict.ACCEPT, grounds=grounds, decided_on=AS_OF, actor=actor)
        except NoLongerSupported:
            return None
        session.commit()
        return done


async def measure(port: int, found: Database, *, jobs: int, keys: list[str], platform: str) -> tuple[list[Told], Following, float]:
    """Everybody at once; gives the decisions that made lines, what the reader has, and the seconds from first to last."""
    waiting = votes_of(found)
    of_jobs = waiting[: len(waiting) * jobs // (len(keys) + jobs)]
    for_officers: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
    for item in waiting[len(of_jobs) :]:
        for_officers.put_nowait(item)
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    start = context.Barrier(2)
    process = context.Process(target=work, args=(found.url, jobs, of_jobs, start, sending), daemon=True)
    process.start()
    await asyncio.to_thread(start.wait)
    told: list[Told] = []
    following, finished = Following(), asyncio.Event()
    began = time.perf_counter()
    reading = asyncio.create_task(follow(port, platform, following, finished))
    others = keys[1:] + keys[:1]
    await asyncio.gather(*(officer(port, pair, for_officers, told) for pair in zip(keys, others, strict=True)))
    told += await asyncio.to_thread(receiving.recv)
    seconds = time.perf_counter() - began
    finished.set()
    await reading
    process.join()
    return told, following, seconds


def check(found: Database, told: list[Told], following: Following) -> None:
    """No decision without a line of its own, the reader at the head, and its replay the entries as they stand."""
    seqs = {one.seq for one in told}
    if len(seqs) != len(told) or not seqs <= following.arrived.keys():
        raise SystemExit("a decision shares its line with another, or its line has not come")
    with connect(found.url) as connection:
        head = connection.execute("SELECT seq, hash FROM change_head").fetchone()
        stand = {
            (f"{scheme}:{value}", name)
            for scheme, value, name in connection.execute(
                "SELECT founding_scheme, founding_value, list FROM listing JOIN enterprise USING (enterprise_key) WHERE state <> 'ended'"
            )
        }
    if head != (following.seq, following.hash):
        raise SystemExit(f"the log stands at {head}, the reader at {following.seq}")
    bodies = listed_on(replay(map(FeedLine.model_validate, following.lines)), AS_OF)
    if {(str(body.enterprise), body.list) for body in bodies} != stand:
        raise SystemExit("the reader's lists are not ours")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=150_000)
    parser.add_argument("--officers", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=10)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with database(given.folder) as found:
        settle(found, given.size)
        keys = [make_key(found, Role.REGULATOR, holder=f"officer {n}") for n in range(given.officers)]
        platform = make_key(found, Role.PLATFORM)
        with serving(serve_service, found.url) as port:
            told, following, seconds = asyncio.run(measure(port, found, jobs=given.jobs, keys=keys, platform=platform))
        check(found, told, following)
    rate = len(following.lines) / seconds
    waited = sorted(following.arrived[one.seq] - one.began for one in told)
    p50, p99 = (waited[min(len(waited) - 1, int(len(waited) * share))] for share in (0.5, 0.99))
    made = f"{len(following.lines):,} changes in {seconds:.1f} s, {rate:,.0f} a second (bar {CHANGES:.0f})"
    print(f"writers: {given.officers} officers over HTTP and {given.jobs} jobs committed {made}")
    print(f"writers: a decision can be read in the feed after p50 {p50:.2f} s, p99 {p99:.2f} s (bar {LATENCY_S} s)")
    tell(Figure(f"changes by {given.officers + given.jobs} writers at once", rate, "changes/s", CHANGES, at_least=True))
    tell(Figure("decision to readable in the feed, p99", p99, "s", LATENCY_S, note=f"p50 {p50:.2f} s"))


if __name__ == "__main__":
    main()
