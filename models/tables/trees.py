"""What proves the log: hash trees over its lines and over the current entries, signed checkpoints, epochs, and what was forgotten."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, LargeBinary
from sqlmodel import Field

from models.tables.base import Table, instant_column, json_column, key_column, now, text_column


class LogNode(Table, table=True):
    """A complete subtree over lines: (level, place) covers place * 2^level + 1 to (place + 1) * 2^level; level 0 is `Change` itself."""

    __tablename__ = "log_node"
    __table_args__ = (CheckConstraint("level > 0 AND octet_length(hash) = 32", name="above_the_lines"),)

    level: int = Field(primary_key=True)
    place: int = Field(sa_column=key_column(primary=True))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ListPage(Table, table=True):
    """Sixteen parts of the tree over current entries, under the digits of the keys that they share."""

    __tablename__ = "list_page"

    path: str = Field(sa_column=text_column(primary=True))
    slots: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """As `models.list_tree.pack` writes a page."""


class ListLeaf(Table, table=True):
    """What a current entry gives to its leaf; two entries may share a key (`models.list_tree.value_of`)."""

    __tablename__ = "list_leaf"

    listing_id: int = Field(sa_column=key_column(primary=True, refers="listing.listing_id"))
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    said: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LogRoot(Table, table=True):
    """Both roots as they stand after a line; the first row is the empty log."""

    __tablename__ = "log_root"

    seq: int = Field(sa_column=key_column(primary=True))
    log_root: str = Field(sa_column=text_column())
    lists_root: str = Field(sa_column=text_column())
    entries: int = Field(sa_column=key_column())
    """How many entries are current."""


class SignedCheckpoint(Table, table=True):
    """What was signed of the log at a line; signed again as a heartbeat while nothing new comes, always for a later instant."""

    __tablename__ = "signed_checkpoint"

    epoch: int = Field(primary_key=True)
    seq: int = Field(sa_column=key_column(primary=True))
    token: str = Field(sa_column=text_column())
    """Compact JWS over a `models.checkpoints.Checkpoint`."""
    first_issued_at: datetime = Field(sa_column=instant_column())
    issued_at: datetime = Field(sa_column=instant_column())
    forgotten: int = Field(sa_column=key_column())


class LogEpoch(Table, table=True):
    """A stretch of the log between two restorations: lines after `begins_after` up to the next one's."""

    __tablename__ = "log_epoch"
    __table_args__ = (CheckConstraint("btrim(reason) <> ''", name="says_why"),)

    epoch: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    begins_after: int = Field(sa_column=key_column())
    hash: str = Field(sa_column=text_column())
    """Of line `begins_after`: what the first line of the epoch names as its predecessor."""
    started_at: datetime = Field(default_factory=now, sa_column=instant_column())
    started_by: str = Field(sa_column=text_column())
    reason: str = Field(sa_column=text_column())
    witnesses: list[dict[str, Any]] = Field(sa_column=json_column())
    """Consumers that had acknowledged more than the restored log holds: holder, epoch, seq and root."""


class ForgottenLine(Table, table=True):
    """A line whose body was emptied, in the order of emptying and without gaps: how consumers learn of it."""

    __tablename__ = "forgotten_line"

    number: int = Field(sa_column=key_column(primary=True))
    seq: int = Field(sa_column=Column(BigInteger, ForeignKey("change.seq"), nullable=False, unique=True))
    forgotten_at: datetime = Field(sa_column=instant_column())
