"""Processes that are killed at random; the ways are `bench.kills` (acts of an office) and `bench.run_kills` (jobs), here with few kills."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import read_figure

ROOT = Path(__file__).parents[2]
TIMES = 20


def killed(module: str) -> list[float]:
    """Kills that a bench counted; it fails itself when anything is lost or doubled."""
    command = [sys.executable, "-m", module, "--times", str(TIMES), "--size", "300"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return [figure.measured for line in done.stdout.splitlines() if (figure := read_figure(line))]


@pytest.mark.slow
def test_twenty_kills_leave_the_same_lists_and_a_whole_log() -> None:
    assert killed("bench.kills") == [TIMES]


@pytest.mark.slow
def test_a_run_whose_worker_server_or_database_is_killed_twenty_times_ends_as_if_nobody_had() -> None:
    assert killed("bench.run_kills") == [TIMES]
