"""Decide a proposal as a form or a request asks: once for its key, in a transaction of its own."""

from datetime import date

from data.database import Engine, write_session
from models.access import Actor
from service.clock import legal_day
from service.operations.decide import Grounds, Verdict, decide
from service.operations.do_once import Answer, do_once


def decide_once(
    engine: Engine,
    proposal_id: int,
    *,
    verdict: Verdict,
    grounds: Grounds,
    actor: Actor,
    decided_on: date | None = None,
    key: str | None = None,
) -> tuple[int, Answer]:
    """`decide` as of today unless a day is given, with the status and the answer to give; the same key again gives the same. Commits."""

    def act() -> Answer:
        day = decided_on or legal_day()
        return decide(session, proposal_id, verdict=verdict, grounds=grounds, decided_on=day, actor=actor).model_dump(mode="json")

    with write_session(engine) as session:
        request = ("decide", proposal_id, verdict, grounds, decided_on)
        given = do_once(session, key=key, actor=actor, request=request, status=201, act=act)
        session.commit()
    return given
