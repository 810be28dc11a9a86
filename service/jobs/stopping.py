"""Cancel a job, queued or running; what it had finished stays."""

from data.database import write_session
from data.stores import jobs
from data.stores.jobs import Row
from models.access import Actor
from service.jobs.carrying import drop
from service.jobs.kinds import Place


def cancel_job(place: Place, job_id: int, *, actor: Actor) -> Row:
    """Ask a job to stop: a queued one is cancelled at once, a running one between two parts of its work. Gives the job as it stands now.

    Raises `job.not_found`, `job.ended`, and `run.under_way` when the run of a queued one is carried out elsewhere.
    """
    with write_session(place.engine) as session:
        was_queued = jobs.ask_to_stop(session, job_id, by=actor.holder)
        row = jobs.get_job(session, job_id)
        if was_queued:
            # First what the job is about: killed in between, a job is left whose worker finds that cancelled, and nothing queued for ever.
            drop(place, row)
        session.commit()
    return row
