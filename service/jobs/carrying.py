"""One attempt at a job, in a thread of its own: held, begun, told of, ended.

Who holds the job's lock carries it out. A process that is killed loses the lock with its connection, and the job is taken up again. A
process that stops in order gives the job back at the next word of its progress. A worker that was taken for dead, since the database was
away, learns from its attempt's number that another has begun, and leaves.
"""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from data.database import Engine, connect, write_session
from data.failures import Failure, failure_of
from data.stores import jobs
from models.access import Actor
from models.errors import CreditError
from models.jobs import JobState
from service.jobs.catalogue import kind_of
from service.jobs.kinds import Given, NotNow, Place, Stopped

LOG = logging.getLogger("qcredit.jobs")
TOLD_EVERY_S = 0.3
"""Within a phase; a new phase is told at once."""
ASKED_EVERY_S = 0.3
TRIES = 5
"""How often a job is begun in all when its database goes away each time."""


class TryAgain(Exception):
    """This attempt ended without an answer; the queue keeps the job."""


class Leaving(BaseException):
    """The process stops, or another attempt has begun: the work unwinds and its parts stay as they are. Not an error of the work."""


class Attempt:
    """What the work of one attempt is given to say how far it is, and to ask whether to stop."""

    def __init__(self, engine: Engine, job_id: int, number: int, leaving: threading.Event) -> None:
        self._engine, self.job_id, self.number, self._leaving = engine, job_id, number, leaving
        self._phase: str | None = None
        self._told_at = self._asked_at = float("-inf")
        self._is_to_stop = False

    def tell(self, phase: str, rows: int, of: int | None = None) -> None:
        """Write down how far the work is; raises `Leaving` when it is no longer this attempt's."""
        self._stay()
        now = time.monotonic()
        if phase == self._phase and now - self._told_at < TOLD_EVERY_S and rows != of:
            return
        self._phase, self._told_at = phase, now
        with write_session(self._engine) as session:
            told = jobs.say_progress(session, self.job_id, attempt=self.number, phase=phase, rows=rows, of=of)
            session.commit()
        self._note(told)

    def stop(self) -> bool:
        """Whether somebody asked to stop; raises `Leaving` when it is no longer this attempt's."""
        self._stay()
        now = time.monotonic()
        if not self._is_to_stop and now - self._asked_at >= ASKED_EVERY_S:
            self._asked_at = now
            with write_session(self._engine) as session:
                self._note(jobs.is_to_stop(session, self.job_id, attempt=self.number))
        return self._is_to_stop

    def _note(self, told: bool | None) -> None:
        if told is None:
            raise Leaving(f"another attempt at job {self.job_id} has begun")
        self._is_to_stop = told

    def _stay(self) -> None:
        if self._leaving.is_set():
            raise Leaving("the process stops")


def carry_out(place: Place, job_id: int, *, leaving: threading.Event) -> None:
    """Carry a job out, or find that it has ended. It stays in the queue when anything is raised: `TryAgain`, or what the database says."""
    with connect(place.database.url, autocommit=True) as holding:
        jobs.hold(holding, job_id)
        _attempt(place, job_id, leaving)


def _attempt(place: Place, job_id: int, leaving: threading.Event) -> None:
    with write_session(place.engine) as session:
        begun = jobs.begin(session, job_id)
        session.commit()
        row = begun[0] if begun else jobs.get_job(session, job_id)
        session.rollback()
    if begun is None:
        _drop(place, row)
        return
    attempt = Attempt(place.engine, job_id, begun[1], leaving)
    try:
        _end(attempt, JobState.FINISHED, result=dict(_work(place, row, attempt)))
    except Stopped:
        _end(attempt, JobState.CANCELLED)
    except Leaving as why:
        LOG.info("job %s is left: %s", job_id, why)
        _give_back(attempt, why)
    except NotNow as why:
        _give_back(attempt, why)
    except Exception as fault:  # noqa: BLE001  # the edge of a job: a database that is away is waited for, all else told as a failure
        if attempt.number < TRIES and failure_of(fault) is Failure.UNAVAILABLE:
            _give_back(attempt, fault)
        _end(attempt, JobState.FAILED, problem=_problem(fault, job_id, row["kind"]))


def _problem(fault: Exception, job_id: int, kind: str) -> dict[str, str]:
    if isinstance(fault, CreditError):
        LOG.warning("job %s (%s) failed: %s", job_id, kind, fault.code)
        return {"code": fault.code, "message": str(fault)}
    LOG.error("job %s (%s) failed", job_id, kind, exc_info=fault)
    message = "The service failed while it worked on this; its log says why. Ask the operator, then ask for the job again."
    return {"code": "job.broken", "message": f"{message} ({type(fault).__name__})"}


def _work(place: Place, row: Mapping[str, Any], attempt: Attempt) -> Mapping[str, Any]:
    kind = kind_of(row["kind"])
    arguments = kind.shape.model_validate(row["arguments"])
    actor = Actor.model_validate(row["actor"])
    return kind.work(Given(place, arguments, actor, attempt.tell, attempt.stop))


def _drop(place: Place, row: Mapping[str, Any]) -> None:
    """End a job that was to be stopped before this attempt could begin; one that has ended is left as it is."""
    if not JobState(row["state"]).is_end:
        drop(place, row)
        with write_session(place.engine) as session:
            jobs.end_as_cancelled(session, row["job_id"])
            session.commit()


def drop(place: Place, row: Mapping[str, Any]) -> None:
    """Put in order what a job was about that is cancelled without having been carried out."""
    kind = kind_of(row["kind"])
    arguments, actor = kind.shape.model_validate(row["arguments"]), Actor.model_validate(row["actor"])
    kind.drop(Given(place, arguments, actor, lambda *_: None, lambda: True))


def _end(attempt: Attempt, state: JobState, **said: Any) -> None:
    with write_session(attempt._engine) as session:  # noqa: SLF001  # one module, one concern
        jobs.end_job(session, attempt.job_id, attempt=attempt.number, state=state, **said)
        session.commit()


def _give_back(attempt: Attempt, why: BaseException) -> None:
    with write_session(attempt._engine) as session:  # noqa: SLF001  # as above
        jobs.queue_again(session, attempt.job_id, attempt=attempt.number)
        session.commit()
    raise TryAgain(f"job {attempt.job_id}: {why}") from why
