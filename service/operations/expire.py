"""Do what a day brings by itself: announced entries begin, matters of runs whose days are over become entries, and entries end.

They end by their term, by what became of the record they rest on, and by deregistration of the enterprise.
"""

from collections import Counter
from datetime import date

from data.database import WriteSession
from data.stores import changes, knowledge, listing_records, listings
from data.stores.listings import Step
from models.access import Actor
from models.errors import Refused
from models.listings import Cause
from models.shapes import Shape
from service.clock import legal_day
from service.operations.list_by_records import close_moves, follow_records, steps_of_records, waiting_for_day
from service.operations.run_matters import advance_due, due_matters


class NotYet(Refused):
    """A day that has not come ends nothing."""

    code = "expire.in_future"


class Expired(Shape):
    """What a day ended; `known_seq` is None when nothing was due."""

    as_of: date
    ended: dict[str, int]
    """By cause."""
    begun: int = 0
    """Announced entries that took effect."""
    entered: int = 0
    """Entries that another list decision, still in force, carries on, and those of runs whose days of notice are over."""
    known_seq: int | None = None
    change_seq: int


def expire(session: WriteSession, *, as_of: date, actor: Actor) -> Expired:
    """Begin and end every entry that is due by a day; the caller commits. Late or twice, the same entries get the same last days.

    Each line of the log takes effect on the legal day of the end, not on the day it is written. Raises `NotYet`.
    """
    # Looked for before the lock, since it reads every list decision there is and every writer waits for the lock: facts that come
    # meanwhile are followed in their own transaction.
    followed_keys = waiting_for_day(session, as_of)
    knowledge.lock_clock(session)
    due, keys_due = _due(session, as_of)
    followed_keys |= keys_due  # where one entry ends, another decision may carry on
    beginning = listing_records.announced_by(session, as_of)
    waiting = due_matters(session, as_of)
    if not (due or beginning or waiting or steps_of_records(session, day=as_of, enterprise_keys=sorted(followed_keys))):
        return Expired(as_of=as_of, ended={}, change_seq=changes.head(session).seq)
    drawn = knowledge.draw(session, "expiry", f"as of {as_of}, by {actor.holder}")
    if as_of > (today := legal_day(drawn.committed_at)):
        raise NotYet(f"{as_of} has not come (today is {today}). Expire as of today or earlier.")
    begun = [Step(row["listing_id"], Cause.BEGAN, row["starts_on"]) for row in beginning]
    moves = listings.move(session, begun, known_seq=drawn.known_seq)
    moves += listings.move(session, due, known_seq=drawn.known_seq)
    moves += advance_due(session, as_of, known_seq=drawn.known_seq)
    followed, _ = follow_records(session, known_seq=drawn.known_seq, day=as_of, enterprise_keys=sorted(followed_keys))
    moves += followed
    told = close_moves(session, moves, [], known_seq=drawn.known_seq)
    ended = Counter(move.cause.value for move in moves if move.cause in listings.LEAVING)
    return Expired(
        as_of=as_of,
        ended=dict(ended),
        begun=len(begun),
        entered=told.entered,
        known_seq=drawn.known_seq,
        change_seq=changes.head(session).seq,
    )


def _due(session: WriteSession, day: date) -> tuple[list[Step], set[int]]:
    """One step per entry, the earlier of its term's end and its enterprise's deregistration; and the enterprises."""
    over, deregistered = listing_records.over_by(session, day), listing_records.deregistered_by(session, day)
    steps = {row["listing_id"]: Step(row["listing_id"], Cause.EXPIRED, row["ends_on"]) for row in over}
    for row in deregistered:
        known = steps.get(row["listing_id"])
        if known is None or row["deregistered_on"] < known.effective_on:
            steps[row["listing_id"]] = Step(row["listing_id"], Cause.DEREGISTERED, row["deregistered_on"])
    return list(steps.values()), {row["enterprise_key"] for row in (*over, *deregistered)}
