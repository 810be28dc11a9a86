"""The file of one enterprise, on a day and as known at an instant that the reader chooses; and the few things that pages load."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from models.remedies import Way
from service.clock import legal_day
from service.house import Board, ReadSessionDep, SettingsDep, house_of
from service.operations.show_file import show_file
from service.pages.file_view import view_file
from service.pages.forms import read_day, read_instant
from service.pages.frame import frame_of
from service.pages.rendering import YEAR_S, respond_page, static_file, tag_of
from service.pages.sessions import ReaderDep, let_out_reader

router = APIRouter(include_in_schema=False)
MEDIA_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


@router.get("/enterprises/{scheme}/{value}", dependencies=[Depends(let_out_reader)])
def read_file(
    *,
    request: Request,
    reader: ReaderDep,
    board: Board,
    session: ReadSessionDep,
    settings: SettingsDep,
    scheme: str,
    value: str,
    as_of: str = "",
    known_at: str = "",
    asked: Annotated[str, Query(max_length=200)] = "",
    records_after: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Show who it is and its active entries; score, history and records to who may see them."""
    known = read_instant(known_at)
    frame = frame_of(request, reader=reader.actor, is_signed_in=reader.is_signed_in)
    file = show_file(
        session,
        scheme,
        value,
        actor=reader.actor,
        today=legal_day(),
        as_of=read_day(as_of),
        known_at=known,
        records_after=records_after,
        family=settings.family,
        held=board.held,
    )
    house_of(request).enquiries.note(reader.actor, file.enterprise_key, Way.FILE)
    return respond_page(request, "file.html", view_file(frame, file, asked=asked or None, known_at=known), frame=frame)


@router.get("/static/{name}")
def read_static(request: Request, name: str, v: str = "") -> Response:
    """Give one of our own files; its address changes with its content, so that browsers keep it for a year."""
    content = static_file(name)
    if content is None:
        raise HTTPException(404)
    tag = tag_of(name)
    kept = f"public, max-age={YEAR_S}, immutable" if v == tag else "public, no-cache"
    headers = {"ETag": f'"{tag}"', "Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    if request.headers.get("if-none-match") == f'"{tag}"':
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=MEDIA_TYPES[name.rpartition(".")[2]])
