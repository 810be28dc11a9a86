"""Kills at random instants while a script of decisions, expiry, deliveries and publication is carried out: nothing lost, nothing doubled.

    python -m bench.kills [--times 1000] [--size 300] [--seed 1] [--minutes 15] [--folder FOLDER]

A process does the script of `bench.acts` on a copy of a sample city and is killed (SIGKILL) at a random instant of a random act; every
twentieth time the database server is stopped without a checkpoint as well. The next process begins some acts before the one at which the
last one died, and so on to the end; then the whole script is asked for once more. Each copy must come out whole: chain, trees, replay,
and every table of acts equal by content to those of a copy on which nobody was killed.
"""

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from bench.acts import FIRST, LAST, carry_out, the_script
from bench.figures import Figure, tell
from bench.town import ACTOR, database
from data import embedded
from data.database import Engine, connect, driver_connection, make_engine, read_session, write_session
from data.embedded_home import home_of
from data.intake.profiles import load_profile
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from data.stores import changes, knowledge, listings, policies, trees
from models.changes import Body, FeedLine, listed_on, replay
from models.copies import Copy
from scoring.runs.answering import Rules, statements
from service.operations.publish_policy import publish_policy
from service.operations.publish_procedures import publish_shipped

AHEAD = 3
"""A process dies in the act at which the last one died, or up to so many acts later, at any instant of it or just after."""
OVER = 1.25
SERVER_EVERY = 20
ASKED_AGAIN = 3
"""Acts before the one that was interrupted which the next process asks for again."""
PATIENCE_S = 120.0
CITY = "qcredit_city"
SCRIPT = the_script()
FORK = multiprocessing.get_context("fork")
# What is compared, by content: no number that the database gave, and no instant.
CONTENT = {
    "entries": (
        "SELECT founding_value, list, colour, state, origin, decided_on, starts_on, ends_on, ended_on, end_cause, stays::text, reason,"
        " CASE WHEN origin <> 'run' THEN decision_no END FROM listing JOIN enterprise USING (enterprise_key)"
    ),
    "lines": (
        "SELECT founding_value, list, origin, cause FROM change JOIN change_detail USING (seq) JOIN listing USING (listing_id)"
        " JOIN enterprise ON enterprise.enterprise_key = listing.enterprise_key"
    ),
    "proposals": "SELECT founding_value, list, direction, state FROM proposal JOIN enterprise USING (enterprise_key)",
    "votes": (
        "SELECT founding_value, list, direction, officer, accepts FROM approval JOIN proposal USING (proposal_id)"
        " JOIN enterprise USING (enterprise_key)"
    ),
    "decisions": "SELECT act, document_no, decided_on, reason FROM decision",
    "steps": (
        "SELECT founding_value, list, step, done_on, done_by, served_on FROM step JOIN proposal ON proposal_id = subject_id"
        " JOIN enterprise USING (enterprise_key) LEFT JOIN service USING (step_id) WHERE subject = 'proposal'"
    ),
    "clocks": (
        "SELECT founding_value, list, deadline.step, opens_on, due_on, closed_on FROM deadline JOIN proposal ON proposal_id = subject_id"
        " JOIN enterprise USING (enterprise_key) WHERE subject = 'proposal'"
    ),
    "acts of courts": "SELECT document_no, act, effective_on FROM stay",
    "records": "SELECT source, source_ref, revision, is_withdrawn, repaired_on, superseded_seq IS NULL FROM record",
    "deliveries": "SELECT source, file_name, state, counts::text FROM delivery",
    "runs": "SELECT as_of, policy, digest FROM run WHERE state = 'published'",
    "standings": "SELECT founding_value, policy, score_x100, grade, records_known FROM standing JOIN enterprise USING (enterprise_key)",
    "moments": "SELECT cause FROM knowledge",
}


class NotWhole(Exception):
    """After a kill something is lost, doubled or broken."""


@dataclass
class Told:
    """What came of the kills."""

    kills: int = 0
    of_server: int = 0
    rounds: int = 0
    lines: int = 0
    """In the log of one round."""
    during: Counter[str] = field(default_factory=Counter)
    """Kills by the kind of act that they interrupted."""


