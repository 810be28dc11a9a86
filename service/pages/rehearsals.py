"""The pages of rehearsals, for regulators, auditors and operators: the list, one rehearsal with its charts, and its files."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from data.stores import rehearsals
from models.rehearsals import RehearsalState, Report
from service.access import STAFF, WrongRole
from service.api.rehearsals import read_rehearsal_workbook, read_rehearsed_enterprises
from service.house import ReadSessionDep
from service.pages.frame import frame_of
from service.pages.rehearsal_view import STATES, view_rehearsal
from service.pages.rendering import HEADERS, respond_page
from service.pages.sessions import Reader, ReaderDep

router = APIRouter(include_in_schema=False)
AT_ONCE = 50
Number = Annotated[int, Path(ge=1, lt=2**63)]
FILES = {"enterprises.parquet": read_rehearsed_enterprises, "rehearsal.xlsx": read_rehearsal_workbook}


@router.get("/rehearsals")
def show_rehearsals(
    request: Request, reader: ReaderDep, session: ReadSessionDep, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> Response:
    """List the rehearsals, newest first."""
    if (elsewhere := _not_for(request, reader)) is not None:
        return elsewhere
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    found = rehearsals.list_rehearsals(session, before=before, limit=AT_ONCE + 1)
    page = {
        "lines": [(one, frame.say(STATES[RehearsalState(one.state)])) for one in found[:AT_ONCE]],
        "earlier": f"/rehearsals?before={found[AT_ONCE - 1].rehearsal_id}" if len(found) > AT_ONCE else None,
    }
    return respond_page(request, "rehearsals.html", page, frame=frame)


@router.get("/rehearsals/{rehearsal_id}")
def show_rehearsal(request: Request, reader: ReaderDep, session: ReadSessionDep, rehearsal_id: Number) -> Response:
    """Show one rehearsal: who enters and leaves, what moved whom, and why."""
    if (elsewhere := _not_for(request, reader)) is not None:
        return elsewhere
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    row = rehearsals.get_rehearsal(session, rehearsal_id)
    report = Report.model_validate(row.report) if row.report is not None else None
    return respond_page(request, "rehearsal.html", view_rehearsal(frame, row, report), frame=frame)


@router.get("/rehearsals/{rehearsal_id}/{name}")
def download_rehearsal(request: Request, reader: ReaderDep, session: ReadSessionDep, rehearsal_id: Number, name: str) -> Response:
    """Give one of its files to who is signed in."""
    if (elsewhere := _not_for(request, reader)) is not None:
        return elsewhere
    if name not in FILES:
        raise HTTPException(404)
    return FILES[name](request, reader.actor, session, rehearsal_id)


def _not_for(request: Request, reader: Reader) -> Response | None:
    """Where somebody goes who has not signed in. Raises `access.role` for who has, with another role."""
    if not reader.is_signed_in:
        return RedirectResponse(f"/sign-in?{urlencode({'back_to': request.url.path})}", status_code=303, headers=HEADERS)
    if reader.actor.role not in STAFF:
        raise WrongRole(f"A key of role {reader.actor.role} may not do this. {', '.join(sorted(STAFF))} may.")
    return None
