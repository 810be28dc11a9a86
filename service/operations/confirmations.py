"""Who of the consumers confirmed that an entry has left, and who is silent, by the clock of its cause."""

from datetime import date
from typing import Any

from data.codes.confirmation_terms import confirmation_terms
from data.codes.working_days import working_days
from data.database import ReadSession
from data.stores import consumers
from models.calendar import BeyondCalendar
from models.listings import Cause
from service.clock import legal_day
from service.consumer_answers import Confirmation, ConfirmationState, LeavingConfirmed


def confirmations_of(session: ReadSession, listing_id: int, *, today: date) -> list[LeavingConfirmed]:
    """Each line by which an entry left, with every consumer's confirmation or silence; empty while it stands."""
    lines = consumers.leaving_lines(session, listing_id, causes=[*confirmation_terms()])
    return [_told(session, listing_id, line, today=today) for line in lines]


def list_confirmations(session: ReadSession, *, after: int, limit: int, today: date) -> list[LeavingConfirmed]:
    """The same for all entries that left by lines after a number, oldest first."""
    found = []
    for row in consumers.left_after(session, after, causes=[*confirmation_terms()], limit=limit):
        found += [told for told in confirmations_of(session, row["listing_id"], today=today) if told.seq == row["seq"]]
    return found


def _told(session: ReadSession, listing_id: int, line: dict[str, Any], *, today: date) -> LeavingConfirmed:
    term = confirmation_terms()[Cause(line["cause"])]
    try:
        due_on = working_days().after(legal_day(line["recorded_at"]), term.working_days)
    except BeyondCalendar:
        due_on = None
    return LeavingConfirmed(
        listing_id=listing_id,
        seq=line["seq"],
        cause=term.cause,
        effective_on=line["effective_on"],
        recorded_at=line["recorded_at"],
        due_on=due_on,
        working_days=term.working_days,
        act=term.act,
        mark=term.mark,
        consumers=tuple(_confirmation(row, due_on=due_on, today=today) for row in consumers.confirmations(session, line)),
    )


def _confirmation(row: dict[str, Any], *, due_on: date | None, today: date) -> Confirmation:
    at = row["at"]
    is_late = due_on is not None and (legal_day(at) if at else today) > due_on
    done, open_ = (
        (ConfirmationState.LATE, ConfirmationState.SILENT) if is_late else (ConfirmationState.CONFIRMED, ConfirmationState.WAITING)
    )
    return Confirmation(holder=row["holder"], state=done if at else open_, confirmed_at=at)
