"""Forget what the log says of an entry that has ended: empty its lines, tell consumers which, and leave chain and roots as they are."""

from datetime import date

from data.codes.retention_terms import retention_terms
from data.database import WriteSession
from data.stores import changes, forgetting, listings
from models.access import Actor
from models.errors import Refused
from models.listings import ListingState

AT_ONCE = 1_000


class NotEnded(Refused):
    """An entry that has not ended cannot be forgotten."""

    code = "forget.not_ended"


class NothingToForget(Refused):
    """Nothing is told of the entry any more."""

    code = "forget.nothing"


def forget_entry(session: WriteSession, listing_id: int, *, reason: str, actor: Actor) -> list[int]:
    """Empty every line of an entry, with a reason; gives the lines. The caller commits.

    Raises `listing.not_found`, `NotEnded` and `NothingToForget`.
    """
    entry = listings.get_listing(session, listing_id)
    if entry["state"] != ListingState.ENDED:
        raise NotEnded(f"Entry {listing_id} on {entry['list']} has not ended. What the log says of it stays until it has.")
    lines = forgetting.told_lines(session, listing_id)
    if not lines:
        raise NothingToForget(f"The log says nothing of entry {listing_id} any more.")
    changes.empty_details(session, lines, why=f"{actor.holder}: {reason}")
    return lines


def forget_due(session: WriteSession, *, today: date, actor: Actor) -> int:
    """Empty the lines of entries whose retention is over, some at most; gives how many entries. The caller commits, and asks again."""
    terms = [(term.end_cause.value, term.days_after_end, term.act) for term in retention_terms()]
    due = forgetting.due_entries(session, terms, today=today, limit=AT_ONCE)
    for listing_id, act in due:
        forget_entry(session, listing_id, reason=f"retention over by {act}", actor=actor)
    return len(due)
