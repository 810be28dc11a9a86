"""The switch that stops publication."""

from fastapi import APIRouter, Request, Response

from service.access import Caller
from service.answers import respond_json
from service.consumer_answers import Publication, SwitchUsed
from service.house import ReadSessionDep, WriteSessionDep
from service.operations import publication
from service.problems import problems

router = APIRouter(prefix="/v1/publication", tags=["publication"])


@router.get("", response_model=Publication, responses=problems(401, 403))
def read_publication(request: Request, caller: Caller, session: ReadSessionDep) -> Response:  # noqa: ARG001  # admitted
    """Say whether publication is stopped, by whom and why, and every use of the switch."""
    return respond_json(request, publication.show(session), headers={"Cache-Control": "no-store"})


@router.post("/stops", status_code=201, responses=problems(401, 403, 422))
def stop_publication(caller: Caller, session: WriteSessionDep, told: SwitchUsed) -> Publication:
    """Stop publication within a second: feed, lists, exports, look-ups and checks answer 503 to everybody outside the house."""
    publication.stop(session, reason=told.reason, actor=caller)
    session.commit()
    return publication.show(session)


@router.post("/resumptions", status_code=201, responses=problems(401, 403, 409, 422))
def resume_publication(caller: Caller, session: WriteSessionDep, told: SwitchUsed) -> Publication:
    """Agree that publication goes on; it does when two different persons have agreed."""
    publication.resume(session, reason=told.reason, actor=caller)
    session.commit()
    return publication.show(session)
