"""An enterprise's own view of itself, for its own key and for agents with a mandate; anybody else's file is not here."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse

from data.database import WriteSession
from data.stores import remedies
from data.stores.matters import Subject
from models.remedies import Scope
from service.access import Caller
from service.answers import IdempotencyKey, Limit, respond_json
from service.api.between import BetweenDep
from service.clock import legal_day
from service.difference_answers import Difference
from service.house import JobSessionDep, ReadSessionDep, RehearsalSessionDep, SettingsDep, WriteSessionDep
from service.operations import grant_mandate, own_matters, repair, reply, show_own_file
from service.operations import object as object_to
from service.operations.act_for import Own, act_for
from service.operations.choose_honours import choose_honours
from service.operations.differ import differ, ends_of
from service.operations.do_once import do_once
from service.operations.follow_facts import follow_all
from service.operations.look_ahead import look_ahead
from service.operations.own_matter_answers import OwnMatter, OwnMatters, Receivers, StatementAsked
from service.operations.promise import promise
from service.operations.remedy_answers import (
    ChecklistShown,
    ObjectionAsked,
    ObjectionPage,
    ObjectionShown,
    PaperShown,
    RepairAsked,
    RepairPage,
    RepairShown,
)
from service.operations.remedy_matters import keep_paper
from service.own_answers import (
    EnquiryPage,
    HonoursAsked,
    HonoursChosen,
    MandateAsked,
    MandatePage,
    MandateShown,
    Outlook,
    OwnFile,
    OwnHome,
    PromiseAsked,
    PromiseMade,
    ReplyAsked,
    ReplyPage,
    ReplyShown,
)
from service.problems import problems
from service.record_answers import RecordPage

router = APIRouter(prefix="/v1/own", tags=["own"])
Before = Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")]
Number = Annotated[int, Path(ge=1, lt=2**63)]
READ = problems(401, 403, 404, 409, 422)


@router.get("", responses=problems(401, 403, 404))
def read_own_home(caller: Caller, session: ReadSessionDep) -> OwnHome:
    """Say whose key this is, and for whom else it may act today."""
    return show_own_file.show_home(session, actor=caller, today=legal_day())


@router.get("/{scheme}/{value}/file", response_model=OwnFile, responses=READ)
def read_own_file(*, request: Request, caller: Caller, session: ReadSessionDep, settings: SettingsDep, scheme: str, value: str) -> Response:
    """Give the whole file: entries, score with each line's clause and record, records; also what others no longer see."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return respond_json(request, show_own_file.show_own_file(session, own, family=settings.family))


@router.get("/{scheme}/{value}/records", response_model=RecordPage, responses=READ)
def read_own_records(
    *,
    request: Request,
    caller: Caller,
    session: ReadSessionDep,
    scheme: str,
    value: str,
    after: Annotated[str | None, Query(max_length=60)] = None,
    limit: Limit = 100,
) -> Response:
    """Give its records, latest first, all of them, each with how long it is published and from when repair can be asked for."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return respond_json(request, show_own_file.page_of_records(session, own, after=after, limit=limit))


@router.get("/{scheme}/{value}/outlook", responses=problems(401, 403, 404, 409, 422, 503))
def read_outlook(caller: Caller, session: RehearsalSessionDep, settings: SettingsDep, scheme: str, value: str) -> Outlook:
    """Say what would change the score and grade, and when: each coming day by itself, and what the repair of each event would give."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return look_ahead(session, own, family=settings.family)


@router.get("/{scheme}/{value}/difference", responses=READ)
def read_own_difference(
    *, caller: Caller, session: ReadSessionDep, settings: SettingsDep, scheme: str, value: str, between: BetweenDep
) -> Difference:
    """Say why score and grade are others than on an earlier day, cause by cause, with every line that came, went or aged."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    ends = ends_of(session, *between, family=settings.family, now=datetime.now(UTC))
    return differ(session, own.subject, ends, today=own.today)


@router.get("/{scheme}/{value}/enquiries", responses=READ)
def read_enquiries(
    *, caller: Caller, session: ReadSessionDep, scheme: str, value: str, before: Before = None, limit: Limit = 100
) -> EnquiryPage:
    """Say who looked the enterprise up with a key, on which days, how and what for; kept for five years at least."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return show_own_file.page_of_enquiries(session, own, before=before, limit=limit)


@router.get("/{scheme}/{value}/mandates", responses=READ)
def read_own_mandates(
    *, caller: Caller, session: ReadSessionDep, scheme: str, value: str, before: Before = None, limit: Limit = 100
) -> MandatePage:
    """List the mandates that the enterprise gave and holds."""
    own = act_for(session, scheme, value, actor=caller, scope=None, today=legal_day())
    return grant_mandate.page_of_mandates(session, enterprise_key=own.key, before=before, limit=limit)


