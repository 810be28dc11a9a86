"""What follows when facts became known: entries that rest on them, and the standings of the enterprises they are about."""

from data.database import WriteSession, driver_connection
from data.stores.knowledge import Drawn
from data.stores.records import touched_enterprises


def follow_facts(session: WriteSession, drawn: Drawn) -> None:
    """Let lists follow new facts in the same transaction: listing records list, withdrawn evidence is reviewed."""


def follow_standings(session: WriteSession, drawn: Drawn | None) -> None:
    """Bring the standings of the enterprises touched up to date, in a transaction of their own."""
    if drawn is not None:
        touched_enterprises(driver_connection(session), drawn.known_seq)
