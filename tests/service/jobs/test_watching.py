"""What people see of a job and may do with it: the API, events of progress, the command line."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from data.database import Database, Engine, connect, make_engine, write_session
from data.policy_files import SHIPPED
from data.stores import run_parts
from models.access import Role
from models.jobs import JobState
from service.cli import app
from service.job_answers import estimated_end
from service.jobs.expiring import EXPIRY
from service.jobs.kinds import BY_ITSELF, Nothing
from service.jobs.ordering import order_job
from service.jobs.recounting import RECOUNT
from service.jobs.rehearsals import REHEARSAL, RehearsalArguments
from service.jobs.runs import RUN, RunArguments
from service.operations.recalculate import Request, order_in
from service.operations.recount import RecountAsked
from service.operations.rehearse import Asked as Draft
from service.operations.rehearse import carry_out as carry_rehearsal_out
from service.operations.rehearse import order_rehearsal
from tests.service.conftest import Served
from tests.service.jobs.working import NO_SCHEDULES, clock_held, ended, seen, table_held, wait_for
from tests.service.serving import make_keys, serving
from tests.service.town import CLEAN, found_town


@pytest.fixture(scope="module")
def office(clone: Callable[[], str]) -> Iterator[Served]:
    url = clone()
    found_town(url)
    with serving(url) as client:
        yield Served(client=client, keys=make_keys(url, enterprise=CLEAN.code), url=url)


@pytest.fixture
def engine(office: Served) -> Iterator[Engine]:
    engine = make_engine(office.url, size=2)
    yield engine
    engine.dispose()


def ordered(engine: Engine) -> int:
    with write_session(engine) as session:
        job_id = order_job(session, EXPIRY, Nothing(), actor=BY_ITSELF)
        session.commit()
    return job_id


def ordered_run(engine: Engine, *, publish: bool = False) -> int:
    with write_session(engine) as session:
        run_id = order_in(session, Request(as_of=date(2026, 6, 1), family="yinchuan"), actor=BY_ITSELF)
        job_id = order_job(session, RUN, RunArguments(run_id=run_id, publish=publish), actor=BY_ITSELF)
        session.commit()
    return job_id


Event = tuple[int, str, dict[str, Any]]


def events(lines: Iterator[str]) -> Iterator[Event]:
    """Number, name and job of each event."""
    told: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name:
            told[name] = value
        elif "data" in told:
            yield int(told["id"]), told["event"], json.loads(told["data"])
            told = {}


def watched(office: Served, job_id: int, *, last: int | None = None) -> list[Event]:
    headers = office.bearing(Role.AUDITOR) | ({} if last is None else {"Last-Event-ID": str(last)})
    with office.client.stream("GET", f"/v1/jobs/{job_id}/progress", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return list(events(answer.iter_lines()))


def test_a_job_is_followed_until_it_ends_and_nothing_is_told_twice(office: Served, engine: Engine) -> None:
    with table_held(office.url, "standing"):
        job_id = ordered_run(engine)
        wait_for(engine, job_id, JobState.RUNNING)
        with office.client.stream("GET", f"/v1/jobs/{job_id}/progress", headers=office.bearing(Role.AUDITOR)) as answer:
            number, name, job = next(events(answer.iter_lines()))
        assert (name, job["state"]) == ("progress", "running")
    told = watched(office, job_id, last=number)
    numbers = [number, *(one[0] for one in told)]
    assert numbers == sorted(set(numbers))
    assert told[-1][1:] == ("end", office.get(f"/v1/jobs/{job_id}", Role.AUDITOR).json())
    assert told[-1][2]["state"] == "finished"
    again = office.client.get(f"/v1/jobs/{job_id}/progress", headers=office.bearing(Role.AUDITOR) | {"Last-Event-ID": str(numbers[-1])})
    assert again.status_code == 204  # which tells a browser to connect no more
    assert [name for _, name, _ in watched(office, job_id)] == ["end"]


def test_a_finished_job_leads_to_its_result(office: Served, engine: Engine) -> None:
    job_id = ordered_run(engine)
    assert ended(engine, job_id)["state"] == JobState.FINISHED
    shown = office.get(f"/v1/jobs/{job_id}", Role.REGULATOR).json()
    run = office.get(shown["link"], Role.REGULATOR).json()
    assert (run["state"], run["questions"]) == ("finished", 10)
    assert shown["progress"]["estimated_end"] is None


def test_a_running_job_says_when_it_is_likely_to_end(office: Served, engine: Engine) -> None:
    ended(engine, ordered_run(engine))
    with table_held(office.url, "standing"):
        job_id = ordered_run(engine)
        wait_for(engine, job_id, JobState.RUNNING)
        shown = office.get(f"/v1/jobs/{job_id}", Role.REGULATOR).json()
        usual = timedelta(minutes=5)
        row = seen(engine, job_id) | {"usual_s": usual.total_seconds()}
        assert estimated_end(row) == row["started_at"] + usual
        halfway = row | {"rows_before": 0, "rows_done": 50, "rows_total": 100, "phase_since": row["read_at"] - 2 * usual}
        assert estimated_end(halfway) == row["read_at"] + 2 * usual
        assert estimated_end(row | {"usual_s": 0.0}) is None  # longer than usual already: nobody knows
        assert shown["progress"]["rows_total"] is None
    ended(engine, job_id)


def cancel(office: Served, job_id: int, role: Role = Role.ADMIN) -> httpx.Response:
    return office.post(f"/v1/jobs/{job_id}/cancel", role)


def test_a_running_job_is_cancelled_between_two_parts(office: Served, engine: Engine) -> None:
    with table_held(office.url, "standing"):
        job_id = ordered_run(engine)
        wait_for(engine, job_id, JobState.RUNNING)
        asked = cancel(office, job_id).json()
        assert (asked["state"], asked["stop_asked_by"]) == ("running", "holder of admin")
    assert ended(engine, job_id)["state"] == JobState.CANCELLED
    assert cancel(office, job_id).json()["code"] == "job.ended"


def test_the_end_of_what_is_due_is_cancelled_between_two_parts(office: Served, engine: Engine) -> None:
    with clock_held(office.url):
        job_id = ordered(engine)
        wait_for(engine, job_id, JobState.RUNNING)
        cancel(office, job_id)
    assert ended(engine, job_id)["state"] == JobState.CANCELLED


def test_a_queued_job_is_cancelled_at_once_and_never_begins(office: Served, engine: Engine) -> None:
    with clock_held(office.url):
        first, second = ordered(engine), ordered(engine)  # one at a time: the second waits for the first
        wait_for(engine, first, JobState.RUNNING)
        assert cancel(office, second, Role.REGULATOR).json()["state"] == "cancelled"
    assert ended(engine, first)["state"] == JobState.FINISHED
    assert (seen(engine, second)["attempts"], seen(engine, second)["started_at"]) == (0, None)


def test_one_publisher_at_a_time_and_other_runs_beside_it(office: Served, engine: Engine) -> None:
    with table_held(office.url, "standing"):
        first, second = ordered_run(engine, publish=True), ordered_run(engine, publish=True)
        beside = ordered_run(engine)
        wait_for(engine, first, JobState.RUNNING)
        wait_for(engine, beside, JobState.RUNNING)
        assert seen(engine, second)["state"] == JobState.QUEUED
    states = [ended(engine, job_id)["state"] for job_id in (first, second, beside)]
    # The second looked before the first was published, and says so instead of publishing what is old.
    assert states == [JobState.FINISHED, JobState.FAILED, JobState.FINISHED]
    assert seen(engine, second)["problem"]["code"] == "run.overtaken"
    assert seen(engine, first)["ended_at"] <= seen(engine, second)["started_at"]


def test_a_run_is_ordered_over_the_api_and_answered_by_its_job(office: Served, engine: Engine) -> None:
    asked = {"as_of": "2026-06-01"}
    with table_held(office.url, "standing"):
        answer = office.post("/v1/runs", Role.REGULATOR, json=asked)
        run = answer.json()
        assert (answer.status_code, run["state"], answer.headers["location"]) == (202, "queued", f"/v1/runs/{run['run_id']}")
        wait_for(engine, run["job_id"], JobState.RUNNING)
    assert ended(engine, run["job_id"])["state"] == JobState.FINISHED
    job = office.get(f"/v1/jobs/{run['job_id']}", Role.AUDITOR).json()
    assert (job["asked_by"], job["link"]) == ("holder of regulator", f"/v1/runs/{run['run_id']}")
    assert (job["progress"]["rows_done"], job["progress"]["rows_total"]) == (10, 10)
    found = office.get(job["link"], Role.AUDITOR).json()
    assert (found["state"], found["questions"], found["job_id"]) == ("finished", 10, run["job_id"])
    assert office.get("/v1/runs", Role.AUDITOR, limit=1).json()["runs"] == [found]


def test_a_run_that_was_cancelled_before_it_began_is_cancelled_too(office: Served, engine: Engine) -> None:
    with table_held(office.url, "standing"):
        running = [office.post("/v1/runs", Role.REGULATOR, json={"as_of": "2026-06-01"}).json() for _ in range(2)]
        for run in running:
            wait_for(engine, run["job_id"], JobState.RUNNING)
        third = office.post("/v1/runs", Role.REGULATOR, json={"as_of": "2026-06-01"}).json()
        assert cancel(office, third["job_id"]).json()["state"] == "cancelled"
        assert office.get(f"/v1/runs/{third['run_id']}", Role.AUDITOR).json()["state"] == "cancelled"
        cancel(office, running[0]["job_id"])
    assert [ended(engine, run["job_id"])["state"] for run in running] == [JobState.CANCELLED, JobState.FINISHED]
    states = [office.get(f"/v1/runs/{run['run_id']}", Role.AUDITOR).json()["state"] for run in running]
    assert states == ["cancelled", "finished"]


@contextmanager
def all_busy(office: Served, engine: Engine) -> Iterator[None]:
    """All workers of the service are at runs: what is ordered now stays queued until the block ends."""
    with table_held(office.url, "standing"):
        job_ids = [ordered_run(engine) for _ in range(2)]
        for job_id in job_ids:
            wait_for(engine, job_id, JobState.RUNNING)
        yield
    for job_id in job_ids:
        ended(engine, job_id)


def test_a_job_whose_run_is_carried_out_elsewhere_is_not_cancelled_beside_it(office: Served, engine: Engine) -> None:
    elsewhere = make_engine(office.url, size=1)
    with all_busy(office, engine), write_session(elsewhere) as session:
        waiting = office.post("/v1/runs", Role.REGULATOR, json={"as_of": "2026-06-01"}).json()
        run_parts.hold(session, waiting["run_id"])
        refused = cancel(office, waiting["job_id"])
        assert (refused.status_code, refused.json()["code"]) == (409, "run.under_way")
        assert (seen(engine, waiting["job_id"])["state"], seen(engine, waiting["job_id"])["stop_asked_at"]) == (JobState.QUEUED, None)
        session.close()
        elsewhere.dispose()  # the other process is gone
        assert cancel(office, waiting["job_id"]).json()["state"] == "cancelled"
    assert office.get(f"/v1/runs/{waiting['run_id']}", Role.AUDITOR).json()["state"] == "cancelled"


def test_a_rehearsal_that_was_carried_out_elsewhere_stays_as_it_ended(office: Served, engine: Engine) -> None:
    with all_busy(office, engine):
        with write_session(engine) as session:
            draft = Draft(text=(SHIPPED / "yinchuan-2026.yaml").read_text(encoding="utf-8"), file="draft", as_of=date(2026, 6, 1))
            number = order_rehearsal(session, draft, family="yinchuan", actor=BY_ITSELF)
            job_id = order_job(session, REHEARSAL, RehearsalArguments(rehearsal_id=number), actor=BY_ITSELF)
            session.commit()
        assert carry_rehearsal_out(Database(office.url), number, tell=lambda _phase, _rows: None) == "finished"
        assert cancel(office, job_id).json()["state"] == "cancelled"
        assert office.get(f"/v1/rehearsals/{number}", Role.AUDITOR).json()["state"] == "finished"


def test_two_runs_started_at_once_give_the_same_answers(office: Served, engine: Engine) -> None:
    with ThreadPoolExecutor(2) as callers:
        asked = [callers.submit(office.post, "/v1/runs", Role.REGULATOR, json={"as_of": "2026-06-01"}) for _ in range(2)]
        started = [one.result().json() for one in asked]
    for run in started:
        assert ended(engine, run["job_id"])["state"] == JobState.FINISHED
    digests = {office.get(f"/v1/runs/{run['run_id']}", Role.AUDITOR).json()["digest"] for run in started}
    assert len({run["run_id"] for run in started}) == 2
    assert len(digests) == 1


def test_a_job_that_fails_says_why(office: Served, engine: Engine) -> None:
    part = {"as_of": "2026-06-01", "regions": ["640104"]}
    run_id = office.post("/v1/runs", Role.REGULATOR, json=part).json()["run_id"]
    with write_session(engine) as session:
        job_id = order_job(session, RUN, RunArguments(run_id=run_id, publish=True), actor=BY_ITSELF)
        session.commit()
    assert ended(engine, job_id)["state"] == JobState.FAILED
    shown = office.get(f"/v1/jobs/{job_id}", Role.REGULATOR).json()
    assert shown["problem"]["code"] == "run.not_publishable"
    assert "a part of the enterprises" in shown["problem"]["message"]
    assert shown["link"] is None


def test_a_recount_is_a_job_and_what_it_found_is_listed(office: Served, engine: Engine) -> None:
    assert ended(engine, ordered_run(engine, publish=True))["state"] == JobState.FINISHED
    with connect(office.url) as connection:
        row = connection.execute(
            "UPDATE standing SET grade = 'made up' WHERE enterprise_key = (SELECT max(enterprise_key) FROM standing)"
            " RETURNING enterprise_key"
        ).fetchone()
    assert row is not None
    with write_session(engine) as session:
        job_ids = [order_job(session, RECOUNT, RecountAsked(sample=100, seed=7), actor=BY_ITSELF) for _ in range(2)]
        session.commit()
    for job_id in job_ids:
        assert ended(engine, job_id)["state"] == JobState.FINISHED
    job = office.get(f"/v1/jobs/{job_ids[0]}", Role.AUDITOR).json()
    latest, found = office.get(job["link"], Role.AUDITOR).json()["recounts"]
    assert (found["asked"], found["differing"], found["done_by"]) == (10, 1, "the service itself")
    (difference,) = found["differences"]
    assert (difference["enterprise_key"], difference["said"]) == (row[0], {"grade": "made up"})
    page = office.get("/v1/recounts", Role.AUDITOR, limit=1).json()
    assert page == {"recounts": [latest], "next": latest["recount_id"]}
    assert latest["differences"] == found["differences"]
    assert office.get("/v1/recounts", Role.AUDITOR, before=page["next"]).json() == {"recounts": [found], "next": None}
    assert office.get("/v1/recounts", Role.PROCUREMENT).status_code == 403


def test_jobs_are_listed_by_key(office: Served, engine: Engine) -> None:
    ordered_ids = [ordered(engine) for _ in range(3)]
    for job_id in ordered_ids:
        ended(engine, job_id)
    page = office.get("/v1/jobs", Role.AUDITOR, limit=2, kind="expiry").json()
    assert [job["job_id"] for job in page["jobs"]] == ordered_ids[:0:-1]
    assert page["next"] == ordered_ids[1]
    rest = office.get("/v1/jobs", Role.AUDITOR, before=page["next"], limit=1).json()
    assert [job["job_id"] for job in rest["jobs"]] == [ordered_ids[0]]
    assert office.get("/v1/jobs", Role.AUDITOR, state="running").json()["jobs"] == []


def test_a_job_that_is_not_there_is_not_found(office: Served) -> None:
    for answer in (
        office.get("/v1/jobs/999999", Role.AUDITOR),
        office.get("/v1/jobs/999999/progress", Role.AUDITOR),
        cancel(office, 999999),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "job.not_found")


def test_an_operator_lists_shows_and_cancels_at_the_command_line(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("QCREDIT_SCHEDULES", str(NO_SCHEDULES.parent.parent.parent / "data" / "schedules" / "schedules.yaml"))
    monkeypatch.setenv("COLUMNS", "200")
    engine = make_engine(database, size=1)
    job_id = ordered(engine)
    engine.dispose()

    def said(*arguments: str) -> str:
        return CliRunner().invoke(app, ["jobs", *arguments], catch_exceptions=False).output

    assert "queued" in said("list")
    assert json.loads(said("list", "--json"))[0]["job_id"] == job_id
    assert "End what is due today (expiry), asked by the service itself" in said("show", str(job_id))
    assert f"Job {job_id} is cancelled." in said("cancel", str(job_id))
    assert json.loads(said("show", str(job_id), "--json"))["stop_asked_by"] == "operator"
    table = said("schedules")
    assert "Asia/Shanghai" in table
    assert "nightly-run" in table
    next_due = {line["name"]: line["next_due_at"] for line in json.loads(said("schedules", "--json"))}
    assert next_due["nightly-run"].endswith("T17:00:00Z")


def test_a_stream_holds_no_connection_while_nothing_happens(office: Served, engine: Engine) -> None:
    """More watchers than the pool of hot reads has connections, and everybody else is answered."""
    with clock_held(office.url):
        job_id = ordered(engine)
        wait_for(engine, job_id, JobState.RUNNING)
        streams = [office.client.stream("GET", f"/v1/jobs/{job_id}/progress", headers=office.bearing(Role.AUDITOR)) for _ in range(12)]
        opened = [stream.__enter__() for stream in streams]
        try:
            assert all(next(events(one.iter_lines()))[2]["state"] == "running" for one in opened)
            time.sleep(1)
            assert office.get("/v1/look-up", q="91640100MA0000017N").status_code in {200, 404, 422}
        finally:
            for stream in streams:
                stream.__exit__(None, None, None)
    ended(engine, job_id)
