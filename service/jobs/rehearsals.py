"""A rehearsal as a job: carried out by whichever worker is free; after a kill it begins anew, since nothing of it has effects."""

from data.database import write_session
from data.stores import rehearsals
from models.rehearsals import RehearsalState
from models.shapes import Bilingual, Shape
from service.jobs.kinds import Given, Kind, NotNow, Result, Stopped
from service.operations.rehearse import UnderWay, carry_out


class RehearsalArguments(Shape):
    """An ordered rehearsal, which holds all that it was asked."""

    rehearsal_id: int


def _work(given: Given[RehearsalArguments]) -> Result:
    number = given.arguments.rehearsal_id
    try:
        state = carry_out(given.place.database, number, tell=given.tell, stop=given.stop)
    except UnderWay as elsewhere:
        raise NotNow(str(elsewhere)) from elsewhere
    if state is RehearsalState.CANCELLED:
        raise Stopped(f"Rehearsal {number} was stopped.")
    return {"rehearsal_id": number, "state": state}


def _drop(given: Given[RehearsalArguments]) -> None:
    """End a rehearsal that has not ended; one that somebody else carried out meanwhile stays as it is."""
    with write_session(given.place.engine) as session:
        rehearsal = rehearsals.get_rehearsal(session, given.arguments.rehearsal_id)
        if rehearsal.state in (RehearsalState.QUEUED, RehearsalState.RUNNING):
            rehearsals.change(session, given.arguments.rehearsal_id, state=RehearsalState.CANCELLED)
            session.commit()


REHEARSAL = Kind(
    name="rehearsal",
    title=Bilingual(zh="规则演练", en="Rehearse a policy"),
    shape=RehearsalArguments,
    work=_work,
    link=lambda asked, _: f"/v1/rehearsals/{asked.rehearsal_id}",
    drop=_drop,
)
