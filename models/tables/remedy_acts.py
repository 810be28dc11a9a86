"""Repairs, objections and cascades: the ways out of a record or an entry, the papers they rest on, and what they make of records."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column

Keys = list[int]


class Repair(Table, table=True):
    """An application for credit repair (信用修复) of the records of one matter, or of one entry on a list, and what became of it."""

    __table_args__ = (
        Index("ix_repair_enterprise_key", "enterprise_key"),
        Index("ix_repair_state_repair_id", "state", "repair_id"),
        Index("uq_repair_open_listing", "listing_id", unique=True, postgresql_where=text("state IN ('applied', 'accepted')")),
        CheckConstraint("(listing_id IS NULL) = (jsonb_array_length(record_keys) > 0)", name="of_records_or_an_entry"),
        CheckConstraint("state IN ('applied', 'accepted', 'granted', 'refused', 'taken_back', 'revoked', 'ended')", name="state_known"),
        CheckConstraint("state <> 'refused' OR btrim(coalesce(reason, '')) <> ''", name="refused_with_reason"),
        CheckConstraint("(state IN ('granted', 'revoked', 'ended')) = (effective_on IS NOT NULL)", name="granted_from_a_day"),
        CheckConstraint("plan_until IS NULL OR btrim(coalesce(plan_no, '')) <> ''", name="temporary_by_a_plan"),
    )

    repair_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    record_keys: Keys = Field(sa_column=json_column())
    """All records of the matter, with the results of sampling and inspection that end with it."""
    listing_id: int | None = Field(default=None, sa_column=key_column(refers="listing.listing_id", optional=True))
    rule: str = Field(sa_column=text_column())
    """The code of the checklist that it was applied under."""
    procedure_hash: str = Field(sa_column=text_column(refers="procedure.procedure_hash"))
    confirmed: dict[str, Any] = Field(sa_column=json_column())
    """What the applicant confirmed, by the checklist's codes."""
    plan_no: str | None = Field(default=None, sa_column=text_column(optional=True))
    """The document of the restructuring plan of a temporary repair."""
    plan_until: date | None = None
    """A temporary repair ends on this day unless it is confirmed."""
    state: str = Field(default="applied", sa_column=text_column())
    applied_by: str = Field(sa_column=text_column())
    applied_at: datetime = Field(default_factory=now, sa_column=instant_column())
    decided_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    reason: str | None = Field(default=None, sa_column=text_column(optional=True))
    effective_on: date | None = None
    barred_until: date | None = None
    """After false material: no new application before this day."""


class Objection(Table, table=True):
    """An objection (异议) to a record, an entry or a score, and what was found of it."""

    __table_args__ = (
        Index("ix_objection_enterprise_key", "enterprise_key"),
        Index("ix_objection_state_objection_id", "state", "objection_id"),
        Index("uq_objection_open_record", "record_key", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_objection_open_listing", "listing_id", postgresql_where=text("state = 'open'")),
        CheckConstraint("target IN ('record', 'listing', 'score')", name="target_known"),
        CheckConstraint(
            "(target = 'record') = (record_key IS NOT NULL) AND (target = 'listing') = (listing_id IS NOT NULL)", name="names_its_target"
        ),
        CheckConstraint("state IN ('open', 'kept', 'corrected', 'withdrawn', 'moved', 'taken_back')", name="state_known"),
        CheckConstraint("state IN ('open', 'taken_back') OR btrim(coalesce(finding, '')) <> ''", name="decided_with_finding"),
        CheckConstraint("char_length(grounds) BETWEEN 1 AND 2000 AND btrim(grounds) <> ''", name="bounded"),
    )

    objection_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    target: str = Field(sa_column=text_column())
    record_key: int | None = Field(default=None, sa_column=key_column(optional=True))
    listing_id: int | None = Field(default=None, sa_column=key_column(refers="listing.listing_id", optional=True))
    procedure_hash: str = Field(sa_column=text_column(refers="procedure.procedure_hash"))
    grounds: str = Field(sa_column=text_column())
    state: str = Field(default="open", sa_column=text_column())
    suspends: bool = False
    """A result of sampling that was objected to in time does not count until this is decided."""
    filed_by: str = Field(sa_column=text_column())
    filed_at: datetime = Field(default_factory=now, sa_column=instant_column())
    decided_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    finding: str | None = Field(default=None, sa_column=text_column(optional=True))
    closed_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))


