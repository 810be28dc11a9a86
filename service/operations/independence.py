"""Nobody decides what they proposed, entered, sampled or reviewed before: who had a part in a matter, and the refusal that says which."""

from data.database import WriteSession
from data.stores import participation
from data.stores.proposals import NotIndependent, Row
from models.access import Actor

PARTS = {
    "proposed": "started or published a run behind it",
    "delivered": "delivered a record that it rests on",
    "settled": "settled to whom a record belongs that it rests on",
    "source": "belongs to the organisation whose record it rests on",
    "reviewed": "took an earlier step in the matter",
}


def refuse_dependent(session: WriteSession, proposal: Row, actor: Actor) -> None:
    """Refuse an officer who had a part in the matter. Raises `NotIndependent`, which says what it was."""
    had = participation.part_of(session, proposal, holder=actor.holder, source=actor.source)
    if had is not None:
        raise NotIndependent(f"{actor.holder} {PARTS[had]} (proposal {proposal['proposal_id']}). Ask another officer to decide.")
