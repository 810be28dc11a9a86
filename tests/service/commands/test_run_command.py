"""`qcredit run` killed on its way, and carried on by the same command."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.service.jobs.working import table_held
from tests.service.town import found_town

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60.0


def command(database: str, *arguments: str) -> subprocess.Popen[str]:
    environ = os.environ | {"DATABASE_URL": database, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    whole = [sys.executable, "-m", "service.cli", "run", *arguments]
    return subprocess.Popen(whole, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done(database: str, *arguments: str) -> dict[str, Any]:
    said, problem = (process := command(database, *arguments, "--json")).communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, problem
    found: dict[str, Any] = json.loads(said)
    return found


def state_of(database: str, run_id: int) -> str | None:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT state FROM run WHERE run_id = %s", (run_id,)).fetchone()
    return None if row is None else str(row[0])


def killed(database: str) -> int:
    """A run whose command was killed while it read."""
    with table_held(database, "standing"):
        process = command(database, "--as-of", "2026-06-01")
        until = time.monotonic() + PATIENCE_S
        while state_of(database, 1) != "running":
            assert time.monotonic() < until, "it does not begin"
            time.sleep(0.05)
        process.kill()
        process.communicate()
    return 1


def test_a_killed_run_is_carried_on_to_what_it_would_have_found(database: str, tmp_path: Path) -> None:
    found_town(database)
    run_id = killed(database)
    assert state_of(database, run_id) == "running"
    out = tmp_path / "grades.parquet"
    carried_on = done(database, "--go-on", str(run_id), "--out", str(out), "--publish")
    assert (carried_on["run_id"], carried_on["state"], carried_on["answered"]) == (run_id, "published", 10)
    assert out.exists()
    assert done(database, "--as-of", "2026-06-01")["digest"] == carried_on["digest"]
    refused = command(database, "--go-on", str(run_id), "--out", str(out))
    assert "[run.has_ended]" in refused.communicate(timeout=PATIENCE_S)[1]
    both = command(database, "--go-on", str(run_id), "--as-of", "2026-06-01")
    assert "--go-on" in both.communicate(timeout=PATIENCE_S)[1]
    assert (refused.returncode, both.returncode) == (1, 2)
