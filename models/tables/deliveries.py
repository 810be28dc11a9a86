"""Sources, deliveries, the files as they came, the rows that need somebody, and the queue."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column


class Source(Table, table=True):
    """An organisation that delivers (数据来源单位), and the kinds of record it is entitled to send and revise."""

    code: str = Field(sa_column=text_column(primary=True))
    title_zh: str = Field(sa_column=text_column())
    title_en: str = Field(sa_column=text_column())
    kinds: list[str] = Field(sa_column=Column(ARRAY(TEXT), nullable=False))
    """Kinds of record; `enterprise` stands for registry facts."""
    region: str | None = Field(default=None, sa_column=text_column(optional=True))
    created_at: datetime = Field(default_factory=now, sa_column=instant_column())


class StoredFile(Table, table=True):
    """An original file as delivered, under its SHA-256; its bytes lie in parts."""

    __tablename__ = "stored_file"

    sha256: str = Field(sa_column=text_column(primary=True))
    size: int = Field(sa_column=key_column())
    stored_at: datetime = Field(default_factory=now, sa_column=instant_column())


class StoredFilePart(Table, table=True):
    """One part of at most one mebibyte of a stored file."""

    __tablename__ = "stored_file_part"

    sha256: str = Field(sa_column=text_column(primary=True, refers="stored_file.sha256"))
    part_no: int = Field(primary_key=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Delivery(Table, table=True):
    """One submission of records or registry facts (报送批次)."""

    __table_args__ = (
        UniqueConstraint("source", "idempotency_key"),
        Index("ix_delivery_source_received_at", "source", "received_at"),
    )

    delivery_id: int | None = Field(default=None, sa_column=identity_column())
    source: str = Field(sa_column=text_column(refers="source.code"))
    profile: str = Field(sa_column=text_column())
    profile_version: int
    profile_hash: str = Field(sa_column=text_column())
    mode: str = Field(default="delta", sa_column=text_column())
    columns: list[str] = Field(default_factory=list, sa_column=json_column())
    """The file's headers, in its order."""
    idempotency_key: str = Field(sa_column=text_column())
    """The sender's key, or the hash of file and profile when none was given."""
    file_name: str = Field(sa_column=text_column())
    file_sha256: str = Field(sa_column=text_column(refers="stored_file.sha256"))
    state: str = Field(sa_column=text_column())
    counts: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    rows_done: int = 0
    received_at: datetime = Field(default_factory=now, sa_column=instant_column())
    received_from: str = Field(sa_column=text_column())
    """Who delivered it: the holder of the key, or the operator."""
    published_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    known_seq: int | None = Field(default=None, sa_column=key_column(optional=True))
    rereads: int | None = Field(default=None, sa_column=key_column(refers="delivery.delivery_id", optional=True))
    """The earlier delivery whose file this one reads again."""
    undone_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    undone_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    undone_why: str | None = Field(default=None, sa_column=text_column(optional=True))
    undone_seq: int | None = Field(default=None, sa_column=key_column(optional=True))
    absent: list[str] = Field(default_factory=list, sa_column=json_column())
    """References, at most a thousand, of the source's records that a full delivery did not bring."""
    problem: dict[str, Any] | None = Field(default=None, sa_column=json_column(optional=True))
    """Why the delivery as a whole failed: code and message."""


class DeliveryRow(Table, table=True):
    """A row that did not simply go in (rejected, queued, or taken with a note), with its cells as they came and every problem."""

    __tablename__ = "delivery_row"
    __table_args__ = (Index("ix_delivery_row_outcome", "delivery_id", "outcome", "row_no"),)

    delivery_id: int = Field(sa_column=key_column(primary=True, refers="delivery.delivery_id"))
    row_no: int = Field(primary_key=True)
    outcome: str = Field(sa_column=text_column())
    problems: list[dict[str, Any]] = Field(sa_column=json_column())
    cells: list[str | None] = Field(sa_column=json_column())
    """As delivered, in the order of the delivery's columns; personal data blotted out."""


class QueueItem(Table, table=True):
    """A record that waits for its enterprise, and how it was settled, by whom and why."""

    __tablename__ = "queue_item"
    __table_args__ = (
        Index("uq_queue_item_open", "record_key", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_queue_item_record_key", "record_key"),
        Index("ix_queue_item_delivery_id", "delivery_id"),
    )

    queue_id: int | None = Field(default=None, sa_column=identity_column())
    delivery_id: int = Field(sa_column=key_column(refers="delivery.delivery_id"))
    row_no: int
    source: str = Field(sa_column=text_column(refers="source.code"))
    record_key: int = Field(sa_column=key_column())
    content_hash: int = Field(sa_column=key_column())
    reason: str = Field(sa_column=text_column())
    """Stable code: match.unknown, match.ambiguous_name, match.contradiction, match.identifiers_disagree."""
    message: str = Field(sa_column=text_column())
    record: dict[str, Any] = Field(sa_column=json_column())
    """The record as validated, waiting: columns of `record`, with `identifiers` and `name` as the source gave them."""
    candidates: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    state: str = Field(default="open", sa_column=text_column())
    enterprise_key: int | None = Field(default=None, sa_column=key_column(refers="enterprise.enterprise_key", optional=True))
    settled_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    settled_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    settled_why: str | None = Field(default=None, sa_column=text_column(optional=True))
