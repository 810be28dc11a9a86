"""Notices of bad grades: given before anybody outside the authorities sees them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, key_column, now, text_column


class GradeNotice(Table, table=True):
    """The notice of one bad grade to one enterprise; it ends when the grade is another."""

    __tablename__ = "grade_notice"
    __table_args__ = (
        Index("ix_grade_notice_enterprise_key", "enterprise_key"),
        Index("uq_grade_notice_open", "enterprise_key", unique=True, postgresql_where=text("ended_on IS NULL")),
        CheckConstraint("shown_from > noticed_on", name="days_to_object"),
    )

    notice_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    grade: str = Field(sa_column=text_column())
    policy: str = Field(sa_column=text_column())
    noticed_on: date
    noticed_by: str = Field(sa_column=text_column())
    shown_from: date | None = None
    """None while the days cannot be reckoned."""
    ended_on: date | None = None
    recorded_at: datetime = Field(default_factory=now, sa_column=instant_column())
