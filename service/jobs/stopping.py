"""Cancel a job, queued or running; what it had finished stays."""

from data.database import Engine, write_session
from data.stores import jobs
from data.stores.jobs import Row
from models.access import Actor
from service.jobs.carrying import drop
from service.jobs.kinds import Place


def cancel_job(place: Place, engine: Engine, job_id: int, *, actor: Actor) -> Row:
    """Ask a job to stop: a queued one is cancelled at once, a running one between two parts of its work. Gives the job as it stands now.

    Raises `job.not_found` and `job.ended`.
    """
    with write_session(engine) as session:
        was_queued = jobs.ask_to_stop(session, job_id, by=actor.holder)
        session.commit()
        row = jobs.get_job(session, job_id)
        session.rollback()
    if was_queued:
        drop(place, row)
    return row
