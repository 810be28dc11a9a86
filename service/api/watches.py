"""Watches: suppliers of a contract, watched until it ends."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from data.stores import watches as stored
from service.access import Caller
from service.answers import IdempotencyKey, Limit
from service.clock import legal_day
from service.house import ReadSessionDep, WriteSessionDep
from service.operations import watch as watching
from service.operations.do_once import do_once
from service.problems import problems
from service.watch_answers import Acknowledged, NoticePage, WatchAsked, WatchPage, WatchShown

router = APIRouter(prefix="/v1/watches", tags=["watches"])
Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.post("", status_code=201, responses=problems(401, 403, 404, 409, 422))
def watch_suppliers(caller: Caller, session: WriteSessionDep, asked: WatchAsked, idempotency_key: IdempotencyKey = None) -> WatchShown:
    """Watch suppliers of a check of yours until a contract ends, and keep the check 15 years from then."""

    def act() -> dict[str, Any]:
        return {"watch_id": watching.watch_suppliers(session, asked, actor=caller, today=legal_day()).watch_id}

    _, answer = do_once(session, key=idempotency_key, actor=caller, request=("watch", asked), status=201, act=act)
    shown = _shown(session, answer["watch_id"], caller)
    session.commit()
    return shown


@router.get("", responses=problems(401, 403, 422))
def list_watches(
    caller: Caller, session: ReadSessionDep, before: Annotated[int | None, Query(ge=1)] = None, limit: Limit = 100
) -> WatchPage:
    """List your watches, latest first, each with whether it has news; an auditor sees those of everybody."""
    found = watching.list_watches(session, actor=caller, before=before, limit=limit + 1)
    shown = tuple(WatchShown.model_validate(row) for row in found[:limit])
    return WatchPage(watches=shown, next=shown[-1].watch_id if len(found) > limit else None)


@router.get("/{watch_id}/notices", responses=problems(401, 403, 404, 422))
def read_notices(
    caller: Caller,
    session: ReadSessionDep,
    watch_id: Number,
    after: Annotated[int | None, Query(ge=0, description="The line of the last notice you have; by default what you acknowledged.")] = None,
    limit: Limit = 100,
) -> NoticePage:
    """Give the news of a watch, oldest first. Asked again they are the same, until you acknowledge them."""
    found = watching.read_news(session, watch_id, actor=caller, after=after, today=legal_day(), limit=limit + 1)
    notices = tuple(found[:limit])
    return NoticePage(watch_id=watch_id, notices=notices, next=notices[-1].seq if len(found) > limit else None)


@router.post("/{watch_id}/acknowledgement", responses=problems(401, 403, 404, 409, 422))
def acknowledge_notices(caller: Caller, session: WriteSessionDep, watch_id: Number, read: Acknowledged) -> WatchShown:
    """Say that you read the news up to a line."""
    watching.acknowledge(session, watch_id, seq=read.seq, actor=caller)
    shown = _shown(session, watch_id, caller)
    session.commit()
    return shown


@router.delete("/{watch_id}", responses=problems(401, 403, 404, 422))
def end_watch(caller: Caller, session: WriteSessionDep, watch_id: Number) -> WatchShown:
    """End a watch before its day."""
    watching.end_watch(session, watch_id, actor=caller)
    shown = _shown(session, watch_id, caller)
    session.commit()
    return shown


def _shown(session: WriteSessionDep, watch_id: int, caller: Caller) -> WatchShown:
    watching.get_watch(session, watch_id, actor=caller)
    (row,) = stored.list_watches(session, holder=None, before=watch_id + 1, limit=1)
    return WatchShown.model_validate(row)
