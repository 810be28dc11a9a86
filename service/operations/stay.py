"""Suspend an entry's effect while a review or a court looks at it, and lift that (中止执行); same day in list, page, feed and checks."""

from datetime import date

from data.database import WriteSession
from data.stores import changes, knowledge, listings, proposals, stays
from data.stores.listings import Step
from data.stores.stays import Act
from models.access import Actor, Role
from models.errors import Refused
from models.listings import Cause
from models.shapes import Shape
from service.clock import legal_day
from service.operations.follow_matter import InFuture, Said

OFFICERS = frozenset({Role.REGULATOR, Role.ADMIN})


class MayNotStay(Refused):
    """Only officers record the acts of reviews and courts."""

    code = "stay.not_an_officer"


class StayAsked(Shape):
    """The act of a review or a court on an entry."""

    act: Act
    effective_on: date | None = None
    """Today unless given."""
    authority: Said
    document_no: Said
    reason: Said


class StayDone(Shape):
    """What came of it."""

    listing_id: int
    state: str
    change_seq: int


def stay(session: WriteSession, listing_id: int, asked: StayAsked, *, actor: Actor) -> StayDone:
    """Record a stay, or its lifting; the caller commits. Raises `MayNotStay`, `InFuture`, `listing.not_found`, `listing.illegal_move`."""
    if actor.role not in OFFICERS:
        raise MayNotStay(f"{actor.holder} is no officer ({actor.role}). The act of a review or court is recorded with a regulator's key.")
    day = asked.effective_on or legal_day()
    if day > (today := legal_day()):
        raise InFuture(f"{day} has not come (today is {today}). Record the act on the day it takes effect.")
    known_seq = knowledge.draw(session, "decision", f"{asked.act} {asked.document_no}").known_seq
    stays.keep_stay(
        session,
        listing_id=listing_id,
        act=asked.act,
        effective_on=day,
        authority=asked.authority,
        document_no=asked.document_no,
        reason=asked.reason,
        known_seq=known_seq,
        recorded_by=actor.holder,
    )
    cause = Cause.STAYED if asked.act is Act.STAY else Cause.STAY_LIFTED
    moves = listings.move(session, [Step(listing_id, cause, day)], known_seq=known_seq)
    if asked.act is Act.LIFT and proposals.has_open_annulment(session, listing_id):
        moves += listings.move(session, [Step(listing_id, Cause.REVIEW_OPENED, day)], known_seq=known_seq)
    head = changes.append(session, moves, known_seq=known_seq)
    return StayDone(listing_id=listing_id, state=listings.get_listing(session, listing_id)["state"], change_seq=head.seq)
