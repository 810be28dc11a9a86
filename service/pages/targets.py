"""The page of the city's targets: for the authorities, and for sources about what is their own."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from models.access import Role
from service.access import STAFF
from service.api.targets import cells_as_csv
from service.house import ReadSessionDep
from service.operations.show_source_quality import show_source_quality
from service.operations.show_targets import read_counting, show_targets
from service.pages.frame import frame_of
from service.pages.rendering import HEADERS, respond_page
from service.pages.sessions import Reader, for_roles
from service.pages.target_view import view_targets

router = APIRouter(include_in_schema=False)
TargetReaderDep = Annotated[Reader, for_roles(STAFF | {Role.SOURCE}, home="/targets")]
Day = Annotated[date | None, Query()]


@router.get("/targets")
def show_targets_page(
    request: Request,
    reader: TargetReaderDep,
    session: ReadSessionDep,
    as_of: Day = None,
    source: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Show the figures against the targets, and how one source delivers when it is named; a source sees itself."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    shown = show_targets(session, actor=reader.actor, as_of=as_of, known_at=None)
    code = reader.actor.source or source or None
    quality = show_source_quality(session, code, actor=reader.actor, as_of=as_of, known_at=None) if code else None
    return respond_page(request, "targets.html", view_targets(frame, shown, quality, asked_of=as_of), frame=frame)


@router.get("/targets.csv")
def export_targets_page(reader: TargetReaderDep, session: ReadSessionDep, as_of: Day = None) -> Response:
    """Give the cells of the page as a file."""
    counting = read_counting(session, actor=reader.actor, as_of=as_of, known_at=None)
    headers = HEADERS | {"Content-Disposition": f'attachment; filename="targets-{counting.as_of}.csv"'}
    return Response(cells_as_csv(counting.cells), media_type="text/csv; charset=utf-8", headers=headers)
