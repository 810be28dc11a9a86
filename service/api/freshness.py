"""How fresh the feed is, as JSON."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from service.access import Caller
from service.answers import respond_json
from service.house import ReadSessionDep
from service.operations.show_freshness import Freshness, show_freshness
from service.problems import problems

router = APIRouter(prefix="/v1/freshness", tags=["changes"])


@router.get("", response_model=Freshness, responses=problems(401))
def read_freshness(request: Request, caller: Caller, session: ReadSessionDep) -> Response:  # noqa: ARG001  # admitted
    """Say how long decisions took to the feed and to a signed checkpoint lately, and how far each consumer's copy is behind."""
    return respond_json(request, show_freshness(session, at=datetime.now(UTC)), headers={"Cache-Control": "no-store"})
