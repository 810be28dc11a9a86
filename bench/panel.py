"""A panel of twelve days against one day: facts are read once, and a day asks only about answers that can have changed.

    python -m bench.panel [--size 100000]

Each panel is written by the operation of `qcredit panel` in a process of its own, from the database of a city that is kept under var/bench.
"""

import argparse
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench import town
from bench.figures import Figure, cpu_seconds, measured_apart, tell
from bench.run import city_database
from data.database import Database
from models.panels import Knowledge
from service.operations.make_panel import PanelRequest, make_panel, month_by_month

BAR_TIMES = 6.0
BAR_MB = 4_096.0
LAST = date(2026, 10, 31)
MONTHS = month_by_month(date(2025, 11, 30), LAST)


def panel_once(url: str, folder: str, days: tuple[date, ...]) -> dict[str, float]:
    """Write one panel in this process: its seconds, CPU seconds and rows."""
    with tempfile.TemporaryDirectory() as place:
        request = PanelRequest(days=days, out=Path(place) / "panel.parquet", family="yinchuan", knowledge=Knowledge.NOW)
        started, cpu = time.perf_counter(), cpu_seconds()
        made = make_panel(
            Database(url, folder=Path(folder)), request, actor=town.ACTOR, tell=lambda _phase, _rows: None, stop=lambda: False
        )
        size = request.out.stat().st_size / 2**20
    return {"seconds": time.perf_counter() - started, "cpu": cpu_seconds() - cpu, "rows": float(made.rows), "file_mb": size}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=100_000)
    size = arguments.parse_args().size
    with city_database(size) as database:
        found = {}
        for days in (MONTHS[-1:], MONTHS):
            counts, peak = measured_apart(panel_once, database.url, str(database.folder), days)
            found[len(days)] = counts | {"peak": peak}
            print(
                f"{len(days)} days: {counts['seconds']:.1f} s, {counts['cpu']:.1f} CPU-seconds in the process, {counts['rows']:,.0f} rows,"
                f" file {counts['file_mb']:.1f} MB, peak {peak:.0f} MB",
                flush=True,
            )
    one, twelve = found[1], found[12]
    note = f"{one['seconds']:.1f} s against {twelve['seconds']:.1f} s, {twelve['rows']:,.0f} rows"
    tell(Figure(f"panel of 12 dates against one, {size:,} enterprises", twelve["seconds"] / one["seconds"], "x", BAR_TIMES, note=note))
    tell(Figure("the same, memory of the process", twelve["peak"], "MB", BAR_MB))


if __name__ == "__main__":
    main()
