"""Proposals, decisions and list entries; the database refuses what the law does."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, column, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, JSONB, ExcludeConstraint
from sqlmodel import Field

from models.tables.base import Table, identity_column, instant_column, json_column, key_column, now, text_column

# Fields named `list` hide the builtin inside their class, so the types that need it are named here.
Names = list[str]
Signatures = list[dict[str, str]]
Keys = list[int]
Stays = list[dict[str, str | None]]


class Proposal(Table, table=True):
    """What a run suggests for a list (名单建议): one open per enterprise, list and direction."""

    __table_args__ = (
        Index(
            "uq_proposal_open",
            "enterprise_key",
            "list",
            "direction",
            unique=True,
            postgresql_where=text("state IN ('open', 'noticed', 'first_approval')"),
        ),
        Index("ix_proposal_state_proposal_id", "state", "proposal_id"),
        Index("ix_proposal_enterprise_key", "enterprise_key"),
        CheckConstraint("state IN ('open', 'noticed', 'first_approval', 'accepted', 'refused', 'lapsed')", name="state_known"),
        CheckConstraint("direction IN ('enter', 'leave', 'annul')", name="direction_known"),
        CheckConstraint("decided_by IN ('run', 'officer', 'two_officers')", name="decided_by_known"),
        CheckConstraint(
            "(state IN ('open', 'noticed', 'first_approval')) = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_why IS NULL)",
            name="closed_with_instant_and_cause",
        ),
        CheckConstraint("direction = 'enter' OR listing_id IS NOT NULL", name="names_the_entry_to_end"),
        CheckConstraint("direction = 'annul' OR opened_by_run IS NOT NULL", name="rests_on_a_run_or_a_review"),
    )

    proposal_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    list: str = Field(sa_column=text_column())
    direction: str = Field(sa_column=text_column())
    state: str = Field(default="open", sa_column=text_column())
    decided_by: str = Field(sa_column=text_column())
    """What the list rule asks: officer, two_officers, or run where published criteria decide once the notice's days are over."""
    procedure_hash: str | None = Field(default=None, sa_column=text_column(refers="procedure.procedure_hash", optional=True))
    """The way it goes; None where no procedure was in force for the list when it was opened."""
    policy_hash: str | None = Field(default=None, sa_column=text_column(refers="policy.policy_hash", optional=True))
    """None when the entry it would annul rests on no policy."""
    clause: dict[str, Any] = Field(sa_column=json_column())
    listing_id: int | None = Field(default=None, sa_column=key_column(optional=True))
    """The entry that a proposal to leave or to annul would end."""
    opened_by_run: int | None = Field(default=None, sa_column=key_column(refers="run.run_id", optional=True))
    """None for a proposal to annul, which a withdrawn record opens."""
    renewed_by_run: int | None = Field(default=None, sa_column=key_column(refers="run.run_id", optional=True))
    proposed_by: Names = Field(sa_column=json_column())
    """Who started or published the runs behind it; they may not decide it."""
    answer: dict[str, Any] = Field(sa_column=json_column())
    """Score, grade, lines and day on which it rests."""
    opened_at: datetime = Field(default_factory=now, sa_column=instant_column())
    closed_at: datetime | None = Field(default=None, sa_column=instant_column(optional=True))
    closed_why: str | None = Field(default=None, sa_column=text_column(optional=True))


class Decision(Table, table=True):
    """A competent authority's act on an entry (认定决定)."""

    __table_args__ = (
        CheckConstraint("act IN ('list', 'refuse', 'remove', 'annul')", name="act_known"),
        CheckConstraint("btrim(reason) <> ''", name="says_why"),
        CheckConstraint(
            "act = 'refuse' OR (basis IS NOT NULL AND btrim(basis) <> '' AND authority IS NOT NULL AND btrim(authority) <> ''"
            " AND document_no IS NOT NULL AND btrim(document_no) <> '')",
            name="has_basis_authority_number",
        ),
        Index("uq_decision_proposal_id", "proposal_id", unique=True),
    )

    decision_id: int | None = Field(default=None, sa_column=identity_column())
    proposal_id: int | None = Field(default=None, sa_column=key_column(refers="proposal.proposal_id", optional=True))
    act: str = Field(sa_column=text_column())
    """list, refuse, remove, annul."""
    authority: str | None = Field(default=None, sa_column=text_column(optional=True))
    document_no: str | None = Field(default=None, sa_column=text_column(optional=True))
    basis: str | None = Field(default=None, sa_column=text_column(optional=True))
    reason: str = Field(sa_column=text_column())
    decided_on: date
    officers: Signatures = Field(sa_column=json_column())
    """Each with `name` and `at`; two different ones where the rule asks."""
    answer: dict[str, Any] = Field(sa_column=json_column())
    """The live answer of the decision's own day."""
    recorded_at: datetime = Field(default_factory=now, sa_column=instant_column())


class Approval(Table, table=True):
    """One officer's vote on a proposal; a rule that asks for two counts two different names."""

    proposal_id: int = Field(sa_column=key_column(primary=True, refers="proposal.proposal_id"))
    officer: str = Field(sa_column=text_column(primary=True))
    accepts: bool
    reason: str = Field(sa_column=text_column())
    at: datetime = Field(default_factory=now, sa_column=instant_column())


