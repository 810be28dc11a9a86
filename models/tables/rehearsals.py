"""Rehearsals of policies: what was asked, and the report that was found, which stays as it is."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column

_STATES = "state IN ('queued', 'running', 'finished', 'failed', 'cancelled')"
_WHOLE = "(state = 'finished') = (report IS NOT NULL AND digest IS NOT NULL AND file_sha256 IS NOT NULL)"


class Rehearsal(Table, table=True):
    """One draft asked over all enterprises beside the version it is held against (规则演练). Lists nobody."""

    __table_args__ = (
        CheckConstraint(_STATES, name="state_known"),
        CheckConstraint(_WHOLE, name="finished_with_report"),
        CheckConstraint("before_as_of <= as_of AND before_known_seq <= known_seq", name="before_comes_first"),
    )

    rehearsal_id: int | None = Field(default=None, sa_column=identity_column())
    policy_hash: str = Field(sa_column=text_column())
    """Of the draft, with what was changed in it."""
    policy: str = Field(sa_column=text_column())
    text: str = Field(sa_column=text_column())
    """The draft as it was rehearsed."""
    changes: list[str] = Field(default_factory=list, sa_column=json_column())
    """What was set in the file before it was rehearsed, as `field=value`."""
    against_hash: str = Field(sa_column=text_column(refers="policy.policy_hash"))
    against: str = Field(sa_column=text_column())
    as_of: date
    known_seq: int = Field(sa_column=key_column())
    known_at: datetime = Field(sa_column=instant_column())
    before_as_of: date
    before_known_seq: int = Field(sa_column=key_column())
    before_known_at: datetime = Field(sa_column=instant_column())
    before_run: int | None = Field(default=None, sa_column=key_column(optional=True, refers="run.run_id"))
    """The published run whose answers the way begins at; None when no run was published under the version held against."""
    state: str = Field(default="queued", sa_column=text_column())
    phase: str = Field(default="", sa_column=text_column())
    report: dict[str, Any] | None = Field(default=None, sa_column=json_column(optional=True))
    """`models.rehearsals.Report`."""
    digest: str | None = Field(default=None, sa_column=text_column(optional=True))
    file_sha256: str | None = Field(default=None, sa_column=text_column(optional=True, refers="stored_file.sha256"))
    """The Parquet file with one row per enterprise."""
    versions: dict[str, str] = Field(default_factory=dict, sa_column=json_column())
    """Of what answered it, as runs keep them; empty until it is finished."""
    started_by: str = Field(sa_column=text_column())
    started_at: datetime = Field(default_factory=now, sa_column=instant_column())
    finished_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    problem: str | None = Field(default=None, sa_column=text_column(optional=True))
