"""What an enterprise can do about its own file, and who may do it for it; closed sets."""

from enum import StrEnum


class Scope(StrEnum):
    """What a mandate lets an agent do for an enterprise."""

    SEE = "see"
    OBJECT = "object"  # objections and replies
    REPAIR = "repair"  # repair, and the promises that it asks for


class GrantedAs(StrEnum):
    """By whom a mandate came to be."""

    ENTERPRISE = "enterprise"
    OFFICER = "officer"


class ReplyState(StrEnum):
    """How far a reply has come; only an accepted one is shown to others."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    REPLACED = "replaced"


class Way(StrEnum):
    """How somebody looked an enterprise up."""

    LOOK_UP = "look_up"
    FILE = "file"
    RECORDS = "records"
    CONTRIBUTIONS = "contributions"
    HISTORY = "history"
    CHECK = "check"


class RepairState(StrEnum):
    """How far a repair has come."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    GRANTED = "granted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    REVOKED = "revoked"  # false material
    ENDED = "ended"  # a temporary one whose plan ended


class ObjectionTarget(StrEnum):
    """What an objection is to."""

    RECORD = "record"
    LISTING = "listing"
    SCORE = "score"


class ObjectionState(StrEnum):
    """Open, or what was found."""

    OPEN = "open"
    KEPT = "kept"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"  # to the enterprise that it is really about
    TAKEN_BACK = "taken_back"


class CascadeCause(StrEnum):
    """What fell, so that what rested on it falls too."""

    RETEST = "retest"
    ANNULLED_PENALTY = "annulled_penalty"
    LABORATORY = "laboratory"


class CascadeState(StrEnum):
    """A cascade is prepared by one officer, and carried out or refused by another."""

    PREPARED = "prepared"
    CARRIED_OUT = "carried_out"
    REFUSED = "refused"
