"""DuckDB from one to a hundred million records under one memory limit, in buckets as large as a part of a run.

    python -m bench.scale [--sizes 100000,1000000,10000000] [--memory 4GB]

Sizes are enterprises, with about ten records each, kept as Parquet under var/bench, with room to spill.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import city
from bench.figures import Figure, cpu_seconds, measured_apart, tell
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.relations import LISTINGS
from scoring.runs.running import PART_SIZE

BAR_LINEAR = 1.5
THREADS = 2
FULL = 1_000_000
FOLDER = "spill-scale"


def answer(folder: str, size: int, memory: str) -> tuple[float, float]:
    """Seconds and CPU-seconds of answering every enterprise: all laid in buckets of enterprises in one pass, then bucket by bucket."""
    policy, answered, parts = city.policy(), 0, -(-size // PART_SIZE)
    spool = city.KEPT / FOLDER / f"buckets-{size}"
    shutil.rmtree(spool, ignore_errors=True)
    spool.mkdir(parents=True)
    with DuckDBEngine(memory_limit=memory, threads=THREADS, spill=city.KEPT / FOLDER) as engine:
        engine.statement(policy, "answers")  # compiling is no part of a run: plans are kept
        started, cpu = time.perf_counter(), cpu_seconds()
        for name in city.RELATIONS:
            source = f"SELECT *, enterprise_key % {parts} AS bucket FROM read_parquet('{folder}/{name}.parquet')"
            engine.execute(f"COPY ({source}) TO '{spool}/{name}' (FORMAT parquet, PARTITION_BY (bucket))")
        laid = time.perf_counter() - started
        for number in range(parts):
            files = {name: spool / name / f"bucket={number}" for name in city.RELATIONS}
            if not files["listings"].exists():  # entries on lists are so few that a bucket may hold none
                files["listings"].mkdir()
                pq.write_table(LISTINGS.to_pyarrow().empty_table(), files["listings"] / "none.parquet")
            engine.load({name: at / "*.parquet" for name, at in files.items()})
            engine.keep(policy, "answers", "part_answers")
            answered += engine.count("part_answers")
        took = time.perf_counter() - started, cpu_seconds() - cpu
    print(f"{size:,} enterprises in {parts} buckets, laid in {laid:.1f} s of {took[0]:.1f} s", flush=True)
    shutil.rmtree(spool)
    if answered != size:
        raise SystemExit(f"{answered:,} answers to {size:,} questions")
    return took


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sizes", default="100000,1000000,10000000")
    arguments.add_argument("--memory", default="4GB")
    chosen = arguments.parse_args()
    rates: dict[int, float] = {}
    for size in map(int, chosen.sizes.split(",")):
        folder, records = city.relations(size), city.rows_of(size)["records"]
        (seconds, cpu), peak = measured_apart(answer, str(folder), size, chosen.memory)
        rates[size] = seconds / records
        base = rates.get(FULL) or next(iter(rates.values()))
        note = f"{seconds:.1f} s, {cpu:.0f} CPU-seconds, {records / seconds:,.0f} records/s; process peak {peak:,.0f} MB"
        tell(Figure(f"DuckDB, {records:,} records, {chosen.memory} limit, against linear", rates[size] / base, "x", BAR_LINEAR, note=note))


if __name__ == "__main__":
    main()
