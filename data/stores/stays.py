"""Stays of entries: the acts of reviews and courts, kept as they came."""

from datetime import date
from enum import StrEnum

from psycopg import errors

from data.database import WriteSession, driver_connection
from data.stores.listings import ListingNotFound

_KEEP = """
INSERT INTO stay (listing_id, act, effective_on, authority, document_no, reason, known_seq, recorded_by, recorded_at)
VALUES (%(listing_id)s, %(act)s, %(effective_on)s, %(authority)s, %(document_no)s, %(reason)s, %(known_seq)s, %(recorded_by)s,
    clock_timestamp())
"""


class Act(StrEnum):
    """What a review or a court did."""

    STAY = "stay"
    LIFT = "lift"


def keep_stay(
    session: WriteSession,
    *,
    listing_id: int,
    act: Act,
    effective_on: date,
    authority: str,
    document_no: str,
    reason: str,
    known_seq: int,
    recorded_by: str,
) -> None:
    """Keep an act, in the transaction that moves the entry. Raises `listing.not_found`."""
    values = {
        "listing_id": listing_id,
        "act": act.value,
        "effective_on": effective_on,
        "authority": authority,
        "document_no": document_no,
        "reason": reason,
        "known_seq": known_seq,
        "recorded_by": recorded_by,
    }
    try:
        driver_connection(session).execute(_KEEP, values)
    except errors.ForeignKeyViolation as fault:
        raise ListingNotFound(f"There is no entry {listing_id}. Look at the list for the numbers of its entries.") from fault
