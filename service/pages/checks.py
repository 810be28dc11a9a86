"""The procurement officer's pages: a bidder list checked, the answer with its verdicts first, its receipt, and who is watched."""

import re
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from data.database import WriteSession
from data.stores import check_evidence
from models.access import Actor, Role
from models.checks import InquiryResult
from models.errors import CreditError, Malformed
from service.access import CHECKERS
from service.api.receipts import JOSE, address_of
from service.check_answers import CheckAsked
from service.clock import LEGAL_ZONE, legal_day
from service.house import Board, ReadSessionDep, SettingsDep, SignerDep, WriteSessionDep
from service.operations import check as checking
from service.operations import watch as watching
from service.operations.do_once import do_once
from service.operations.receipts import get_receipt
from service.pages.bidder_list import EmptyList, LongList, NoText, decode, read_bidders
from service.pages.check_view import AT_ONCE, ChecksPage, view_check, view_line, view_new, view_watch
from service.pages.frame import Frame, frame_of
from service.pages.rendering import HEADERS, respond_page
from service.pages.sessions import Reader, for_roles, refuse_foreign_forms
from service.paper.printing import print_kept
from service.watch_answers import WatchAsked

router = APIRouter(include_in_schema=False)
OURS = [Depends(refuse_foreign_forms)]
CheckerDep = Annotated[Reader, for_roles(CHECKERS, home="/checks")]
CheckReaderDep = Annotated[Reader, for_roles(CHECKERS | {Role.AUDITOR}, home="/checks")]
Number = Annotated[int, Path(ge=1, lt=2**63)]
FIELDS = ("purpose", "matter", "project", "cut_off", "known", "list")
NEWS = 50


class BadTime(Malformed):
    """What was typed as a time is none."""

    code = "page.time"


