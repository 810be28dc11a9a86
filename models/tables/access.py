"""Keys, kept checks and remembered requests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column


class ApiKey(Table, table=True):
    """A key of a caller, stored as a hash; its holder's name is who acts."""

    __tablename__ = "api_key"

    key_id: str = Field(sa_column=text_column(primary=True))
    """The part of the key that may be shown."""
    secret_hash: str = Field(sa_column=text_column())
    role: str = Field(sa_column=text_column())
    holder: str = Field(sa_column=text_column())
    source: str | None = Field(default=None, sa_column=text_column(refers="source.code", optional=True))
    region: str | None = Field(default=None, sa_column=text_column(optional=True))
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
    """A check (信用核查): who asked, when, what for, on which data, and the answer that was given."""

    __tablename__ = "credit_check"
    __table_args__ = (Index("ix_credit_check_asked_at", "asked_at"),)

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
    answer: dict[str, Any] = Field(sa_column=json_column())


class RememberedRequest(Table, table=True):
    """The answer given to an idempotency key, so that a repeated request gives it again and does nothing."""

    __tablename__ = "remembered_request"

    holder: str = Field(sa_column=text_column(primary=True))
    idempotency_key: str = Field(sa_column=text_column(primary=True))
    request_hash: str = Field(sa_column=text_column())
    status: int
    answer: dict[str, Any] = Field(sa_column=json_column())
    at: datetime = Field(default_factory=now, sa_column=instant_column())
