"""A full run of the whole policy of 2026 in DuckDB, from relations to result; against the same by hand in SQL and in pandas.

    python -m bench.plan [--size 1000000] [--rounds 3] [--without-pandas]

Each is measured in processes of its own, in turns, so that what else the machine does bears on all alike; the best of the rounds counts.
The relations are Parquet files, made once and kept under var/bench.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import duckdb

from bench import city, in_pandas
from bench.figures import Figure, cpu_seconds, measured_apart, tell
from scoring.engines.duckdb import DuckDBEngine

BAR_S = 15.0
BAR_RATIO = 2.0
MEMORY_LIMIT = "4GB"
THREADS = 2
Timed = tuple[float, float]


def by_plan(folder: str, out: str) -> Timed:
    policy = city.policy()
    with DuckDBEngine(memory_limit=MEMORY_LIMIT, threads=THREADS) as engine:
        engine.load({name: Path(folder) / f"{name}.parquet" for name in city.RELATIONS})
        engine.statement(policy, "answers")  # compiling is no part of a run: plans are kept
        started, cpu = time.perf_counter(), cpu_seconds()
        answers = engine.run(policy, "answers")
        timed = time.perf_counter() - started, cpu_seconds() - cpu
    duckdb.sql("SELECT * FROM answers").write_parquet(out)
    del answers
    return timed


def by_hand(folder: str, out: str) -> Timed:
    statement = (Path(__file__).parent / "hand_written.sql").read_text(encoding="utf-8")
    with DuckDBEngine(memory_limit=MEMORY_LIMIT, threads=THREADS) as engine:
        engine.load({name: Path(folder) / f"{name}.parquet" for name in city.RELATIONS})
        started, cpu = time.perf_counter(), cpu_seconds()
        answers = engine.query(statement)
        timed = time.perf_counter() - started, cpu_seconds() - cpu
    duckdb.sql("SELECT * FROM answers").write_parquet(out)
    del answers
    return timed


def by_pandas(folder: str, out: str) -> Timed:
    started, cpu = time.perf_counter(), cpu_seconds()
    grades = in_pandas.grade(Path(folder), city.AS_OF, city.KNOWN_SEQ)
    timed = time.perf_counter() - started, cpu_seconds() - cpu
    grades.to_parquet(out)
    return timed


WAYS = {"plan": by_plan, "by hand": by_hand, "pandas": by_pandas}


def differing(left: Path, right: Path, columns: str) -> int:
    """Rows that one file has and the other has not."""
    row: Any = duckdb.execute(
        f"SELECT (SELECT count(*) FROM (SELECT {columns} FROM '{left}' EXCEPT ALL SELECT {columns} FROM '{right}'))"
        f" + (SELECT count(*) FROM (SELECT {columns} FROM '{right}' EXCEPT ALL SELECT {columns} FROM '{left}'))"
    ).fetchone()
    return int(row[0])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--without-pandas", action="store_true")
    chosen = arguments.parse_args()
    folder = city.relations(chosen.size)
    print(f"{city.rows_of(chosen.size)}", flush=True)
    ways = [way for way in WAYS if way != "pandas" or not chosen.without_pandas]
    outs = {way: folder / f"answers {way}.parquet" for way in ways}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    cpu: dict[str, list[float]] = {way: [] for way in ways}
    peaks: dict[str, float] = dict.fromkeys(ways, 0.0)
    for turn in range(chosen.rounds):
        for way in ways:
            if way == "pandas" and turn:
                continue  # once: it takes by far the longest
            (wall, spent), peak = measured_apart(WAYS[way], str(folder), str(outs[way]))
            seconds[way].append(wall)
            cpu[way].append(spent)
            peaks[way] = max(peaks[way], peak)
            print(f"{way}: {wall:.1f} s, {spent:.1f} CPU-seconds, process peak {peak:.0f} MB", flush=True)
    wrong = differing(outs["plan"], outs["by hand"], "*")
    print(f"plan and SQL by hand: {wrong} rows differ", flush=True)
    if "pandas" in ways:
        off = differing(outs["plan"], outs["pandas"], "enterprise_key, total_x100, score_x100, grade")
        print(f"plan and pandas, totals, scores and grades: {off} rows differ", flush=True)
        wrong += off
    best, least = {way: min(times) for way, times in seconds.items()}, {way: min(times) for way, times in cpu.items()}
    bar = BAR_S * chosen.size / 1_000_000
    tell(Figure("full run in DuckDB, 4 GB limit, 2 threads", best["plan"], "s", bar,
                note=f"{least['plan']:.1f} CPU-seconds; process peak {peaks['plan']:,.0f} MB"))  # fmt: skip
    note = f"by hand {best['by hand']:.1f} s, peak {peaks['by hand']:,.0f} MB; wall clock {best['plan'] / best['by hand']:.2f} x"
    tell(Figure("the same against SQL by hand, CPU", least["plan"] / least["by hand"], "x", BAR_RATIO, note=note))
    if "pandas" in ways:
        note = f"pandas {best['pandas']:.1f} s, without lists, coverage and days of change"
        tell(Figure("the same against pandas, time", best["plan"] / best["pandas"], "x", 1.0, note=note))
        tell(Figure("the same against pandas, memory", peaks["plan"] / peaks["pandas"], "x", 1.0, note=f"pandas {peaks['pandas']:,.0f} MB"))
    for out in outs.values():
        out.unlink()
    if wrong:
        raise SystemExit("rows differ")


if __name__ == "__main__":
    main()