@router.post("/{scheme}/{value}/mandates", response_model=MandateShown, status_code=201, responses=READ)
def grant_own_mandate(
    *, caller: Caller, session: WriteSessionDep, scheme: str, value: str, asked: MandateAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Let another enterprise act for this one, in what it names, between two days."""
    own = act_for(session, scheme, value, actor=caller, scope=None, today=legal_day())
    return _once(session, own, idempotency_key, ("mandate", asked), lambda: grant_mandate.grant(session, own, asked))


@router.post("/{scheme}/{value}/mandates/{mandate_id}/revocation", responses=READ)
def revoke_own_mandate(*, caller: Caller, session: WriteSessionDep, scheme: str, value: str, mandate_id: Number) -> MandateShown:
    """Revoke a mandate, with effect on the agent's next request; doing it again changes nothing."""
    own = act_for(session, scheme, value, actor=caller, scope=None, today=legal_day())
    told = grant_mandate.revoke(session, mandate_id, by=own.signed, given_by=own.key)
    session.commit()
    return told


@router.put("/{scheme}/{value}/honours", responses=READ)
def choose_own_honours(*, caller: Caller, session: WriteSessionDep, scheme: str, value: str, asked: HonoursAsked) -> HonoursChosen:
    """Decline to have honours shown to others (awards, charity, red entries), or let them be shown again; with effect at once."""
    own = act_for(session, scheme, value, actor=caller, scope=None, today=legal_day())
    told = choose_honours(session, own, are_shown=asked.are_shown)
    session.commit()
    return told


@router.get("/{scheme}/{value}/replies", responses=READ)
def read_own_replies(
    *, caller: Caller, session: ReadSessionDep, scheme: str, value: str, before: Before = None, limit: Limit = 100
) -> ReplyPage:
    """List the enterprise's replies and how far each has come."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return reply.page_of_replies(session, enterprise_key=own.key, state=None, before=before, limit=limit)


@router.post("/{scheme}/{value}/replies", response_model=ReplyShown, status_code=201, responses=READ)
def write_own_reply(
    *, caller: Caller, session: WriteSessionDep, scheme: str, value: str, asked: ReplyAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Reply to a record or an entry about the enterprise; shown beside it once an officer let it through."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.OBJECT, today=legal_day())
    return _once(session, own, idempotency_key, ("reply", asked), lambda: reply.reply(session, own, asked))


@router.post("/{scheme}/{value}/replies/{reply_id}/withdrawal", responses=READ)
def take_own_reply_back(*, caller: Caller, session: WriteSessionDep, scheme: str, value: str, reply_id: Number) -> ReplyShown:
    """Take a reply back; one that is shown is no longer."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.OBJECT, today=legal_day())
    told = reply.take_back(session, own, reply_id)
    session.commit()
    return told


@router.post("/{scheme}/{value}/promises", status_code=201, responses=READ)
def make_promise(
    *, caller: Caller, session: JobSessionDep, scheme: str, value: str, asked: PromiseAsked, idempotency_key: IdempotencyKey = None
) -> PromiseMade:
    """Make a credit promise; it is a record of the enterprise at once. The same key again makes no second one."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.REPAIR, today=legal_day())
    return promise(session, own, asked, key=idempotency_key)


@router.get("/{scheme}/{value}/checklist", responses=READ)
def read_checklist(
    *,
    caller: Caller,
    session: ReadSessionDep,
    scheme: str,
    value: str,
    source: Annotated[str | None, Query(max_length=200)] = None,
    source_ref: Annotated[str | None, Query(max_length=200)] = None,
    listing_id: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> ChecklistShown:
    """Say what repair of a record or an entry asks for, and from when it can be asked for."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return repair.checklist(session, own, source=source, source_ref=source_ref, listing_id=listing_id)


@router.get("/{scheme}/{value}/repairs", responses=READ)
def read_own_repairs(
    *, caller: Caller, session: ReadSessionDep, scheme: str, value: str, before: Before = None, limit: Limit = 100
) -> RepairPage:
    """List the enterprise's applications for repair, each with its steps, clocks and papers."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return repair.page_of_repairs(session, enterprise_key=own.key, state=None, before=before, limit=limit)


@router.post("/{scheme}/{value}/repairs", response_model=RepairShown, status_code=201, responses=READ)
def apply_for_repair(
    *, caller: Caller, session: WriteSessionDep, scheme: str, value: str, asked: RepairAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Apply for the repair of a matter or an entry, confirming every item of its checklist."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.REPAIR, today=legal_day())
    return _once(session, own, idempotency_key, ("repair", asked), lambda: repair.apply(session, own, asked))


@router.post("/{scheme}/{value}/repairs/{repair_id}/withdrawal", responses=READ)
def take_own_repair_back(*, caller: Caller, session: WriteSessionDep, scheme: str, value: str, repair_id: Number) -> RepairShown:
    """Take an application back before it is decided."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.REPAIR, today=legal_day())
    told = repair.take_back(session, own, repair_id)
    session.commit()
    return told


@router.post("/{scheme}/{value}/repairs/{repair_id}/papers", status_code=201, responses=READ)
def upload_repair_paper(
    *, caller: Caller, session: WriteSessionDep, scheme: str, value: str, repair_id: Number, file: Annotated[UploadFile, File()]
) -> PaperShown:
    """Add a paper (PDF, PNG, JPEG) to an application; kept under its SHA-256."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.REPAIR, today=legal_day())
    remedies.get_repair(session, repair_id, enterprise_key=own.key)
    kept = keep_paper(session, Subject.REPAIR, repair_id, file=file.file, name=file.filename or "paper", by=own.signed)
    session.commit()
    return PaperShown(name=kept.name, sha256=kept.sha256, size=kept.size)


@router.get("/{scheme}/{value}/objections", responses=READ)
def read_own_objections(
    *, caller: Caller, session: ReadSessionDep, scheme: str, value: str, before: Before = None, limit: Limit = 100
) -> ObjectionPage:
    """List the objections to the enterprise's records, entries and score; who spoke against its red entry is not told."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return object_to.page_of_objections(session, enterprise_key=own.key, state=None, before=before, limit=limit)


@router.post("/{scheme}/{value}/objections", response_model=ObjectionShown, status_code=201, responses=READ)
def file_own_objection(
    *, caller: Caller, session: JobSessionDep, scheme: str, value: str, asked: ObjectionAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Object to a record, an entry or the score; marked at once, and a result of sampling objected to in time does not count meanwhile."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.OBJECT, today=legal_day())
    numbers: list[int] = []

    def act() -> ObjectionShown:
        told, drawn = object_to.file_objection(session, own, asked)
        numbers.extend(drawn)
        return told

    answer = _once(session, own, idempotency_key, ("objection", asked), act)
    follow_all(session, numbers)
    return answer


@router.post("/{scheme}/{value}/objections/{objection_id}/withdrawal", responses=READ)
def take_own_objection_back(*, caller: Caller, session: JobSessionDep, scheme: str, value: str, objection_id: Number) -> ObjectionShown:
    """Take an objection back; what was suspended counts again."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.OBJECT, today=legal_day())
    told, numbers = object_to.take_back(session, own, objection_id)
    session.commit()
    follow_all(session, numbers)
    return told


@router.post("/{scheme}/{value}/objections/{objection_id}/papers", status_code=201, responses=READ)
def upload_objection_paper(
    *, caller: Caller, session: WriteSessionDep, scheme: str, value: str, objection_id: Number, file: Annotated[UploadFile, File()]
) -> PaperShown:
    """Add a paper (PDF, PNG, JPEG) to an objection; kept under its SHA-256."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.OBJECT, today=legal_day())
    remedies.get_objection(session, objection_id, enterprise_key=own.key)
    kept = keep_paper(session, Subject.OBJECTION, objection_id, file=file.file, name=file.filename or "paper", by=own.signed)
    session.commit()
    return PaperShown(name=kept.name, sha256=kept.sha256, size=kept.size)


@router.get("/{scheme}/{value}/matters", responses=READ)
def read_own_matters(caller: Caller, session: ReadSessionDep, scheme: str, value: str) -> OwnMatters:
    """Give the matters about the enterprise from their notice on, every deadline that concerns it, and notices of bad grades."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return own_matters.show_matters(session, own)


@router.post("/{scheme}/{value}/proposals/{proposal_id}/statement", response_model=OwnMatter, status_code=201, responses=READ)
def state_own_case(
    *,
    caller: Caller,
    session: WriteSessionDep,
    scheme: str,
    value: str,
    proposal_id: Number,
    asked: StatementAsked,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """State the enterprise's case in its own matter, while its days to speak run; officers have to answer it before they decide."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.OBJECT, today=legal_day())
    said = ("statement", proposal_id, asked)
    return _once(session, own, idempotency_key, said, lambda: own_matters.state_case(session, own, proposal_id, asked.reasons))


@router.get("/{scheme}/{value}/receivers", responses=READ)
def read_receivers(caller: Caller, session: ReadSessionDep, scheme: str, value: str) -> Receivers:
    """Say who received the enterprise's entries, and who confirmed within the legal clock that one has left."""
    own = act_for(session, scheme, value, actor=caller, scope=Scope.SEE, today=legal_day())
    return own_matters.show_receivers(session, own)


def _once(session: WriteSession, own: Own, key: str | None, request: object, act: Callable[[], Any]) -> Response:
    """Carry out once and commit; what makes two requests the same includes for whom."""
    status, answer = do_once(
        session, key=key, actor=own.actor, request=(own.key, request), status=201, act=lambda: act().model_dump(mode="json")
    )
    session.commit()
    return JSONResponse(answer, status_code=status)
