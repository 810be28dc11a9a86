"""A whole run from the database: read, evaluated, compared, stored and published; first, and again when nothing changed.

    python -m bench.run [--size 1000000]

The city is loaded once into an embedded PostgreSQL under var/bench and kept there. Before the measurement its standings, runs and lists
are emptied, so that the first run is a first one.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import town
from bench.city import AS_OF, KEPT, POLICY
from bench.figures import Figure, cpu_seconds, measured_apart, tell
from data.database import Database, connect, make_engine, write_session
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import Request, publish, recalculate

BAR_FIRST_S = 120.0
BAR_AGAIN_S = 60.0
LEFT_BY_RUNS = ("run", "run_answer", "run_standing", "result", "standing", "proposal", "listing", "listing_span", "change")


@contextmanager
def city_database(size: int) -> Iterator[Database]:
    """A database with a city of `size` enterprises and the policy, made once; its server is stopped at the end."""
    folder = KEPT / f"database-{size}"
    made = folder / "made"
    with town.database(folder) as found:
        if not made.exists():
            print(f"loading {size:,} enterprises into {folder}", flush=True)
            started = time.perf_counter()
            counts = load_relations(found.url, size)
            engine = make_engine(found.url, size=1)
            with write_session(engine) as session:
                text = (SHIPPED / f"{POLICY}.yaml").read_text(encoding="utf-8")
                publish_policy(session, text=text, file=POLICY, today=date(2026, 1, 1), actor=town.ACTOR)
                session.commit()
            engine.dispose()
            made.touch()
            print(f"loaded in {time.perf_counter() - started:.0f} s: {counts}", flush=True)
        yield found


def empty_runs(url: str) -> None:
    """Forget every run and what runs left."""
    with connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(LEFT_BY_RUNS)} CASCADE")


def run_once(url: str, folder: str, request: Request) -> tuple[dict[str, float], dict[str, float], int]:
    """Run and publish in this process; what it took and did, the seconds of each phase, and the run's number."""
    database = Database(url, folder=Path(folder))
    phases: dict[str, float] = {}
    turns = [("starting", time.perf_counter())]

    def turn(phase: str, _rows: int) -> None:
        last, since = turns[-1]
        turns.append((phase, time.perf_counter()))
        phases[last] = phases.get(last, 0.0) + turns[-1][1] - since

    started, cpu = time.perf_counter(), cpu_seconds()
    run_id = recalculate(database, request, actor=town.ACTOR, tell=turn)
    turn("publishing", 0)
    done = publish(database, run_id, actor=town.ACTOR)
    turn("done", 0)
    counts = {"seconds": time.perf_counter() - started, "cpu": cpu_seconds() - cpu, "changed": float(done.standings_changed)}
    counts["proposals"] = float(sum(effect.proposed for effect in done.lists))
    return counts, phases, run_id


def digest_of(url: str, run_id: int) -> str:
    """The digest of what a run found."""
    with connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT digest FROM run WHERE run_id = %s", (run_id,)).fetchone()
    return str(row[0] if row else "")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=1_000_000)
    size = arguments.parse_args().size
    scale = size / 1_000_000
    with city_database(size) as database:
        empty_runs(database.url)
        digests = set()
        for what, bar in (("first run", BAR_FIRST_S), ("nothing changed", BAR_AGAIN_S)):
            request = Request(as_of=AS_OF, family="yinchuan")
            (counts, phases, run_id), peak = measured_apart(run_once, database.url, str(database.folder), request)
            digests.add(digest_of(database.url, run_id))
            shown = ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in phases.items())
            print(f"{what}: {counts['seconds']:.1f} s, {counts['cpu']:.0f} CPU-seconds in the process, {counts['changed']:,.0f} standings"
                  f" changed, {counts['proposals']:,.0f} proposals; {shown}; peak {peak:.0f} MB", flush=True)  # fmt: skip
            tell(Figure(f"run from the database, end to end: {what}", counts["seconds"], "s", bar * scale, note=f"peak {peak:.0f} MB"))
        if len(digests) != 1:
            raise SystemExit("the two runs differ in their digests")


if __name__ == "__main__":
    main()
