"""Consumers of the log: what they acknowledge, how far they lag, and who confirmed that an entry has left."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from data.stores import consumers
from service.access import Caller
from service.answers import respond_json
from service.clock import legal_day
from service.consumer_answers import AcknowledgementJudged, AcknowledgementSent, ConfirmationPage, Consumers
from service.house import ReadSessionDep, WriteSessionDep
from service.operations.acknowledge import acknowledge
from service.operations.confirmations import confirmations_of, list_confirmations
from service.problems import problems

router = APIRouter(prefix="/v1/consumers", tags=["consumers"])


@router.post("/acknowledgements", status_code=201, responses=problems(401, 403, 422))
def acknowledge_copy(caller: Caller, session: WriteSessionDep, told: AcknowledgementSent) -> AcknowledgementJudged:
    """Say how far a copy is, and under which root; a wrong root is told at once, and kept."""
    judged = acknowledge(session, told, actor=caller)
    session.commit()
    return judged


@router.get("", response_model=Consumers, responses=problems(401, 403))
def list_consumers(request: Request, caller: Caller, session: ReadSessionDep) -> Response:  # noqa: ARG001  # admitted
    """Name the consumers with their last acknowledgement, and how far each one's copy is behind."""
    return respond_json(request, Consumers.model_validate({"consumers": consumers.list_lags(session)}))


@router.get("/confirmations", response_model=ConfirmationPage, responses=problems(401, 403, 422))
def read_confirmations(
    *,
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    listing_id: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="One entry; all that left, unless given.")] = None,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="The `next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Tell of entries that left which consumers confirmed it, and who is silent beyond the legal clock."""
    today = legal_day()
    if listing_id is not None:
        lines = confirmations_of(session, listing_id, today=today)
    else:
        lines = list_confirmations(session, after=after, limit=limit, today=today)
    return respond_json(request, ConfirmationPage(lines=tuple(lines), next=lines[-1].seq if lines else after))
