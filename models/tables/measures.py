"""Published catalogues of measures: frozen text under a version and a hash."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.tables.base import Table, instant_column, key_column, now, text_column


class MeasureCatalogue(Table, table=True):
    """One published catalogue (措施目录); never changed, never deleted. The newest one known at a number answers for every day."""

    __tablename__ = "measure_catalogue"
    __table_args__ = (UniqueConstraint("version"),)

    catalogue_hash: str = Field(sa_column=text_column(primary=True))
    """SHA-256 of the canonical JSON of its shape."""
    version: str = Field(sa_column=text_column())
    text: str = Field(sa_column=text_column())
    """The YAML as it was published."""
    published_at: datetime = Field(default_factory=now, sa_column=instant_column())
    published_by: str = Field(sa_column=text_column())
    known_seq: int = Field(sa_column=key_column())
