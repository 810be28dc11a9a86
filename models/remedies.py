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
