"""Suppliers of a contract that a buyer watches until it ends, and what agencies report of the measures they applied."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, key_column, now, text_column


class Watch(Table, table=True):
    """A watch over suppliers of a check. What it tells is computed from the log; only how far its holder has read is kept."""

    __table_args__ = (
        Index("ix_watch_holder_watch_id", "holder", "watch_id"),
        CheckConstraint("until >= (made_at AT TIME ZONE 'UTC')::date - 1", name="ends_later"),
    )

    watch_id: int | None = Field(default=None, sa_column=identity_column())
    check_id: int = Field(sa_column=key_column(refers="credit_check.check_id"))
    holder: str = Field(sa_column=text_column())
    matter: str | None = Field(default=None, sa_column=text_column(optional=True))
    until: date
    """Last day on which changes are told."""
    from_seq: int = Field(sa_column=key_column())
    """Line of the log where the check stood: later lines are news."""
    read_seq: int = Field(sa_column=key_column())
    """Line up to which the holder has read."""
    made_at: datetime = Field(default_factory=now, sa_column=instant_column())
    ended_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))


class WatchedSupplier(Table, table=True):
    """One enterprise of a watch, under its number in the check."""

    __tablename__ = "watched_supplier"
    __table_args__ = (Index("ix_watched_supplier_enterprise_key", "enterprise_key"),)

    watch_id: int = Field(sa_column=key_column(primary=True, refers="watch.watch_id"))
    no: int = Field(primary_key=True)
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))


class Feedback(Table, table=True):
    """What an agency did with a measure (奖惩反馈), by the fields of the real form. It is reported once, and lifted once."""

    __table_args__ = (
        UniqueConstraint("agency", "reference"),
        Index("ix_feedback_listing_id", "listing_id"),
        Index("ix_feedback_still_applied", "listing_id", postgresql_where=text("lifted_on IS NULL")),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ends_after_start"),
        CheckConstraint("(lifted_on IS NULL) = (lifted_at IS NULL)", name="lifted_at_an_instant"),
        CheckConstraint("kind IN ('punishment', 'reward')", name="kind_known"),
    )

    feedback_id: int | None = Field(default=None, sa_column=identity_column())
    listing_id: int = Field(sa_column=key_column(refers="listing.listing_id"))
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    measure: str = Field(sa_column=text_column())
    """Its code in the catalogue."""
    catalogue_hash: str = Field(sa_column=text_column(refers="measure_catalogue.catalogue_hash"))
    agency: str = Field(sa_column=text_column())
    """执行部门名称."""
    reference: str = Field(sa_column=text_column())
    """The agency's own number of this report; sent again it is the same report."""
    reported_by: str = Field(sa_column=text_column())
    reported_at: datetime = Field(default_factory=now, sa_column=instant_column())
    subject: str | None = Field(default=None, sa_column=text_column(optional=True))
    """奖惩对象, as the agency calls it."""
    conduct: str | None = Field(default=None, sa_column=text_column(optional=True))
    """守信/失信行为."""
    content: str | None = Field(default=None, sa_column=text_column(optional=True))
    """执行内容."""
    field: str | None = Field(default=None, sa_column=text_column(optional=True))
    """所在领域."""
    kind: str = Field(sa_column=text_column())
    """奖惩类型."""
    result: str | None = Field(default=None, sa_column=text_column(optional=True))
    """成效."""
    starts_on: date
    ends_on: date | None = None
    """First day it is no longer applied, where that was known from the beginning."""
    lifted_on: date | None = None
    lifted_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
