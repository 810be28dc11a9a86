"""Runs in parts: the same as in one piece, carried on after a kill, ended where asked, and by one process at a time."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from data.database import Database, connect, make_engine, read_session, write_session
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from data.stores import run_parts, runs
from models.access import Actor, Role
from models.tables.runs import Run, RunPart
from scoring.runs.running import call_off, carry_out
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import BadSize, Request, order_run, recalculate
from tests.runs import facts

OPERATOR = Actor(holder="operator", role=Role.ADMIN)
DAY = date(2026, 6, 30)
WHOLE = Request(as_of=DAY, family="yinchuan")
ASKED = replace(WHOLE, part_size=110)
SIZE = 300

KILLED = """
import os, signal, sys
from data.database import Database
from scoring.runs.running import carry_out

def tell(phase, rows):
    if (phase, rows) == (sys.argv[3], int(sys.argv[4])):
        os.kill(os.getpid(), signal.SIGKILL)

carry_out(Database(sys.argv[1]), int(sys.argv[2]), tell=tell)
"""


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Database:
    """A city of 300 with the sample policy of 2026, before any run."""
    found = Database(clone())
    load_relations(found.url, SIZE)
    engine = make_engine(found.url)
    with write_session(engine) as session:
        publish_policy(session, text=(SHIPPED / "yinchuan-2026.yaml").read_text(), file="p", today=DAY, actor=OPERATOR)
        session.commit()
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def whole(city: Database) -> Run:
    """The run in one piece that all others are compared with."""
    return run_of(city, recalculate(city, WHOLE, actor=OPERATOR))


def run_of(city: Database, run_id: int) -> Run:
    engine = make_engine(city.url)
    with read_session(engine) as session:
        found = runs.get_run(session, run_id)
    engine.dispose()
    return found


def parts_of(city: Database, run_id: int) -> list[RunPart]:
    engine = make_engine(city.url)
    with read_session(engine) as session:
        found = list(run_parts.list_parts(session, run_id))
    engine.dispose()
    return found


def answers_of(city: Database, run_id: int) -> list[tuple[int, int]]:
    with connect(city.url) as connection:
        statement = "SELECT enterprise_key, answer_hash FROM run_answer WHERE run_id = %s ORDER BY enterprise_key"
        return connection.execute(statement, (run_id,)).fetchall()


def is_the_same(city: Database, run_id: int, whole: Run) -> bool:
    run = run_of(city, run_id)
    found = [(r.state, r.digest, r.counts, r.migration, r.questions, r.answered, r.changed) for r in (run, whole)]
    assert whole.run_id is not None
    return found[0] == found[1] and answers_of(city, run_id) == answers_of(city, whole.run_id)


@pytest.mark.parametrize("engine", ["duckdb", "postgres"])
def test_parts_add_up_to_the_run_in_one_piece(city: Database, whole: Run, engine: str) -> None:
    run_id = recalculate(city, replace(ASKED, engine=engine), actor=OPERATOR)
    assert [part.questions for part in parts_of(city, run_id)] == [110, 110, 80]
    assert is_the_same(city, run_id, whole)


@pytest.mark.parametrize(("phase", "rows", "kept"), [("storing", 110, 0), ("evaluating", 220, 2)])
def test_a_killed_run_goes_on_after_its_last_part(city: Database, whole: Run, phase: str, rows: int, kept: int) -> None:
    run_id = order_run(city, ASKED, actor=OPERATOR)
    command = [sys.executable, "-c", KILLED, city.url, str(run_id), phase, str(rows)]
    killed = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = parts_of(city, run_id)
    assert (run_of(city, run_id).state, len(left)) == ("running", kept)
    assert carry_out(city, run_id) == "finished"
    assert parts_of(city, run_id)[:kept] == left
    assert is_the_same(city, run_id, whole)


def test_a_run_that_failed_can_be_carried_out_again(city: Database, whole: Run) -> None:
    run_id = order_run(city, ASKED, actor=OPERATOR)

    def fail(phase: str, rows: int) -> None:
        if (phase, rows) == ("storing", 220):
            raise OSError("no space left")

    def look(phase: str, _rows: int) -> None:
        run = run_of(city, run_id)
        states.append((phase, run.state, run.finished_at is not None))

    states: list[tuple[str, str, bool]] = []

    with pytest.raises(OSError, match="no space"):
        carry_out(city, run_id, tell=fail)
    failed = run_of(city, run_id)
    assert (failed.state, failed.problem, failed.answered) == ("failed", "OSError: no space left", 110)
    assert failed.finished_at is not None
    assert carry_out(city, run_id, tell=look) == "finished"
    assert run_of(city, run_id).problem is None
    assert {(state, has_ended) for phase, state, has_ended in states if phase != "finished"} == {("running", False)}
    assert states[-1] == ("finished", "finished", True)
    assert is_the_same(city, run_id, whole)


def test_a_run_that_has_all_its_parts_gains_none_when_it_goes_on(city: Database, whole: Run, tmp_path: Path) -> None:
    run_id = order_run(city, ASKED, actor=OPERATOR)
    with pytest.raises(Exception, match="nowhere"):
        carry_out(city, run_id, out=tmp_path / "nowhere" / "answers.parquet")  # fails after the last part was kept
    kept = parts_of(city, run_id)
    assert carry_out(city, run_id) == "finished"
    assert parts_of(city, run_id) == kept
    assert is_the_same(city, run_id, whole)


def test_a_run_that_has_ended_is_left_as_it_is(city: Database, whole: Run) -> None:
    assert whole.run_id is not None
    assert carry_out(city, whole.run_id) == "finished"
    assert call_off(city, whole.run_id) == "finished"
    assert run_of(city, whole.run_id) == whole


def test_a_run_ends_where_it_is_asked_to(city: Database) -> None:
    run_id = order_run(city, ASKED, actor=OPERATOR)
    told: list[tuple[str, int]] = []
    assert carry_out(city, run_id, tell=lambda *said: told.append(said), stop=lambda: ("storing", 220) in told) == "cancelled"
    assert len(parts_of(city, run_id)) == 1
    assert carry_out(city, run_id) == "cancelled"
    assert told[-1] == ("storing", 220)


def test_a_run_that_is_stopped_while_it_reads_answers_nothing(city: Database) -> None:
    run_id = order_run(city, ASKED, actor=OPERATOR)
    read: list[int] = []

    def tell(phase: str, rows: int) -> None:
        read.extend([rows] if phase == "reading" and rows else [])

    assert carry_out(city, run_id, tell=tell, stop=lambda: len(read) == 1) == "cancelled"
    assert parts_of(city, run_id) == []


def test_a_run_that_waits_can_be_called_off(city: Database) -> None:
    run_id = order_run(city, ASKED, actor=OPERATOR)
    assert run_of(city, run_id).state == "queued"
    assert call_off(city, run_id) == "cancelled"
    assert carry_out(city, run_id) == "cancelled"


def test_a_second_caller_of_a_run_is_refused(city: Database, whole: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_parts, "_WAIT_S", 0.2)
    run_id = order_run(city, ASKED, actor=OPERATOR)

    def tell(phase: str, rows: int) -> None:
        if (phase, rows) == ("storing", 110):
            with pytest.raises(run_parts.UnderWay, match="another process"):
                carry_out(city, run_id)
            with pytest.raises(run_parts.UnderWay):
                call_off(city, run_id)

    assert carry_out(city, run_id, tell=tell) == "finished"
    assert is_the_same(city, run_id, whole)


def test_a_file_is_whole_however_the_run_was_cut(city: Database, whole: Run, tmp_path: Path) -> None:
    recalculate(city, replace(WHOLE, out=tmp_path / "whole"), actor=OPERATOR)
    run_id = order_run(city, ASKED, actor=OPERATOR)
    told: list[str] = []

    def fail(phase: str, rows: int) -> None:
        told.append(phase)
        if told.count("storing") == 2:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        carry_out(city, run_id, tell=fail)
    carry_out(city, run_id, out=tmp_path / "cut")
    assert pq.read_table(tmp_path / "cut").equals(pq.read_table(tmp_path / "whole"))
    assert is_the_same(city, run_id, whole)


def test_a_part_has_at_least_one_enterprise(city: Database) -> None:
    with pytest.raises(BadSize, match="above 0"):
        order_run(city, replace(ASKED, part_size=0), actor=OPERATOR)


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("UPDATE run SET state = 'published', digest = 'other' WHERE run_id = {}", "run_keeps_what_it_found"),
        ("UPDATE run SET state = 'running' WHERE run_id = {}", "run_goes_its_way"),
        ("UPDATE run SET as_of = as_of + 1 WHERE run_id = {}", "run_keeps_its_order"),
        ("UPDATE run_part SET digest = 'other' WHERE run_id = {}", "run_part_stays"),
        ("DELETE FROM run_part WHERE run_id = {}", "run_part_stays"),
    ],
)
def test_the_database_keeps_what_a_run_found(city: Database, whole: Run, statement: str, rule: str) -> None:
    with connect(city.url) as connection, pytest.raises(psycopg.errors.RestrictViolation) as refused:
        connection.execute(statement.format(whole.run_id))
    assert refused.value.diag.constraint_name == rule


def test_a_run_answers_for_what_was_known_when_it_was_ordered(city: Database, whole: Run) -> None:
    run_id = order_run(city, ASKED, actor=OPERATOR)
    assert whole.run_id is not None
    one, other = (key for key, _ in answers_of(city, whole.run_id)[100:102])
    engine = make_engine(city.url)
    with write_session(engine) as session:
        facts(session, (one, "recall", "refused"), (other, "recall", "refused"))
        session.commit()
    engine.dispose()
    carry_out(city, run_id)
    assert is_the_same(city, run_id, whole)
    later = run_of(city, recalculate(city, ASKED, actor=OPERATOR))
    assert later.digest != whole.digest
