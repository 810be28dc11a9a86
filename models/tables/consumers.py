"""What consumers of the log say of their copies, and the switch that stops publication."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, key_column, now, text_column


class Acknowledgement(Table, table=True):
    """A consumer told how far its copy is, and under which root; kept whatever the verdict."""

    __table_args__ = (
        Index("ix_acknowledgement_holder_seq", "holder", "seq"),
        CheckConstraint("verdict IN ('equal', 'differs', 'ahead', 'unproved', 'other_epoch')", name="verdict_known"),
    )

    acknowledgement_id: int | None = Field(default=None, sa_column=identity_column())
    holder: str = Field(sa_column=text_column())
    epoch: int
    seq: int = Field(sa_column=key_column())
    root: str = Field(sa_column=text_column())
    verdict: str = Field(sa_column=text_column())
    """`ahead` is proved by a checkpoint of our own: the log that stands here was longer once."""
    at: datetime = Field(default_factory=now, sa_column=instant_column())


class PublicationAct(Table, table=True):
    """Somebody stopped publication, or agreed to go on; two different persons have to agree after the last stop."""

    __tablename__ = "publication_act"
    __table_args__ = (
        CheckConstraint("act IN ('stop', 'resume')", name="act_known"),
        CheckConstraint("btrim(reason) <> '' AND btrim(person) <> ''", name="says_who_and_why"),
    )

    act_id: int | None = Field(default=None, sa_column=identity_column())
    act: str = Field(sa_column=text_column())
    person: str = Field(sa_column=text_column())
    reason: str = Field(sa_column=text_column())
    at: datetime = Field(default_factory=now, sa_column=instant_column())
