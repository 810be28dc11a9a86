"""Records that wait for their enterprise, and how officers settle them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic_core import to_json

from data.stores import queue
from models.deliveries import QueueState
from service.access import Caller
from service.act_answers import QueuePage, SettlementAsked, WaitingShown
from service.answers import JSON, IdempotencyKey, Limit
from service.districts import district_of
from service.house import JobSessionDep, ReadSessionDep
from service.operations.do_once import do_once
from service.operations.settle import Settled, follow_settled, settle
from service.problems import problems

router = APIRouter(prefix="/v1/queue", tags=["queue"])


@router.get("", responses=problems(401, 403, 422))
def list_waiting(
    *,
    caller: Caller,
    session: ReadSessionDep,
    state: QueueState = QueueState.OPEN,
    source: str | None = None,
    after: int = 0,
    limit: Limit = 100,
) -> QueuePage:
    """List what waits, oldest first, with the enterprises that come into question."""
    found = queue.list_items(session, state=state, source=source, district=district_of(caller), after=after, limit=limit + 1)
    items = tuple(WaitingShown.model_validate({name: getattr(item, name) for name in WaitingShown.model_fields}) for item in found[:limit])
    return QueuePage(items=items, next=items[-1].queue_id if len(found) > limit else None)


@router.post("/{queue_id}/settlement", response_model=Settled, status_code=201, responses=problems(401, 403, 404, 409, 422))
def settle_waiting(
    *,
    caller: Caller,
    session: JobSessionDep,
    queue_id: Annotated[int, Path(ge=1, lt=2**63)],
    asked: SettlementAsked,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Attach a waiting record to an enterprise, create the enterprise, or reject the record; who and why is kept."""
    done: list[Settled] = []

    def act() -> dict[str, Any]:
        done.append(
            settle(
                session,
                queue_id=queue_id,
                state=QueueState(asked.state),
                why=asked.why,
                actor=caller,
                identifier=asked.enterprise,
                name=asked.name,
            )
        )
        return done[0].model_dump(mode="json")

    status, answer = do_once(session, key=idempotency_key, actor=caller, request=("settle", queue_id, asked), status=201, act=act)
    session.commit()
    for settled in done:
        follow_settled(session, settled)
    return Response(to_json(answer), status_code=status, media_type=JSON)
