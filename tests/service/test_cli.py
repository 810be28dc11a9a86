"""The command line as a whole: quick to start, one table, plain refusals, exit codes that mean what is documented."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service import cli

ROOT = Path(__file__).parents[2]
HEAVY = ("sqlalchemy", "psycopg", "ibis", "duckdb", "pyarrow", "pandas", "fastapi", "pydantic", "alembic")


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **environ}, capture_output=True, text=True, check=False)


def test_help_lists_every_command_and_loads_none_of_them() -> None:
    script = "import sys; from typer.testing import CliRunner; from service import cli; r = CliRunner().invoke(cli.app, ['--help']);"
    asked = f"print(r.output); print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script + asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in cli.COMMANDS)
    assert done.stdout.strip().endswith("[]")


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_of_the_table_is_there_and_shows_an_example(name: str) -> None:
    def examples(command: Any) -> list[str]:
        if hasattr(command, "commands") and command.commands:
            return [example for inner in command.commands.values() for example in examples(inner)]
        return [command.help or ""]

    texts = examples(cli.load(name))
    assert texts
    assert all(f"Example: qcredit {name}" in text for text in texts)


def test_a_refusal_is_one_sentence_with_its_code_and_exit_1(tmp_path: Path) -> None:
    done = run("db", "status", DATABASE_URL="mysql://somewhere/else", QCREDIT_VAR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.strip().endswith("[database.bad_url]")
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_answer_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = run("db", "status", DATABASE_URL="postgresql://127.0.0.1:9/none", QCREDIT_VAR=str(tmp_path))
    assert done.returncode == 1
    assert "[database.un" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_is_exit_2_and_names_what_was_probably_meant() -> None:
    done = CliRunner().invoke(cli.app, ["no-such-command"])
    assert done.exit_code == 2


def test_the_version_is_told_without_a_database() -> None:
    done = CliRunner().invoke(cli.app, ["--version"])
    assert done.exit_code == 0
    assert done.output.startswith("qcredit ")


def test_migrating_twice_is_harmless_and_the_status_says_which_database(empty_database: str) -> None:
    for _ in range(2):
        done = run("db", "migrate", DATABASE_URL=empty_database)
        assert done.returncode == 0, done.stderr
    done = run("db", "status", DATABASE_URL=empty_database)
    assert done.returncode == 0
    assert "PostgreSQL 18" in done.stdout
    assert "as this version needs it" in done.stdout
