"""What officers do about what enterprises ask for: mandates, replies, repairs, objections; and cascades of what fell."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from models.remedies import ObjectionState, RepairState, ReplyState
from service.access import Caller
from service.answers import IdempotencyKey, Limit
from service.clock import legal_day
from service.districts import district_of
from service.house import JobSessionDep, ReadSessionDep, SettingsDep, WriteSessionDep
from service.operations import cascade, grant_mandate, repair, reply
from service.operations import object as object_to
from service.operations.do_once import do_once
from service.operations.follow_facts import follow_all
from service.operations.remedy_answers import (
    CascadeAsked,
    CascadePage,
    CascadeShown,
    CascadeVerdict,
    ListingObjectionAsked,
    ObjectionDecided,
    ObjectionPage,
    ObjectionShown,
    RepairPage,
    RepairShown,
    RepairStepAsked,
)
from service.own_answers import MandatePage, MandateRecorded, MandateShown, ModerationAsked, ReplyPage, ReplyShown
from service.problems import problems

mandates = APIRouter(prefix="/v1/mandates", tags=["remedies"])
replies = APIRouter(prefix="/v1/replies", tags=["remedies"])
repairs = APIRouter(prefix="/v1/repairs", tags=["remedies"])
objections = APIRouter(prefix="/v1/objections", tags=["remedies"])
entries = APIRouter(prefix="/v1/listings", tags=["remedies"])
cascades = APIRouter(prefix="/v1/cascades", tags=["remedies"])
Before = Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")]
Number = Annotated[int, Path(ge=1, lt=2**63)]


@mandates.get("", responses=problems(401, 403, 422))
def list_mandates(
    caller: Caller,
    session: ReadSessionDep,
    before: Before = None,
    limit: Limit = 100,
) -> MandatePage:
    """List all mandates, latest first."""
    return grant_mandate.page_of_mandates(session, enterprise_key=None, before=before, limit=limit, district=district_of(caller))


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
    caller: Caller,
    session: ReadSessionDep,
    state: ReplyState | None = None,
    before: Before = None,
    limit: Limit = 100,
) -> ReplyPage:
    """List replies of enterprises, latest first; `state=waiting` are those that an officer has to look at."""
    return reply.page_of_replies(session, enterprise_key=None, state=state, before=before, limit=limit, district=district_of(caller))


@replies.post("/{reply_id}/moderation", responses=problems(401, 403, 404, 409, 422))
def moderate_reply(caller: Caller, session: WriteSessionDep, reply_id: Number, asked: ModerationAsked) -> ReplyShown:
    """Let a reply be shown beside what it answers, or refuse it and say why."""
    told = reply.moderate(session, reply_id, asked, actor=caller)
    session.commit()
    return told


@repairs.get("", responses=problems(401, 403, 422))
def list_repairs(
    *,
    caller: Caller,
    session: ReadSessionDep,
    state: RepairState | None = None,
    before: Before = None,
    limit: Limit = 100,
) -> RepairPage:
    """List applications for repair, latest first; `state=applied` are those to accept."""
    return repair.page_of_repairs(session, enterprise_key=None, state=state, before=before, limit=limit, district=district_of(caller))


@repairs.post("/{repair_id}/steps", responses=problems(401, 403, 404, 409, 422))
def handle_repair(caller: Caller, session: JobSessionDep, repair_id: Number, asked: RepairStepAsked) -> RepairShown:
    """Accept, check, grant, refuse or revoke a repair, or confirm a temporary one; with effect the same day."""
    told, numbers = repair.handle(session, repair_id, asked, actor=caller)
    session.commit()
    follow_all(session, numbers)
    return told


@objections.get("", responses=problems(401, 403, 422))
def list_objections(
    *,
    caller: Caller,
    session: ReadSessionDep,
    state: ObjectionState | None = None,
    before: Before = None,
    limit: Limit = 100,
) -> ObjectionPage:
    """List objections, latest first; `state=open` are those to decide."""
    return object_to.page_of_objections(session, enterprise_key=None, state=state, before=before, limit=limit, district=district_of(caller))


@objections.post("/{objection_id}/decision", responses=problems(401, 403, 404, 409, 422))
def decide_objection(caller: Caller, session: JobSessionDep, objection_id: Number, asked: ObjectionDecided) -> ObjectionShown:
    """Decide an objection, as somebody who had no part in what it is about; records, scores, entries and feed follow."""
    told, numbers = object_to.decide_objection(session, objection_id, asked, actor=caller)
    session.commit()
    follow_all(session, numbers)
    return told


@entries.post("/{listing_id}/objections", response_model=ObjectionShown, status_code=201, responses=problems(401, 403, 404, 409, 422))
def object_to_entry(
    *, caller: Caller, session: WriteSessionDep, listing_id: Number, asked: ListingObjectionAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Object to an entry on a red list, announced or in force, whoever you are."""
    status, answer = do_once(
        session,
        key=idempotency_key,
        actor=caller,
        request=("objection", listing_id, asked),
        status=201,
        act=lambda: object_to.object_to_listing(session, listing_id, grounds=asked.grounds, actor=caller).model_dump(mode="json"),
    )
    session.commit()
    return JSONResponse(answer, status_code=status)


@cascades.get("", responses=problems(401, 403, 422))
def list_cascades(
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    before: Before = None,
    limit: Limit = 100,
) -> CascadePage:
    """List cascades with their previews, latest first."""
    return cascade.page_of_cascades(session, before=before, limit=limit)


@cascades.post("", status_code=201, responses=problems(401, 403, 404, 409, 422))
def prepare_cascade(caller: Caller, session: JobSessionDep, settings: SettingsDep, asked: CascadeAsked) -> CascadeShown:
    """Preview the withdrawal of all that rested on what fell: records, scores before and after, entries, proposals. Nothing is changed."""
    told = cascade.prepare(session, asked, actor=caller, family=settings.family)
    session.commit()
    return told


@cascades.post("/{cascade_id}/verdict", responses=problems(401, 403, 404, 409, 422))
def close_cascade(
    *, caller: Caller, session: JobSessionDep, settings: SettingsDep, cascade_id: Number, asked: CascadeVerdict
) -> CascadeShown:
    """Carry a cascade out as another officer, while its preview still holds; or refuse it."""
    told, numbers = cascade.close(session, cascade_id, asked, actor=caller, family=settings.family)
    session.commit()
    follow_all(session, numbers)
    return told
