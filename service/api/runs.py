"""Runs: what was evaluated, how far it has come, and giving a finished one its effects."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic_core import to_json

from data.database import ReadSession
from data.stores import jobs, lookups, runs
from models.tables.runs import Run
from service.access import Caller
from service.act_answers import RunAsked, RunPage, RunShown
from service.answers import JSON, IdempotencyKey, Limit
from service.enterprise_answers import UnknownEnterprise
from service.house import JobSessionDep, ReadSessionDep, SettingsDep, WriteSessionDep
from service.jobs.ordering import order_job
from service.jobs.runs import RUN, RunArguments
from service.operations.do_once import do_once
from service.operations.publish_run import Published, publish_run
from service.operations.recalculate import Request as Order
from service.operations.recalculate import order_in
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
    carried = jobs.jobs_of_runs(session, [run.run_id for run in found if run.run_id])
    shown = tuple(shown_run(run, job_id=carried.get(run.run_id or 0)) for run in found[:limit])
    return RunPage(runs=shown, next=shown[-1].run_id if len(found) > limit else None)


@router.post("", response_model=RunShown, status_code=202, responses=problems(401, 403, 404, 409, 422))
def start_new_run(
    *,
    caller: Caller,
    session: WriteSessionDep,
    settings: SettingsDep,
    asked: RunAsked,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Order a run, which a worker carries out: its job (`/v1/jobs/{job_id}`) tells how far it is. It lists nobody until it is published."""

    def act() -> dict[str, int]:
        """Order the run and the job that carries it out, both or none."""
        scope = runs.Scope(regions=asked.regions, industries=asked.industries, enterprise_keys=_keys(session, asked))
        order = Order(as_of=asked.as_of, family=settings.family, policy=asked.policy, known_at=asked.known_at, scope=scope, kind=asked.kind)
        run_id = order_in(session, order, actor=caller)
        return {"run_id": run_id, "job_id": order_job(session, RUN, RunArguments(run_id=run_id), actor=caller)}

    _, answer = do_once(session, key=idempotency_key, actor=caller, request=("run", asked), status=202, act=act)
    session.commit()
    run_id = answer["run_id"]
    body = to_json(shown_run(runs.get_run(session, run_id), job_id=answer.get("job_id")))
    return Response(body, status_code=202, media_type=JSON, headers={"Location": f"/v1/runs/{run_id}"})


@router.get("/{run_id}", responses=problems(401, 403, 404, 422))
def read_run(caller: Caller, session: ReadSessionDep, run_id: Number) -> RunShown:  # noqa: ARG001  # admitted
    """Give one run: its progress, and when it is through its counts, digest and versions."""
    return shown_run(runs.get_run(session, run_id), job_id=jobs.jobs_of_runs(session, [run_id]).get(run_id))


@router.post("/{run_id}/publication", response_model=Published, status_code=201, responses=problems(401, 403, 404, 409, 422))
def publish_finished_run(*, caller: Caller, session: JobSessionDep, run_id: Number, idempotency_key: IdempotencyKey = None) -> Response:
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


def _keys(session: ReadSession, asked: RunAsked) -> tuple[int, ...]:
    """The enterprises a run names. Raises `enterprise.not_found` at the first that is not here."""
    found = []
    for one in asked.enterprises:
        key = lookups.find_by_identifier(session, one.scheme, one.value)
        if key is None:
            raise UnknownEnterprise(str(one))
        found.append(key)
    return tuple(found)


def shown_run(run: Run, *, job_id: int | None) -> RunShown:
    """A stored run as it is shown, with the job that carries it out."""
    return RunShown.model_validate({name: getattr(run, name) for name in RunShown.model_fields.keys() - {"job_id"}} | {"job_id": job_id})
