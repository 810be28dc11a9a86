"""The page that says how fresh the feed is: for everybody, computed from the log."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from service.house import ReadSessionDep
from service.operations.show_freshness import show_freshness
from service.pages.frame import frame_of
from service.pages.rendering import respond_page
from service.pages.sessions import ReaderDep

router = APIRouter(include_in_schema=False)


@router.get("/freshness")
def read_freshness_page(request: Request, reader: ReaderDep, session: ReadSessionDep) -> Response:
    """Show delays, the last line, the last heartbeat and each consumer's lag."""
    frame = frame_of(request, reader=reader.actor, is_signed_in=reader.is_signed_in)
    return respond_page(request, "freshness.html", show_freshness(session, at=datetime.now(UTC)), frame=frame)
