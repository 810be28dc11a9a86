"""Matters and their clocks: the file of a proposal, the worklist, stays of entries, and the procedures in force."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic_core import to_json

from data.stores import procedures
from models.procedures import Owner, StepName
from service.access import Caller
from service.answers import JSON, IdempotencyKey, Limit
from service.districts import district_of
from service.house import ReadSessionDep, WriteSessionDep
from service.matter_answers import ProcedurePage, ProcedureShown, Worklist
from service.operations import follow_matter
from service.operations.do_once import do_once
from service.operations.follow_matter import MatterShown, Served, StepAsked
from service.operations.show_worklist import page_of_worklist
from service.operations.stay import StayAsked, StayDone, stay
from service.problems import problems

router = APIRouter(prefix="/v1", tags=["matters"])
Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("/procedures", responses=problems(401))
def list_procedures(caller: Caller, session: ReadSessionDep) -> ProcedurePage:  # noqa: ARG001  # admitted
    """Give the procedures as published: stages, clocks, who owes each, under which clause."""
    found = tuple(
        ProcedureShown(
            procedure_hash=one.procedure_hash,
            procedure=one.procedure,
            in_force_until=one.in_force_until,
            published_at=one.published_at,
            published_by=one.published_by,
        )
        for one in procedures.list_procedures(session)
    )
    return ProcedurePage(procedures=found)


@router.get("/worklist", responses=problems(401, 403, 422))
def read_worklist(
    *,
    caller: Caller,
    session: ReadSessionDep,
    owner: Annotated[Owner | None, Query(description="Only what this side owes.")] = None,
    overdue: Annotated[bool, Query(description="Only what is late.")] = False,
    after: Annotated[int | None, Query(description="The number of the last line you have.")] = None,
    limit: Limit = 100,
) -> Worklist:
    """Say who owes which step by when, the earliest day first."""
    return page_of_worklist(session, overdue=overdue, after=after, limit=limit, owner=owner, district=district_of(caller))


@router.get("/proposals/{proposal_id}/matter", responses=problems(401, 403, 404, 422))
def read_matter(caller: Caller, session: ReadSessionDep, proposal_id: Number) -> MatterShown:  # noqa: ARG001  # admitted
    """Give the file of a proposal's matter: steps with their service, clocks, stages to come."""
    return follow_matter.show(session, proposal_id)


@router.post("/proposals/{proposal_id}/steps", response_model=MatterShown, status_code=201, responses=problems(401, 403, 404, 409, 422))
def take_step(
    *, caller: Caller, session: WriteSessionDep, proposal_id: Number, asked: StepAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Write a step into a matter's file: the notice, what the enterprise stated, the answer, the higher authority's consent."""
    status, answer = follow_matter.take_once(session, proposal_id, asked, key=idempotency_key, actor=caller)
    session.commit()
    return Response(to_json(answer), status_code=status, media_type=JSON)


@router.post(
    "/proposals/{proposal_id}/steps/{step}/service",
    response_model=MatterShown,
    status_code=201,
    responses=problems(401, 403, 404, 409, 422),
)
def record_service(caller: Caller, session: WriteSessionDep, proposal_id: Number, step: StepName, served: Served) -> MatterShown:
    """Record that the document of a step was served: method, day, proof; clocks that run from service start."""
    shown = follow_matter.serve(session, proposal_id, step, served, actor=caller)
    session.commit()
    return shown


@router.post("/listings/{listing_id}/stays", response_model=StayDone, status_code=201, responses=problems(401, 403, 404, 409, 422))
def stay_listing(
    *, caller: Caller, session: WriteSessionDep, listing_id: Number, asked: StayAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Record that a review or a court stayed an entry, or lifted the stay."""

    def act() -> dict[str, Any]:
        return stay(session, listing_id, asked, actor=caller).model_dump(mode="json")

    status, answer = do_once(session, key=idempotency_key, actor=caller, request=("stay", listing_id, asked), status=201, act=act)
    session.commit()
    return Response(to_json(answer), status_code=status, media_type=JSON)
