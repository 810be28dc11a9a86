"""The pages of rehearsals, for regulators, auditors and operators: the list, one rehearsal with its charts, and its files."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from data.stores import rehearsals
from models.rehearsals import RehearsalState, Report
from service.access import STAFF
from service.api.rehearsals import read_rehearsal_workbook, read_rehearsed_enterprises
from service.house import ReadSessionDep
from service.pages.frame import frame_of
from service.pages.rehearsal_view import STATES, view_rehearsal
from service.pages.rendering import respond_page
from service.pages.sessions import Reader, for_roles

router = APIRouter(include_in_schema=False)
AT_ONCE = 50
StaffDep = Annotated[Reader, for_roles(STAFF, home="/rehearsals")]
Number = Annotated[int, Path(ge=1, lt=2**63)]
FILES = {"enterprises.parquet": read_rehearsed_enterprises, "rehearsal.xlsx": read_rehearsal_workbook}


@router.get("/rehearsals")
def show_rehearsals(
    request: Request, reader: StaffDep, session: ReadSessionDep, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None
) -> Response:
    """List the rehearsals, newest first."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    found = rehearsals.list_rehearsals(session, before=before, limit=AT_ONCE + 1)
    page = {
        "lines": [(one, frame.say(STATES[RehearsalState(one.state)])) for one in found[:AT_ONCE]],
        "earlier": f"/rehearsals?before={found[AT_ONCE - 1].rehearsal_id}" if len(found) > AT_ONCE else None,
    }
    return respond_page(request, "rehearsals.html", page, frame=frame)


@router.get("/rehearsals/{rehearsal_id}")
def show_rehearsal(request: Request, reader: StaffDep, session: ReadSessionDep, rehearsal_id: Number) -> Response:
    """Show one rehearsal: who enters and leaves, what moved whom, and why."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    row = rehearsals.get_rehearsal(session, rehearsal_id)
    report = Report.model_validate(row.report) if row.report is not None else None
    return respond_page(request, "rehearsal.html", view_rehearsal(frame, row, report), frame=frame)


@router.get("/rehearsals/{rehearsal_id}/{name}")
def download_rehearsal(request: Request, reader: StaffDep, session: ReadSessionDep, rehearsal_id: Number, name: str) -> Response:
    """Give one of its files to who is signed in."""
    if name not in FILES:
        raise HTTPException(404)
    return FILES[name](request, reader.actor, session, rehearsal_id)
