"""A rehearsal over a whole city, from the database to the kept report and file: what a draft would change, split for every enterprise.

    python -m bench.rehearsal [--size 1000000]

Takes the city of `bench.run` (loaded once, kept under var/bench). The draft is the sample policy of 2026 with one number changed, held
against itself. The way begins at a published run of an earlier day, after which a record of one enterprise in a hundred was withdrawn or
repaired, so that every part of the split but new facts has something to tell.
"""

import argparse
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import town
from bench.city import AS_OF, POLICY
from bench.figures import Figure, cpu_seconds, measured_apart, tell
from bench.run import city_database, empty_runs
from data.database import Database, connect, make_engine, read_session, write_session
from data.policy_files import SHIPPED
from service.operations.recalculate import Request, publish, recalculate
from service.operations.rehearse import Asked, carry_out, order_rehearsal, report_at

BAR_S = 180.0
BAR_MB = 4096.0
BEFORE = date(2026, 5, 31)
CHANGE = "indicators.complaint_substantiated.points.points=-30"


def change_some(url: str) -> int:
    """Withdraw or repair a record of one enterprise in a hundred, as its source would; gives how many."""
    with connect(url) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        later = "greatest(clock_timestamp(), committed_at + interval '1 us')"
        connection.execute(f"UPDATE knowledge_head SET known_seq = known_seq + 1, committed_at = {later}")
        connection.execute(
            "INSERT INTO knowledge (known_seq, committed_at, cause) SELECT known_seq, committed_at, 'delivery' FROM knowledge_head"
        )
        names = [
            row[0]
            for row in connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'record'"
                " ORDER BY ordinal_position"
            ).fetchall()
        ]
        fresh = {
            "revision": "revision + 1",
            "is_withdrawn": "enterprise_key % 200 = 0",
            "repaired_on": f"CASE WHEN enterprise_key % 200 = 0 THEN repaired_on ELSE DATE '{BEFORE}' END",
            "known_seq": "(SELECT known_seq FROM knowledge_head)",
        }
        values = ", ".join(fresh.get(name, "NULL" if name.startswith("superseded") else name) for name in names)
        done = connection.execute(
            "WITH chosen AS (SELECT DISTINCT ON (enterprise_key) record_key, revision FROM record"
            " WHERE superseded_seq IS NULL AND NOT is_withdrawn AND enterprise_key % 100 = 0 ORDER BY enterprise_key, record_key),"
            " closed AS (UPDATE record r SET superseded_seq = (SELECT known_seq FROM knowledge_head), superseded_at = clock_timestamp()"
            " FROM chosen c WHERE r.record_key = c.record_key AND r.revision = c.revision RETURNING r.*)"
            f" INSERT INTO record ({', '.join(names)}) SELECT {values} FROM closed"
        )
        connection.commit()
        return done.rowcount


def rehearse_once(url: str, folder: str) -> dict[str, float]:
    """Order a rehearsal and carry it out in this process; seconds of each phase."""
    database = Database(url, folder=Path(folder))
    engine = make_engine(url, size=1)
    text = (SHIPPED / f"{POLICY}.yaml").read_text(encoding="utf-8")
    asked = Asked(text=text, file=POLICY, as_of=AS_OF, changes=(CHANGE,))
    with write_session(engine) as session:
        number = order_rehearsal(session, asked, family="yinchuan", actor=town.ACTOR)
        session.commit()
    phases: dict[str, float] = {}
    turns = [("starting", time.perf_counter())]

    def turn(phase: str, _rows: int) -> None:
        last, since = turns[-1]
        turns.append((phase, time.perf_counter()))
        phases[last] = phases.get(last, 0.0) + turns[-1][1] - since

    started, cpu = time.perf_counter(), cpu_seconds()
    carry_out(database, number, tell=turn)
    turn("done", 0)
    with read_session(engine) as session:
        _, report = report_at(session, number)
    engine.dispose()
    print("; ".join(f"{phase} {seconds:.1f} s" for phase, seconds in phases.items()), flush=True)
    print("; ".join(f"{part.part}: {part.up:,} up, {part.down:,} down" for part in report.parts), flush=True)
    return {"seconds": time.perf_counter() - started, "cpu": cpu_seconds() - cpu, "enterprises": float(report.enterprises)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=1_000_000)
    size = arguments.parse_args().size
    with city_database(size) as database:
        empty_runs(database.url)
        publish(database, recalculate(database, Request(as_of=BEFORE, family="yinchuan"), actor=town.ACTOR), actor=town.ACTOR)
        print(f"{change_some(database.url):,} records withdrawn or repaired since the run of {BEFORE}", flush=True)
        found, peak = measured_apart(rehearse_once, database.url, str(database.folder))
        print(f"{found['seconds']:.1f} s, {found['cpu']:.0f} CPU-seconds in the process, peak {peak:.0f} MB", flush=True)
        scale = size / 1_000_000
        tell(
            Figure(
                "rehearsal with the full difference", found["seconds"], "s", BAR_S * scale, note=f"{found['enterprises']:,.0f} enterprises"
            )
        )
        tell(Figure("the same, memory of the process", peak, "MB", BAR_MB))


if __name__ == "__main__":
    main()
