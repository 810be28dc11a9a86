"""Enterprises and their registry facts, each fact with both clocks."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.tables.base import Table, instant_column, json_column, key_column, now, text_column


class Enterprise(Table, table=True):
    """Who is scored; `enterprise_key` is 63 bits of the hash of the identifier it was founded with here and never changes."""

    __table_args__ = (Index("ix_enterprise_known_seq", "known_seq", postgresql_using="brin"),)

    enterprise_key: int = Field(sa_column=key_column(primary=True))
    founding_scheme: str = Field(sa_column=text_column())
    founding_value: str = Field(sa_column=text_column())
    known_seq: int = Field(sa_column=key_column())


class EnterpriseIdentifier(Table, table=True):
    """One identifier of an enterprise under a scheme; at most one enterprise bears it at a time."""

    __tablename__ = "enterprise_identifier"
    __table_args__ = (
        Index("uq_enterprise_identifier_current", "scheme", "value", unique=True, postgresql_where=text("superseded_seq IS NULL")),
        Index("ix_enterprise_identifier_enterprise_key", "enterprise_key"),
    )

    scheme: str = Field(sa_column=text_column(primary=True))
    value: str = Field(sa_column=text_column(primary=True))
    known_seq: int = Field(sa_column=key_column(primary=True))
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    superseded_seq: int | None = Field(default=None, sa_column=key_column(optional=True))


class EnterpriseName(Table, table=True):
    """A name with the days it was borne; `name_key` is the normalised form that matching and search use."""

    __tablename__ = "enterprise_name"
    __table_args__ = (
        Index("ix_enterprise_name_name_key", "name_key"),
        Index("ix_enterprise_name_trigram", "name_key", postgresql_using="gin", postgresql_ops={"name_key": "gin_trgm_ops"}),
    )

    enterprise_key: int = Field(sa_column=key_column(primary=True, refers="enterprise.enterprise_key"))
    name: str = Field(sa_column=text_column(primary=True))
    known_seq: int = Field(sa_column=key_column(primary=True))
    name_key: str = Field(sa_column=text_column())
    valid_from: date | None = None
    valid_until: date | None = None
    superseded_seq: int | None = Field(default=None, sa_column=key_column(optional=True))


class RegistryFact(Table, table=True):
    """What the registry says of an enterprise over a span of days: type, state, region, industry, size.

    Spans of one enterprise known at one instant do not overlap. `state` is one of in_business, deregistered, revoked,
    moved_out, closed, cancelled.
    """

    __tablename__ = "registry_fact"
    __table_args__ = (
        Index("ix_registry_fact_known_seq", "known_seq"),
        Index("ix_registry_fact_superseded_seq", "superseded_seq", postgresql_where=text("superseded_seq IS NOT NULL")),
    )

    enterprise_key: int = Field(sa_column=key_column(primary=True, refers="enterprise.enterprise_key"))
    valid_from: date = Field(primary_key=True)
    known_seq: int = Field(sa_column=key_column(primary=True))
    valid_until: date | None = None
    type: str | None = Field(default=None, sa_column=text_column(optional=True))
    state: str = Field(sa_column=text_column())
    region: str | None = Field(default=None, sa_column=text_column(optional=True))
    industry: str | None = Field(default=None, sa_column=text_column(optional=True))
    size: str | None = Field(default=None, sa_column=text_column(optional=True))
    registered_on: date | None = None
    is_natural_person: bool = False
    """A sole proprietor: shown as the rules for natural persons allow."""
    other: dict[str, str] = Field(default_factory=dict, sa_column=json_column())
    superseded_seq: int | None = Field(default=None, sa_column=key_column(optional=True))


class EnterpriseLink(Table, table=True):
    """A relation between two enterprises: branch_of and succeeded_by, which move nothing, and same_as.

    `same_as` says that the entry `from_key` is a duplicate of `to_key`, the one that is kept: whatever is known of the duplicate counts for
    the kept one, on every day, from the number that told the link until the one that undid it.
    """

    __tablename__ = "enterprise_link"
    __table_args__ = (
        CheckConstraint(
            "kind <> 'same_as' OR (from_key <> to_key AND valid_from IS NULL AND valid_until IS NULL)", name="same_as_of_two_without_days"
        ),
        Index("uq_enterprise_link_one_kept", "from_key", unique=True, postgresql_where=text("kind = 'same_as' AND superseded_seq IS NULL")),
        Index("ix_enterprise_link_known_seq", "known_seq"),
        Index("ix_enterprise_link_superseded_seq", "superseded_seq", postgresql_where=text("superseded_seq IS NOT NULL")),
        Index("ix_enterprise_link_same_as", "to_key", postgresql_where=text("kind = 'same_as'")),
    )

    from_key: int = Field(sa_column=key_column(primary=True, refers="enterprise.enterprise_key"))
    to_key: int = Field(sa_column=key_column(primary=True, refers="enterprise.enterprise_key"))
    kind: str = Field(sa_column=text_column(primary=True))
    known_seq: int = Field(sa_column=key_column(primary=True))
    valid_from: date | None = None
    valid_until: date | None = None
    superseded_seq: int | None = Field(default=None, sa_column=key_column(optional=True))


class SameAsAct(Table, table=True):
    """Who said that two entries are one enterprise, or undid it, and why; kept for ever beside the link."""

    __tablename__ = "same_as_act"
    __table_args__ = (
        CheckConstraint("act IN ('joined', 'undone')", name="act_known"),
        CheckConstraint("btrim(reason) <> '' AND btrim(done_by) <> ''", name="who_and_why"),
    )

    from_key: int = Field(sa_column=key_column(primary=True, refers="enterprise.enterprise_key"))
    to_key: int = Field(sa_column=key_column(primary=True, refers="enterprise.enterprise_key"))
    known_seq: int = Field(sa_column=key_column(primary=True))
    act: str = Field(sa_column=text_column())
    reason: str = Field(sa_column=text_column())
    done_by: str = Field(sa_column=text_column())
    done_at: datetime = Field(default_factory=now, sa_column=instant_column())
