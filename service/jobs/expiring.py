"""Entries end by themselves: at midnight of the legal day, and soon after a start that comes later.

An entry has no effect from its last day on, however late this comes: every reading judges by dates. What is written here is the line of
the log that tells it, from its legal day. Several workers may do it at once: the clock's lock lets one after the other find nothing left.
"""

from data.database import Engine, write_session
from models.shapes import Bilingual
from service.clock import legal_day
from service.jobs.kinds import BY_ITSELF, Given, Kind, Lane, Nothing, Result, Stopped, only_one
from service.operations.end_with_penalties import end_with_penalties
from service.operations.expire import Expired, Tell, expire_in_parts
from service.operations.follow_facts import follow_all
from service.operations.repair import end_over_plans


class EndedToday(Expired):
    """What a day ended, and which ends were refused."""

    refused: tuple[str, ...] = ()
    """Results that should have ended with their penalties and could not be revised, by source; the next night tries again."""


def expire_today(engine: Engine, *, tell: Tell | None = None) -> EndedToday:
    """End what is due today, in transactions of its own."""
    with write_session(engine) as session:
        done = expire_in_parts(session, as_of=legal_day(), actor=BY_ITSELF, tell=tell)
        ended = end_over_plans(session, legal_day(), by=BY_ITSELF.holder)
        session.commit()
        follow_all(session, ended)
        results = end_with_penalties(session, legal_day(), by=BY_ITSELF.holder)
        follow_all(session, results.numbers)
    return EndedToday(**done.model_dump(), refused=results.refused)


def _work(given: Given[Nothing]) -> Result:
    """End what is due; asked to stop, it does between two parts, and the next job ends the rest."""

    def tell(phase: str, rows: int, of: int) -> None:
        given.tell(phase, rows, of)
        if given.stop():
            raise Stopped(f"Of {of} enterprises {rows} were gone through before it was stopped.")

    done = expire_today(given.place.engine, tell=tell)
    return done.model_dump(mode="json")


EXPIRY = Kind(
    name="expiry",
    title=Bilingual(zh="到期处理", en="End what is due today"),
    shape=Nothing,
    work=_work,
    lane=Lane.QUICK,
    lock=only_one("expiry"),
)
