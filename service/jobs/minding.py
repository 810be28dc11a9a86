"""Mind the queue: put back what a dead worker left behind, and ask for what schedules say is due. Any number of processes may do both."""

import logging
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from data.database import Engine, write_session
from data.stores import jobs
from models.jobs import Schedule
from service.jobs.kinds import Place
from service.jobs.ordering import order_scheduled
from service.jobs.repeating import keep_doing

LOG = logging.getLogger("qcredit.jobs")
EVERY_S = 5.0
SOON_S = 0.5
PUNCTUAL = timedelta(minutes=10)
"""A time that passed so short ago was not missed: the worker that came to it was busy, or is starting."""


def put_back_left_behind(engine: Engine) -> list[int]:
    """Queue again the jobs of dead workers; gives their numbers."""
    with write_session(engine) as session:
        found = jobs.put_back(session)
        session.commit()
    return found


def take_due(engine: Engine, schedules: tuple[Schedule, ...], *, family: str) -> list[int]:
    """Order the jobs that schedules say are due, each time of a schedule once whoever looks; gives their numbers.

    A time that comes while the schedule's last job has not ended orders nothing: two of them would only wait for each other.
    """
    ordered = []
    with write_session(engine) as session:
        now = jobs.database_now(session)
        last = jobs.last_ticks(session)
        session.rollback()
        for schedule in schedules:
            due = schedule.latest_due(now)
            known = last.get(schedule.name)
            if not schedule.enabled or (known is not None and known["due_at"] >= due):
                continue
            if not jobs.take_tick(session, schedule.name, due):
                session.rollback()
                continue
            late = now - due
            missed_too_long = late > max(PUNCTUAL, timedelta(hours=schedule.made_up_for))
            waits_for_next = known is None and not schedule.at_first_start
            if not (missed_too_long or waits_for_next or jobs.is_under_way(session, schedule.name)):
                job_id = order_scheduled(session, schedule, family=family)
                jobs.name_job_of_tick(session, schedule.name, due, job_id)
                ordered.append(job_id)
            session.commit()
    return ordered


def keep_minding(place: Place, schedules: tuple[Schedule, ...], *, every_s: float = EVERY_S) -> AbstractAsyncContextManager[None]:
    """Mind the queue soon after the start and then every few seconds."""

    def work() -> None:
        if found := put_back_left_behind(place.engine):
            LOG.info("jobs of dead workers are queued again: %s", ", ".join(map(str, found)))
        if ordered := take_due(place.engine, schedules, family=place.family):
            LOG.info("schedules ordered jobs: %s", ", ".join(map(str, ordered)))

    return keep_doing(work, name="minding the queue of jobs", first_after_s=SOON_S, every_s=every_s)
