"""Many writers at once, and one reader of the feed: changes committed per second, and how soon each can be read.

    python -m bench.writers [--size 150000] [--officers 40] [--alone 0.5] [--folder FOLDER]

Two measures over one sample city. First fifty officers alone, over HTTP, each with a key and a connection of their own, accept a share of
the proposals of a run. Then forty officers accept the rest while ten jobs of a city run in another process: nine authorities deliver list
decisions, files of 25 with a second's pause, and what each day ends is ended day by day. A reader with a key of the
platform polls the feed meanwhile, one page after the other, and checks number and chain of each line as it comes. A change counts from the
start of the request, delivery or day that made it to the line's arrival at the reader. At the end the reader's replay must be the lists as
they stand.
"""

import argparse
import asyncio
import io
import json
import multiprocessing
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figure, tell
from bench.load import LOOPBACK, answer_of, request
from bench.town import ACTOR, AS_OF, codes, database, make_key, serve_service, serving, settle
from data.database import JOB, Database, connect, make_engine, read_session, write_session
from data.intake.profiles import load_profile
from data.stores import changes, knowledge, listings, proposals
from data.stores.listings import NewListing
from data.stores.sources import add_source
from models.access import Role
from models.changes import GENESIS, FeedLine, replay, verify
from models.listings import ListingState, Origin
from service.clock import legal_day
from service.operations.decide import NoLongerSupported
from service.operations.deliver import deliver
from service.operations.expire import expire_in_parts

GROUNDS = {"reason": "事实清楚", "authority": "样例市市场监督管理局", "document_no": "样市监认〔2026〕1号", "basis": "样例办法第十二条"}
CHANGES, LATENCY_S = 200.0, 1.0
OVERTAKEN = NoLongerSupported.code
"""The answer where another list's decision has taken the ground from under a proposal: red and black of one enterprise."""
PAGE = 500
PAUSE_S = 0.02
"""Between two pages of which the first was empty."""
AUTHORITIES, DELIVERED, PAUSE_OF_JOBS_S = 9, 25, 1.0
"""Authorities that deliver, list decisions in a file of theirs, and the pause before the next one."""
ROWS_OF_JOBS, ENDING = 20_000, 1_200


@dataclass(frozen=True)
class Told:
    """A decision that made a line, and when its request began."""

    seq: int
    began: float


@dataclass(frozen=True)
class Made:
    """What one measure made: decisions with their lines, and the jobs' numbers of knowledge, each with its begin."""

    told: list[Told]
    by_jobs: list[tuple[int, float]]
    began: float
    seconds: float


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


async def catch_up(port: int, key: str, following: Following) -> None:
    """Read what came between two measures."""
    finished = asyncio.Event()
    finished.set()
    await follow(port, key, following, finished)


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


def prepare_jobs(found: Database) -> None:
    """The sources of the jobs' deliveries, and entries whose terms end on the days that have passed since the run."""
    engine = make_engine(found.url, limits=JOB, size=1)
    with connect(found.url) as connection:
        rows = connection.execute("SELECT enterprise_key FROM enterprise ORDER BY enterprise_key LIMIT %s", (ENDING,)).fetchall()
        run_id = connection.execute("SELECT max(run_id) FROM run").fetchone()
    assert run_id is not None
    days = (legal_day() - AS_OF).days
    ending = [
        NewListing(
            enterprise_key=key,
            list="bench_daily",
            colour="other",
            origin=Origin.RUN,
            run_id=run_id[0],
            decided_on=AS_OF - timedelta(days=365),
            starts_on=AS_OF - timedelta(days=365),
            ends_on=AS_OF + timedelta(days=number % days),
            reason="样例",
        )
        for number, (key,) in enumerate(rows)
    ]
    with write_session(engine) as session:
        for number in range(AUTHORITIES):
            add_source(session, f"authority-{number}", title_zh="样例机关", title_en="Sample authority", kinds=["listing"])
        drawn = knowledge.draw(session, "run")
        changes.append(session, listings.enter(session, ending, known_seq=drawn.known_seq), known_seq=drawn.known_seq)
        session.commit()
        expire_in_parts(session, as_of=AS_OF, actor=ACTOR)  # ends the first, and the city's own list decisions become thousands of entries
    engine.dispose()


