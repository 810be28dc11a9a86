"""Workers die, stop, lose the database; their jobs go on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text

from data.database import make_engine, read_session, write_session
from data.policy_files import SHIPPED
from data.stores import jobs, runs
from models.jobs import JobState
from models.shapes import Shape
from service.jobs.catalogue import KINDS
from service.jobs.expiring import EXPIRY
from service.jobs.kinds import BY_ITSELF, Kind, Nothing
from service.jobs.ordering import order_job
from service.jobs.rehearsals import REHEARSAL, RehearsalArguments
from service.jobs.runs import RUN, RunArguments
from service.operations.recalculate import Request, order_in
from service.operations.rehearse import Asked as Draft
from service.operations.rehearse import order_rehearsal
from tests.conftest import Server
from tests.service.jobs.working import Worker, clock_held, ended, seen, table_held, wait_for, worked
from tests.service.town import found_town


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = make_engine(database, size=2)
    yield engine
    engine.dispose()


def ordered(engine: Engine) -> int:
    with write_session(engine) as session:
        job_id = order_job(session, EXPIRY, Nothing(), actor=BY_ITSELF)
        session.commit()
    return job_id


def ordered_run(engine: Engine) -> int:
    with write_session(engine) as session:
        run_id = order_in(session, Request(as_of=date(2026, 6, 1), family="yinchuan"), actor=BY_ITSELF)
        job_id = order_job(session, RUN, RunArguments(run_id=run_id), actor=BY_ITSELF)
        session.commit()
    return job_id


def in_queue(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM procrastinate.procrastinate_jobs")) or 0)


@contextmanager
def no_new_connections(server: Server, database: str) -> Iterator[None]:
    """Those that are open stay; a new one is refused, as by a server that is starting or has none left."""
    name = str(make_url(database).database)
    server.run("ALTER DATABASE {name} ALLOW_CONNECTIONS false", name=name)
    try:
        yield
    finally:
        server.run("ALTER DATABASE {name} ALLOW_CONNECTIONS true", name=name)


def lose_whoever_waits_for(engine: Engine, table: str) -> None:
    """End the connection that waits for a table, as a network would, once there is one."""
    statement = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT granted AND relation = CAST(:table AS regclass)"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    until = time.monotonic() + 60
    with engine.connect() as connection:
        while not connection.scalar(text(statement), {"table": table}):
            assert time.monotonic() < until, "nobody waits"
            time.sleep(0.05)


def test_a_job_whose_worker_is_killed_is_carried_out_by_another(engine: Engine, database: str) -> None:
    with clock_held(database):
        job_id = ordered(engine)
        first = Worker(database)
        wait_for(engine, job_id, JobState.RUNNING)
        first.kill()
    assert seen(engine, job_id)["state"] == JobState.RUNNING  # nobody knows yet
    with worked(database):
        job = ended(engine, job_id)
    assert (job["state"], job["attempts"]) == (JobState.FINISHED, 2)
    assert in_queue(engine) == 0


def test_a_worker_that_stops_gives_its_job_back_between_two_parts(engine: Engine, database: str) -> None:
    found_town(database)
    with table_held(database, "standing"):
        job_id = ordered_run(engine)
        worker = Worker(database)
        wait_for(engine, job_id, JobState.RUNNING)
        worker.process.terminate()
        time.sleep(0.5)  # it has heard; the database keeps the work waiting until now
    said, _ = worker.process.communicate(timeout=60)
    assert worker.process.returncode == 0, said
    left = seen(engine, job_id)
    assert left["state"] == JobState.QUEUED
    with read_session(engine) as session:
        assert runs.get_run(session, left["arguments"]["run_id"]).state == "running"  # left as it is, not failed
    with worked(database):
        job = ended(engine, job_id)
    assert (job["state"], job["attempts"]) == (JobState.FINISHED, 2)


def test_a_job_survives_the_loss_of_every_connection(engine: Engine, database: str) -> None:
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)"
    )
    with worked(database):
        with clock_held(database) as holder:
            job_id = ordered(engine)
            wait_for(engine, job_id, JobState.RUNNING)
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(others, (holder,))
        job = ended(engine, job_id)
    assert (job["state"], job["attempts"]) == (JobState.FINISHED, 2)
    assert in_queue(engine) == 0


def test_a_job_is_tried_again_after_the_database_took_no_connection(engine: Engine, database: str, server: Server) -> None:
    with engine.connect(), engine.connect():
        pass  # the two that are asked below stay open, and so do those of a worker that has done a job
    with worked(database), engine.connect() as connection:
        ended(engine, ordered(engine))
        with no_new_connections(server, database):
            job_id, until = ordered(engine), time.monotonic() + 60
            while (tried := connection.scalar(text("SELECT max(attempts) FROM procrastinate.procrastinate_jobs"))) == 0:
                assert time.monotonic() < until, "nobody tried"
                connection.rollback()
                time.sleep(0.05)
        assert tried == 1  # and the queue keeps it
        assert ended(engine, job_id)["state"] == JobState.FINISHED
    assert in_queue(engine) == 0


def test_a_run_that_loses_its_database_on_the_way_is_tried_again(engine: Engine, database: str) -> None:
    found_town(database)
    with worked(database):
        with table_held(database, "standing"):
            job_id = ordered_run(engine)
            wait_for(engine, job_id, JobState.RUNNING)
            lose_whoever_waits_for(engine, "standing")
        job = ended(engine, job_id)
    assert (job["state"], job["attempts"]) == (JobState.FINISHED, 2), job["problem"]


def test_a_rehearsal_that_loses_its_database_on_the_way_is_tried_again(engine: Engine, database: str) -> None:
    found_town(database)
    arguments = arguments_of(engine, REHEARSAL)
    with worked(database):
        with table_held(database, "registry_fact"):
            with write_session(engine) as session:
                job_id = order_job(session, REHEARSAL, arguments, actor=BY_ITSELF)
                session.commit()
            wait_for(engine, job_id, JobState.RUNNING)
            lose_whoever_waits_for(engine, "registry_fact")
        job = ended(engine, job_id)
    assert (job["state"], job["attempts"], job["result"] and job["result"]["state"]) == (JobState.FINISHED, 2, "finished"), job["problem"]


def test_a_worker_taken_for_dead_writes_nothing_more(engine: Engine) -> None:
    job_id = ordered(engine)
    with write_session(engine) as session:
        first = jobs.begin(session, job_id)
        second = jobs.begin(session, job_id)
        assert first is not None
        assert second is not None
        told = jobs.say_progress(session, job_id, attempt=first[1], phase="late", rows=1, of=None)
        assert told is None
        assert not jobs.end_job(session, job_id, attempt=first[1], state="failed", problem={"code": "late", "message": "late"})
        assert jobs.say_progress(session, job_id, attempt=second[1], phase="now", rows=1, of=2) is False
        assert jobs.end_job(session, job_id, attempt=second[1], state="finished", result={})
        session.commit()
    assert seen(engine, job_id)["phase"] == "now"


def test_what_became_of_a_job_stays_as_it_was_told(engine: Engine, database: str) -> None:
    job_id = ordered(engine)
    with worked(database):
        ended(engine, job_id)
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RestrictViolation, match="has ended"):
        connection.execute("UPDATE job SET state = 'queued', ended_at = NULL, result = NULL WHERE job_id = %s", (job_id,))
    other = ordered(engine)
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.CheckViolation, match="ck_job_fails_with_reason"):
        connection.execute("UPDATE job SET state = 'failed', ended_at = now() WHERE job_id = %s", (other,))


def arguments_of(engine: Engine, kind: Kind[Any]) -> Shape:
    """What two jobs of a kind can be asked with alike."""
    with write_session(engine) as session:
        if kind is RUN:
            asked = Request(as_of=date(2026, 6, 1), family="yinchuan")
            arguments: Shape = RunArguments(run_id=order_in(session, asked, actor=BY_ITSELF), publish=True)
        elif kind is REHEARSAL:
            text = (SHIPPED / "yinchuan-2026.yaml").read_text(encoding="utf-8")
            draft = Draft(text=text, file="draft", as_of=date(2026, 6, 1))
            arguments = RehearsalArguments(rehearsal_id=order_rehearsal(session, draft, family="yinchuan", actor=BY_ITSELF))
        else:
            arguments = kind.shape()
        session.commit()
    return arguments


def effects(database: str) -> list[tuple[object, ...]]:
    """What jobs may change, counted, and the end of the log."""
    tables = ("change", "change_detail", "listing", "proposal", "decision", "result", "standing", "run_answer", "run_part", "grade_notice")
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*)::text FROM {name}" for name in tables)
    with psycopg.connect(database) as connection:
        return connection.execute(f"{counts} UNION ALL SELECT 'head', max(hash) FROM change ORDER BY 1").fetchall()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_job_of_any_kind_done_twice_harms_nothing(engine: Engine, database: str, kind: Kind[Any]) -> None:
    found_town(database)
    arguments, left = arguments_of(engine, kind), []
    with worked(database):
        for _ in range(2):
            with write_session(engine) as session:
                job_id = order_job(session, kind, arguments, actor=BY_ITSELF)
                session.commit()
            assert ended(engine, job_id)["state"] == JobState.FINISHED
            left.append(effects(database))
    assert left[0] == left[1]
