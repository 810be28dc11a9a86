"""Procedures as published, the steps taken in each matter, the service of documents, and the clocks that run."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, column, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column

SUBJECTS = "subject IN ('proposal', 'listing', 'repair', 'objection')"
"""What a step or a clock belongs to, with its number."""


class ProcedureRow(Table, table=True):
    """One published version of the way a matter goes; only its last day may be set later, once."""

    __tablename__ = "procedure"
    __table_args__ = (
        CheckConstraint("matter IN ('enter', 'leave', 'annul', 'repair', 'objection')", name="matter_known"),
        CheckConstraint("decided_by IN ('run', 'officers')", name="decided_by_known"),
        CheckConstraint("in_force_until > in_force_from", name="in_force_a_while"),
        ExcludeConstraint(
            (column("list"), "="),
            (column("matter"), "="),
            (column("decided_by"), "="),
            (text("daterange(in_force_from, in_force_until)"), "&&"),
            name="ex_procedure_one_in_force",
        ),
    )

    procedure_hash: str = Field(sa_column=text_column(primary=True))
    """SHA-256 of its canonical JSON without the last day."""
    list: str = Field(sa_column=text_column())
    matter: str = Field(sa_column=text_column())
    decided_by: str = Field(sa_column=text_column())
    in_force_from: date
    in_force_until: date | None = None
    body: dict[str, Any] = Field(sa_column=json_column())
    published_at: datetime = Field(default_factory=now, sa_column=instant_column())
    published_by: str = Field(sa_column=text_column())


class StepRow(Table, table=True):
    """One step taken in a matter: what, on which day, by whom, stating what; never changed."""

    __tablename__ = "step"
    __table_args__ = (
        Index("uq_step_subject", "subject", "subject_id", "step", unique=True),
        CheckConstraint(SUBJECTS, name="subject_known"),
        CheckConstraint("btrim(done_by) <> ''", name="names_who"),
    )

    step_id: int | None = Field(default=None, sa_column=identity_column())
    subject: str = Field(sa_column=text_column())
    subject_id: int = Field(sa_column=key_column())
    procedure_hash: str = Field(sa_column=text_column(refers="procedure.procedure_hash"))
    step: str = Field(sa_column=text_column())
    done_on: date
    done_by: str = Field(sa_column=text_column())
    content: dict[str, Any] = Field(sa_column=json_column())
    """What it states: reasons, evidence, basis, rights, authority, document_no, finding; texts."""
    recorded_at: datetime = Field(default_factory=now, sa_column=instant_column())


class ServiceRow(Table, table=True):
    """The service of one step's document (送达): method, day, proof; clocks that run from service start here."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("method IN ('direct', 'left', 'post', 'electronic', 'entrusted', 'public_notice')", name="method_known"),
        CheckConstraint("btrim(proof) <> ''", name="has_proof"),
    )

    step_id: int = Field(sa_column=key_column(primary=True, refers="step.step_id"))
    method: str = Field(sa_column=text_column())
    served_on: date
    proof: str = Field(sa_column=text_column())
    """The receipt's number, the post's tracking number, the address of the public notice."""
    recorded_by: str = Field(sa_column=text_column())
    recorded_at: datetime = Field(default_factory=now, sa_column=instant_column())


class DeadlineRow(Table, table=True):
    """One clock of a matter: from when a step may be taken, by when it must be, and who owes it."""

    __tablename__ = "deadline"
    __table_args__ = (
        Index("uq_deadline_running", "subject", "subject_id", "step", unique=True, postgresql_where=text("closed_on IS NULL")),
        Index("ix_deadline_due_on", "due_on", postgresql_where=text("closed_on IS NULL")),
        CheckConstraint(SUBJECTS, name="subject_known"),
        CheckConstraint("owner IN ('officer', 'enterprise', 'higher_authority', 'source', 'house')", name="owner_known"),
        CheckConstraint("(closed_on IS NULL) = (closed_why IS NULL)", name="closed_with_reason"),
    )

    deadline_id: int | None = Field(default=None, sa_column=identity_column())
    subject: str = Field(sa_column=text_column())
    subject_id: int = Field(sa_column=key_column())
    step: str = Field(sa_column=text_column())
    owner: str = Field(sa_column=text_column())
    clause: dict[str, Any] = Field(sa_column=json_column())
    started_on: date
    opens_on: date
    """First day on which the step may be taken."""
    due_on: date | None = None
    """Last day on which it is in time; None without such a clock, or beyond the known holidays."""
    is_beyond: bool = False
    is_right: bool = False
    """The step may be taken by then, and need not be."""
    closed_on: date | None = None
    closed_why: str | None = Field(default=None, sa_column=text_column(optional=True))


class StayRow(Table, table=True):
    """A review's or a court's act that suspends an entry's effect, or lifts the suspension (中止执行)."""

    __tablename__ = "stay"
    __table_args__ = (
        Index("ix_stay_listing_id", "listing_id"),
        CheckConstraint("act IN ('stay', 'lift')", name="act_known"),
        CheckConstraint("btrim(authority) <> '' AND btrim(document_no) <> '' AND btrim(reason) <> ''", name="rests_on_a_document"),
    )

    stay_id: int | None = Field(default=None, sa_column=identity_column())
    listing_id: int = Field(sa_column=key_column(refers="listing.listing_id"))
    act: str = Field(sa_column=text_column())
    effective_on: date
    authority: str = Field(sa_column=text_column())
    document_no: str = Field(sa_column=text_column())
    reason: str = Field(sa_column=text_column())
    known_seq: int = Field(sa_column=key_column())
    recorded_by: str = Field(sa_column=text_column())
    recorded_at: datetime = Field(default_factory=now, sa_column=instant_column())


class LegalMove(Table, table=True):
    """One move between states that the law knows; triggers refuse every other, from whomever it comes."""

    __tablename__ = "legal_move"

    subject: str = Field(sa_column=text_column(primary=True))
    from_state: str = Field(sa_column=text_column(primary=True))
    to_state: str = Field(sa_column=text_column(primary=True))
    law: str = Field(sa_column=text_column())
