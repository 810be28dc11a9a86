"""How a job is shown, by the API, as events of its progress, and at the command line."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from models.jobs import JobState, Schedule, Weekday
from models.shapes import Bilingual, Shape
from service.jobs.catalogue import KINDS


class JobProgress(Shape):
    """How far a job is. Its end is estimated from the rows of this phase, and from the last job of its kind; null where neither tells."""

    phase: str | None
    rows_done: int
    rows_total: int | None
    phase_since: datetime | None
    estimated_end: datetime | None


class JobProblem(Shape):
    """Why a job failed: for programs by `code`, for people by `message`."""

    code: str
    message: str


class JobShown(Shape):
    """Long work that was asked for, and what has become of it."""

    job_id: int
    kind: str
    title: Bilingual
    state: JobState
    asked_by: str
    schedule: str | None
    """The schedule that asked for it; null when somebody did."""
    arguments: dict[str, Any]
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    attempts: int
    """How often a worker has begun it; above 1, it was taken up again."""
    stop_asked_at: datetime | None
    stop_asked_by: str | None
    progress: JobProgress
    result: dict[str, Any] | None
    link: str | None = Field(description="Where the result is to be found.")
    problem: JobProblem | None
    version: int
    """Grows with each change; the number of an event of progress."""


class JobPage(Shape):
    jobs: tuple[JobShown, ...]
    next: int | None
    """The `before` of the next page."""


class ScheduleShown(Shape):
    """What the service does by itself, and when: the last time that was taken, and the next one."""

    name: str
    title: Bilingual
    at: tuple[str, ...]
    on: tuple[Weekday, ...]
    zone: str
    kind: str
    arguments: dict[str, Any]
    made_up_for: int
    enabled: bool
    last_due_at: datetime | None
    last_taken_at: datetime | None
    last_job: int | None
    next_due_at: datetime | None


class Schedules(Shape):
    schedules: tuple[ScheduleShown, ...]


def shown_job(row: Mapping[str, Any]) -> JobShown:
    """A stored job as it is shown; one of a kind that this version no longer has keeps its name."""
    kind = KINDS.get(row["kind"])
    link = None
    if kind is not None and row["state"] == JobState.FINISHED:
        link = kind.link(kind.shape.model_validate(row["arguments"]), row["result"])
    same = {name: row[name] for name in JobShown.model_fields if name in row}
    progress = {name: row[name] for name in JobProgress.model_fields if name in row} | {"estimated_end": estimated_end(row)}
    title = kind.title if kind is not None else Bilingual(zh=row["kind"], en=row["kind"])
    return JobShown.model_validate(same | {"title": title, "asked_by": row["actor"]["holder"], "progress": progress, "link": link})


def estimated_end(row: Mapping[str, Any]) -> datetime | None:
    """When a running job is likely to end: the later of what its rows and what the last job of its kind let expect, if it is to come."""
    if row["state"] != JobState.RUNNING:
        return None
    now: datetime = row["read_at"]
    ends = []
    done = row["rows_done"] - row["rows_before"]
    if row["rows_total"] and done > 0:
        left = max(row["rows_total"] - row["rows_done"], 0) / done
        ends.append(now + left * (now - row["phase_since"]))
    if row["usual_s"] is not None and row["attempts"] == 1:
        ends.append(row["started_at"] + timedelta(seconds=row["usual_s"]))
    return max((end for end in ends if end > now), default=None)


def shown_schedule(schedule: Schedule, last: Mapping[str, Any] | None, now: datetime) -> ScheduleShown:
    """A schedule beside its last tick."""
    same = {name: getattr(schedule, name) for name in ScheduleShown.model_fields if hasattr(schedule, name)}
    return ScheduleShown(
        **same,
        last_due_at=last["due_at"] if last else None,
        last_taken_at=last["taken_at"] if last else None,
        last_job=last["job_id"] if last else None,
        next_due_at=schedule.next_due(now) if schedule.enabled else None,
    )
