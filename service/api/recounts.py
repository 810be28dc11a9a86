"""Recounts: what came out when a sample of enterprises was answered anew."""

from typing import Annotated

from fastapi import APIRouter, Query

from data.stores import recounts
from service.access import Caller
from service.act_answers import RecountPage, RecountShown
from service.answers import Limit
from service.house import ReadSessionDep
from service.problems import problems

router = APIRouter(prefix="/v1/recounts", tags=["runs"])


@router.get("", responses=problems(401, 403, 422))
def list_recounts(
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")] = None,
    limit: Limit = 50,
) -> RecountPage:
    """List recounts, newest first: each with the run that it was held against, and what differs from it."""
    found = recounts.list_recounts(session, before=before, limit=limit + 1)
    shown = tuple(RecountShown.model_validate(one.model_dump()) for one in found[:limit])
    return RecountPage(recounts=shown, next=shown[-1].recount_id if len(found) > limit else None)
