"""The way a policy goes before it is published: its draft, the steps that were taken, and what was said to it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, key_column, now, text_column

_STEPS = "step IN ('consultation', 'legal_review', 'rehearsal', 'approval', 'withdrawal')"
_CLOSES = "(step = 'consultation') = (closes_on IS NOT NULL) AND closes_on > done_on"
_OUTCOME = "(step = 'legal_review') = (outcome IS NOT NULL) AND outcome IN ('passed', 'failed')"
_REHEARSAL = "(step = 'rehearsal') = (rehearsal_id IS NOT NULL)"


class PolicyDraft(Table, table=True):
    """A draft that is to become a version; its text never changes. A changed draft is another one, and goes the way from its beginning."""

    __tablename__ = "policy_draft"
    __table_args__ = (UniqueConstraint("policy_hash"),)

    draft_id: int | None = Field(default=None, sa_column=identity_column())
    policy_hash: str = Field(sa_column=text_column())
    family: str = Field(sa_column=text_column())
    version: str = Field(sa_column=text_column())
    text: str = Field(sa_column=text_column())
    filed_on: date
    filed_by: str = Field(sa_column=text_column())
    filed_at: datetime = Field(default_factory=now, sa_column=instant_column())


class PolicyStep(Table, table=True):
    """A step that was taken with a draft; written once."""

    __tablename__ = "policy_step"
    __table_args__ = (
        CheckConstraint(_STEPS, name="step_known"),
        CheckConstraint(_CLOSES, name="consultation_closes"),
        CheckConstraint(_OUTCOME, name="review_has_outcome"),
        CheckConstraint(_REHEARSAL, name="rehearsal_named"),
        Index("uq_policy_step_consultation", "draft_id", unique=True, postgresql_where=text("step = 'consultation'")),
    )

    step_id: int | None = Field(default=None, sa_column=identity_column())
    draft_id: int = Field(sa_column=key_column(refers="policy_draft.draft_id"))
    step: str = Field(sa_column=text_column())
    """consultation, legal_review, rehearsal, approval, withdrawal."""
    done_on: date
    done_by: str = Field(sa_column=text_column())
    note: str = Field(sa_column=text_column())
    """Where it was announced, what the review found, why it is approved or withdrawn."""
    document_no: str | None = Field(default=None, sa_column=text_column(optional=True))
    closes_on: date | None = None
    """The last day of a consultation."""
    outcome: str | None = Field(default=None, sa_column=text_column(optional=True))
    """Of a legal review: passed or failed."""
    rehearsal_id: int | None = Field(default=None, sa_column=key_column(optional=True, refers="rehearsal.rehearsal_id"))
    recorded_at: datetime = Field(default_factory=now, sa_column=instant_column())


class PolicyComment(Table, table=True):
    """What somebody said to a draft during its consultation, and what was answered, once."""

    __tablename__ = "policy_comment"
    __table_args__ = (CheckConstraint("(answer IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"),)

    comment_id: int | None = Field(default=None, sa_column=identity_column())
    draft_id: int = Field(sa_column=key_column(refers="policy_draft.draft_id"))
    received_on: date
    said_by: str = Field(sa_column=text_column())
    """A trade, an office, a number of citizens; no name of a private person."""
    taken_by: str = Field(sa_column=text_column())
    """The holder of the key by which it came; shown to nobody outside the authorities."""
    text: str = Field(sa_column=text_column())
    answer: str | None = Field(default=None, sa_column=text_column(optional=True))
    answered_on: date | None = None
    answered_by: str | None = Field(default=None, sa_column=text_column(optional=True))
