"""An enterprise's own page: its whole file, and the forms by which it replies, promises, grants, and chooses what is shown."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Path, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from data.database import ReadSession, WriteSession
from data.stores import remedies
from data.stores.matters import Subject
from data.stores.sources import list_sources
from models.access import Role
from models.identifiers import USCC, parse_identifier
from models.remedies import Scope
from models.shapes import Bilingual, Shape
from service.clock import legal_day
from service.enterprise_answers import EnterpriseNamed
from service.house import JobSessionDep, RehearsalSessionDep, SettingsDep, WriteSessionDep
from service.operations import grant_mandate, own_matters, repair, reply, show_own_file
from service.operations import object as object_to
from service.operations.act_for import Own, act_for
from service.operations.choose_honours import choose_honours
from service.operations.do_once import do_once
from service.operations.follow_facts import follow_all
from service.operations.look_ahead import look_ahead
from service.operations.own_matter_answers import StatementAsked
from service.operations.promise import promise
from service.operations.remedy_answers import ObjectionAsked, RepairAsked
from service.operations.remedy_matters import keep_paper
from service.own_answers import MandateAsked, PromiseAsked, ReplyAsked
from service.pages.forms import Text, Word, read_form
from service.pages.frame import frame_of
from service.pages.own_view import own_address, view_own
from service.pages.rendering import HEADERS, respond_page
from service.pages.sessions import Reader, ReaderDep, SignInFirst, refuse_foreign_forms

router = APIRouter(include_in_schema=False)
OURS = [Depends(refuse_foreign_forms)]
ENQUIRIES = 100
Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("/own")
def show_own_home(reader: ReaderDep, session: RehearsalSessionDep) -> Response:
    """Lead an enterprise that is signed in to its own page."""
    if reader.actor.role is not Role.ENTERPRISE:
        raise SignInFirst("/own")
    home = show_own_file.show_home(session, actor=reader.actor, today=legal_day())
    return _elsewhere(own_address(home.enterprise))


@router.get("/own/{scheme}/{value}")
def show_own_page(
    *,
    request: Request,
    reader: ReaderDep,
    session: RehearsalSessionDep,
    settings: SettingsDep,
    scheme: str,
    value: str,
    done: str = "",
) -> Response:
    """Show the whole file, what would change it, who looked it up, and what the enterprise may do about it."""
    if not reader.is_signed_in:
        raise SignInFirst(request.url.path)
    today = legal_day()
    own = act_for(session, scheme, value, actor=reader.actor, scope=Scope.SEE, today=today)
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    file = show_own_file.show_own_file(session, own, family=settings.family)
    outlook = look_ahead(session, own, family=settings.family)
    page = view_own(
        frame,
        file=file,
        outlook=outlook,
        running=own_matters.show_matters(session, own),
        receivers=own_matters.show_receivers(session, own),
        enquiries=show_own_file.page_of_enquiries(session, own, before=None, limit=ENQUIRIES),
        replies=reply.page_of_replies(session, enterprise_key=own.key, state=None, before=None, limit=ENQUIRIES).replies,
        objections=object_to.page_of_objections(session, enterprise_key=own.key, state=None, before=None, limit=ENQUIRIES).objections,
        repairs=repair.page_of_repairs(session, enterprise_key=own.key, state=None, before=None, limit=ENQUIRIES).repairs,
        mandates=()
        if own.is_agent
        else grant_mandate.page_of_mandates(session, enterprise_key=own.key, before=None, limit=ENQUIRIES).mandates,
        acts_for=() if own.is_agent else show_own_file.show_home(session, actor=reader.actor, today=today).acts_for,
        may=_may(own),
        sources={one.code: Bilingual(zh=one.title_zh, en=one.title_en) for one in list_sources(session)},
        is_done=bool(done),
    )
    return respond_page(request, "own.html", page, frame=frame)


@router.post("/own/{scheme}/{value}/replies", dependencies=OURS)
def send_reply(
    *,
    reader: ReaderDep,
    session: WriteSessionDep,
    scheme: str,
    value: str,
    text: Text = "",
    source: Word = "",
    source_ref: Word = "",
    listing_id: Word = "",
    once: Word = "",
) -> Response:
    """Keep a reply for an officer to look at."""
    own = _own(session, reader, scheme, value, Scope.OBJECT)
    given = {"text": text, "source": source or None, "source_ref": source_ref or None, "listing_id": listing_id or None}
    asked = read_form(ReplyAsked, given)
    _once(session, own, once, request=(own.key, "reply", asked), act=lambda: reply.reply(session, own, asked))
    return _back(own, "replies")


@router.post("/own/{scheme}/{value}/replies/{reply_id}/withdrawal", dependencies=OURS)
def withdraw_reply(*, reader: ReaderDep, session: WriteSessionDep, scheme: str, value: str, reply_id: Number) -> Response:
    """Take a reply back."""
    own = _own(session, reader, scheme, value, Scope.OBJECT)
    reply.take_back(session, own, reply_id)
    session.commit()
    return _back(own, "replies")


@router.post("/own/{scheme}/{value}/objections", dependencies=OURS)
def send_objection(
    *,
    reader: ReaderDep,
    session: JobSessionDep,
    scheme: str,
    value: str,
    grounds: Text = "",
    source: Word = "",
    source_ref: Word = "",
    listing_id: Word = "",
    once: Word = "",
) -> Response:
    """File an objection, marked at once."""
    own = _own(session, reader, scheme, value, Scope.OBJECT)
    given = {"grounds": grounds, "source": source or None, "source_ref": source_ref or None, "listing_id": listing_id or None}
    asked = read_form(ObjectionAsked, given)
    numbers: list[int] = []

    def act() -> Shape:
        told, drawn = object_to.file_objection(session, own, asked)
        numbers.extend(drawn)
        return told

    _once(session, own, once, request=(own.key, "objection", asked), act=act)
    follow_all(session, numbers)
    return _back(own, "remedies")


@router.post("/own/{scheme}/{value}/repairs", dependencies=OURS)
def send_repair(
    *,
    reader: ReaderDep,
    session: WriteSessionDep,
    scheme: str,
    value: str,
    confirmed: Annotated[list[str] | None, Form(max_length=30)] = None,
    source: Word = "",
    source_ref: Word = "",
    listing_id: Word = "",
    once: Word = "",
) -> Response:
    """Apply for repair, confirming the checklist."""
    own = _own(session, reader, scheme, value, Scope.REPAIR)
    given = {"confirmed": confirmed or [], "source": source or None, "source_ref": source_ref or None, "listing_id": listing_id or None}
    asked = read_form(RepairAsked, given)
    _once(session, own, once, request=(own.key, "repair", asked), act=lambda: repair.apply(session, own, asked))
    return _back(own, "remedies")


@router.post("/own/{scheme}/{value}/repairs/{repair_id}/papers", dependencies=OURS)
def send_repair_paper(
    *, reader: ReaderDep, session: WriteSessionDep, scheme: str, value: str, repair_id: Number, file: Annotated[UploadFile, File()]
) -> Response:
    """Add a paper to an application that is not decided yet."""
    own = _own(session, reader, scheme, value, Scope.REPAIR)
    remedies.get_repair(session, repair_id, enterprise_key=own.key)
    keep_paper(session, Subject.REPAIR, repair_id, file=file.file, name=file.filename or "paper", by=own.signed)
    session.commit()
    return _back(own, "remedies")


@router.post("/own/{scheme}/{value}/proposals/{proposal_id}/statement", dependencies=OURS)
def send_statement(
    *, reader: ReaderDep, session: WriteSessionDep, scheme: str, value: str, proposal_id: Number, reasons: Text = "", once: Word = ""
) -> Response:
    """Write what the enterprise states into the file of its own matter."""
    own = _own(session, reader, scheme, value, Scope.OBJECT)
    asked = read_form(StatementAsked, {"reasons": reasons})
    _once(
        session,
        own,
        once,
        request=(own.key, "statement", proposal_id, asked),
        act=lambda: own_matters.state_case(session, own, proposal_id, asked.reasons),
    )
    return _back(own, "matters")


@router.post("/own/{scheme}/{value}/honours", dependencies=OURS)
def send_honours(*, reader: ReaderDep, session: WriteSessionDep, scheme: str, value: str, are_shown: Word = "") -> Response:
    """Decline to have honours shown, or let them be shown again."""
    own = _own(session, reader, scheme, value, None)
    choose_honours(session, own, are_shown=are_shown == "yes")
    session.commit()
    return _back(own, "honours")


@router.post("/own/{scheme}/{value}/promises", dependencies=OURS)
def send_promise(
    *,
    reader: ReaderDep,
    session: JobSessionDep,
    scheme: str,
    value: str,
    type: Word = "",  # noqa: A002  # the name of the field in the API, too
    content: Text = "",
    once: Word = "",
) -> Response:
    """Make a credit promise."""
    own = _own(session, reader, scheme, value, Scope.REPAIR)
    promise(session, own, read_form(PromiseAsked, {"type": type, "content": content}), key=once or None)
    return _back(own, "records")


@router.post("/own/{scheme}/{value}/mandates", dependencies=OURS)
def send_mandate(
    *,
    reader: ReaderDep,
    session: WriteSessionDep,
    scheme: str,
    value: str,
    agent: Word = "",
    scopes: Annotated[list[str] | None, Form(max_length=3)] = None,
    valid_until: Word = "",
    once: Word = "",
) -> Response:
    """Let another enterprise act for this one, from today on."""
    own = _own(session, reader, scheme, value, None)
    given = {"agent": parse_identifier(USCC, agent), "scopes": scopes or [], "valid_from": own.today, "valid_until": valid_until}
    asked = read_form(MandateAsked, given)
    _once(
        session,
        own,
        once,
        request=(own.key, "mandate", asked),
        act=lambda: grant_mandate.grant(session, own, asked),
    )
    return _back(own, "mandates")


@router.post("/own/{scheme}/{value}/mandates/{mandate_id}/revocation", dependencies=OURS)
def revoke_sent_mandate(*, reader: ReaderDep, session: WriteSessionDep, scheme: str, value: str, mandate_id: Number) -> Response:
    """Revoke a mandate, with effect at once."""
    own = _own(session, reader, scheme, value, None)
    grant_mandate.revoke(session, mandate_id, by=own.signed, given_by=own.key)
    session.commit()
    return _back(own, "mandates")


def _once(session: WriteSession, own: Own, once: str, *, request: tuple[Any, ...], act: Callable[[], Shape]) -> None:
    """Do what a form asks, once however often it is sent, and commit."""
    do_once(session, key=once or None, actor=own.actor, request=request, status=201, act=lambda: act().model_dump(mode="json"))
    session.commit()


def _own(session: ReadSession, reader: Reader, scheme: str, value: str, scope: Scope | None) -> Own:
    return act_for(session, scheme, value, actor=reader.actor, scope=scope, today=legal_day())


def _may(own: Own) -> frozenset[str]:
    """What this reader may do here: an agent what its mandate names, the enterprise itself everything."""
    return own.scopes | ({"grant", "choose"} if not own.is_agent else set())


def _back(own: Own, place: str) -> Response:
    """To the page again, so that reloading it sends nothing twice."""
    return _elsewhere(f"{own_address(EnterpriseNamed.model_validate(own.subject.named))}?done=1#{place}")


def _elsewhere(address: str) -> Response:
    return RedirectResponse(address, status_code=303, headers=HEADERS)
