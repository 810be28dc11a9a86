"""An incremental run after one enterprise in a hundred changed, beside a full one, end to end: ordered, carried out and published.

    python -m bench.incremental [--size 1000000]

The city of `bench.run` gets a first run. Then twice a record of one enterprise in a hundred is withdrawn, as a delivery would do it, and
standings follow; the first time a full run is made and published, the second time an incremental one. A full run that knows the same as
the incremental one, not measured, must have its digest, its counts and the same answers.
"""

import argparse
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import town
from bench.city import AS_OF
from bench.figures import Figure, measured_apart, tell
from bench.run import city_database, empty_runs, run_once
from data.database import connect, driver_connection, make_engine, write_session
from data.stores import knowledge
from models.results import RunKind
from scoring.runs.refreshing import refresh
from service.operations.choose_rules import choose_rules
from service.operations.recalculate import Request, publish, recalculate

BAR_S = 5.0
BAR_SHARE = 0.1
ONE_IN = 100
NEXT_DAY = AS_OF + timedelta(days=1)
_CHOOSE = """
CREATE TEMPORARY TABLE withdrawn ON COMMIT DROP AS
SELECT DISTINCT ON (enterprise_key) * FROM record
WHERE enterprise_key %% %(one_in)s = %(place)s AND superseded_seq IS NULL AND NOT is_withdrawn ORDER BY enterprise_key, record_key
"""
_CLOSE = """
UPDATE record SET superseded_seq = %(seq)s, superseded_at = %(at)s FROM withdrawn
WHERE record.record_key = withdrawn.record_key AND record.superseded_seq IS NULL
"""
_REVISE = "UPDATE withdrawn SET revision = revision + 1, is_withdrawn = true, known_seq = %(seq)s, recorded_at = %(at)s"


def change(url: str) -> int:
    """Withdraw a record of one enterprise in a hundred, and let standings follow; gives how many enterprises."""
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        drawn = knowledge.draw(session, "delivery", "bench")
        connection = driver_connection(session)
        moment = {"seq": drawn.known_seq, "at": drawn.committed_at, "one_in": ONE_IN, "place": drawn.known_seq % ONE_IN}
        for statement in (_CHOOSE, _CLOSE, _REVISE, "INSERT INTO record SELECT * FROM withdrawn"):
            connection.execute(statement, moment if "%" in statement else None)
        touched = [key for (key,) in connection.execute("SELECT enterprise_key FROM withdrawn ORDER BY enterprise_key").fetchall()]
        session.commit()
        rules = choose_rules(session, family="yinchuan", as_of=AS_OF, known_seq=drawn.known_seq)
        refresh(session, rules, touched, as_of=AS_OF, known_seq=drawn.known_seq)
        session.commit()
    engine.dispose()
    with connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) record")
    return len(touched)


def is_equal(url: str, run_id: int, other: int) -> bool:
    """Whether two runs found the same: digest, counts, movements, and every answer that they kept."""
    with connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT digest, counts, migration, questions, answered, changed, as_of, (SELECT (count(*), sum(answer_hash))::text"
            " FROM run_answer a WHERE a.run_id = run.run_id) FROM run WHERE run_id = ANY(%s)",
            ([run_id, other],),
        ).fetchall()
    return len(rows) == 2 and rows[0] == rows[1]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=1_000_000)
    size = arguments.parse_args().size
    with city_database(size) as database:
        url, folder = database.url, str(database.folder)
        empty_runs(url)
        publish(database, recalculate(database, Request(as_of=AS_OF, family="yinchuan"), actor=town.ACTOR), actor=town.ACTOR)
        seconds: dict[RunKind, float] = {}
        for kind in (RunKind.FULL, RunKind.INCREMENTAL):
            touched = change(url)
            if kind is RunKind.INCREMENTAL:
                compared = recalculate(database, Request(as_of=NEXT_DAY, family="yinchuan"), actor=town.ACTOR)
            request = Request(as_of=NEXT_DAY, family="yinchuan", kind=kind)
            (took, phases, run_id), peak = measured_apart(run_once, url, folder, request)
            seconds[kind] = took["seconds"]
            shown = ", ".join(f"{phase} {taken:.1f}" for phase, taken in phases.items())
            print(f"{kind}: {touched:,} enterprises changed, {took['seconds']:.1f} s, {took['cpu']:.0f} CPU-seconds in the process,"
                  f" {took['changed']:,.0f} standings changed; {shown}; peak {peak:.0f} MB", flush=True)  # fmt: skip
        with connect(url, autocommit=True) as connection:
            row = connection.execute("SELECT due, why_full FROM run WHERE run_id = %s", (run_id,)).fetchone()
        print(f"asked anew: {row[0] if row else None} {row[1] or '' if row else ''}", flush=True)
        if not is_equal(url, run_id, compared):
            raise SystemExit("the incremental run and the full one differ")
        full, incremental = seconds[RunKind.FULL], seconds[RunKind.INCREMENTAL]
        tell(Figure("incremental run after 1 % of enterprises changed, end to end", incremental, "s", BAR_S, note=f"peak {peak:.0f} MB"))
        tell(Figure("the same against the full run", incremental / full, "x", BAR_SHARE, note=f"full {full:.1f} s"))


if __name__ == "__main__":
    main()
