"""The clock of what we had been told: one row per moment at which knowledge grew."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.tables.base import Table, instant_column, key_column, text_column


class Knowledge(Table, table=True):
    """One publication of new facts; `known_at` of a question resolves to the highest `known_seq` committed by then.

    Numbered without gaps under the lock of the head row, so that order of number is order of commit.
    """

    __table_args__ = (UniqueConstraint("committed_at"),)

    known_seq: int = Field(sa_column=key_column(primary=True))
    committed_at: datetime = Field(sa_column=instant_column())
    cause: str = Field(sa_column=text_column())
    """delivery, settlement, registry, decision, run, policy, expiry, undo."""
    reference: str | None = Field(default=None, sa_column=text_column(optional=True))


class KnowledgeHead(Table, table=True):
    """The one row that is locked to draw the next `known_seq`."""

    __tablename__ = "knowledge_head"

    head_id: int = Field(sa_column=key_column(primary=True))
    known_seq: int = Field(sa_column=key_column())
    committed_at: datetime = Field(sa_column=instant_column())
