"""Ask for a job: in the caller's transaction, so that what it is about and the job are there together or not at all."""

from typing import Any

from data.database import WriteSession
from data.stores import jobs
from data.stores.jobs import Asked
from models.access import Actor
from models.errors import CreditError
from models.jobs import Schedule
from models.shapes import Shape
from service.jobs.catalogue import kind_of
from service.jobs.kinds import BY_ITSELF, Kind


def order_job(session: WriteSession, kind: Kind[Any], arguments: Shape, *, actor: Actor, schedule: str | None = None) -> int:
    """Queue a job of a kind; gives its number. A worker hears of it when the caller commits."""
    return jobs.add_job(session, _asked(kind, arguments, actor=actor, schedule=schedule, lock=kind.lock(arguments)))


def order_scheduled(session: WriteSession, schedule: Schedule, *, family: str) -> int:
    """Queue what a schedule wants now; what cannot even be ordered is a job that failed, with the reason. Gives its number."""
    kind = kind_of(schedule.kind)
    said = kind.asked_by_schedules.model_validate(schedule.arguments)
    try:
        with session.begin_nested():
            arguments = said if kind.wanted is None else kind.wanted.order(session, said, BY_ITSELF, family)
            return order_job(session, kind, arguments, actor=BY_ITSELF, schedule=schedule.name)
    except CreditError as fault:
        asked = _asked(kind, said, actor=BY_ITSELF, schedule=schedule.name)
        return jobs.add_failed(session, asked, problem={"code": fault.code, "message": str(fault)})


def _asked(kind: Kind[Any], arguments: Shape, *, actor: Actor, schedule: str | None, lock: str | None = None) -> Asked:
    return Asked(
        kind=kind.name,
        arguments=arguments.model_dump(mode="json"),
        actor=actor.model_dump(mode="json"),
        lane=kind.lane,
        lock=lock,
        schedule=schedule,
    )
