"""What officers do for and about enterprises that act for themselves: mandates from documents, and replies before they are shown."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from models.remedies import ReplyState
from service.access import Caller
from service.answers import IdempotencyKey, Limit
from service.clock import legal_day
from service.house import ReadSessionDep, WriteSessionDep
from service.operations import grant_mandate, reply
from service.operations.do_once import do_once
from service.own_answers import MandatePage, MandateRecorded, MandateShown, ModerationAsked, ReplyPage, ReplyShown
from service.problems import problems

mandates = APIRouter(prefix="/v1/mandates", tags=["remedies"])
replies = APIRouter(prefix="/v1/replies", tags=["remedies"])
Before = Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")]
Number = Annotated[int, Path(ge=1, lt=2**63)]


@mandates.get("", responses=problems(401, 403, 422))
def list_mandates(
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    before: Before = None,
    limit: Limit = 100,
) -> MandatePage:
    """List all mandates, latest first."""
    return grant_mandate.page_of_mandates(session, enterprise_key=None, before=before, limit=limit)


@mandates.post("", response_model=MandateShown, status_code=201, responses=problems(401, 403, 404, 409, 422))
def record_mandate(caller: Caller, session: WriteSessionDep, asked: MandateRecorded, idempotency_key: IdempotencyKey = None) -> Response:
    """Record the mandate that a document states; its number is kept with it."""
    status, answer = do_once(
        session,
        key=idempotency_key,
        actor=caller,
        request=("mandate", asked),
        status=201,
        act=lambda: grant_mandate.record(session, asked, actor=caller, today=legal_day()).model_dump(mode="json"),
    )
    session.commit()
    return JSONResponse(answer, status_code=status)


@mandates.post("/{mandate_id}/revocation", responses=problems(401, 403, 404, 422))
def revoke_mandate(caller: Caller, session: WriteSessionDep, mandate_id: Number) -> MandateShown:
    """Revoke a mandate, with effect on the agent's next request."""
    told = grant_mandate.revoke(session, mandate_id, by=caller.holder, given_by=None)
    session.commit()
    return told


@replies.get("", responses=problems(401, 403, 422))
def list_replies(
    *,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    state: ReplyState | None = None,
    before: Before = None,
    limit: Limit = 100,
) -> ReplyPage:
    """List replies of enterprises, latest first; `state=waiting` are those that an officer has to look at."""
    return reply.page_of_replies(session, enterprise_key=None, state=state, before=before, limit=limit)


@replies.post("/{reply_id}/moderation", responses=problems(401, 403, 404, 409, 422))
def moderate_reply(caller: Caller, session: WriteSessionDep, reply_id: Number, asked: ModerationAsked) -> ReplyShown:
    """Let a reply be shown beside what it answers, or refuse it and say why."""
    told = reply.moderate(session, reply_id, asked, actor=caller)
    session.commit()
    return told
