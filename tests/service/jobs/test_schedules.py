"""Schedules are data: read whole, due at local times, taken once whoever looks, made up for where they were missed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from data.database import make_engine, read_session
from data.schedule_files import FaultySchedules, read_schedules
from data.stores import jobs, runs
from models.jobs import JobState, Schedule
from service.clock import legal_day
from service.jobs.catalogue import KINDS, schedules
from service.jobs.minding import take_due
from tests.service.jobs.working import ended, worked
from tests.service.town import found_town

TITLE = {"zh": "样例", "en": "sample"}
SHAPES = {name: kind.asked_by_schedules for name, kind in KINDS.items()}


def schedule(**given: object) -> Schedule:
    return Schedule.model_validate({"name": "sample", "title": TITLE, "at": ("00:00",), "zone": "Asia/Shanghai", "kind": "expiry"} | given)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_midnight_of_the_legal_day_is_four_in_the_afternoon_elsewhere() -> None:
    midnight = schedule()
    assert midnight.next_due(utc("2026-11-25 15:59")) == utc("2026-11-25 16:00")
    assert midnight.latest_due(utc("2026-11-25 15:59")) == utc("2026-11-24 16:00")
    assert midnight.latest_due(utc("2026-11-25 16:00")) == utc("2026-11-25 16:00")


def test_a_time_that_the_change_of_the_clock_leaves_out_falls_later_and_one_that_comes_twice_counts_once() -> None:
    night = schedule(zone="Europe/Berlin", at=("02:30",))
    assert night.next_due(utc("2026-03-28 12:00")) == utc("2026-03-29 01:30")  # 02:30 is left out: 03:30 of the summer
    assert night.next_due(utc("2026-10-24 12:00")) == utc("2026-10-25 00:30")  # the first 02:30, still of the summer
    assert night.next_due(utc("2026-10-25 00:30")) == utc("2026-10-26 01:30")


def test_days_of_the_week_are_those_of_the_zone() -> None:
    mondays = schedule(on=("monday",))
    assert mondays.next_due(utc("2026-11-25 00:00")) == utc("2026-11-29 16:00")  # Sunday afternoon in London is Monday in Yinchuan
    assert mondays.latest_due(utc("2026-11-25 00:00")) == utc("2026-11-22 16:00")


def test_every_shipped_schedule_is_of_a_kind_there_is() -> None:
    assert {one.name for one in schedules(None)} >= {"expiry", "forgetting", "nightly-run"}


def test_every_fault_of_a_file_is_told_with_its_line() -> None:
    faulty = """schedules:
- name: one
  title: {zh: 样例, en: sample}
  at: ['25:00']
  zone: Asia/Nowhere
  kind: expiry
- name: two
  title: {zh: 样例, en: sample}
  at: ['00:00']
  zone: Asia/Shanghai
