"""Measure every bar, one script after the other, and write the table of docs/performance.md anew.

    python -m bench [NAME ...] [--size 1000000]

With a smaller `--size` the way is tried out: figures are printed beside the bars of the full size, and nothing is written.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench.figures import Figure, read_figure

FULL = 1_000_000
DOCUMENT = Path("docs/performance.md")
BEGIN, END = "<!-- figures of {}: written by python -m bench -->", "<!-- end of {} -->"
INTAKE = re.compile(r"one process: .* in ([\d.]+) s, ([\d,]+) a second .*process peak (\d+) MB")
TOGETHER = re.compile(r"\d+ processes: ([\d,]+) a second together \(([\d.]+) x one\)")


def commands(size: int) -> dict[str, list[str]]:
    """The scripts by name, with their arguments; those over HTTP take a smaller city, whose size they say."""
    part = size / FULL
    return {
        "plan": ["--size", str(size)],
        "run": ["--size", str(size)],
        "incremental": ["--size", str(size)],
        "locks": ["--size", str(size)],
        "rehearsal": ["--size", str(size)],
        "panel": ["--size", str(max(5_000, round(100_000 * part)))],
        "scale": ["--sizes", ",".join(str(max(1_000, round(n * part))) for n in (100_000, 1_000_000, 10_000_000))],
        "spark": ["--sizes", ",".join(str(max(1_000, round(n * part))) for n in (100_000, 1_000_000, 2_000_000))],
        "live": ["--size", str(size)],
        "checks": ["--size", str(max(10_000, round(100_000 * part)))],
        "receipts": ["--size", str(max(5_000, round(20_000 * part)))],
        "lookups": [],
        "feed": ["--changes", str(max(20_000, round(300_000 * part)))],
        "writers": ["--size", str(max(20_000, round(150_000 * part)))],
        "proofs": ["--changes", str(max(10_000, round(100_000 * part)))],
        "run_kills": ["--times", str(max(20, round(200 * part)))],
        "kills": ["--times", str(max(20, round(1_000 * part)))],
        "intake": ["--rows", str(size), "--enterprises", str(max(1_000, size // 10))],
    }


def facts() -> str:
    """The machine and what ran on it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in ("duckdb", "pandas", "pyarrow", "psycopg", "fastapi"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}, {packages}; load average before: {load}"
    )


def measure(name: str, arguments: list[str]) -> list[Figure]:
    """Run one script in a process of its own, show what it prints, and give its figures."""
    print(f"\n== {name} {' '.join(arguments)}", flush=True)
    figures = []
    command = [sys.executable, "-m", f"bench.{name}", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            figure = read_figure(line)
            if figure is None:
                print(line, end="", flush=True)
                figures += _of_intake(line)
            else:
                figures.append(figure)
    if process.returncode:
        print(f"{name} failed with {process.returncode}", flush=True)
    return figures


def _of_intake(line: str) -> list[Figure]:
    if found := INTAKE.search(line):
        rate, peak = float(found[2].replace(",", "")), float(found[3])
        return [
            Figure("intake of a CSV, one process", rate, "records/s", 10_000, at_least=True, note=f"all of it in {found[1]} s"),
            Figure("the same, memory of the process", peak, "MB", 500),
        ]
    if found := TOGETHER.search(line):
        note = f"{found[1]} records a second together"
        return [Figure("two processes against one", float(found[2]), "x", 1.0, at_least=True, note=note)]
    return []


def table(name: str, command: str, machine: str, figures: list[Figure]) -> str:
    """The block of one script, between its markers."""
    rows = [figure.row() for figure in figures]
    head = ["| what | measured | bar | of the bar | | |", "|---|---|---|---|---|---|"]
    return "\n".join([BEGIN.format(name), f"`{command}`, {machine}", "", *head, *rows, END.format(name)])


def write(name: str, block: str) -> None:
    """Put a block in place of the one of the same name, or at the end."""
    text = DOCUMENT.read_text(encoding="utf-8")
    begin, end = BEGIN.format(name), END.format(name)
    if begin in text and end in text:
        before, rest = text.split(begin, 1)
        text = before + block + rest.split(end, 1)[1]
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    DOCUMENT.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=FULL)
    scripts = commands(parser.parse_known_args()[0].size)
    parser.add_argument("names", nargs="*", choices=[*scripts, []], help="all unless named")
    chosen = parser.parse_args()
    told: dict[str, list[Figure]] = {}
    for name in chosen.names or scripts:
        machine = facts()
        print(f"\n{machine}", flush=True)
        told[name] = measure(name, scripts[name])
        if told[name] and chosen.size == FULL:
            write(name, table(name, " ".join(["python -m", f"bench.{name}", *scripts[name]]), machine, told[name]))
    print()
    for name, figures in told.items():
        for figure in figures:
            print(f"{name:8} {figure.row()}")


if __name__ == "__main__":
    main()
