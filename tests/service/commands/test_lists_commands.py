import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data.database import make_engine, write_session
from models.access import Actor, Role
from service.commands.lists import app
from service.operations.publish_run import publish_run
from tests.entries import add_enterprise, add_policy
from tests.runs import facts, finished_run

GROUNDS = ["--reason", "facts confirmed", "--authority", "局", "--document-no", "2026-7", "--basis", "Measures 12"]


@pytest.fixture
def city(database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A published run: enterprise 1 is on the black list by the run, 2 is proposed for a red list."""
    monkeypatch.setenv("DATABASE_URL", database)
    engine = make_engine(database)
    with write_session(engine) as session:
        policy_hash = add_policy(session)
        add_enterprise(session, 1, name="=cmd|' /C calc'!A0")
        for key in (2, 3):
            add_enterprise(session, key)
        facts(session, (1, "recall", "refused"), (2, "award", "quality_award"))
        publish_run(session, finished_run(session, policy_hash), actor=Actor(holder="chief", role=Role.REGULATOR))
        session.commit()
    engine.dispose()


def call(*words: Any, code: Any = 0) -> Any:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == code, result.output or result.exception
    return result


def test_proposals_are_shown_and_decided(city: str) -> None:
    (proposal,) = map(json.loads, call("proposals", "--json").output.splitlines())
    assert (proposal["value"], proposal["list"], proposal["direction"]) == ("E2", "officers_red", "enter")
    shown = call("proposals", "--list", "officers_red").output
    assert "E2" in shown
    number = str(proposal["proposal_id"])
    told = json.loads(call("decide", number, "--accept", "--as", "anna", "--decided-on", "2026-03-05", *GROUNDS, "--json").output)
    assert told["state"] == "accepted"
    assert call("proposals").output == "No proposal waits.\n"
    assert "E2" in call("proposals", "--state", "accepted").output


def test_a_decision_needs_to_say_accept_or_refuse(city: str) -> None:
    call("decide", "1", "--as", "anna", *GROUNDS, code=2)


def test_refusals_reach_the_caller_as_errors_of_ours(city: str) -> None:
    result = CliRunner().invoke(app, ["decide", "99", "--refuse", "--as", "anna", "--reason", "x"])
    assert getattr(result.exception, "code", None) == "proposal.not_found"
    result = CliRunner().invoke(app, ["proposals", "--state", "lost"])
    assert getattr(result.exception, "code", None) == "usage.choice"


def test_an_export_never_holds_a_formula(city: str) -> None:
    out = call("lists", "export", "--list", "black", "--as-of", "2026-04-01").stdout_bytes.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["value"], row["name"]) == ("E1", "'=cmd|' /C calc'!A0")


def test_an_export_as_ndjson_says_where_the_log_stood(city: str, tmp_path: Path) -> None:
    file = tmp_path / "black.ndjson"
    call("lists", "export", "--list", "black", "--as-of", "2026-04-01", "--format", "ndjson", "--out", str(file))
    head, entry = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (head["snapshot"]["seq"], entry["enterprise"]["value"]) == (1, "E1")
    call("lists", "export", "--list", "black", "--as-of", "2020-01-01", "--format", "ndjson", "--out", str(file))
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1


def test_the_log_is_read_and_verified(city: str) -> None:
    (line,) = map(json.loads, call("changes", "--after", "0", "--json").stdout_bytes.splitlines())
    assert (line["seq"], line["cause"], line["body"]["list"]) == (1, "entered", "black")
    assert "black" in call("changes").output
    assert call("changes", "--after", "1").output == "Nothing new after line 1.\n"
    assert "whole: 1 lines" in call("changes", "--verify").output


def test_expiry_is_told_and_harmless_twice(city: str) -> None:
    assert call("expire", "--as-of", "2026-04-01").output == "Nothing was due by 2026-04-01.\n"
    told = json.loads(call("expire", "--as-of", "2026-04-02", "--json").output)
    assert (told["ended"], date.fromisoformat(told["as_of"])) == ({}, date(2026, 4, 2))
