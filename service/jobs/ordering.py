"""Ask for a job: in the caller's transaction, so that what it is about and the job are there together or not at all."""

from typing import Any

from data.database import WriteSession
from data.stores import jobs
from data.stores.jobs import Asked
from models.access import Actor
from models.shapes import Shape
from service.jobs.kinds import Kind


def order_job(session: WriteSession, kind: Kind[Any], arguments: Shape, *, actor: Actor, schedule: str | None = None) -> int:
    """Queue a job of a kind; gives its number. A worker hears of it when the caller commits."""
    return jobs.add_job(
        session,
        Asked(
            kind=kind.name,
            arguments=arguments.model_dump(mode="json"),
            actor=actor.model_dump(mode="json"),
            lane=kind.lane,
            lock=kind.lock(arguments),
            priority=kind.priority,
            schedule=schedule,
        ),
    )
