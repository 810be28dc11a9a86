"""Runs: what was evaluated, how far it has come, and giving a finished one its effects."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic_core import to_json

from data.stores import runs
from models.tables.runs import Run
from service.access import Caller
from service.act_answers import RunPage, RunShown
from service.answers import JSON, IdempotencyKey, Limit
from service.house import JobSessionDep, ReadSessionDep
from service.operations.do_once import do_once
from service.operations.publish_run import Published, publish_run
from service.problems import problems

router = APIRouter(prefix="/v1/runs", tags=["runs"])
Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("", responses=problems(401, 403, 422))
def list_runs(
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Limit = 50,
) -> RunPage:
    """List runs, newest first."""
    found = runs.list_runs(session, before=before, limit=limit + 1)
    shown = tuple(shown_run(run) for run in found[:limit])
    return RunPage(runs=shown, next=shown[-1].run_id if len(found) > limit else None)


@router.get("/{run_id}", responses=problems(401, 403, 404, 422))
def read_run(caller: Caller, session: ReadSessionDep, run_id: Number) -> RunShown:  # noqa: ARG001  # admitted
    """Give one run: its progress, and when it is through its counts, digest and versions."""
    return shown_run(runs.get_run(session, run_id))


@router.post("/{run_id}/publication", response_model=Published, status_code=201, responses=problems(401, 403, 404, 409, 422))
def publish(*, caller: Caller, session: JobSessionDep, run_id: Number, idempotency_key: IdempotencyKey = None) -> Response:
    """Give a finished run its effects: standings, listings where the clause lets the run decide, proposals elsewhere."""
    status, answer = do_once(
        session,
        key=idempotency_key,
        actor=caller,
        request=("publish", run_id),
        status=201,
        act=lambda: publish_run(session, run_id, actor=caller).model_dump(mode="json"),
    )
    session.commit()
    return Response(to_json(answer), status_code=status, media_type=JSON)


def shown_run(run: Run) -> RunShown:
    """A stored run as it is shown."""
    return RunShown.model_validate({name: getattr(run, name) for name in RunShown.model_fields})
