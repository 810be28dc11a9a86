"""Jobs: asked for, begun by one worker at a time, told of, stopped, ended; and taken up again where a worker died.

Two rows belong to a job. The queue's (schema `procrastinate`, the library's own) says who works on it and goes when it ends; ours says what
people see and stays. Whoever works on a job holds its advisory lock on a connection of their own: it is gone the moment the process, or the
database, is. Each beginning draws a higher number of attempts, and a worker that was taken for dead writes nothing more under its old one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from data.database import Connection, ReadSession, WriteSession, driver_connection
from models.errors import NotFound, Refused

Row = dict[str, Any]
TASK = "qcredit.job"
"""The one task of the queue: its argument is the number of a job."""
LOCK_OF_JOBS = 0x716A << 48
"""The advisory lock of a job is this and its number."""
LOCK_OF_TICKS = 0x71_74_69_63_6B

_SEEN = """
SELECT j.job_id, j.kind, j.arguments, j.actor, j.schedule, j.state, j.phase, j.phase_since, j.rows_before, j.rows_done, j.rows_total,
    j.attempts, j.version, j.asked_at, j.started_at, j.ended_at, j.stop_asked_at, j.stop_asked_by, j.result, j.problem,
    clock_timestamp() AS read_at, u.usual_s
FROM job j LEFT JOIN LATERAL (
    SELECT extract(epoch FROM l.ended_at - l.started_at)::float8 AS usual_s FROM job l
    WHERE l.kind = j.kind AND l.state = 'finished' AND l.attempts = 1 ORDER BY l.job_id DESC LIMIT 1
) u ON j.state = 'running'
"""
READ_JOB = f"{_SEEN} WHERE j.job_id = %s"
"""One job as it stands, the instant of reading, and how long the last one of its kind took; for the pool of hot reads too."""
_ADD = """
INSERT INTO job (kind, arguments, actor, schedule, state, rows_before, rows_done, attempts, version, asked_at)
VALUES (%(kind)s, %(arguments)s, %(actor)s, %(schedule)s, 'queued', 0, 0, 0, 1, clock_timestamp()) RETURNING job_id
"""
_QUEUE = """
SELECT unnest(procrastinate.procrastinate_defer_jobs_v1(ARRAY[
    ROW(%(lane)s, %(task)s, 0, %(lock)s, NULL, jsonb_build_object('job_id', %(job)s::bigint), NULL)
    ::procrastinate.procrastinate_job_to_defer_v1
])) AS queue_no
"""
_BEGIN = """
UPDATE job SET state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, clock_timestamp()),
    phase = NULL, phase_since = NULL, rows_before = 0, rows_done = 0, rows_total = NULL
WHERE job_id = %s AND ended_at IS NULL AND stop_asked_at IS NULL
RETURNING attempts
"""
_TELL = """
UPDATE job SET phase = %(phase)s, rows_done = %(rows)s, rows_total = coalesce(%(of)s, CASE WHEN phase = %(phase)s THEN rows_total END),
    rows_before = CASE WHEN phase = %(phase)s THEN rows_before ELSE %(rows)s END,
    phase_since = CASE WHEN phase = %(phase)s THEN phase_since ELSE clock_timestamp() END
WHERE job_id = %(job)s AND attempts = %(attempt)s AND state = 'running'
RETURNING stop_asked_at IS NOT NULL
"""
_END = """
UPDATE job SET state = %(state)s, ended_at = clock_timestamp(), result = %(result)s, problem = %(problem)s
WHERE job_id = %(job)s AND attempts = %(attempt)s AND ended_at IS NULL
RETURNING job_id
"""
# Jobs that a worker has taken and nobody holds: its process died, or it lost the database before it could say how it ended. One taken a
# moment ago is left alone, since a worker takes it before it holds it.
_LEFT_BEHIND = """
SELECT q.id AS queue_no, (q.args ->> 'job_id')::bigint AS job_id
FROM procrastinate.procrastinate_jobs q JOIN job j ON j.job_id = (q.args ->> 'job_id')::bigint
WHERE q.status = 'doing' AND q.task_name = %(task)s AND (j.ended_at IS NULL OR j.ended_at < clock_timestamp() - interval '10 seconds')
    AND (SELECT max(at) FROM procrastinate.procrastinate_events e WHERE e.job_id = q.id AND e.type = 'started')
        < clock_timestamp() - interval '1 second'
