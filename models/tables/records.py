"""Credit records as revisions: written once, closed once, never edited."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.tables.base import Table, instant_column, json_column, key_column, text_column


class RecordRow(Table, table=True):
    """One revision of one record. Closing it (`superseded_seq`, `superseded_at`) is the only write it ever sees, held by trigger.

    `record_key` is 63 bits of the hash of (source, source_ref), `event_key` of (source, event_ref), or the record's own key.
    The enterprise and the delivery that a revision names are never deleted, and were looked up in the transaction that wrote it.
    A foreign key would check each row and lock the enterprise it names, at twice the cost of the insert itself.
    """

    __tablename__ = "record"
    __table_args__ = (
        Index("ix_record_enterprise_key", "enterprise_key"),
        Index("uq_record_current", "record_key", unique=True, postgresql_where=text("superseded_seq IS NULL")),
        Index("ix_record_delivery_id", "delivery_id"),
        Index("ix_record_known_seq", "known_seq"),
        CheckConstraint("superseded_seq > known_seq", name="closed_after_known"),
    )

    record_key: int = Field(sa_column=key_column(primary=True))
    revision: int = Field(primary_key=True)
    source: str = Field(sa_column=text_column())
    source_ref: str = Field(sa_column=text_column())
    source_mark: str | None = Field(default=None, sa_column=text_column(optional=True))
    enterprise_key: int = Field(sa_column=key_column())
    event_ref: str | None = Field(default=None, sa_column=text_column(optional=True))
    event_key: int = Field(sa_column=key_column())
    kind: str = Field(sa_column=text_column())
    outcome: str = Field(sa_column=text_column())
    severity: str | None = Field(default=None, sa_column=text_column(optional=True))
    level: str | None = Field(default=None, sa_column=text_column(optional=True))
    capacity: str = Field(sa_column=text_column())
    code: str | None = Field(default=None, sa_column=text_column(optional=True))
    title: str | None = Field(default=None, sa_column=text_column(optional=True))
    authority: str | None = Field(default=None, sa_column=text_column(optional=True))
    document_no: str | None = Field(default=None, sa_column=text_column(optional=True))
    occurred_on: date
    ended_on: date | None = None
    concluded_on: date | None = None
    decided_on: date | None = None
    served_on: date | None = None
    published_on: date | None = None
    rectified_on: date | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None
    public_until: date | None = None
    repaired_on: date | None = None
    disclosed_at: date | None = None
    is_withdrawn: bool = False
    quantities_x10000: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    """Quantities in whole ten-thousandths of their unit."""
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    delivery_id: int = Field(sa_column=key_column())
    row_no: int
    content_hash: int = Field(sa_column=key_column())
    """63 bits of the hash of all that the source said; equal content is `unchanged`."""
    recorded_at: datetime = Field(sa_column=instant_column())
    known_seq: int = Field(sa_column=key_column())
    superseded_seq: int | None = Field(default=None, sa_column=key_column(optional=True))
    superseded_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
