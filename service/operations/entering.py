"""What stands in the way of entries about to be made, and how it goes: terms that are over end, red gives way to black."""

from collections.abc import Iterable, Sequence
from datetime import date

from data.database import WriteSession
from data.stores import effects, listing_records, listings
from data.stores.changes import Move
from data.stores.listings import NewListing, Step
from models.listings import Cause


def expire_over(session: WriteSession, day: date, *, known_seq: int, enterprise_keys: Sequence[int] | None = None) -> list[Move]:
    """End the entries whose term is over by a day, each on its own day; of these enterprises, or of all."""
    over = listing_records.over_by(session, day, enterprise_keys=enterprise_keys)
    return listings.move(session, [Step(row["listing_id"], Cause.EXPIRED, row["ends_on"]) for row in over], known_seq=known_seq)


def supersede_red(session: WriteSession, black: Iterable[NewListing], *, known_seq: int) -> list[Move]:
    """End the red entries that overlap black ones about to be made, also those that had a later end."""
    steps = [Step(row["listing_id"], Cause.SUPERSEDED, row["ends_on"]) for row in effects.red_beside(session, black)]
    return listings.move(session, steps, known_seq=known_seq)
