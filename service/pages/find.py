"""The way in: one box for a code, a name, a former name or part of one; each outcome has a page of its own."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from data.database import ReadSession
from models.access import Actor
from service.clock import legal_day
from service.enterprise_answers import Ambiguous, EnterpriseNamed, NothingFound, enterprise_of
from service.house import Board, ReadSessionDep
from service.operations import look_up, search
from service.pages import charts
from service.pages.file_view import address_of
from service.pages.find_view import HITS, StartPage, view_ambiguous, view_hits, view_nothing, view_start
from service.pages.frame import Frame, frame_of
from service.pages.rendering import HEADERS, respond_page
from service.pages.sessions import ReaderDep, let_out_reader

router = APIRouter(include_in_schema=False)
LONGEST = 200


@router.get("/", dependencies=[Depends(let_out_reader)])
def find_enterprise(
    *,
    request: Request,
    reader: ReaderDep,
    board: Board,
    session: ReadSessionDep,
    after: BackgroundTasks,
    q: str = "",
    similar: bool = False,
    skip: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Show the search box, or what was found. A name or code that means one enterprise leads to its file."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=reader.is_signed_in)
    text = " ".join(q.split())[:LONGEST]
    if not text:
        response = respond_page(request, "start.html", view_start(), frame=frame)
        after.add_task(charts.warm)  # whoever opens this page reads a file next
        response.background = after
        return response
    if not similar:
        found = look_up.look_up(session, text, actor=reader.actor, today=legal_day(), held=board.held)
        if isinstance(found, Ambiguous):
            return respond_page(request, "ambiguous.html", view_ambiguous(frame, found), frame=frame)
        if not isinstance(found, NothingFound):
            return _lead_to(found, asked=text)
        if found.suggestions:
            return respond_page(request, "not_found.html", view_nothing(frame, found), frame=frame, status=404)
    page = _search(frame, session, text, actor=reader.actor, skip=skip)
    if not page.hits and page.fault is None:
        nothing = NothingFound(asked=text, reason="", suggestions=(), held=board.held)
        return respond_page(request, "not_found.html", view_nothing(frame, nothing), frame=frame, status=404)
    return respond_page(request, "start.html", page, frame=frame, status=422 if page.fault else 200)


def _search(frame: Frame, session: ReadSession, text: str, *, actor: Actor, skip: int) -> StartPage:
    try:
        rows = search.search(session, text, actor=actor, today=legal_day(), skip=skip, limit=HITS + 1)
    except search.TooShort:
        return view_start(q=text, fault=frame.say("too_short"))
    except search.TooDeep:
        return view_start(q=text, fault=frame.say("too_deep"))
    return view_hits(frame, rows, q=text, skip=skip)


def _lead_to(row: dict[str, object], *, asked: str) -> Response:
    first = enterprise_of(row)["identifiers"][0]
    address = address_of(EnterpriseNamed(scheme=first["scheme"], value=first["value"], name=None))
    return RedirectResponse(f"{address}?{urlencode({'asked': asked})}", status_code=303, headers=HEADERS)
