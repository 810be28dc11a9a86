"""Signing in and out: the only pages that write, and only by a form of our own."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from service.house import WriteSessionDep
from service.operations.sign_in import KeyDoesNotOpen, sign_in, sign_out
from service.pages.frame import frame_of
from service.pages.rendering import HEADERS, respond_page
from service.pages.sessions import ReaderDep, drop_cookie, refuse_foreign_forms, set_cookie, token_of

router = APIRouter(include_in_schema=False)
ShortText = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True)
class SignInPage:
    """The form, where it leads, and whether the last try failed."""

    back_to: str
    has_failed: bool


@router.get("/sign-in")
def show_sign_in(request: Request, reader: ReaderDep, back_to: str = "/") -> Response:
    """Show the form for a key."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=reader.is_signed_in)
    return respond_page(request, "sign_in.html", SignInPage(back_to=own_address(back_to), has_failed=False), frame=frame)


@router.post("/sign-in", dependencies=[Depends(refuse_foreign_forms)])
def enter(request: Request, reader: ReaderDep, session: WriteSessionDep, key: ShortText = "", back_to: ShortText = "/") -> Response:
    """Open a session and go back to where the reader came from."""
    back_to = own_address(back_to)
    try:
        signed_in = sign_in(session, key)
    except KeyDoesNotOpen:
        frame = frame_of(request, reader=reader.actor, is_signed_in=reader.is_signed_in)
        return respond_page(request, "sign_in.html", SignInPage(back_to=back_to, has_failed=True), frame=frame, status=422)
    if (before := token_of(request)) is not None:
        sign_out(session, before)
    session.commit()
    response = RedirectResponse(back_to, status_code=303, headers=HEADERS)
    set_cookie(request, response, signed_in)
    return response


@router.post("/sign-out", dependencies=[Depends(refuse_foreign_forms)])
def leave(request: Request, session: WriteSessionDep) -> Response:
    """End the session here and in the house, and forget what the browser kept of it."""
    if (token := token_of(request)) is not None:
        sign_out(session, token)
        session.commit()
    response = RedirectResponse("/", status_code=303, headers=HEADERS | {"Clear-Site-Data": '"cache"'})
    drop_cookie(request, response)
    return response


def own_address(text: str) -> str:
    """An address on this service, or its front page: nobody is led elsewhere by a form."""
    is_ours = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if is_ours else "/"
