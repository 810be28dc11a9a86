"""The page on which anybody verifies a receipt: a file, its text, or the address of the code on paper."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import FormData, UploadFile

from data.database import ReadSession
from models.errors import CreditError
from models.receipts import BadReceipt
from service.clock import legal_day
from service.house import ReadSessionDep
from service.operations.verify_receipt import verify_here
from service.pages.check_view import VerifyPage, view_blank, view_refused, view_verified
from service.pages.frame import Frame, frame_of
from service.pages.rendering import respond_page
from service.pages.sessions import Reader, ReaderDep

router = APIRouter(include_in_schema=False)
Part = Annotated[str, Query(max_length=100)]
SHOWN_AGAIN = 20_000
"""Characters of a pasted text that stand in the form again."""


async def form_of(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_files=1, max_part_size=48 * 1024 * 1024) as form:
        yield form


@router.get("/receipts/verify")
def show_verifying(*, request: Request, reader: ReaderDep, session: ReadSessionDep, c: Part = "", n: Part = "", h: Part = "") -> Response:
    """Show the form; or, where the code on a page of paper led here, what that page is worth."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=reader.is_signed_in)
    if not (c or n or h):
        return respond_page(request, "verify.html", view_blank(), frame=frame)
    page = _verified(frame, session, reader, f"https://here/receipts/verify?c={c}&n={n}&h={h}", shown="")
    return _respond(request, page, frame)


@router.post("/receipts/verify")
def verify_given(request: Request, reader: ReaderDep, session: ReadSessionDep, form: Annotated[FormData, Depends(form_of)]) -> Response:
    """Verify what was uploaded or pasted. It changes nothing, so that a form of any site may lead here."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=reader.is_signed_in)
    file, text = form.get("file"), form.get("text")
    given = text if isinstance(text, str) else ""
    if isinstance(file, UploadFile) and file.filename:
        try:
            given = file.file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            return _respond(request, view_refused(frame, BadReceipt.code), frame)
    return _respond(request, _verified(frame, session, reader, given, shown=text if isinstance(text, str) else ""), frame)


def _verified(frame: Frame, session: ReadSession, reader: Reader, given: str, *, shown: str) -> VerifyPage:
    try:
        return view_verified(frame, verify_here(session, given, actor=reader.actor, today=legal_day()))
    except CreditError as fault:
        return view_refused(frame, fault.code, text=shown[:SHOWN_AGAIN])


def _respond(request: Request, page: VerifyPage, frame: Frame) -> Response:
    return respond_page(request, "verify.html", page, frame=frame, status=422 if page.fault else 200)
