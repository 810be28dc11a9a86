"""Kills, lost connections, full disks and two at once: nothing accepted is lost, nothing is doubled."""

import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event

from data.database import JOB, driver_connection, make_engine, write_session
from data.stores.deliveries import InProgress, hold_delivery
from service.operations.deliver import Delivered, Interrupted, resume_delivery
from tests.counter import SOURCE, A, B, ask, bring, csv_of, facts, open_counter, outcomes, row, send

ROOT = Path(__file__).parents[3]


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = make_engine(database, limits=JOB, size=4)
    with write_session(engine) as session:
        open_counter(session)
        session.commit()
    yield engine
    engine.dispose()


KILLED = """
    import os, signal, sys
    from sqlalchemy import event
    from data.database import JOB, make_engine, write_session
    from tests.counter import SOURCE, csv_of, row, send

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    place, commits = sys.argv[2], []

    def at_commit(session):
        commits.append(session)
        if place == "committing" and len(commits) == 2:  # the first one keeps the file
            die()

    with write_session(make_engine(sys.argv[1], limits=JOB)) as session:
        event.listen(session, "before_commit", at_commit)
        content = csv_of([row(str(number)) for number in range(2100)])
        send(session, content, profile="native", source=SOURCE, progress=lambda phase, rows: die() if phase == place else None)
"""


@pytest.mark.parametrize("place", ["reading", "matching", "publishing", "committing"])
def test_a_kill_at_any_point_loses_nothing_and_doubles_nothing(engine: Engine, database: str, place: str) -> None:
    code = textwrap.dedent(KILLED)
    killed = subprocess.run([sys.executable, "-c", code, database, place], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    with write_session(engine) as session:
        ((number, state),) = ask(session, "SELECT delivery_id, state FROM delivery WHERE source = %s", SOURCE)
        assert state == "received"
        assert facts(session) == []
        session.rollback()
        for _ in range(100):  # the server may need a moment to see that its client is gone
            try:
                done = resume_delivery(session, delivery_id=number)
                break
            except InProgress:
                session.rollback()
                time.sleep(0.05)
        else:
            pytest.fail("the server still holds the killed delivery")
        assert outcomes(done) == (2100, 0, 0, 0, 0)
        again = bring(session, *[row(str(n)) for n in range(2100)])
        assert (again.delivery_id, again.is_repeat) == (number, True)
        assert len(facts(session)) == 2100


def test_a_lost_connection_is_told_and_the_delivery_taken_up_again(engine: Engine, database: str) -> None:
    with write_session(engine) as session:

        def cut(phase: str, _rows: int) -> None:
            if phase == "matching":
                with psycopg.connect(database, autocommit=True) as other:
                    other.execute("SELECT pg_terminate_backend(%s)", (driver_connection(session).info.backend_pid,))

        with pytest.raises(Interrupted, match="its file is kept") as told:
            send(session, csv_of([row("1")]), profile="native", source=SOURCE, progress=cut)
        ((number, state),) = ask(session, "SELECT delivery_id, state FROM delivery WHERE source = %s", SOURCE)
        assert f"qcredit deliveries resume {number}" in str(told.value)
        assert state in ("failed", "received")
        session.rollback()
        assert outcomes(resume_delivery(session, delivery_id=number)) == (1, 0, 0, 0, 0)
        assert len(facts(session)) == 1


def test_a_full_disk_leaves_the_delivery_failed_and_resumable(engine: Engine, database: str) -> None:
    """The disk is made full by a trigger that raises what PostgreSQL raises then."""
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("""
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON record FOR EACH STATEMENT EXECUTE FUNCTION full_disk();
        """)
    with write_session(engine) as session:
        with pytest.raises(Interrupted, match="No space left"):
            bring(session, row("1"), row("2", "x"))
        ((number, state, problem),) = ask(session, "SELECT delivery_id, state, problem FROM delivery WHERE source = %s", SOURCE)
        assert (state, problem["code"]) == ("failed", "delivery.interrupted")
        assert ask(session, "SELECT count(*) FROM delivery_row WHERE delivery_id = %s", number) == [(0,)]
        session.rollback()
        with psycopg.connect(database, autocommit=True) as other:
            other.execute("DROP TRIGGER full_disk ON record")
        assert outcomes(bring(session, row("1"), row("2", "x"))) == (1, 0, 0, 0, 1)


def test_two_deliveries_of_one_source_at_once_give_every_record_once(engine: Engine) -> None:
    rows = [row(str(n), A if n % 2 else B) for n in range(300)]
    told: list[Delivered] = []

    def bring_all(order: int, fine: str) -> None:
        with write_session(engine) as session:
            told.append(bring(session, *[one | {"quantities.fine_cny": fine} for one in rows[::order]]))

    workers = [threading.Thread(target=bring_all, args=(order, fine)) for order, fine in ((1, "1"), (-1, "2"))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(outcomes(done) for done in told) == [(0, 0, 300, 0, 0), (300, 0, 0, 0, 0)]
    with write_session(engine) as session:
        assert len(facts(session)) == 300
        assert ask(session, "SELECT count(*), count(DISTINCT known_seq) FROM record") == [(600, 2)]


def test_one_delivery_is_worked_on_by_one_process_at_a_time(engine: Engine) -> None:
    with write_session(engine) as session, write_session(engine) as other:
        number = bring(session, row("1")).delivery_id
        hold_delivery(other, number)
        with pytest.raises(InProgress):
            resume_delivery(session, delivery_id=number)


def test_a_delivery_under_way_shows_nothing_of_itself(engine: Engine) -> None:
    seen: list[int] = []
    with write_session(engine) as session, write_session(engine) as other:
        event.listen(session, "before_commit", lambda _: seen.append(len(facts(other))))
        bring(session, row("1"))
        assert seen[:2] == [0, 0]
        assert len(facts(session)) == 1
