"""Keys at the command line, and a server that says what it uses or why it does not start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from service.commands.keys import app
from tests.service.serving import bearing

ROOT = Path(__file__).parents[3]


def call(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output or result.exception
    return result.output


def serve(url: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "service.cli", "serve", *words]
    environ = {"PATH": os.environ["PATH"], "DATABASE_URL": url}
    return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ready(address: str) -> str:
    """What the server says of itself, once it answers."""
    for _ in range(300):
        try:
            return str(httpx.get(address).json()["status"])
        except httpx.TransportError:
            time.sleep(0.1)
    return "silent"


def test_a_key_is_printed_once_listed_without_its_secret_and_revoked(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "200")
    made = call("create", "--role", "procurement", "--holder", "采购中心", "--expires", "2099-12-31").splitlines()
    _, key_id, secret = next(line for line in made if line.startswith("qck_")).split("_")
    listed = call("list")
    assert key_id in listed
    assert "采购中心" in listed
    assert "works until 2099-12-31" in listed
    assert secret not in listed
    assert "revoked" in call("revoke", key_id)
    assert "revoked" in call("list")


def test_a_key_that_makes_no_sense_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    for words in (["--role", "source"], ["--role", "auditor", "--source", "x"], ["--role", "auditor", "--expires", "2001-01-01"]):
        call("create", "--holder", "x", *words, code=1)
    call("create", "--holder", "x", "--role", "king", code=2)
    call("revoke", "nobody", code=1)


def test_a_server_names_its_database_and_address_and_answers(database: str) -> None:
    process = serve(database, "--port", "18763")
    try:
        assert ready("http://127.0.0.1:18763/readyz") == "ready"
        assert httpx.get("http://127.0.0.1:18763/v1/keys", headers=bearing("qck_a_b")).status_code == 401
    finally:
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=30)
    assert "Database: PostgreSQL" in told
    assert "Serving on http://127.0.0.1:18763" in told


def test_a_server_refuses_a_database_without_its_schema_and_says_what_helps(empty_database: str) -> None:
    process = serve(empty_database)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "qcredit db migrate" in said
    assert "[database.not_migrated]" in said
