"""What the law wants forgotten leaves the log's lines, and nothing else of the log changes."""

from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from data.codes.retention_terms import retention_terms
from data.database import WriteSession, driver_connection, make_engine, write_session
from data.stores import changes, trees
from data.stores.listings import Step
from models.law import Mark
from models.listings import Cause
from service.cli import app
from service.operations.forget import NotEnded, NothingToForget, forget_due, forget_entry
from tests.entries import DAY, add_enterprise, add_policy, add_run, black, enter, move
from tests.service.serving import OPERATOR


@pytest.fixture
def entries(db: WriteSession) -> list[int]:
    run_id = add_run(db, add_policy(db))
    for key in (1, 2, 3):
        add_enterprise(db, key)
    return enter(db, *(black(key, run_id=run_id) for key in (1, 2, 3)))


def emptied(db: WriteSession) -> list[int]:
    return [line["seq"] for line in changes.read_all(db) if line["body"] is None]


def test_an_entry_that_has_not_ended_is_not_forgotten(db: WriteSession, entries: list[int]) -> None:
    with pytest.raises(NotEnded):
        forget_entry(db, entries[0], reason="asked by the enterprise", actor=OPERATOR)


def test_every_line_of_a_forgotten_entry_is_emptied_once_and_the_root_stays(db: WriteSession, entries: list[int]) -> None:
    move(db, Step(entries[1], Cause.REPAIRED, DAY))
    before = trees.catch_up(db)
    assert forget_entry(db, entries[1], reason="court order", actor=OPERATOR) == [2, 4]
    assert emptied(db) == [2, 4]
    assert trees.catch_up(db) == before
    assert changes.verify_chain(db).seq == 4
    with pytest.raises(NothingToForget):
        forget_entry(db, entries[1], reason="court order", actor=OPERATOR)
    (why,) = driver_connection(db).execute("SELECT DISTINCT emptied_why FROM change_detail WHERE emptied_at IS NOT NULL").fetchall()
    assert why == ("operator: court order",)


def test_what_is_due_is_forgotten_on_its_day_and_not_before(db: WriteSession, entries: list[int]) -> None:
    (term,) = [one for one in retention_terms() if one.end_cause is Cause.REPAIRED]
    move(db, Step(entries[0], Cause.REPAIRED, DAY))
    last = DAY + timedelta(days=term.days_after_end)
    assert forget_due(db, today=last - timedelta(days=1), actor=OPERATOR) == 0
    assert forget_due(db, today=last, actor=OPERATOR) == 1
    assert forget_due(db, today=last, actor=OPERATOR) == 0
    assert emptied(db) == [1, 4]


def test_every_retention_is_marked_for_what_it_is() -> None:
    assert {term.mark for term in retention_terms()} <= {Mark.SAMPLE, Mark.SECONDARY, Mark.ENACTED}
    assert len({term.end_cause for term in retention_terms()}) == len(retention_terms())


def test_an_operator_forgets_at_the_command_line(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    engine = make_engine(database, size=1)
    with write_session(engine) as session:
        add_enterprise(session, 1)
        (entry,) = enter(session, black(1, run_id=add_run(session, add_policy(session))))
        move(session, Step(entry, Cause.REMOVED, date(2026, 4, 1)))
        session.commit()
    engine.dispose()
    done = CliRunner().invoke(app, ["forget", "entry", str(entry), "--why", "court order 2026-3"], catch_exceptions=False)
    assert "Emptied: lines 1, 2" in done.output
    assert "0 entries forgotten" in CliRunner().invoke(app, ["forget", "due"], catch_exceptions=False).output
