"""The base of every table and the names of its constraints, so that a migration and an error message can name them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """A stored row. Table classes do not validate: build them from shapes that did."""


def now() -> datetime:
    """The present instant in UTC, for defaults at the edge."""
    return datetime.now(UTC)


def key_column(*, primary: bool = False, refers: str | None = None, optional: bool = False) -> Any:
    """A 63-bit key or sequence number."""
    reference = [ForeignKey(refers)] if refers else []
    return Column(BigInteger, *reference, primary_key=primary, nullable=optional, autoincrement=False)


def identity_column() -> Any:
    """A number the database draws; never part of an order or a digest that leaves the house."""
    return Column(BigInteger, Identity(always=True), primary_key=True)


def instant_column(*, optional: bool = False) -> Any:
    """An instant in UTC."""
    return Column(DateTime(timezone=True), nullable=optional)


def json_column(*, optional: bool = False) -> Any:
    """A JSON document."""
    return Column(JSONB, nullable=optional)


def text_column(*, primary: bool = False, refers: str | None = None, optional: bool = False) -> Any:
    """Text without a length; shapes bound it at the door."""
    reference = [ForeignKey(refers)] if refers else []
    return Column(Text, *reference, primary_key=primary, nullable=optional)
