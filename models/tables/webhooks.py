"""Webhooks: where consumers asked to be told that there is something to pull, and what was tried to tell them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, text
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, key_column, now, text_column


class Webhook(Table, table=True):
    """An address of a consumer; off once its holder closed it, or it failed for days."""

    __table_args__ = (CheckConstraint("(off_at IS NULL) = (off_why IS NULL)", name="off_with_cause"),)

    webhook_id: str = Field(sa_column=text_column(primary=True))
    holder: str = Field(sa_column=text_column())
    url: str = Field(sa_column=text_column())
    made_at: datetime = Field(default_factory=now, sa_column=instant_column())
    told_epoch: int
    told_seq: int = Field(sa_column=key_column())
    """The newest line that a message names; the next message is due when the log has gone on."""
    off_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    off_why: str | None = Field(default=None, sa_column=text_column(optional=True))


class WebhookSecret(Table, table=True):
    """A secret that signs messages, sealed as signing keys are; two are good while one takes the other's place."""

    __tablename__ = "webhook_secret"
    __table_args__ = (Index("ix_webhook_secret_webhook_id", "webhook_id"),)

    secret_id: int | None = Field(default=None, sa_column=identity_column())
    webhook_id: str = Field(sa_column=text_column(refers="webhook.webhook_id"))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    seal: str = Field(sa_column=text_column())
    """Under which secret of the service it was sealed."""
    made_at: datetime = Field(default_factory=now, sa_column=instant_column())
    ends_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))


class WebhookMessage(Table, table=True):
    """One message and what became of it; its number stays the same however often it is tried."""

    __tablename__ = "webhook_message"
    __table_args__ = (
        Index("ix_webhook_message_next_at", "next_at", postgresql_where=text("closed_at IS NULL")),
        Index("uq_webhook_message_open", "webhook_id", unique=True, postgresql_where=text("closed_at IS NULL")),
    )

    message_id: str = Field(sa_column=text_column(primary=True))
    webhook_id: str = Field(sa_column=text_column(refers="webhook.webhook_id"))
    epoch: int
    seq: int = Field(sa_column=key_column())
    made_at: datetime = Field(default_factory=now, sa_column=instant_column())
    attempts: int = 0
    next_at: datetime = Field(default_factory=now, sa_column=instant_column())
    closed_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    """Told, or given up."""
    fault: str | None = Field(default=None, sa_column=text_column(optional=True))
    """What the last attempt met; None once it was told."""
