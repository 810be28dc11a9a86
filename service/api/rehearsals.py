"""Rehearsals of policies: order one, follow it, read its report and its files, put two beside each other."""

import tempfile
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic_core import to_json

from data.stores import policies, rehearsals
from data.stores.files import file_parts
from models.rehearsals import Comparison
from service.access import Caller
from service.answers import JSON, IdempotencyKey, Limit, respond_bytes, respond_json
from service.clock import legal_day
from service.house import JobSessionDep, ReadSessionDep, SettingsDep
from service.jobs.ordering import order_job
from service.jobs.rehearsals import REHEARSAL, RehearsalArguments
from service.operations.do_once import do_once
from service.operations.rehearse import Asked, compare_rehearsals, order_rehearsal, report_at, rows_on_disk
from service.problems import problems
from service.rehearsal_answers import RehearsalAsked, RehearsalPage, RehearsalShown, line_of, shown_rehearsal
from service.rehearsal_files import write_workbook
from service.table_files import PARQUET, XLSX

router = APIRouter(prefix="/v1/rehearsals", tags=["policies"])
Number = Annotated[int, Path(ge=1, lt=2**63)]
Other = Annotated[int, Query(ge=1, lt=2**63)]


@router.get("", response_model=RehearsalPage, responses=problems(401, 403, 422))
def list_all_rehearsals(
    *,
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    before: Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")] = None,
    limit: Limit = 50,
) -> Response:
    """List rehearsals, newest first."""
    found = rehearsals.list_rehearsals(session, before=before, limit=limit + 1)
    shown = tuple(map(line_of, found[:limit]))
    return respond_json(request, RehearsalPage(rehearsals=shown, next=shown[-1].rehearsal_id if len(found) > limit else None))


@router.post("", response_model=RehearsalShown, status_code=202, responses=problems(401, 403, 404, 409, 413, 422))
def order_new_rehearsal(
    *,
    caller: Caller,
    session: JobSessionDep,
    settings: SettingsDep,
    asked: RehearsalAsked,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Rehearse a draft: it is linted now and asked over all enterprises as a job; the answer's address tells how far that is.

    Nothing is published by it, and nobody is listed.
    """

    def act() -> dict[str, int]:
        text = asked.draft if asked.draft is not None else policies.get_policy(session, asked.policy or "").text
        order = Asked(
            text=text, file=asked.policy or "draft", as_of=asked.as_of or legal_day(), against=asked.against, changes=asked.changes
        )
        number = order_rehearsal(session, order, family=settings.family, actor=caller)
        job = order_job(session, REHEARSAL, RehearsalArguments(rehearsal_id=number), actor=caller)
        return {"rehearsal_id": number, "job_id": job}

    _, answer = do_once(session, key=idempotency_key, actor=caller, request=("rehearsal", asked), status=202, act=act)
    session.commit()
    number = answer["rehearsal_id"]
    body = to_json(shown_rehearsal(rehearsals.get_rehearsal(session, number)))
    headers = {"Location": f"/v1/rehearsals/{number}", "Link": f'</v1/jobs/{answer["job_id"]}>; rel="monitor"'}
    return Response(body, status_code=202, media_type=JSON, headers=headers)


@router.get("/comparison", responses=problems(401, 403, 404, 409, 422))
def compare_two_rehearsals(
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    one: Other,
    other: Other,
) -> Comparison:
    """Put two rehearsals of the same day and facts beside each other: what one draft does that the other does not."""
    return compare_rehearsals(session, one, other)


@router.get("/{rehearsal_id}", response_model=RehearsalShown, responses=problems(401, 403, 404, 422))
def read_rehearsal(request: Request, caller: Caller, session: ReadSessionDep, rehearsal_id: Number) -> Response:  # noqa: ARG001  # admitted
    """Give one rehearsal: how it stands, and its report once it is finished."""
    return respond_json(request, shown_rehearsal(rehearsals.get_rehearsal(session, rehearsal_id)))


@router.get("/{rehearsal_id}/enterprises.parquet", response_class=Response, responses=problems(401, 403, 404, 409, 422))
def read_rehearsed_enterprises(request: Request, caller: Caller, session: ReadSessionDep, rehearsal_id: Number) -> Response:  # noqa: ARG001  # admitted
    """Give the file with one row per enterprise: its score, grade and lists at each stop of the way, and the exact parts."""
    found, _ = report_at(session, rehearsal_id)
    assert found.file_sha256 is not None
    body = b"".join(file_parts(session, found.file_sha256))
    return respond_bytes(
        request, body, media_type=PARQUET, tag=f'"{found.file_sha256}"', headers=_named(f"rehearsal-{rehearsal_id}.parquet")
    )


@router.get("/{rehearsal_id}/rehearsal.xlsx", response_class=Response, responses=problems(401, 403, 404, 409, 422))
def read_rehearsal_workbook(request: Request, caller: Caller, session: ReadSessionDep, rehearsal_id: Number) -> Response:  # noqa: ARG001  # admitted
    """Give the report and the enterprises as a workbook; of more than 200,000, only those whose grade or list the draft changes."""
    found, report = report_at(session, rehearsal_id)
    with tempfile.TemporaryDirectory(prefix="qcredit-workbook-") as folder, rows_on_disk(session, found) as rows:
        out = FilePath(folder) / "rehearsal.xlsx"
        write_workbook(report, rows, out)
        body = out.read_bytes()
    return respond_bytes(request, body, media_type=XLSX, tag=f'"{found.digest}"', headers=_named(f"rehearsal-{rehearsal_id}.xlsx"))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
