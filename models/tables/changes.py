"""The log of list changes (名单变更): append-only, numbered without gaps, chained by hash."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.tables.base import Table, instant_column, key_column, text_column


class Change(Table, table=True):
    """One line of the log. Who and what stand in `ChangeDetail`, so that the law may empty them while the chain still verifies."""

    __table_args__ = (CheckConstraint("cause ~ '^[a-z_]+$'", name="cause_is_a_word"),)

    seq: int = Field(sa_column=key_column(primary=True))
    epoch: int
    cause: str = Field(sa_column=text_column())
    effective_on: date
    recorded_at: datetime = Field(sa_column=instant_column())
    known_seq: int = Field(sa_column=key_column())
    replaces_seq: int | None = Field(default=None, sa_column=key_column(optional=True))
    """The line this one corrects or follows for the same entry."""
    commitment: str = Field(sa_column=text_column())
    """SHA-256 of salt and canonical body, hexadecimal."""
    previous_hash: str = Field(sa_column=text_column())
    hash: str = Field(sa_column=text_column())
    """SHA-256 of `line`, hexadecimal."""
    line: str = Field(sa_column=text_column())
    """The fields above without `hash`, as canonical JSON: what is hashed, and what the feed sends as it stands."""


class ChangeDetail(Table, table=True):
    """What a line says of whom: enterprise, list, entry before and after; may be emptied by law, never edited."""

    __tablename__ = "change_detail"
    __table_args__ = (
        Index("ix_change_detail_listing_id_seq", "listing_id", "seq"),
        Index("ix_change_detail_enterprise_key_seq", "enterprise_key", "seq"),
        CheckConstraint(
            "(emptied_at IS NULL) = (salt IS NOT NULL AND enterprise_key IS NOT NULL AND body IS NOT NULL)"
            " AND (emptied_at IS NULL) = (emptied_why IS NULL)"
            " AND (emptied_at IS NULL OR (salt IS NULL AND enterprise_key IS NULL AND body IS NULL))",
            name="whole_or_emptied",
        ),
    )

    seq: int = Field(sa_column=key_column(primary=True, refers="change.seq"))
    listing_id: int = Field(sa_column=key_column(refers="listing.listing_id"))
    enterprise_key: int | None = Field(default=None, sa_column=key_column(optional=True))
    salt: str | None = Field(default=None, sa_column=text_column(optional=True))
    body: str | None = Field(default=None, sa_column=text_column(optional=True))
    """Canonical JSON, byte for byte what the commitment covers."""
    emptied_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    emptied_why: str | None = Field(default=None, sa_column=text_column(optional=True))


class ChangeHead(Table, table=True):
    """The one row that is locked last, to number and chain the next line."""

    __tablename__ = "change_head"

    head_id: int = Field(sa_column=key_column(primary=True))
    epoch: int
    seq: int = Field(sa_column=key_column())
    hash: str = Field(sa_column=text_column())