"""
_TICK = """
INSERT INTO schedule_tick (schedule, due_at, taken_at)
SELECT %(schedule)s, %(due)s, clock_timestamp()
WHERE NOT EXISTS (SELECT FROM schedule_tick WHERE schedule = %(schedule)s AND due_at >= %(due)s)
RETURNING due_at
"""


class NoSuchJob(NotFound):
    """No job has this number."""

    code = "job.not_found"


class Ended(Refused):
    """The job is through; nothing is left to stop."""

    code = "job.ended"


@dataclass(frozen=True)
class Asked:
    """A job to be queued: what, for whom, in which lane, and beside whom it may not run."""

    kind: str
    arguments: Mapping[str, Any]
    actor: Mapping[str, Any]
    lane: str
    lock: str | None = None
    schedule: str | None = None


def add_job(session: WriteSession, asked: Asked) -> int:
    """Queue a job in the caller's transaction: once that commits, a worker hears of it. Gives its number."""
    job_id = _add(session, asked)
    queued = {"lane": asked.lane, "task": TASK, "lock": asked.lock, "job": job_id}
    driver_connection(session).execute(f"UPDATE job SET queue_no = ({_QUEUE}) WHERE job_id = %(job)s", queued)
    return job_id


def add_failed(session: WriteSession, asked: Asked, *, problem: Mapping[str, Any]) -> int:
    """Keep a job that could not even be queued, with the reason; gives its number."""
    job_id = _add(session, asked)
    statement = "UPDATE job SET state = 'failed', ended_at = clock_timestamp(), problem = %s WHERE job_id = %s"
    driver_connection(session).execute(statement, (Jsonb(dict(problem)), job_id))
    return job_id


def _add(session: WriteSession, asked: Asked) -> int:
    given = {
        "kind": asked.kind,
        "arguments": Jsonb(dict(asked.arguments)),
        "actor": Jsonb(dict(asked.actor)),
        "schedule": asked.schedule,
    }
    row = driver_connection(session).execute(_ADD, given).fetchone()
    assert row is not None
    return int(row[0])