@router.get("/checks")
def show_checks(
    request: Request, reader: CheckReaderDep, session: ReadSessionDep, before: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """List the reader's checks, and the news of those they watch."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    rows = checking.list_checks(session, actor=reader.actor, before=before, limit=AT_ONCE + 1)
    watches = [
        view_watch(frame, row, watching.read_news(session, row["watch_id"], actor=reader.actor, after=None, today=legal_day(), limit=NEWS))
        for row in watching.list_watches(session, actor=reader.actor, before=None, limit=NEWS)
        if row["ended_at"] is None
    ]
    page = ChecksPage(
        lines=tuple(view_line(frame, row) for row in rows[:AT_ONCE]),
        earlier=f"/checks?before={rows[AT_ONCE - 1]['check_id']}" if len(rows) > AT_ONCE else None,
        watches=tuple(watches) if before is None else (),
        may_ask=reader.actor.role in CHECKERS,
    )
    return respond_page(request, "checks.html", page, frame=frame)


@router.get("/checks/new")
def show_new_check(request: Request, reader: CheckerDep, board: Board) -> Response:
    """Show the form for a bidder list."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    given = dict.fromkeys(FIELDS, "") | {"purpose": "procurement", "known": "now"}
    return respond_page(request, "check_new.html", view_new(frame, held=board.held, given=given, fault=None, once=_once()), frame=frame)


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """The form as it was sent; which lists have fields in it depends on what is held here."""
    async with request.form(max_files=20, max_part_size=4 * 1024 * 1024) as form:
        yield form


@router.post("/checks/new", dependencies=OURS)
def send_check(
    *,
    request: Request,
    reader: CheckerDep,
    session: WriteSessionDep,
    settings: SettingsDep,
    board: Board,
    signer: SignerDep,
    form: Annotated[FormData, Depends(form_of)],
) -> Response:
    """Check the list and lead to the answer; what was not understood is said beside the form, with all that was typed."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    now = datetime.now(UTC)
    at = checking.Moment(now=now, today=legal_day(now), held=board.held)
    try:
        asked = _asked(session, form, actor=reader.actor)

        def act() -> dict[str, Any]:
            check_id, _ = checking.check(session, asked, actor=reader.actor, family=settings.family, at=at, signer=signer)
            return {"check_id": check_id}

        once = f"page {_text(form, 'once')}"[:200]
        _, made = do_once(session, key=once, actor=reader.actor, request=("check", asked), status=201, act=act)
    except (CreditError, ValidationError) as fault:
        session.rollback()
        given = {name: _text(form, name) for name in FIELDS}
        page = view_new(frame, held=board.held, given=given, fault=_fault(frame, fault), once=_once())
        return respond_page(request, "check_new.html", page, frame=frame, status=422)
    session.commit()
    return RedirectResponse(f"/checks/{made['check_id']}", status_code=303, headers=HEADERS)


@router.get("/checks/{check_id}")
def show_check(
    request: Request, reader: CheckReaderDep, session: ReadSessionDep, check_id: Number, skip: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Show a kept check as it was answered."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    told = get_receipt(session, check_id, actor=reader.actor).content
    return respond_page(request, "check.html", view_check(frame, told, skip=skip, may_watch=reader.actor.role in CHECKERS), frame=frame)


@router.get("/checks/{check_id}/receipt.{form}")
def download_receipt(
    *,
    request: Request,
    reader: CheckReaderDep,
    session: ReadSessionDep,
    settings: SettingsDep,
    check_id: Number,
    form: Annotated[str, Path(pattern="^(pdf|jws)$")],
    supplier: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Give the receipt as a file: on paper, or signed."""
    kept = get_receipt(session, check_id, actor=reader.actor)
    is_paper = form == "pdf"
    body = print_kept(kept, supplier=supplier, address=address_of(request, settings)) if is_paper else kept.token.encode()
    part = f"-{supplier}" if supplier and is_paper else ""
    named = {"Content-Disposition": f'attachment; filename="receipt-{check_id}{part}.{form}"', "Cache-Control": "private, no-store"}
    return Response(body, media_type="application/pdf" if is_paper else JOSE, headers=named | {"X-Content-Type-Options": "nosniff"})


@router.post("/checks/{check_id}/watch", dependencies=OURS)
def begin_watch(
    request: Request, reader: CheckerDep, session: WriteSessionDep, check_id: Number, until: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Watch the suppliers of a check until a contract ends."""
    try:
        asked = WatchAsked(check_id=check_id, until=date.fromisoformat(until.strip()))
        watching.watch_suppliers(session, asked, actor=reader.actor, today=legal_day())
    except (CreditError, ValueError) as fault:
        session.rollback()
        frame = frame_of(request, reader=reader.actor, is_signed_in=True)
        told = get_receipt(session, check_id, actor=reader.actor).content
        page = view_check(frame, told, skip=0, may_watch=True, fault=_fault(frame, fault))
        return respond_page(request, "check.html", page, frame=frame, status=422)
    session.commit()
    return RedirectResponse("/checks#watches", status_code=303, headers=HEADERS)


@router.post("/watches/{watch_id}/reading", dependencies=OURS)
def mark_read(reader: CheckerDep, session: WriteSessionDep, watch_id: Number, seq: Annotated[int, Form(ge=0)] = 0) -> Response:
    """Mark the news of a watch as read."""
    watching.acknowledge(session, watch_id, seq=seq, actor=reader.actor)
    session.commit()
    return RedirectResponse("/checks#watches", status_code=303, headers=HEADERS)


def _asked(session: WriteSession, form: FormData, *, actor: Actor) -> CheckAsked:
    """What the form asks. Raises `page.*` and validation faults."""
    file = form.get("file")
    uploaded = decode(file.file.read()) if isinstance(file, UploadFile) and file.filename else ""
    given = {
        "purpose": _text(form, "purpose"),
        "matter": _text(form, "matter") or None,
        "project": _text(form, "project") or None,
        "cut_off": _instant(_text(form, "cut_off")),
        "known": _text(form, "known") or "now",
        "suppliers": read_bidders(f"{_text(form, 'list')}\n{uploaded}"),
        "inquiries": [_inquiry(session, form, code, actor=actor) for code in _asked_by_hand(form)],
    }
    return CheckAsked.model_validate(given)


def _asked_by_hand(form: FormData) -> list[str]:
    """The lists for which the officer gave a result."""
    named = (name.removeprefix("result-") for name in form if name.startswith("result-"))
    return [code for code in named if _text(form, f"result-{code}")]


def _inquiry(session: WriteSession, form: FormData, code: str, *, actor: Actor) -> dict[str, Any]:
    file = form.get(f"evidence-{code}")
    evidence = None
    if isinstance(file, UploadFile) and file.filename:
        content = BytesIO(file.file.read())
        laid = check_evidence.lay_down(
            session,
            content,
            holder=actor.holder,
            file_name=file.filename[:200],
            media_type=(file.content_type or "application/octet-stream")[:100],
        )
        evidence = laid.sha256
    numbers = [int(part) for part in re.split(r"[,，、\s]+", _text(form, f"numbers-{code}")) if part.isascii() and part.isdigit()]
    return {
        "list": code,
        "suppliers": numbers,
        "channel": _text(form, f"channel-{code}"),
        "asked_at": _instant(_text(form, f"at-{code}")),
        "result": InquiryResult(_text(form, f"result-{code}")) if _text(form, f"result-{code}") in set(InquiryResult) else None,
        "evidence_sha256": evidence,
    }


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _instant(text: str) -> datetime | None:
    """What a browser's field for day and time sends, by the clock of the legal zone. Raises `page.time`."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadTime(f"'{text[:40]}' is no time. Write it as 2026-05-20T09:30.") from None
    return at if at.tzinfo else at.replace(tzinfo=LEGAL_ZONE)


def _fault(frame: Frame, fault: Exception) -> str:
    match fault:
        case EmptyList():
            return frame.say("check.fault.empty")
        case LongList():
            return frame.say("check.fault.long")
        case NoText():
            return frame.say("check.fault.text")
        case BadTime():
            return frame.say("check.fault.time")
        case checking.NotYet():
            return frame.say("check.fault.future")
        case ValidationError():
            where = sorted({".".join(str(part) for part in one["loc"]) or one["msg"] for one in fault.errors()})[:3]
            return frame.say("check.fault.field", where=frame.join(where))
        case CreditError():
            return frame.say("check.fault.refused", code=fault.code)
        case _:
            return frame.say("check.fault.time")


def _once() -> str:
    return secrets.token_hex(12)
