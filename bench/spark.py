"""The plan on local Spark beside DuckDB over the same Parquet: the same digest, seconds once the session has started, memory.

    python -m bench.spark [--sizes 100000,1000000,2000000] [--memory 6GB]

Sizes are enterprises, with about ten records each. The session runs in this machine's Java, whose peak is said apart.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import city
from bench.figures import Figure, measured_apart, tell
from scoring.engines import spark
from scoring.engines.duckdb import DuckDBEngine
from scoring.runs.canonical import canonical_sql, sum_hashes

BAR_S = 120.0
SPOOL = city.KEPT / "spark"


def digest_of(answers: Path) -> str:
    """The digest of answers in Parquet files."""
    with DuckDBEngine(memory_limit="4GB", spill=SPOOL / "spill") as duck:
        duck.load({"answers": answers})
        return format(sum_hashes(duck.batches(f"SELECT unhex(sha256({canonical_sql(city.policy())})) AS h FROM answers")), "064x")


def on_spark(folder: str, out: str, memory: str) -> tuple[float, float, float]:
    """Seconds to start the session, seconds of the plan, peak of Java in megabytes."""
    started = time.perf_counter()
    session: Any = spark.start(memory=memory, settings={"spark.sql.shuffle.partitions": "16"})
    ready = time.perf_counter()
    with spark.SparkEngine(session, folder=SPOOL) as engine:
        engine.load({name: Path(folder).absolute() / f"{name}.parquet" for name in city.RELATIONS})
        engine.write(city.policy(), "answers", Path(out))
        done = time.perf_counter()
    status = Path(f"/proc/{session.sparkContext._gateway.proc.pid}/status").read_text(encoding="utf-8")  # noqa: SLF001  # no public door says it
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    session.stop()
    return ready - started, done - ready, peak


def on_duckdb(folder: str, out: str) -> float:
    """Seconds of the plan."""
    Path(out).mkdir(parents=True, exist_ok=True)
    with DuckDBEngine(memory_limit="4GB", threads=2, spill=SPOOL / "spill") as engine:
        engine.load({name: Path(folder) / f"{name}.parquet" for name in city.RELATIONS})
        started = time.perf_counter()
        engine.execute(f"COPY ({engine.statement(city.policy(), 'answers')}) TO '{out}/part-0.parquet' (FORMAT parquet)")
        return time.perf_counter() - started


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sizes", default="100000,1000000,2000000")
    arguments.add_argument("--memory", default="6GB")
    chosen = arguments.parse_args()
    for size in map(int, chosen.sizes.split(",")):
        folder, records = city.relations(size), city.rows_of(size)["records"]
        (start, seconds, java), peak = measured_apart(on_spark, str(folder), str(SPOOL / "answers"), chosen.memory)
        alone, _ = measured_apart(on_duckdb, str(folder), str(SPOOL / "duckdb"))
        same = digest_of(SPOOL / "answers" / "*.parquet") == digest_of(SPOOL / "duckdb" / "*.parquet")
        note = f"{records / seconds:,.0f} records/s; session started in {start:.0f} s; Java peak {java:,.0f} MB, Python {peak:,.0f} MB;"
        note += f" DuckDB {alone:.1f} s; digest {'the same' if same else 'DIFFERS'}"
        bar = BAR_S * max(size, 1_000_000) / 1_000_000
        tell(Figure(f"Spark, local, {records:,} records", seconds, "s", bar, note=note))
        if not same:
            raise SystemExit("the digests differ")


if __name__ == "__main__":
    main()
