"""`qcredit survival` over records of a small world: from the first failure to the next, who left business is censored."""

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from typer.testing import CliRunner

from data.database import connect, make_engine, write_session
from data.stores import knowledge, same_as
from service import cli
from tests.entries import add_enterprise, add_record

FAILED = {1: ("2024-01-01", "2024-04-10"), 2: ("2024-02-01",), 3: ("2024-03-01", "2024-03-01"), 4: ("2024-01-01",)}


@pytest.fixture
def failures(clone: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> str:
    url = clone()
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        seq = knowledge.draw(session, "delivery").known_seq
        for key, days in FAILED.items():
            add_enterprise(session, key)
            for day in days:
                on = date.fromisoformat(day)
                add_record(session, key, "sampling", "failed", known_seq=seq, occurred_on=on, concluded_on=on)
            add_record(session, key, "sampling", "none_found", known_seq=seq, occurred_on=date(2024, 2, 2), concluded_on=date(2024, 2, 2))
        session.commit()
    engine.dispose()
    with connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE registry_fact SET valid_until = '2024-01-31' WHERE enterprise_key = 4")
        connection.execute(
            "INSERT INTO registry_fact (enterprise_key, valid_from, known_seq, state, is_natural_person, other)"
            " VALUES (4, '2024-01-31', 0, 'deregistered', false, '{}')"
        )
        connection.commit()
    monkeypatch.setenv("DATABASE_URL", url)
    return url


@pytest.mark.usefixtures("failures")
def test_the_steps_are_those_of_the_records() -> None:
    done = CliRunner().invoke(cli.app, ["survival", "--until", "2024-12-31", "--csv"])
    assert done.exit_code == 0, done.output
    (line,) = list(csv.DictReader(io.StringIO(done.output)))
    # Enterprise 4 left after 30 days and is at risk no longer; two findings of one day are one failure.
    assert (line["days"], line["at_risk"], line["repeats"], line["share"]) == ("100", "3", "1", "0.666667")


def test_failures_of_a_duplicate_are_those_of_the_entry_that_is_kept(failures: str) -> None:
    """The failure of 2 is the first, and that of 3, its duplicate, the next one after 29 days."""
    engine = make_engine(failures, size=1)
    with write_session(engine) as session:
        drawn = knowledge.draw(session, "same_as")
        same_as.join(session, drawn, kept=2, duplicate=3, reason="registered twice", by="officer")
        session.commit()
    engine.dispose()
    done = CliRunner().invoke(cli.app, ["survival", "--until", "2024-12-31", "--csv"])
    assert done.exit_code == 0, done.output
    lines = list(csv.DictReader(io.StringIO(done.output)))
    assert [(line["days"], line["at_risk"], line["repeats"]) for line in lines] == [("29", "3", "1"), ("100", "1", "1")]
