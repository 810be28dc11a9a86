"""Published policies: frozen text under a version and a hash."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.tables.base import Table, instant_column, key_column, now, text_column


class PolicyRow(Table, table=True):
    """One published version of a family of rules; never changed, never deleted."""

    __tablename__ = "policy"
    __table_args__ = (UniqueConstraint("family", "version"),)

    policy_hash: str = Field(sa_column=text_column(primary=True))
    """SHA-256 of the canonical JSON of the policy's shape."""
    family: str = Field(sa_column=text_column())
    version: str = Field(sa_column=text_column())
    text: str = Field(sa_column=text_column())
    """The YAML as it was published."""
    in_force_from: date
    in_force_until: date | None = None
    published_at: datetime = Field(default_factory=now, sa_column=instant_column())
    published_by: str = Field(sa_column=text_column())
    known_seq: int = Field(sa_column=key_column())
    draft_id: int | None = Field(default=None, sa_column=key_column(optional=True, refers="policy_draft.draft_id"))
    """The draft that went its way; None for a founding version, published before any run of the family had effects."""


class CompiledPlan(Table, table=True):
    """The SQL a policy compiles to on one engine, kept because compiling takes seconds; rebuilt when code changes."""

    __tablename__ = "compiled_plan"

    policy_hash: str = Field(sa_column=text_column(primary=True))
    engine: str = Field(sa_column=text_column(primary=True))
    plan_version: str = Field(sa_column=text_column(primary=True))
    """Hash over the plan's code and the versions of Ibis and sqlglot."""
    sql: str = Field(sa_column=text_column())