class Paper(Table, table=True):
    """A paper uploaded to a repair or an objection, kept under its SHA-256."""

    __table_args__ = (
        Index("uq_paper_subject", "subject", "subject_id", "sha256", unique=True),
        CheckConstraint("subject IN ('repair', 'objection')", name="subject_known"),
    )

    paper_id: int | None = Field(default=None, sa_column=identity_column())
    subject: str = Field(sa_column=text_column())
    subject_id: int = Field(sa_column=key_column())
    name: str = Field(sa_column=text_column())
    sha256: str = Field(sa_column=text_column(refers="stored_file.sha256"))
    size: int
    media_type: str = Field(sa_column=text_column())
    uploaded_by: str = Field(sa_column=text_column())
    uploaded_at: datetime = Field(default_factory=now, sa_column=instant_column())


class RecordEffect(Table, table=True):
    """What a decision makes of a record, for as long as it stands: fields set on each revision, also on those its source sends later."""

    __tablename__ = "record_effect"
    __table_args__ = (
        Index("uq_record_effect_standing", "record_key", "subject", unique=True, postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("subject IN ('repair', 'objection', 'correction', 'cascade', 'restart', 'penalty')", name="subject_known"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_with_reason"),
    )

    effect_id: int | None = Field(default=None, sa_column=identity_column())
    record_key: int = Field(sa_column=key_column())
    subject: str = Field(sa_column=text_column())
    subject_id: int = Field(sa_column=key_column())
    sets: dict[str, Any] = Field(sa_column=json_column())
    """Fields of the record (`enterprise_key`: to whom it was moved); of a restart `restarted_on`, which only publication reads."""
    made_by: str = Field(sa_column=text_column())
    made_at: datetime = Field(default_factory=now, sa_column=instant_column())
    ended_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    ended_why: str | None = Field(default=None, sa_column=text_column(optional=True))


class Cascade(Table, table=True):
    """The withdrawal of all that rested on something that fell: prepared by one officer with its effects, carried out by another."""

    __table_args__ = (
        Index("ix_cascade_state_cascade_id", "state", "cascade_id"),
        CheckConstraint("cause IN ('retest', 'annulled_penalty', 'laboratory')", name="cause_known"),
        CheckConstraint("state IN ('prepared', 'carried_out', 'refused')", name="state_known"),
        CheckConstraint("(state = 'prepared') = (closed_by IS NULL)", name="closed_by_someone"),
        CheckConstraint("state <> 'carried_out' OR closed_by <> prepared_by", name="carried_out_by_another"),
        CheckConstraint("btrim(reason) <> '' AND btrim(document_no) <> ''", name="rests_on_a_document"),
    )

    cascade_id: int | None = Field(default=None, sa_column=identity_column())
    cause: str = Field(sa_column=text_column())
    selection: dict[str, Any] = Field(sa_column=json_column())
    reason: str = Field(sa_column=text_column())
    document_no: str = Field(sa_column=text_column())
    preview: dict[str, Any] = Field(sa_column=json_column())
    digest: str = Field(sa_column=text_column())
    """SHA-256 of the preview; carried out only while it still holds."""
    state: str = Field(default="prepared", sa_column=text_column())
    prepared_by: str = Field(sa_column=text_column())
    prepared_at: datetime = Field(default_factory=now, sa_column=instant_column())
    closed_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    closed_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
