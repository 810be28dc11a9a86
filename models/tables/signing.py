"""The keys that sign what leaves the house."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, text
from sqlmodel import Field

from models.tables.base import Table, instant_column, now, text_column

IS_ACTIVE = "retired_at IS NULL AND revoked_from IS NULL"


class SigningKey(Table, table=True):
    """An Ed25519 key. The public half stays for ever; the private half is here sealed, and only while the key signs."""

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint(f"sealed IS NULL OR ({IS_ACTIVE})", name="sealed_while_active"),
        CheckConstraint("retired_at >= made_at", name="retired_after_made"),
        CheckConstraint("(revoked_from IS NULL) = (revoked_at IS NULL)", name="revoked_at_an_instant"),
        Index("uq_signing_key_active", text("(true)"), unique=True, postgresql_where=text(IS_ACTIVE)),
    )

    kid: str = Field(sa_column=text_column(primary=True))
    """The key's thumbprint (RFC 7638)."""
    x: str = Field(sa_column=text_column())
    """The public key, base64url."""
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """The private key under AES-256-GCM: 12 bytes of nonce and the ciphertext."""
    seal: str = Field(sa_column=text_column())
    """Which secret seals it, as a hash that tells nothing about the secret."""
    made_at: datetime = Field(default_factory=now, sa_column=instant_column())
    made_by: str = Field(sa_column=text_column())
    retired_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    revoked_from: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    """From this instant on nothing it signed is to be trusted; a later finding may only set it earlier."""
    revoked_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    """When that was said."""
    closed_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    why: str | None = Field(default=None, sa_column=text_column(optional=True))
