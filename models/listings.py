"""Entries on lists: their states and causes, the closed sets that the database enforces too."""

from enum import StrEnum


class ListingState(StrEnum):
    """Where an entry stands in its life; the dates say when it has effect."""

    ANNOUNCED = "announced"  # decided, and shown for its days of announcement before it takes effect
    IN_FORCE = "in_force"
    UNDER_REVIEW = "under_review"  # its basis fell away; still shown, marked
    STAYED = "stayed"  # review or court suspended its effect
    ENDED = "ended"


class Origin(StrEnum):
    """By which of the three ways an entry came about."""

    RUN = "run"
    DECISION = "decision"
    RECORD = "record"


class Cause(StrEnum):
    """Why a line of the log was written."""

    ENTERED = "entered"
    EXPIRED = "expired"
    REPAIRED = "repaired"
    ANNULLED = "annulled"
    SUPERSEDED = "superseded"  # a red entry ended by a black decision
    DEREGISTERED = "deregistered"
    REMOVED = "removed"  # left by a decision on a proposal to leave
    CORRECTED = "corrected"
    BEGAN = "began"  # the announcement is over
    STAYED = "stayed"  # a review or a court suspended its effect
    STAY_LIFTED = "stay_lifted"
    REVIEW_OPENED = "review_opened"
    REVIEW_CLOSED = "review_closed"  # its basis holds after all
    MERGED = "merged"
    POLICY = "policy"


class Direction(StrEnum):
    """What a proposal asks for."""

    ENTER = "enter"
    LEAVE = "leave"
    ANNUL = "annul"  # its basis was withdrawn after officers had decided


class ProposalState(StrEnum):
    """One open proposal per enterprise, list and direction."""

    OPEN = "open"
    NOTICED = "noticed"  # the notice is issued; from here the matter goes on by itself
    FIRST_APPROVAL = "first_approval"  # accepted by one officer where the rule asks for two
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LAPSED = "lapsed"


OPEN_STATES = (ProposalState.OPEN, ProposalState.NOTICED, ProposalState.FIRST_APPROVAL)
"""The states of a proposal that waits for its decision."""
