"""A check (信用核查): what it is asked for, and how one supplier of it may turn out."""

from enum import StrEnum


class Purpose(StrEnum):
    """The setting for which somebody asks; the measures of a listing differ by it."""

    PROCUREMENT = "procurement"
    BIDDING = "bidding"
    LICENSING = "licensing"
    QUALIFICATION = "qualification"
    AWARDS = "awards"
    FINANCING = "financing"
    EMPLOYMENT = "employment"
    SOCIAL_SECURITY = "social_security"


class Outcome(StrEnum):
    """How one supplier of a check turned out."""

    FOUND = "found"
    BRANCH = "branch"  # found, and its head office is another enterprise
    SAME_AS = "same_as"  # a duplicate of another entry, which is the one to ask about
    AMBIGUOUS = "ambiguous"  # several bear this name; none is guessed
    NOT_FOUND = "not_found"
    MALFORMED = "malformed"  # the code is no code


class FoundBy(StrEnum):
    """What found the enterprise."""

    CODE = "code"
    NAME = "name"
    FORMER_NAME = "former_name"  # borne before the day asked about, or after it


class Known(StrEnum):
    """As known when: what we had been told by an instant is what an answer rests on."""

    NOW = "now"
    THEN = "then"  # at the cut-off, or at the end of the day asked about
    INSTANT = "instant"  # one that the asker named


class InquiryResult(StrEnum):
    """What another authority's own site showed an officer who asked there by hand."""

    NOT_LISTED = "not_listed"
    LISTED = "listed"
    NOT_AVAILABLE = "not_available"  # the site gave no answer