def work(url: str, codes: list[str], start: Any, over: Any, sending: Any) -> None:
    """The jobs of a city beside the service, until the officers are through; sends the number of knowledge and the begin of each."""
    engine = make_engine(url, limits=JOB, size=AUTHORITIES + 1)
    made: list[tuple[int, float]] = []

    def deliver_on(number: int) -> None:
        time.sleep(number / AUTHORITIES)  # not all at the same instant
        for part in range(len(codes) // DELIVERED):
            began = time.perf_counter()
            with write_session(engine) as session:
                done = deliver(
                    session,
                    file=io.BytesIO(_file(number, part, codes[part * DELIVERED :][:DELIVERED])),
                    file_name=f"{part}.csv",
                    profile=load_profile("native"),
                    source=f"authority-{number}",
                    actor=ACTOR,
                )
            assert done.known_seq is not None
            made.append((done.known_seq, began))
            if over.wait(PAUSE_OF_JOBS_S):
                return

    def expire_on() -> None:
        day = AS_OF
        while not over.wait(PAUSE_OF_JOBS_S) and day < legal_day():
            day, began = day + timedelta(days=1), time.perf_counter()
            with write_session(engine) as session:
                done = expire_in_parts(session, as_of=day, actor=ACTOR)
            if done.known_seq is not None:
                made.append((done.known_seq, began))

    start.wait()
    with ThreadPoolExecutor(AUTHORITIES + 1) as pool:
        tasks = [pool.submit(deliver_on, number) for number in range(AUTHORITIES)] + [pool.submit(expire_on)]
        for task in tasks:
            task.result()
    engine.dispose()
    sending.send(made)


def _file(number: int, part: int, codes: Sequence[str]) -> bytes:
    """List decisions of an authority, one for each enterprise."""
    head = (
        "source_ref,cn_uscc,kind,outcome,occurred_on,concluded_on,decided_on,in_force_from,authority,document_no,detail.list,detail.reason,"
        "detail.basis\n"
    )
    day = AS_OF.isoformat()
    rows = (
        f"{part}/{place},{code},listing,listed,{day},{day},{day},{day},样例机关,样{part}-{place}号,bench_{number},样例,样例办法\n"
        for place, code in enumerate(codes)
    )
    return (head + "".join(rows)).encode()


async def measure(
    port: int, found: Database, *, waiting: Sequence[tuple[int, int]], keys: list[str], platform: str, after: Following, jobs: bool
) -> Made:
    """Everybody at once, until the officers are through."""
    for_officers: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
    for item in waiting:
        for_officers.put_nowait(item)
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    start, over = context.Barrier(2), context.Event()
    if jobs:
        chosen = [code for _, code in codes(found, ROWS_OF_JOBS)]
        process = context.Process(target=work, args=(found.url, chosen, start, over, sending), daemon=True)
        process.start()
        await asyncio.to_thread(start.wait)
    told: list[Told] = []
    finished = asyncio.Event()
    began = time.perf_counter()
    reading = asyncio.create_task(follow(port, platform, after, finished))
    others = keys[1:] + keys[:1]
    await asyncio.gather(*(officer(port, pair, for_officers, told) for pair in zip(keys, others, strict=True)))
    over.set()
    seconds = time.perf_counter() - began
    by_jobs: list[tuple[int, float]] = await asyncio.to_thread(receiving.recv) if jobs else []
    finished.set()
    await reading
    return Made(told, by_jobs, began, seconds)


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
    bodies = replay(map(FeedLine.model_validate, following.lines)).values()
    if {(str(body.enterprise), body.list) for body in bodies if body.after.state is not ListingState.ENDED} != stand:
        raise SystemExit("the reader's lists are not ours")


def tell_measure(who: str, made: Made, following: Following, *, after: int) -> None:
    """Print one measure: lines until the officers were through, and how soon decisions and the jobs' lines could be read."""
    lines = [line for line in following.lines if line["seq"] > after]
    came = following.arrived
    within = sum(came[line["seq"]] <= made.began + made.seconds + PAUSE_S for line in lines)
    decisions = sorted(came[one.seq] - one.began for one in made.told)
    begins = dict(made.by_jobs)
    of_jobs = sorted(came[line["seq"]] - begins[line["known_seq"]] for line in lines if line["known_seq"] in begins)
    rate = within / made.seconds
    note = f"{within:,} lines in {made.seconds:.1f} s, {len(made.told):,} of them by decisions"
    print(f"writers: {who}: {rate:,.0f} changes a second (bar {CHANGES:.0f}), {note}")
    tell(Figure(f"changes, {who}", rate, "changes/s", CHANGES, at_least=True, note=note))
    note = f"p50 {statistics.median(decisions):.2f} s"
    tell(Figure(f"decision to readable in the feed, p99, {who}", p99(decisions), "s", LATENCY_S, note=note))
    if of_jobs:
        note = f"p50 {statistics.median(of_jobs):.2f} s; from the start of the delivery or the day"
        tell(Figure(f"line of a job to readable, p99, {who}", p99(of_jobs), "s", LATENCY_S, note=note))


def p99(values: list[float]) -> float:
    return values[min(len(values) - 1, int(len(values) * 0.99))]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=150_000)
    parser.add_argument("--officers", type=int, default=40)
    parser.add_argument("--alone", type=float, default=0.5, help="share of the proposals that fifty officers decide alone")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with database(given.folder) as found:
        settle(found, given.size)
        keys = [make_key(found, Role.REGULATOR, holder=f"officer {n}") for n in range(given.officers + AUTHORITIES + 1)]
        platform = make_key(found, Role.PLATFORM)
        waiting = votes_of(found)
        alone = round(len(waiting) * given.alone)
        prepare_jobs(found)
        following, every = Following(), []
        with serving(serve_service, found.url) as port:
            asyncio.run(catch_up(port, platform, following))
            for who, share, holders, jobs in (
                (f"{len(keys)} officers alone", waiting[:alone], keys, False),
                (f"{given.officers} officers and {AUTHORITIES + 1} jobs", waiting[alone:], keys[: given.officers], True),
            ):
                before = following.seq
                made = asyncio.run(measure(port, found, waiting=share, keys=holders, platform=platform, after=following, jobs=jobs))
                every += made.told
                tell_measure(who, made, following, after=before)
        check(found, every, following)


if __name__ == "__main__":
    main()
