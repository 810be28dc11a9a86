"""What an enterprise does about itself: who acts for it, what it replies, which honours it does not want shown, and who looked it up."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column

Scopes = list[str]


class Mandate(Table, table=True):
    """A mandate (授权委托): one enterprise may act for another, in what it names, between two days. It can only be revoked."""

    __table_args__ = (
        Index("ix_mandate_enterprise_key", "enterprise_key"),
        Index("ix_mandate_agent_key", "agent_key"),
        CheckConstraint("agent_key <> enterprise_key", name="for_another"),
        CheckConstraint("valid_until > valid_from", name="ends_after_start"),
        CheckConstraint('jsonb_array_length(scopes) > 0 AND scopes <@ \'["see", "object", "repair"]\'::jsonb', name="scopes_known"),
        CheckConstraint(
            "granted_as = 'enterprise' OR (granted_as = 'officer' AND btrim(coalesce(document_no, '')) <> '')",
            name="officer_names_document",
        ),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_by_someone"),
    )

    mandate_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    agent_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    scopes: Scopes = Field(sa_column=json_column())
    valid_from: date
    valid_until: date
    """The first day on which it no longer holds."""
    granted_as: str = Field(sa_column=text_column())
    """enterprise: by a key of its own; officer: recorded from a document."""
    granted_by: str = Field(sa_column=text_column())
    document_no: str | None = Field(default=None, sa_column=text_column(optional=True))
    granted_at: datetime = Field(default_factory=now, sa_column=instant_column())
    revoked_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    revoked_by: str | None = Field(default=None, sa_column=text_column(optional=True))


class HonourRefusal(Table, table=True):
    """An enterprise declined to have its honours shown to others; since then, and until it resumes."""

    __tablename__ = "honour_refusal"
    __table_args__ = (
        Index("uq_honour_refusal_standing", "enterprise_key", unique=True, postgresql_where=text("resumed_at IS NULL")),
        CheckConstraint("(resumed_at IS NULL) = (resumed_by IS NULL)", name="resumed_by_someone"),
    )

    refusal_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    declined_at: datetime = Field(default_factory=now, sa_column=instant_column())
    declined_by: str = Field(sa_column=text_column())
    resumed_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    resumed_by: str | None = Field(default=None, sa_column=text_column(optional=True))


class Reply(Table, table=True):
    """What an enterprise says to a record or an entry on a list (答复); shown beside it once an officer let it through."""

    __table_args__ = (
        Index("ix_reply_enterprise_key", "enterprise_key"),
        Index("ix_reply_waiting", "reply_id", postgresql_where=text("state = 'waiting'")),
        Index(
            "uq_reply_record",
            "record_key",
            "enterprise_key",
            "state",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'accepted')"),
        ),
        Index("uq_reply_listing", "listing_id", "state", unique=True, postgresql_where=text("state IN ('waiting', 'accepted')")),
        CheckConstraint("(record_key IS NULL) <> (listing_id IS NULL)", name="to_one_thing"),
        CheckConstraint("state IN ('waiting', 'accepted', 'refused', 'taken_back', 'replaced')", name="state_known"),
        CheckConstraint("char_length(text) BETWEEN 1 AND 1000 AND btrim(text) <> ''", name="bounded"),
        CheckConstraint("state <> 'refused' OR btrim(coalesce(closed_why, '')) <> ''", name="refused_with_reason"),
        CheckConstraint(
            "(state = 'waiting') = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL)", name="closed_by_someone"
        ),
    )

    reply_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    record_key: int | None = Field(default=None, sa_column=key_column(optional=True))
    listing_id: int | None = Field(default=None, sa_column=key_column(refers="listing.listing_id", optional=True))
    text: str = Field(sa_column=text_column())
    state: str = Field(default="waiting", sa_column=text_column())
    written_by: str = Field(sa_column=text_column())
    written_at: datetime = Field(default_factory=now, sa_column=instant_column())
    closed_by: str | None = Field(default=None, sa_column=text_column(optional=True))
    closed_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    closed_why: str | None = Field(default=None, sa_column=text_column(optional=True))


class Enquiry(Table, table=True):
    """Who looked an enterprise up, on which day and what for (查询记录): one row per holder, way, purpose and day, with how often."""

    __table_args__ = (
        Index("uq_enquiry_day", "enterprise_key", "on_day", "holder", "way", "purpose", "check_id", unique=True),
        CheckConstraint("last_at >= first_at AND times > 0", name="counts_up"),
    )

    enquiry_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column())
    on_day: date
    holder: str = Field(sa_column=text_column())
    role: str = Field(sa_column=text_column())
    way: str = Field(sa_column=text_column())
    """look_up, contributions, history, records, file or check."""
    purpose: str = Field(default="", sa_column=text_column())
    """Empty where none was stated."""
    check_id: int = Field(default=0, sa_column=key_column())
    """Of a check its number, else 0: what is unique cannot be null."""
    first_at: datetime = Field(sa_column=instant_column())
    last_at: datetime = Field(sa_column=instant_column())
    times: int
