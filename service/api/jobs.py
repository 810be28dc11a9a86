"""Jobs: how long work stands, watched as it goes, stopped; and the schedules by which the service gives itself work."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from data.database import Pool
from data.stores import jobs
from models.jobs import JobState
from service.access import Caller
from service.answers import Limit, respond_json
from service.house import House, ReadSessionDep, house_of
from service.job_answers import JobPage, JobShown, Schedules, shown_job, shown_schedule
from service.jobs.stopping import cancel_job
from service.problems import problems

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
schedules = APIRouter(prefix="/v1/schedules", tags=["jobs"])
Number = Annotated[int, Path(ge=1, lt=2**63)]
LOOKED_EVERY_S = 0.5
SIGN_OF_LIFE_EVERY_S = 15.0
LONGEST_S = 300.0
"""A stream ends after so long, so that a service that stops waits for none; a client connects again by itself, and goes on."""
STREAM = "text/event-stream"
WATCHED: dict[int | str, dict[str, Any]] = {
    200: {"content": {STREAM: {}}, "description": "Events of progress"},
    204: {"description": "The end was told before"},
}


@router.get("", response_model=JobPage, responses=problems(401, 403, 422))
def list_jobs(
    *,
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")] = None,
    state: JobState | None = None,
    kind: Annotated[str | None, Query(max_length=60)] = None,
    limit: Limit = 50,
) -> Response:
    """List jobs, newest first."""
    found = jobs.list_jobs(session, before=before, limit=limit + 1, state=state, kind=kind)
    shown = tuple(map(shown_job, found[:limit]))
    return respond_json(request, JobPage(jobs=shown, next=shown[-1].job_id if len(found) > limit else None))


@router.get("/{job_id}", response_model=JobShown, responses=problems(401, 403, 404, 422))
def read_job(request: Request, caller: Caller, session: ReadSessionDep, job_id: Number) -> Response:  # noqa: ARG001  # admitted
    """Give one job: how far it is and when it is likely to end, or what became of it."""
    return respond_json(request, shown_job(jobs.get_job(session, job_id)))


@router.post("/{job_id}/cancel", responses=problems(401, 403, 404, 409, 422))
def cancel_one_job(request: Request, caller: Caller, job_id: Number) -> JobShown:
    """Stop a job: a queued one is cancelled at once, a running one between two parts of its work. What it had finished stays."""
    return shown_job(cancel_job(house_of(request).place, job_id, actor=caller))


@router.get("/{job_id}/progress", response_class=StreamingResponse, responses=WATCHED | problems(401, 403, 404, 422))
async def watch_job(
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    job_id: Number,
    last_event_id: Annotated[int | None, Header(ge=0, lt=2**63, description="The number of the last event that was read.")] = None,
) -> Response:
    """Follow a job as server-sent events: `progress` at each change, `end` once, each with the whole job; nothing is told twice.

    A client that connects again with the number of the end is answered 204, so that it connects no more.
    """
    house: House = house_of(request)
    first = await _look(house.pool, job_id)
    if first.state.is_end and last_event_id is not None and last_event_id >= first.version:
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(house.pool, first, told=last_event_id or 0), media_type=STREAM, headers=headers)


@schedules.get("", response_model=Schedules, responses=problems(401, 403))
def read_schedules(request: Request, caller: Caller, session: ReadSessionDep) -> Response:  # noqa: ARG001  # admitted
    """Give the schedules: what the service does by itself, when it last did and will next."""
    last, now = jobs.last_ticks(session), jobs.database_now(session)
    shown = tuple(shown_schedule(one, last.get(one.name), now) for one in house_of(request).schedules)
    return respond_json(request, Schedules(schedules=shown))


async def _look(pool: Pool, job_id: int) -> JobShown:
    async with pool.connection() as connection:
        row = await (await connection.execute(jobs.READ_JOB, (job_id,))).fetchone()
    if row is None:
        raise jobs.NoSuchJob(f"There is no job {job_id}. /v1/jobs shows the latest ones.")
    return shown_job(row)


async def _events(pool: Pool, job: JobShown, *, told: int) -> AsyncIterator[bytes]:
    """What changes of a job until it ends; between two looks no connection is held."""
    began = spoke = time.monotonic()
    yield b"retry: 1000\n\n"
    while True:
        if job.version > told:
            told, spoke = job.version, time.monotonic()
            yield b"id: %d\nevent: %s\ndata: %s\n\n" % (told, b"end" if job.state.is_end else b"progress", to_json(job))
        if job.state.is_end or time.monotonic() - began > LONGEST_S:
            return
        if time.monotonic() - spoke > SIGN_OF_LIFE_EVERY_S:
            spoke = time.monotonic()
            yield b": still at work\n\n"
        await asyncio.sleep(LOOKED_EVERY_S)
        job = await _look(pool, job.job_id)