"""
    with pytest.raises(FaultySchedules) as refused:
        read_schedules(faulty, file="s.yaml", kinds=SHAPES)
    assert {(fault.line, fault.field) for fault in refused.value.faults} == {
        (4, "schedules[0].at[0]"),
        (5, "schedules[0].zone"),
        (7, "schedules[1].kind"),
    }
    assert "write it as Asia/Shanghai" in str(refused.value)
    unknown = faulty.replace("25:00", "23:00").replace("Nowhere", "Shanghai").replace("kind: expiry", "kind: tea") + "  kind: expiry\n"
    with pytest.raises(FaultySchedules, match="no kind of job tea; there are expiry"):
        read_schedules(unknown, file="s.yaml", kinds=SHAPES)
    with pytest.raises(FaultySchedules, match=r"arguments\.cups"):
        read_schedules(unknown.replace("tea", "expiry\n  arguments: {cups: 2}"), file="s.yaml", kinds=SHAPES)
    with pytest.raises(FaultySchedules, match="two schedules are called one"):
        read_schedules(unknown.replace("tea", "expiry").replace("name: two", "name: one"), file="s.yaml", kinds=SHAPES)


def test_an_empty_list_lets_nothing_happen(database: str) -> None:
    engine = make_engine(database)
    assert take_due(engine, read_schedules("schedules: []", file="s.yaml", kinds=SHAPES), family="yinchuan") == []
    engine.dispose()


def just_due(**given: object) -> Schedule:
    """Due two minutes ago, by the clock of Yinchuan."""
    local = datetime.now(UTC) + timedelta(hours=8) - timedelta(minutes=2)
    return schedule(at=(f"{local:%H:%M}",), at_first_start=True, **given)


def test_a_time_is_taken_once_by_however_many_workers(database: str) -> None:
    engine = make_engine(database, size=8)
    planned = (just_due(),)
    with ThreadPoolExecutor(8) as workers:
        ordered = [one for found in workers.map(lambda _: take_due(engine, planned, family="yinchuan"), range(24)) for one in found]
    assert len(ordered) == 1
    with worked(database, schedules=planned), worked(database, schedules=planned):
        job = ended(engine, ordered[0])
    assert (job["state"], job["schedule"]) == (JobState.FINISHED, "sample")
    with read_session(engine) as session:
        assert [one["job_id"] for one in jobs.list_jobs(session)] == ordered
        assert jobs.last_ticks(session)["sample"]["job_id"] == ordered[0]
    engine.dispose()


def aged(database: str, hours: int) -> None:
    """As if the last tick of every schedule were so many hours older."""
    engine = make_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE schedule_tick SET due_at = due_at - make_interval(hours => :hours)"), {"hours": hours})
    engine.dispose()


def hours_ago(hours: int, **given: object) -> Schedule:
    local = datetime.now(UTC) + timedelta(hours=8) - timedelta(hours=hours)
    return schedule(at=(f"{local:%H:%M}",), **given)


@pytest.mark.parametrize(("made_up_for", "jobs_ordered"), [(0, 0), (2, 0), (5, 1), (24, 1)])
def test_a_missed_time_is_made_up_for_only_so_long(database: str, made_up_for: int, jobs_ordered: int) -> None:
    engine = make_engine(database)
    planned = (hours_ago(3, made_up_for=made_up_for),)
    assert take_due(engine, planned, family="yinchuan") == []  # seen for the first time: it waits for its next time
    aged(database, 24 * 5)  # the service was away for days
    assert len(take_due(engine, planned, family="yinchuan")) == jobs_ordered
    assert take_due(engine, planned, family="yinchuan") == []
    engine.dispose()


def test_a_schedule_orders_nothing_while_its_last_job_has_not_ended(database: str) -> None:
    engine = make_engine(database)
    planned = (just_due(),)
    (first,) = take_due(engine, planned, family="yinchuan")
    for _ in range(2):
        aged(database, 24)
        assert take_due(engine, planned, family="yinchuan") == []
    with worked(database):
        ended(engine, first)
    assert take_due(engine, planned, family="yinchuan") == []  # the time was taken
    aged(database, 24)
    assert len(take_due(engine, planned, family="yinchuan")) == 1
    engine.dispose()


def test_what_ends_entries_is_done_at_the_first_start_and_a_nightly_run_is_not(database: str) -> None:
    engine = make_engine(database)
    ordered = take_due(engine, schedules(None), family="yinchuan")
    with read_session(engine) as session:
        kinds = {jobs.get_job(session, job_id)["kind"] for job_id in ordered}
    assert kinds == {"expiry", "forgetting"}
    engine.dispose()


def test_a_run_that_cannot_be_ordered_at_night_is_told_and_the_next_night_comes(database: str) -> None:
    engine = make_engine(database)
    (job_id,) = take_due(engine, (just_due(kind="run", arguments={"publish": True}),), family="yinchuan")
    with read_session(engine) as session:
        job = jobs.get_job(session, job_id)
    assert (job["state"], job["problem"]["code"]) == (JobState.FAILED, "policy.none_in_force")
    assert take_due(engine, (just_due(kind="run", arguments={"publish": True}),), family="yinchuan") == []
    engine.dispose()


def test_the_nightly_run_publishes_what_it_found(database: str) -> None:
    found_town(database)
    engine = make_engine(database)
    nightly = {"kind": "incremental", "publish": True}
    (job_id,) = take_due(engine, (just_due(kind="run", arguments=nightly),), family="yinchuan")
    with worked(database):
        job = ended(engine, job_id)
    assert job["state"] == JobState.FINISHED, job
    with read_session(engine) as session:
        run = runs.get_run(session, job["arguments"]["run_id"])
    assert (run.state, run.kind, run.as_of, run.started_by) == ("published", "incremental", legal_day(), "the service itself")
    engine.dispose()


def test_a_schedule_that_is_off_orders_nothing(database: str) -> None:
    engine = make_engine(database)
    assert take_due(engine, (just_due(enabled=False),), family="yinchuan") == []
    engine.dispose()


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaultySchedules, match="cannot be read"):
        schedules(tmp_path / "none.yaml")
