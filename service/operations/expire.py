"""Do what a day brings by itself: announced entries begin, matters of runs whose days are over become entries, and entries end.

They end by their term, by what became of the record they rest on, and by deregistration of the enterprise.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from data.database import WriteSession
from data.stores import changes, knowledge, listing_records, listings, proposals
from data.stores.listings import Step
from models.access import Actor
from models.errors import Refused
from models.listings import Cause
from models.shapes import Shape
from service.clock import legal_day
from service.operations.list_by_records import (
    close_moves,
    follow_records,
    has_entries_to_make,
    steps_of_records,
    waiting_for_day,
)
from service.operations.run_matters import advance

AT_ONCE = 300
"""Enterprises whose entries are moved in one transaction, while every other writer waits."""
Tell = Callable[[str, int, int], None]


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
    """The last of them, where a day was done in parts."""
    change_seq: int


def expire(session: WriteSession, *, as_of: date, actor: Actor) -> Expired:
    """Begin and end every entry that is due by a day, all at once; the caller commits.

    Late or twice, the same entries get the same last days. Each line of the log takes effect on the legal day of the end, not on the day
    it is written. Raises `NotYet`.
    """
    return _expire(session, _waiting(session, as_of), as_of=as_of, actor=actor)


def expire_in_parts(session: WriteSession, *, as_of: date, actor: Actor, at_once: int = AT_ONCE, tell: Tell | None = None) -> Expired:
    """`expire` part by part, each committed under a number of its own, so that no writer waits longer than for one part.

    What a killed process left is found by the next one. `tell` hears of the enterprises done and of all. Raises `NotYet`.
    """
    waiting = _waiting(session, as_of)
    session.commit()
    done = Expired(as_of=as_of, ended={}, change_seq=0)
    for start in range(0, max(len(waiting), 1), at_once):
        part = _expire(session, waiting[start : start + at_once], as_of=as_of, actor=actor)
        session.commit()
        done = _together(done, part)
        if tell is not None:
            tell("expiring", min(start + at_once, len(waiting)), len(waiting))
    return done


def _waiting(session: WriteSession, day: date) -> list[int]:
    """Enterprises of which a day may bring something, by number.

    Looked for before the lock, since it reads every list decision there is and every writer waits for the lock: facts that come meanwhile
    are followed in their own transaction.
    """
    due = (
        listing_records.over_by(session, day),
        listing_records.deregistered_by(session, day),
        listing_records.announced_by(session, day),
        proposals.run_matters_due(session, day),
    )
    return sorted(waiting_for_day(session, day) | {row["enterprise_key"] for rows in due for row in rows})


def _expire(session: WriteSession, keys: Sequence[int], *, as_of: date, actor: Actor) -> Expired:
    """What a day brings to some enterprises. All that it does to one of them it does in one transaction."""
    knowledge.lock_clock(session)
    due = _due(session, as_of, keys)
    beginning = listing_records.announced_by(session, as_of, enterprise_keys=keys)
    matters = proposals.run_matters_due(session, as_of, enterprise_keys=keys)
    known_seq = knowledge.resolve(session, None).known_seq
    if not (
        due
        or beginning
        or matters
        or steps_of_records(session, day=as_of, enterprise_keys=keys)
        or has_entries_to_make(session, known_seq=known_seq, day=as_of, enterprise_keys=keys)
    ):
        return Expired(as_of=as_of, ended={}, change_seq=changes.head(session).seq)
    drawn = knowledge.draw(session, "expiry", f"as of {as_of}, by {actor.holder}", is_locked=True)
    if as_of > (today := legal_day(drawn.committed_at)):
        raise NotYet(f"{as_of} has not come (today is {today}). Expire as of today or earlier.")
    begun = [Step(row["listing_id"], Cause.BEGAN, row["starts_on"]) for row in beginning]
    moves = listings.move(session, begun, known_seq=drawn.known_seq)
    moves += listings.move(session, due, known_seq=drawn.known_seq)
    moves += advance(session, matters, as_of, known_seq=drawn.known_seq)
    followed, _ = follow_records(session, known_seq=drawn.known_seq, day=as_of, enterprise_keys=keys)
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


def _together(done: Expired, part: Expired) -> Expired:
    return Expired(
        as_of=part.as_of,
        ended=dict(Counter(done.ended) + Counter(part.ended)),
        begun=done.begun + part.begun,
        entered=done.entered + part.entered,
        known_seq=part.known_seq or done.known_seq,
        change_seq=part.change_seq,
    )


def _due(session: WriteSession, day: date, keys: Sequence[int]) -> list[Step]:
    """One step per entry, the earlier of its term's end and its enterprise's deregistration."""
    steps = {
        row["listing_id"]: Step(row["listing_id"], Cause.EXPIRED, row["ends_on"])
        for row in listing_records.over_by(session, day, enterprise_keys=keys)
    }
    for row in listing_records.deregistered_by(session, day, enterprise_keys=keys):
        known = steps.get(row["listing_id"])
        if known is None or row["deregistered_on"] < known.effective_on:
            steps[row["listing_id"]] = Step(row["listing_id"], Cause.DEREGISTERED, row["deregistered_on"])
    return list(steps.values())
