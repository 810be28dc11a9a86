"""A process that is killed at random while it decides, expires, delivers and publishes; the way is `bench.kills`, here with few kills."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import read_figure

ROOT = Path(__file__).parents[2]
TIMES = 20


@pytest.mark.slow
def test_twenty_kills_leave_the_same_lists_and_a_whole_log() -> None:
    command = [sys.executable, "-m", "bench.kills", "--times", str(TIMES), "--size", "300"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told = [figure for line in done.stdout.splitlines() if (figure := read_figure(line))]
    assert [figure.measured for figure in told] == [TIMES]
