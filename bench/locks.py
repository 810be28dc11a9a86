"""What a run and its publication lock, watched from beside: nothing that a look-up waits for.

    python -m bench.locks [--size 1000000]

The city of `bench.run` is run and published for the first time, which writes every standing. Meanwhile one connection looks at pg_locks
fifty times a second for locks on the tables that look-ups read which would keep a reader out (ACCESS EXCLUSIVE), and at who waits for a
lock; another one looks enterprises up and times each look-up.
"""

import argparse
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.city import AS_OF
from bench.figures import Figure, measured_apart, tell
from bench.run import city_database, empty_runs, run_once
from data.database import REQUEST, connect, make_engine, read_session
from data.stores import knowledge, lookups
from service.operations.recalculate import Request

BAR_S = 1.0
EVERY_S = 0.02
READ = (
    "standing", "listing", "listing_span", "record", "enterprise", "enterprise_identifier", "enterprise_name", "registry_fact",
    "enterprise_link", "grade_notice", "run", "knowledge", "knowledge_head", "policy",
)  # fmt: skip
_HELD = """
SELECT relation::regclass::text FROM pg_locks
WHERE locktype = 'relation' AND granted AND mode = 'AccessExclusiveLock' AND database = (
    SELECT oid FROM pg_database WHERE datname = current_database()) AND relation::regclass::text = ANY(%s)
"""
_WAITING = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)::float FROM pg_locks
WHERE NOT granted AND locktype = 'relation' AND relation::regclass::text = ANY(%s)
"""


class Watch:
    """Looks at locks and looks enterprises up until it is told to stop."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._over = threading.Event()
        self.held: dict[str, float] = {}
        self.waited_s = 0.0
        self.took: list[float] = []
        self._threads = [threading.Thread(target=self._look_at_locks), threading.Thread(target=self._look_up)]

    def __enter__(self) -> "Watch":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _look_at_locks(self) -> None:
        since: dict[str, float] = {}
        with connect(self._url, autocommit=True) as connection:
            while not self._over.is_set():
                now = time.perf_counter()
                locked = {name for (name,) in connection.execute(_HELD, (list(READ),)).fetchall()}
                since = {name: since.get(name, now) for name in locked}
                for name, first in since.items():
                    self.held[name] = max(self.held.get(name, 0.0), now - first + EVERY_S)
                row = connection.execute(_WAITING, (list(READ),)).fetchone()
                self.waited_s = max(self.waited_s, row[0] if row else 0.0)
                self._over.wait(EVERY_S)

    def _look_up(self) -> None:
        engine = make_engine(self._url, limits=REQUEST, size=1)
        with connect(self._url) as connection:
            keys = [
                key for (key,) in connection.execute("SELECT enterprise_key FROM enterprise TABLESAMPLE SYSTEM (1) LIMIT 500").fetchall()
            ]
        while not self._over.is_set():
            for key in keys:
                started = time.perf_counter()
                with read_session(engine) as session:
                    known = knowledge.resolve(session, None)
                    lookups.subjects(session, [key], today=AS_OF, day=AS_OF, known_seq=known.known_seq)
                self.took.append(time.perf_counter() - started)
                if self._over.wait(EVERY_S):
                    break
        engine.dispose()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=1_000_000)
    size = arguments.parse_args().size
    with city_database(size) as database:
        empty_runs(database.url)
        with Watch(database.url) as watch:
            (counts, phases, _), _ = measured_apart(run_once, database.url, str(database.folder), Request(as_of=AS_OF, family="yinchuan"))
        longest, median = max(watch.took), statistics.median(watch.took)
        shown = ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in phases.items())
        print(f"{counts['seconds']:.1f} s, {counts['changed']:,.0f} standings changed; {shown}", flush=True)
        print(f"{len(watch.took):,} look-ups beside it, median {median * 1000:.0f} ms, longest {longest:.2f} s", flush=True)
        held = max(watch.held.values(), default=0.0)
        tell(Figure("lock that keeps readers out, while a run is made and published", held, "s", BAR_S, note=str(watch.held or "none")))
        tell(Figure("longest wait for a lock on a table that look-ups read", watch.waited_s, "s", BAR_S))
        tell(Figure("longest look-up meanwhile", longest, "s", BAR_S, note=f"median {median * 1000:.0f} ms"))


if __name__ == "__main__":
    main()