class City:
    """A server with a prepared city, of which each round gets a copy."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.spill = folder / "spill"
        self.spill.mkdir()
        # In a process of its own: this one stays without threads, so that it can be forked at any time.
        preparing = FORK.Process(target=prepare, args=(self.url(), size))
        preparing.start()
        preparing.join()
        if preparing.exitcode:
            raise NotWhole("the city could not be prepared")
        self._admin(f"ALTER DATABASE {embedded.DATABASE} RENAME TO {CITY}")

    def url(self, name: str = embedded.DATABASE) -> str:
        """The address of a database; the server is started if it is down."""
        running = embedded.ensure_running(self.folder / "postgres")
        return make_url(running.url).set(database=name).render_as_string(hide_password=False)

    def copy(self, name: str) -> str:
        self._admin(f"CREATE DATABASE {name} TEMPLATE {CITY}")
        return self.url(name)

    def drop(self, name: str) -> None:
        self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def stop_at_once(self) -> None:
        """What `pg_ctl stop -m immediate` does: every server process ends where it stands, and the next start recovers from the log."""
        pid = int((home_of(self.folder / "postgres") / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)

    def _admin(self, statement: str) -> None:
        with connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def prepare(url: str, size: int) -> None:
    """Load a city with its policies and procedures."""
    load_relations(url, size)
    with using(url) as engine, write_session(engine) as session:
        text = (SHIPPED / "yinchuan-2026.yaml").read_text(encoding="utf-8")
        publish_policy(session, text=text, file="yinchuan-2026", today=date(2026, 1, 1), actor=ACTOR)
        publish_shipped(session, actor=ACTOR)
        session.commit()


def warm(url: str) -> None:
    """Read what a process reads once, so that those forked from this one begin with their acts and not with files."""
    load_profile("native")
    with using(url) as engine, read_session(engine) as session:
        for published in policies.list_policies(session):
            statements(driver_connection(session), Rules(published.policy, published.policy_hash))


@contextmanager
def using(url: str) -> Iterator[Engine]:
    """An engine for a while; whoever copies or drops a database must have left it."""
    engine = make_engine(url, size=1)
    try:
        yield engine
    finally:
        engine.dispose()


def work(url: str, start: int, at: Any, began: Any, folder: str) -> None:
    """The process that is killed; what fails in it otherwise is written to a file."""
    tempfile.tempdir = folder

    def begun(number: int) -> None:
        began[number] = time.monotonic()
        at.value = number

    try:
        carry_out(url, SCRIPT, start, begun)
    except BaseException:  # noqa: BLE001  # whatever it is, the killer tells it
        (Path(folder) / "fault.txt").write_text(traceback.format_exc(), encoding="utf-8")
        os._exit(70)


class Killer:
    """Carries the script out on one copy, with or without kills."""

    def __init__(self, city: City, rng: random.Random, told: Told) -> None:
        self.city, self.rng, self.told = city, rng, told
        self.at = FORK.Value("i", -1, lock=False)
        self.began = FORK.Array("d", len(SCRIPT) + 1, lock=False)
        self.usual_s = [0.0] * len(SCRIPT)
        """How long each act took when nobody was killed."""

    def start(self, name: str, first: int, *, wait_for: int = 0) -> Any:
        """Begin at an act, and wait until another one begins or the process is through."""
        self.at.value = -1
        given = (self.city.url(name), first, self.at, self.began, str(self.city.spill))
        process = FORK.Process(target=work, args=given, daemon=True)
        process.start()
        while self.at.value < wait_for and process.is_alive():
            time.sleep(0.0005)
        return process

    def finish(self, name: str) -> None:
        """The whole script, undisturbed."""
        process = self.start(name, 0)
        process.join()
        self.must_be_through(process)

    def time_acts(self) -> None:
        """Take what the last process needed for each act as usual."""
        self.usual_s = [after - before for before, after in pairwise(self.began)]

    def round(self, name: str, *, until: int) -> None:
        """Kill and begin again until the script is through, or as many were killed as asked; then it goes on undisturbed."""
        reached = 0
        while self.told.kills < until:
            target = reached + self.rng.randint(0, AHEAD)
            process = self.start(name, max(0, reached - ASKED_AGAIN), wait_for=target)
            # A process that may go beyond the last act is let through: else it would be killed in that one until it happens to be quick.
            process.join(self.rng.uniform(0, OVER * self.usual_s[target]) if target < len(SCRIPT) else None)
            if not process.is_alive():
                self.must_be_through(process)
                return
            if (self.told.kills + 1) % SERVER_EVERY == 0:
                self.city.stop_at_once()
                process.join(PATIENCE_S)
                self.told.of_server += 1
            process.kill()
            process.join()
            reached = min(self.at.value, len(SCRIPT) - 1)
            self.told.kills += 1
            self.told.during[SCRIPT[reached].kind] += 1

    def must_be_through(self, process: Any) -> None:
        if process.exitcode != 0:
            raise NotWhole(f"a process that nobody killed ended with {process.exitcode}:\n{(self.city.spill / 'fault.txt').read_text()}")


def content(url: str) -> dict[str, Counter[tuple[Any, ...]]]:
    """Every table of acts as a bag of rows."""
    with connect(url) as connection:
        return {name: Counter(map(tuple, connection.execute(statement).fetchall())) for name, statement in CONTENT.items()}


def compare(found: dict[str, Counter[tuple[Any, ...]]], wanted: dict[str, Counter[tuple[Any, ...]]]) -> None:
    """Raises `NotWhole` with the first rows that are lost or doubled."""
    for name, rows in wanted.items():
        lost, doubled = rows - found[name], found[name] - rows
        if lost or doubled:
            raise NotWhole(f"{name}: lost {list(lost.items())[:3]}, too many {list(doubled.items())[:3]}")


def must_be_whole(url: str) -> int:
    """Chain, numbers, trees and replay of one database; gives the lines of its log. Raises `NotWhole` and `BrokenChain`."""
    with using(url) as engine, read_session(engine) as session:
        head = changes.verify_chain(session)
        lines = list(changes.read_all(session))
        copy = Copy()
        copy.take(lines)
        roots = trees.last_roots(session)
        if (roots.seq, roots.log_root, roots.lists_root) != (head.seq, copy.log_root(), copy.lists_root()):
            raise NotWhole(f"the trees stand at {roots}, and the log at {head}")
        entries = replay(map(FeedLine.model_validate, lines))
        _compare_states(url, list(entries.values()))
        known = knowledge.resolve(session, None).known_seq
        for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
            said = Counter((str(body.enterprise), body.list) for body in listed_on(entries, day))
            rows = [row for name in {body.list for body in entries.values()} for row in _listed(session, name, day, known)]
            who = listings.identities_of(session, {row["enterprise_key"] for row in rows})
            if said != Counter(("{}:{}".format(*who[row["enterprise_key"]][:2]), row["list"]) for row in rows):
                raise NotWhole(f"on {day} the lists are not what the log says")
    with connect(url) as connection:
        gaps = connection.execute("SELECT max(known_seq) - min(known_seq) + 1 - count(*) FROM knowledge").fetchone()
    if gaps != (0,):
        raise NotWhole("the numbers of knowledge have gaps")
    return head.seq


def _listed(session: Any, name: str, day: date, known_seq: int) -> Sequence[dict[str, Any]]:
    return listings.listed_as_of(session, name, as_of=day, known_seq=known_seq, limit=100_000)


def _compare_states(url: str, said: Sequence[Body]) -> None:
    """Every entry as the log left it against its row."""
    told = Counter((b.enterprise.value, b.list, b.after.state.value, b.after.starts_on, b.after.ends_on, b.after.ended_on) for b in said)
    with connect(url) as connection:
        rows = connection.execute(
            "SELECT founding_value, list, state, starts_on, ends_on, ended_on FROM listing JOIN enterprise USING (enterprise_key)"
        ).fetchall()
    if told != Counter(map(tuple, rows)):
        raise NotWhole("a replay of the log gives other entries than there are")


def kill(folder: Path, *, times: int, size: int, seed: int, minutes: float) -> Told:
    """Rounds until so many were killed, or the time is up; `folder` has a running server with an empty, migrated database."""
    told = Told()
    city = City(folder, size)
    warm(city.url(CITY))
    killer = Killer(city, random.Random(seed), told)
    killer_end = time.monotonic() + minutes * 60
    city.copy("qcredit_calm")
    killer.finish("qcredit_calm")
    killer.time_acts()
    told.lines = must_be_whole(city.url("qcredit_calm"))
    wanted = content(city.url("qcredit_calm"))
    while told.kills < times and time.monotonic() < killer_end:
        name = f"qcredit_round_{told.rounds}"
        city.copy(name)
        killer.round(name, until=times)
        killer.finish(name)
        if must_be_whole(city.url(name)) != told.lines:
            raise NotWhole(f"the log of {name} has another number of lines than {told.lines}")
        compare(content(city.url(name)), wanted)
        city.drop(name)
        told.rounds += 1
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    began = time.perf_counter()
    try:
        with database(given.folder) as found:
            assert found.folder is not None
            told = kill(found.folder.parent, times=given.times, size=given.size, seed=given.seed, minutes=given.minutes)
    except NotWhole as fault:
        sys.exit(f"kills: {fault}")
    during = ", ".join(f"{count} {kind}" for kind, count in told.during.most_common())
    print(f"kills: {told.kills} in {told.rounds} rounds of {len(SCRIPT)} acts, {told.of_server} of them of the server; during: {during}")
    print(f"kills: {told.lines} lines each round, all equal to the undisturbed one; {time.perf_counter() - began:.0f} s")
    tell(Figure("kills at random: same lists, nothing lost or doubled", told.kills, "kills", given.times, at_least=True, note=during))


if __name__ == "__main__":
    main()