class Listing(Table, table=True):
    """An entry on a list (名单条目) as it stands now. Its colour is red, black, or other for lists of other authorities."""

    __table_args__ = (
        CheckConstraint(
            "colour <> 'black' OR (basis IS NOT NULL AND btrim(basis) <> '' AND authority IS NOT NULL AND btrim(authority) <> ''"
            " AND decision_no IS NOT NULL AND btrim(decision_no) <> ''"
            " AND (ends_on IS NOT NULL OR (ends_when IS NOT NULL AND btrim(ends_when) <> '')))",
            name="black_needs_basis_authority_number_end",
        ),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ends_after_start"),
        CheckConstraint(
            "(state = 'ended') = (ended_on IS NOT NULL) AND (state = 'ended') = (end_cause IS NOT NULL)",
            name="ended_with_day_and_cause",
        ),
        CheckConstraint("ended_on >= starts_on", name="ended_not_before_start"),
        CheckConstraint("colour IN ('red', 'black', 'other')", name="colour_known"),
        CheckConstraint("state IN ('announced', 'in_force', 'under_review', 'stayed', 'ended')", name="state_known"),
        CheckConstraint(
            "end_cause IN ('expired', 'repaired', 'annulled', 'superseded', 'deregistered', 'removed', 'merged', 'policy')",
            name="end_cause_known",
        ),
        CheckConstraint(
            "(origin = 'run' AND run_id IS NOT NULL) OR (origin = 'decision' AND decision_id IS NOT NULL)"
            " OR (origin = 'record' AND record_key IS NOT NULL)",
            name="origin_named",
        ),
        # Red and black at once is refused over overlapping days; an annulled entry never held.
        ExcludeConstraint(
            (column("enterprise_key"), "="),
            (column("colour"), "<>"),
            (text("daterange(starts_on, coalesce(ended_on, ends_on))"), "&&"),
            where=text("colour IN ('red', 'black') AND end_cause IS DISTINCT FROM 'annulled'"),
            name="ex_listing_red_and_black",
        ),
        Index("ix_listing_enterprise_key", "enterprise_key"),
        Index("uq_listing_current", "enterprise_key", "list", unique=True, postgresql_where=text("state <> 'ended'")),
        Index("ix_listing_list_listing_id", "list", "listing_id", postgresql_where=text("state <> 'ended'")),
        Index("ix_listing_ends_on", "ends_on", postgresql_where=text("state <> 'ended'")),
    )

    listing_id: int | None = Field(default=None, sa_column=identity_column())
    enterprise_key: int = Field(sa_column=key_column(refers="enterprise.enterprise_key"))
    list: str = Field(sa_column=text_column())
    colour: str = Field(sa_column=text_column())
    state: str = Field(sa_column=text_column())
    origin: str = Field(sa_column=text_column())
    run_id: int | None = Field(default=None, sa_column=key_column(refers="run.run_id", optional=True))
    decision_id: int | None = Field(default=None, sa_column=key_column(refers="decision.decision_id", optional=True))
    proposal_id: int | None = Field(default=None, sa_column=key_column(refers="proposal.proposal_id", optional=True))
    """The matter that led to it, where there was one."""
    record_key: int | None = Field(default=None, sa_column=key_column(optional=True))
    """The listing record it rests on, when a record is itself the decision."""
    evidence: Keys = Field(default_factory=Keys, sa_column=Column(ARRAY(BIGINT), nullable=False))
    """Keys of the records the decision rests on: when one is withdrawn, the entry is annulled or reviewed."""
    basis: str | None = Field(default=None, sa_column=text_column(optional=True))
    clause: dict[str, Any] | None = Field(default=None, sa_column=json_column(optional=True))
    authority: str | None = Field(default=None, sa_column=text_column(optional=True))
    decision_no: str | None = Field(default=None, sa_column=text_column(optional=True))
    decided_on: date
    starts_on: date
    ends_on: date | None = None
    """First day it no longer holds."""
    ends_when: str | None = Field(default=None, sa_column=text_column(optional=True))
    ended_on: date | None = None
    end_cause: str | None = Field(default=None, sa_column=text_column(optional=True))
    stays: Stays = Field(default_factory=Stays, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    """Days without effect, each with `from` and `until` (null while it lasts)."""
    reason: str = Field(sa_column=text_column())
    known_seq: int = Field(sa_column=key_column())
    """Of the transaction that last moved it; grows with every move, and a line of the log bears the same number."""
    recorded_at: datetime = Field(default_factory=now, sa_column=instant_column())


class ListingSpan(Table, table=True):
    """The days an entry holds, with the knowledge clock: what the plan and every `as of` read.

    An annulled entry's span is closed without successor: it never held.
    """

    __tablename__ = "listing_span"
    __table_args__ = (
        Index("ix_listing_span_enterprise_key", "enterprise_key"),
        Index("ix_listing_span_known_seq", "known_seq"),
        Index("ix_listing_span_superseded_seq", "superseded_seq", postgresql_where=text("superseded_seq IS NOT NULL")),
        CheckConstraint("superseded_seq >= known_seq", name="closed_after_known"),
    )

    listing_id: int = Field(sa_column=key_column(primary=True, refers="listing.listing_id"))
    known_seq: int = Field(sa_column=key_column(primary=True))
    part: int = Field(default=0, primary_key=True)
    """Counts the spans that one transaction gave one entry; those it closed again were never known."""
    enterprise_key: int = Field(sa_column=key_column())
    list: str = Field(sa_column=text_column())
    colour: str = Field(sa_column=text_column())
    starts_on: date
    ends_on: date | None = None
    superseded_seq: int | None = Field(default=None, sa_column=key_column(optional=True))
