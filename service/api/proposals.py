"""Proposals of runs, and the decisions of officers on them."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic_core import to_json

from data.codes.known_lists import list_title
from data.stores import proposals
from models.listings import OPEN_STATES, ProposalState
from service.access import Caller
from service.act_answers import DecisionAsked, ProposalPage, ProposalShown
from service.answers import JSON, IdempotencyKey, Limit
from service.districts import district_of
from service.enterprise_answers import EnterpriseNamed
from service.house import ReadSessionDep, house_of
from service.operations.decide import Decided
from service.operations.decide_once import decide_once
from service.problems import problems

router = APIRouter(prefix="/v1/proposals", tags=["proposals"])
Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("", responses=problems(401, 403, 422))
def list_proposals(
    *,
    caller: Caller,
    session: ReadSessionDep,
    of_list: Annotated[str | None, Query(alias="list")] = None,
    state: Annotated[tuple[ProposalState, ...], Query(description="Those that wait, unless given.")] = OPEN_STATES,
    after: int = 0,
    limit: Limit = 100,
) -> ProposalPage:
    """List proposals, oldest first."""
    found = proposals.list_proposals(session, list_name=of_list, states=state, district=district_of(caller), after=after, limit=limit + 1)
    shown = tuple(_shown(row) for row in found[:limit])
    return ProposalPage(proposals=shown, next=shown[-1].proposal_id if len(found) > limit else None)


@router.get("/{proposal_id}", responses=problems(401, 403, 404, 422))
def read_proposal(caller: Caller, session: ReadSessionDep, proposal_id: Number) -> ProposalShown:  # noqa: ARG001  # admitted
    """Give one proposal with the answer it rests on."""
    return _shown(proposals.get_proposal(session, proposal_id))


@router.post("/{proposal_id}/decisions", response_model=Decided, status_code=201, responses=problems(401, 403, 404, 409, 422))
async def decide_proposal(
    *, request: Request, caller: Caller, proposal_id: Number, asked: DecisionAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Accept or refuse a proposal as an officer; where the rule asks for two, a second and different one completes it."""
    house = house_of(request)
    once = partial(decide_once, house.engine, proposal_id, verdict=asked.verdict, grounds=asked.grounds(), decided_on=asked.decided_on)
    status, answer = await house.desk.do(partial(once, key=idempotency_key, actor=caller))
    return Response(to_json(answer), status_code=status, media_type=JSON)


def _shown(row: proposals.Row) -> ProposalShown:
    given = {name: row[name] for name in ProposalShown.model_fields if name in row}
    named = EnterpriseNamed(scheme=row["scheme"], value=row["value"], name=row["name"])
    return ProposalShown.model_validate(given | {"enterprise": named, "title": list_title(row["list"])})