def get_job(session: ReadSession, job_id: int) -> Row:
    """Read one job, with the instant of reading. Raises `job.not_found`."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(READ_JOB, (job_id,)).fetchone()
    if row is None:
        raise NoSuchJob(f"There is no job {job_id}. `qcredit jobs list` and /v1/jobs show the latest ones.")
    return row


def list_jobs(
    session: ReadSession, *, before: int | None = None, limit: int = 50, state: str | None = None, kind: str | None = None
) -> list[Row]:
    """Read one page of jobs, newest first."""
    statement = (
        f"{_SEEN} WHERE (%(before)s::bigint IS NULL OR j.job_id < %(before)s) AND (%(state)s::text IS NULL OR j.state = %(state)s)"
        " AND (%(kind)s::text IS NULL OR j.kind = %(kind)s) ORDER BY j.job_id DESC LIMIT %(limit)s"
    )
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, {"before": before, "limit": limit, "state": state, "kind": kind}).fetchall()


def jobs_of_runs(session: ReadSession, run_ids: Sequence[int]) -> dict[int, int]:
    """Run -> the job that carries it out, for those that have one."""
    statement = (
        "SELECT (arguments ->> 'run_id')::bigint, max(job_id) FROM job WHERE kind = 'run' AND arguments ->> 'run_id' = ANY (%s) GROUP BY 1"
    )
    rows = driver_connection(session).execute(statement, ([str(run_id) for run_id in run_ids],)).fetchall()
    return {int(run): int(job) for run, job in rows}


def hold(connection: Connection, job_id: int) -> None:
    """Hold a job on a connection that commits by itself, until that closes.

    Waits for whoever holds it as long as the connection waits for locks, a minute for one of JOB.
    """
    connection.execute("SELECT pg_advisory_lock(%s)", (LOCK_OF_JOBS + job_id,))


def begin(session: WriteSession, job_id: int) -> tuple[Row, int] | None:
    """Begin a job that the caller holds; gives it and the number of this attempt, or None if it has ended or is to be stopped."""
    row = driver_connection(session).execute(_BEGIN, (job_id,)).fetchone()
    return None if row is None else (get_job(session, job_id), int(row[0]))


def say_progress(session: WriteSession, job_id: int, *, attempt: int, phase: str, rows: int, of: int | None) -> bool | None:
    """Tell how far a job has come; gives whether it is to be stopped, or None when another attempt has begun."""
    told = {"job": job_id, "attempt": attempt, "phase": phase, "rows": rows, "of": of}
    row = driver_connection(session).execute(_TELL, told).fetchone()
    return None if row is None else bool(row[0])


def is_to_stop(session: ReadSession, job_id: int, *, attempt: int) -> bool | None:
    """Whether somebody asked to stop a job; None when another attempt has begun."""
    statement = "SELECT stop_asked_at IS NOT NULL FROM job WHERE job_id = %s AND attempts = %s AND state = 'running'"
    row = driver_connection(session).execute(statement, (job_id, attempt)).fetchone()
    return None if row is None else bool(row[0])


def end_job(
    session: WriteSession,
    job_id: int,
    *,
    attempt: int,
    state: str,
    result: Mapping[str, Any] | None = None,
    problem: Mapping[str, Any] | None = None,
) -> bool:
    """Write how a job ended, once; gives False when it had ended or another attempt has begun."""
    ended = {
        "job": job_id,
        "attempt": attempt,
        "state": state,
        "result": None if result is None else Jsonb(dict(result)),
        "problem": None if problem is None else Jsonb(dict(problem)),
    }
    return driver_connection(session).execute(_END, ended).fetchone() is not None


def ask_to_stop(session: WriteSession, job_id: int, *, by: str) -> bool:
    """Ask that a job stop; gives whether it was still queued, and so is cancelled at once. Raises `job.not_found` and `job.ended`."""
    connection = driver_connection(session)
    row = connection.execute("SELECT state, queue_no FROM job WHERE job_id = %s FOR UPDATE", (job_id,)).fetchone()
    if row is None:
        raise NoSuchJob(f"There is no job {job_id}. `qcredit jobs list` and /v1/jobs show the latest ones.")
    state, queue_no = row
    if state in {"finished", "failed", "cancelled"}:
        raise Ended(f"Job {job_id} is {state} already; there is nothing left to stop.")
    connection.execute(
        "UPDATE job SET stop_asked_at = clock_timestamp(), stop_asked_by = %s WHERE job_id = %s AND stop_asked_at IS NULL", (by, job_id)
    )
    taken = connection.execute("SELECT procrastinate.procrastinate_cancel_job_v1(%s, false, true)", (queue_no,)).fetchone()
    if taken is None or taken[0] is None:
        return False  # a worker has it
    connection.execute("UPDATE job SET state = 'cancelled', ended_at = clock_timestamp() WHERE job_id = %s", (job_id,))
    return True


def end_as_cancelled(session: WriteSession, job_id: int) -> None:
    """End a job that was to be stopped before a worker could begin it; one that has ended stays as it is."""
    statement = "UPDATE job SET state = 'cancelled', ended_at = clock_timestamp() WHERE job_id = %s AND ended_at IS NULL"
    driver_connection(session).execute(statement, (job_id,))


def put_back(session: WriteSession) -> list[int]:
    """Queue again what workers left behind; gives the numbers of the jobs. The caller commits."""
    connection = driver_connection(session)
    found = []
    for queue_no, job_id in connection.execute(_LEFT_BEHIND, {"task": TASK}).fetchall():
        held = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK_OF_JOBS + job_id,)).fetchone()
        if held is None or not held[0]:
            continue
        connection.execute("UPDATE job SET state = 'queued' WHERE job_id = %s AND ended_at IS NULL", (job_id,))
        connection.execute("SELECT procrastinate.procrastinate_retry_job_v2(%s, clock_timestamp(), NULL, NULL, NULL)", (queue_no,))
        found.append(int(job_id))
    return found


def queue_again(session: WriteSession, job_id: int, *, attempt: int) -> None:
    """Show a job as queued that its worker gives back to try it again; the queue's own row is the worker's to move."""
    statement = "UPDATE job SET state = 'queued' WHERE job_id = %s AND attempts = %s AND state = 'running'"
    driver_connection(session).execute(statement, (job_id, attempt))


def take_tick(session: WriteSession, schedule: str, due_at: datetime) -> bool:
    """Take the instant at which a schedule is due; False when it, or a later one, was taken. Others wait until the caller commits."""
    connection = driver_connection(session)
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK_OF_TICKS,))
    return connection.execute(_TICK, {"schedule": schedule, "due": due_at}).fetchone() is not None


def name_job_of_tick(session: WriteSession, schedule: str, due_at: datetime, job_id: int) -> None:
    """Say which job a tick became."""
    statement = "UPDATE schedule_tick SET job_id = %s WHERE schedule = %s AND due_at = %s"
    driver_connection(session).execute(statement, (job_id, schedule, due_at))


def last_ticks(session: ReadSession) -> dict[str, Row]:
    """Schedule -> the last instant that was taken, when, and the job it became."""
    statement = "SELECT DISTINCT ON (schedule) schedule, due_at, taken_at, job_id FROM schedule_tick ORDER BY schedule, due_at DESC"
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return {row["schedule"]: row for row in cursor.execute(statement).fetchall()}


def is_under_way(session: ReadSession, schedule: str) -> bool:
    """Whether a job that a schedule ordered has not ended."""
    statement = "SELECT FROM job WHERE schedule = %s AND ended_at IS NULL LIMIT 1"
    return driver_connection(session).execute(statement, (schedule,)).fetchone() is not None


def database_now(session: ReadSession) -> datetime:
    """The database's clock, which all workers share."""
    row = driver_connection(session).execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    instant: datetime = row[0]
    return instant
