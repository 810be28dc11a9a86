"""Keys, kept checks and remembered requests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column


class ApiKey(Table, table=True):
    """A key of a caller, stored as a hash; its holder's name is who acts."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint("(role = 'enterprise') = (enterprise_key IS NOT NULL)", name="bound_to_its_enterprise"),)

    key_id: str = Field(sa_column=text_column(primary=True))
    """The part of the key that may be shown."""
    secret_hash: str = Field(sa_column=text_column())
    role: str = Field(sa_column=text_column())
    holder: str = Field(sa_column=text_column())
    source: str | None = Field(default=None, sa_column=text_column(refers="source.code", optional=True))
    region: str | None = Field(default=None, sa_column=text_column(optional=True))
    enterprise_key: int | None = Field(default=None, sa_column=key_column(refers="enterprise.enterprise_key", optional=True))
    """The enterprise that a key of role enterprise belongs to; no other key has one."""
    created_at: datetime = Field(default_factory=now, sa_column=instant_column())
    expires_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    revoked_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))


class PageSession(Table, table=True):
    """A browser signed in with a key. Only the hash of what its cookie holds is kept; the row goes when it signs out or is over."""

    __tablename__ = "page_session"
    __table_args__ = (Index("ix_page_session_ends_at", "ends_at"),)

    token_hash: str = Field(sa_column=text_column(primary=True))
    key_id: str = Field(sa_column=text_column(refers="api_key.key_id"))
    started_at: datetime = Field(default_factory=now, sa_column=instant_column())
    ends_at: datetime = Field(sa_column=instant_column())


class CreditCheck(Table, table=True):
    """A check (信用核查): who asked, when, what for, on which data, the answer that was given, and the signatures over it.

    A row stays as it was written and is not deleted before `keep_until`, which may only move on; the database holds both.
    """

    __tablename__ = "credit_check"
    __table_args__ = (
        Index("ix_credit_check_asked_at", "asked_at"),
        Index("ix_credit_check_asked_by_check_id", "asked_by", "check_id"),
        CheckConstraint("(receipt_head IS NULL) = (receipt_signature IS NULL)", name="signed_whole"),
    )

    check_id: int | None = Field(default=None, sa_column=identity_column())
    asked_by: str = Field(sa_column=text_column())
    asked_at: datetime = Field(default_factory=now, sa_column=instant_column())
    purpose: str = Field(sa_column=text_column())
    matter: str | None = Field(default=None, sa_column=text_column(optional=True))
    as_of: date
    known_seq: int = Field(sa_column=key_column())
    policy_hash: str | None = Field(default=None, sa_column=text_column(optional=True))
    change_seq: int = Field(sa_column=key_column())
    suppliers: int
    project: str | None = Field(default=None, sa_column=text_column(optional=True))
    cut_off: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    catalogue_hash: str | None = Field(default=None, sa_column=text_column(refers="measure_catalogue.catalogue_hash", optional=True))
    """Null for checks from before there were measures."""
    keep_until: date
    """First day on which it may be deleted, as the catalogue's retention says."""
    answer: str = Field(sa_column=text_column())
    """The answer in canonical JSON, byte for byte what the receipt signs."""
    receipt_head: str | None = Field(default=None, sa_column=text_column(optional=True))
    """First part of the receipt's JWS; the second is the answer, the third `receipt_signature`."""
    receipt_signature: str | None = Field(default=None, sa_column=text_column(optional=True))


class CheckEvidence(Table, table=True):
    """A file that an officer kept as proof of what another authority's site showed; found by its hash, by whoever laid it down."""

    __tablename__ = "check_evidence"

    holder: str = Field(sa_column=text_column(primary=True))
    sha256: str = Field(sa_column=text_column(primary=True, refers="stored_file.sha256"))
    file_name: str = Field(sa_column=text_column())
    media_type: str = Field(sa_column=text_column())
    at: datetime = Field(default_factory=now, sa_column=instant_column())


class RememberedRequest(Table, table=True):
    """The answer given to an idempotency key, so that a repeated request gives it again and does nothing."""

    __tablename__ = "remembered_request"

    holder: str = Field(sa_column=text_column(primary=True))
    idempotency_key: str = Field(sa_column=text_column(primary=True))
    request_hash: str = Field(sa_column=text_column())
    status: int
    answer: dict[str, Any] = Field(sa_column=json_column())
    at: datetime = Field(default_factory=now, sa_column=instant_column())
