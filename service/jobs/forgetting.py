"""The log forgets by itself: lines whose retention is over are emptied some times a day."""

from data.database import write_session
from models.shapes import Bilingual
from service.clock import legal_day
from service.jobs.kinds import BY_ITSELF, Given, Kind, Lane, Nothing, Result, Stopped, only_one
from service.operations.forget import forget_due


def _work(given: Given[Nothing]) -> Result:
    """Empty what is due today, a thousand entries in a transaction; stops between two of them."""
    total = 0
    with write_session(given.place.engine) as session:
        while done := forget_due(session, today=legal_day(), actor=BY_ITSELF):
            session.commit()
            total += done
            given.tell("forgetting", total)
            if given.stop():
                raise Stopped(f"{total} entries were forgotten before it was stopped.")
    return {"entries": total}


FORGETTING = Kind(
    name="forgetting",
    title=Bilingual(zh="到期遗忘", en="Forget what need not be kept"),
    shape=Nothing,
    work=_work,
    lane=Lane.QUICK,
    lock=only_one("forgetting"),
)
