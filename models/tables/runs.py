"""Runs, their results over time, and each enterprise's current standing."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column


class Run(Table, table=True):
    """One evaluation of many questions under one policy (评价批次), with all that is needed to carry it out; a trigger keeps its states."""

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'finished', 'published', 'failed', 'cancelled')", name="state_known"),
        CheckConstraint("part_size > 0", name="part_size_positive"),
        CheckConstraint("kind IN ('full', 'incremental')", name="kind_known"),
        CheckConstraint("kind = 'incremental' OR base_run_id IS NULL", name="only_an_incremental_run_has_a_base"),
    )

    run_id: int | None = Field(default=None, sa_column=identity_column())
    policy_hash: str = Field(sa_column=text_column(refers="policy.policy_hash"))
    policy: str = Field(sa_column=text_column())
    as_of: date
    known_seq: int = Field(sa_column=key_column())
    known_at: datetime = Field(sa_column=instant_column())
    scope: dict[str, Any] = Field(sa_column=json_column())
    """`{"all": true}`, or region prefixes, industry prefixes, or enterprise keys."""
    kind: str = Field(default="full", sa_column=text_column())
    """full asks about everyone in scope; incremental about those alone whose answer can differ from the latest published run."""
    base_run_id: int | None = Field(default=None, sa_column=key_column(refers="run.run_id", optional=True))
    """The published run whose answers an incremental one takes over."""
    due: int | None = Field(default=None, sa_column=key_column(optional=True))
    """How many enterprises an incremental run asked anew."""
    why_full: str | None = Field(default=None, sa_column=text_column(optional=True))
    """Why an incremental run asked about everyone after all."""
    state: str = Field(sa_column=text_column())
    """queued, running, finished, published; failed (may be carried out again) or cancelled."""
    phase: str = Field(default="reading", sa_column=text_column())
    questions: int = Field(default=0, sa_column=key_column())
    answered: int = Field(default=0, sa_column=key_column())
    changed: int = Field(default=0, sa_column=key_column())
    engine: str = Field(sa_column=text_column())
    memory_limit: str = Field(default="4GB", sa_column=text_column())
    part_size: int = Field(default=250_000, sa_column=key_column())
    """Enterprises of one part, which is kept as a whole or not at all."""
    changes_on: date | None = None
    """The day on which another version of the policy takes over, as far as was known."""
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


class RunPart(Table, table=True):
    """A part of a run that is done: what it adds to the run, kept with the answers that it changed; never edited."""

    __tablename__ = "run_part"

    run_id: int = Field(sa_column=key_column(primary=True, refers="run.run_id"))
    part: int = Field(sa_column=key_column(primary=True))
    """From 0, in the order of enterprise keys."""
    until_key: int = Field(sa_column=key_column())
    """The highest enterprise key of the part; the next part begins after it."""
    questions: int = Field(sa_column=key_column())
    changed: int = Field(sa_column=key_column())
    digest: str = Field(sa_column=text_column())
    """The sum of the part's rows modulo 2**256, hexadecimal."""
    grades: dict[str, int] = Field(sa_column=json_column())
    lists: dict[str, dict[str, int]] = Field(sa_column=json_column())
    moves: list[dict[str, Any]] = Field(sa_column=json_column())
    """From grade to grade, by the policy of the standing: `{policy, from, to, enterprises}`."""
    plan_version: str = Field(sa_column=text_column())
    """Of the code that answered: parts of two versions are never added up."""
    finished_at: datetime = Field(default_factory=now, sa_column=instant_column())


class Recount(Table, table=True):
    """A sample of enterprises answered anew, and how it differs from what the published run said of them; never edited."""

    recount_id: int | None = Field(default=None, sa_column=identity_column())
    run_id: int = Field(sa_column=key_column(refers="run.run_id"))
    seed: int = Field(sa_column=key_column())
    """Of the sample: the same seed chooses the same enterprises again."""
    asked: int = Field(sa_column=key_column())
    differing: int = Field(sa_column=key_column())
    differences: list[dict[str, Any]] = Field(sa_column=json_column())
    """The first of them: enterprise_key, and the columns that differ as said and as found; null where nothing was said."""
    plan_version: str = Field(sa_column=text_column())
    """Of the code that answered anew, which may be another than the run's."""
    done_by: str = Field(sa_column=text_column())
    done_at: datetime = Field(default_factory=now, sa_column=instant_column())


class AnswerColumns(Table):
    """What one answer says, as run answers, results and standings keep it."""

    answer_hash: int = Field(sa_type=BigInteger)
    """63 bits of the hash of the canonical row: equal hashes are equal answers, whatever day they were asked on."""
    total_x100: int = Field(sa_type=BigInteger)
    score_x100: int = Field(sa_type=BigInteger)
    grade: str = Field(sa_type=Text)
    ladder_grade: str = Field(sa_type=Text)
    is_rated: bool
    records_known: int
    covered: dict[str, Any] = Field(sa_type=JSONB)
    """Coverage rule -> day of the latest event inside its window, or null: not looked at."""
    lists: dict[str, str] = Field(sa_type=JSONB)
    """List -> enter, stay, leave or blocked; what is off is left out."""
    next_change_on: date | None = None


class RunAnswer(AnswerColumns, table=True):
    """An answer of a run that differs from the standing it met; becomes result and standing when the run is published."""

    __tablename__ = "run_answer"

    run_id: int = Field(sa_column=key_column(primary=True, refers="run.run_id"))
    enterprise_key: int = Field(sa_column=key_column(primary=True))


class Result(AnswerColumns, table=True):
    """An enterprise's answer where it differs from the one before: history by change. Keyed by the clock it was known at."""

    enterprise_key: int = Field(sa_column=key_column(primary=True))
    known_seq: int = Field(sa_column=key_column(primary=True))
    as_of: date = Field(primary_key=True)
    policy_hash: str = Field(sa_column=text_column(primary=True))
    run_id: int | None = Field(default=None, sa_column=key_column(optional=True))
    """None when a delivery refreshed it."""


class RunStanding(AnswerColumns, table=True):
    """What the latest published run says of an enterprise whose standing a delivery has refreshed since.

    Of all others their standing says it. A trigger keeps it as a standing is refreshed, and the next publication clears it.
    """

    __tablename__ = "run_standing"

    enterprise_key: int = Field(sa_column=key_column(primary=True))


class StandingsDue(Table, table=True):
    """New facts that standings have not followed yet; written with the facts, so that a process killed in between leaves it behind."""

    __tablename__ = "standings_due"

    known_seq: int = Field(sa_column=key_column(primary=True, refers="knowledge.known_seq"))
    due_since: datetime = Field(sa_column=instant_column())


class Standing(AnswerColumns, table=True):
    """An enterprise's latest published answer (当前信用状况), which plain look-ups read."""

    __table_args__ = (
        Index("ix_standing_grade_enterprise_key", "grade", "enterprise_key"),
        Index("ix_standing_next_change_on", "next_change_on"),
        Index("ix_standing_refreshed", "enterprise_key", postgresql_where=text("run_id IS NULL")),
        Index("ix_standing_lists", "enterprise_key", postgresql_where=text("lists <> '{}'::jsonb")),
    )

    enterprise_key: int = Field(sa_column=key_column(primary=True))
    policy_hash: str = Field(sa_column=text_column())
    policy: str = Field(sa_column=text_column())
    as_of: date
    known_seq: int = Field(sa_column=key_column())
    run_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """None when a delivery refreshed it since the latest published run."""
