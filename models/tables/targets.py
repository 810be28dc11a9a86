"""Figures of the city's targets, and of how sources deliver, as they were counted at night."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field

from models.tables.base import Table, instant_column, json_column, key_column


class TargetCount(Table, table=True):
    """What one counting found as of a day; counted again for the same day, the later one stays. Can be deleted and counted anew."""

    __tablename__ = "target_count"

    as_of: date = Field(primary_key=True)
    known_seq: int = Field(sa_column=key_column())
    known_at: datetime = Field(sa_column=instant_column())
    cells: list[dict[str, Any]] = Field(sa_column=json_column())
    """One object per target, source, district and month: counted, reached."""
    quality: dict[str, Any] = Field(sa_column=json_column())
    """By source: how it delivers, its lateness and the fields it fills."""
