"""Runs, their results over time, and each enterprise's current standing."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column


class Run(Table, table=True):
    """One evaluation of many questions under one policy (评价批次)."""

    run_id: int | None = Field(default=None, sa_column=identity_column())
    policy_hash: str = Field(sa_column=text_column(refers="policy.policy_hash"))
    policy: str = Field(sa_column=text_column())
    as_of: date
    known_seq: int = Field(sa_column=key_column())
    known_at: datetime = Field(sa_column=instant_column())
    scope: dict[str, Any] = Field(sa_column=json_column())
    """`{"all": true}`, or region prefixes, industry prefixes, or enterprise keys."""
    state: str = Field(sa_column=text_column())
    """running, finished, published, failed."""
    phase: str = Field(default="reading", sa_column=text_column())
    questions: int = Field(default=0, sa_column=key_column())
    answered: int = Field(default=0, sa_column=key_column())
    changed: int = Field(default=0, sa_column=key_column())
    engine: str = Field(sa_column=text_column())
    versions: dict[str, str] = Field(sa_column=json_column())
    """Of the plan's code, engine and libraries: provenance beside the digest."""
    digest: str | None = Field(default=None, sa_column=text_column(optional=True))
    counts: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    """Enterprises by grade, and by list and standing."""
    migration: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    """From grade to grade since the last published run under the same policy version."""
    started_by: str = Field(sa_column=text_column())
    started_at: datetime = Field(default_factory=now, sa_column=instant_column())
    finished_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    published_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    published_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    problem: str | None = Field(default=None, sa_column=text_column(optional=True))


class Result(Table, table=True):
    """An enterprise's answer where it differs from the one before: history by change. Keyed by the clock it was known at."""

    enterprise_key: int = Field(sa_column=key_column(primary=True))
    known_seq: int = Field(sa_column=key_column(primary=True))
    as_of: date = Field(primary_key=True)
    policy_hash: str = Field(sa_column=text_column(primary=True))
    run_id: int | None = Field(default=None, sa_column=key_column(optional=True))
    """None when a delivery refreshed it."""
    total_x100: int = Field(sa_column=key_column())
    score_x100: int = Field(sa_column=key_column())
    grade: str = Field(sa_column=text_column())
    ladder_grade: str = Field(sa_column=text_column())
    is_rated: bool
    records_known: int
    covered: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    lists: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    next_change_on: date | None = None


class Standing(Table, table=True):
    """An enterprise's latest published answer (当前信用状况), which plain look-ups read."""

    __table_args__ = (
        Index("ix_standing_grade_enterprise_key", "grade", "enterprise_key"),
        Index("ix_standing_next_change_on", "next_change_on"),
    )

    enterprise_key: int = Field(sa_column=key_column(primary=True))
    policy_hash: str = Field(sa_column=text_column())
    policy: str = Field(sa_column=text_column())
    as_of: date
    known_seq: int = Field(sa_column=key_column())
    run_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    total_x100: int = Field(sa_column=key_column())
    score_x100: int = Field(sa_column=key_column())
    grade: str = Field(sa_column=text_column())
    ladder_grade: str = Field(sa_column=text_column())
    is_rated: bool
    records_known: int
    covered: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    lists: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    next_change_on: date | None = None
