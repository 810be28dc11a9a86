"""The log of list changes (名单变更): append-only, numbered without gaps, chained by hash."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from models.tables.base import Table, instant_column, json_column, key_column, text_column


class Change(Table, table=True):
    """One line of the log. Who and what stand in `ChangeDetail`, so that the law may empty them while the chain still verifies."""

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
    """SHA-256 over the canonical line without this field, hexadecimal."""


class ChangeDetail(Table, table=True):
    """What a line says of whom: enterprise, list, entry before and after; may be emptied by law, never edited."""

    __tablename__ = "change_detail"

    seq: int = Field(sa_column=key_column(primary=True, refers="change.seq"))
    salt: str = Field(sa_column=text_column())
    listing_id: int = Field(sa_column=key_column())
    enterprise_key: int = Field(sa_column=key_column())
    body: dict[str, Any] = Field(sa_column=json_column())


class ChangeHead(Table, table=True):
    """The one row that is locked last, to number and chain the next line."""

    __tablename__ = "change_head"

    head_id: int = Field(sa_column=key_column(primary=True))
    epoch: int
    seq: int = Field(sa_column=key_column())
    hash: str = Field(sa_column=text_column())
