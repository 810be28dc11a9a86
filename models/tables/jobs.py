"""Jobs as people see them, and the ticks of schedules. The queue itself is the library's, in the schema `procrastinate`."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, Index, text
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column

ENDS = "('finished', 'failed', 'cancelled')"


class Job(Table, table=True):
    """Long work and what became of it. Once it has ended, a trigger keeps it as it is; each change gives it a higher `version`."""

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'finished', 'failed', 'cancelled')", name="state_known"),
        CheckConstraint(f"(state IN {ENDS}) = (ended_at IS NOT NULL)", name="ends_once"),
        CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name="fails_with_reason"),
        CheckConstraint("(state = 'finished') = (result IS NOT NULL)", name="finishes_with_result"),
        CheckConstraint("state <> 'running' OR started_at IS NOT NULL", name="runs_since"),
        CheckConstraint("(stop_asked_at IS NULL) = (stop_asked_by IS NULL)", name="stop_has_asker"),
        Index("ix_job_open", "job_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_job_kind_job_id", "kind", "job_id"),
        Index("ix_job_run", text("(arguments ->> 'run_id')"), postgresql_where=text("kind = 'run'")),
    )

    job_id: int | None = Field(default=None, sa_column=identity_column())
    kind: str = Field(sa_column=text_column())
    arguments: dict[str, Any] = Field(sa_column=json_column())
    actor: dict[str, Any] = Field(sa_column=json_column())
    """Who asked for it, as `models.access.Actor`."""
    schedule: str | None = Field(default=None, sa_column=text_column(optional=True))
    """The schedule that asked for it; None when somebody did."""
    queue_no: int | None = Field(default=None, sa_column=key_column(optional=True))
    """Its number in the queue, whose row goes when the job ends."""
    state: str = Field(sa_column=text_column())
    phase: str | None = Field(default=None, sa_column=text_column(optional=True))
    phase_since: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    rows_before: int = Field(default=0, sa_column=key_column())
    """Rows that were done as this phase began: what an earlier attempt had finished."""
    rows_done: int = Field(default=0, sa_column=key_column())
    """Rows done in this phase."""
    rows_total: int | None = Field(default=None, sa_column=key_column(optional=True))
    """Of so many, where the work knows."""
    attempts: int = 0
    """How often a worker has begun it: above 1, it was taken up again."""
    version: int = Field(default=1, sa_column=key_column())
    asked_at: datetime = Field(default_factory=now, sa_column=instant_column())
    started_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    ended_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    stop_asked_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    stop_asked_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    result: dict[str, Any] | None = Field(default=None, sa_column=json_column(optional=True))
    problem: dict[str, Any] | None = Field(default=None, sa_column=json_column(optional=True))
    """`code` and `message` of what made it fail."""


class ScheduleTick(Table, table=True):
    """One instant at which a schedule was due, taken once by whichever worker came first."""

    __tablename__ = "schedule_tick"

    schedule: str = Field(sa_column=text_column(primary=True))
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    taken_at: datetime = Field(sa_column=instant_column())
    job_id: int | None = Field(default=None, sa_column=key_column(refers="job.job_id", optional=True))
    """The job it became; None where the schedule was first seen, or the time was too long ago to be made up for."""
