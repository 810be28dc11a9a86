"""Checks of many suppliers, and those that were asked before."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from data.database import read_session
from service.access import Caller
from service.answers import JSON, IdempotencyKey, Limit, respond_bytes
from service.check_answers import CheckAnswer, CheckAsked, CheckLine, CheckPage
from service.clock import legal_day
from service.house import Board, ReadSessionDep, SettingsDep, SignerDep, WriteSessionDep, house_of
from service.operations import check as checking
from service.operations.do_once import do_once
from service.operations.export_checks import export_csv, export_ndjson
from service.problems import problems

router = APIRouter(prefix="/v1/checks", tags=["checks"])
exports = APIRouter(prefix="/v1/checks", tags=["checks"])
NDJSON = "application/x-ndjson"
First = Annotated[date, Query(alias="from", description="First day on which they were asked, in Asia/Shanghai.")]
Last = Annotated[date, Query(alias="to", description="Last day.")]


@router.post("", status_code=201, response_model=CheckAnswer, responses=problems(401, 403, 409, 413, 422))
def check_suppliers(
    *,
    caller: Caller,
    session: WriteSessionDep,
    settings: SettingsDep,
    board: Board,
    signer: SignerDep,
    asked: CheckAsked,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Check up to 5,000 suppliers as of a day; the answer is kept under its number. A score by itself refuses nobody."""
    now = datetime.now(UTC)
    made: list[bytes] = []

    def act() -> dict[str, int]:
        at = checking.Moment(now=now, today=legal_day(now), held=board.held)
        check_id, body = checking.check(session, asked, actor=caller, family=settings.family, at=at, signer=signer)
        made.append(body)
        return {"check_id": check_id}

    status, answer = do_once(session, key=idempotency_key, actor=caller, request=("check", asked), status=201, act=act)
    body = made[0] if made else checking.get_check(session, answer["check_id"], actor=caller)
    session.commit()
    return Response(body, status_code=status, media_type=JSON, headers={"Location": f"/v1/checks/{answer['check_id']}"})


@router.get("", responses=problems(401, 403, 422))
def list_checks(
    caller: Caller, session: ReadSessionDep, before: Annotated[int | None, Query(ge=1)] = None, limit: Limit = 100
) -> CheckPage:
    """List the checks you asked, latest first; an auditor sees those of everybody."""
    found = checking.list_checks(session, actor=caller, before=before, limit=limit + 1)
    lines = tuple(CheckLine.model_validate(row) for row in found[:limit])
    return CheckPage(checks=lines, next=lines[-1].check_id if len(found) > limit else None)


@exports.get(".csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}, **problems(401, 403, 422)})
def export_checks_csv(request: Request, caller: Caller, first: First, last: Last) -> Response:  # noqa: ARG001  # admitted
    """Export the particulars of all checks asked from one day to another, for audit; each with the hash of its answer."""
    return _export(request, first, last, write=export_csv, suffix="csv", media_type="text/csv; charset=utf-8")


@exports.get(".ndjson", response_class=Response, responses={200: {"content": {NDJSON: {}}}, **problems(401, 403, 422)})
def export_checks_ndjson(request: Request, caller: Caller, first: First, last: Last) -> Response:  # noqa: ARG001  # admitted
    """Export all checks asked from one day to another with their answers, one a line, as they were signed."""
    return _export(request, first, last, write=export_ndjson, suffix="ndjson", media_type=NDJSON)


def _export(
    request: Request, first: date, last: date, *, write: Callable[..., Iterator[bytes]], suffix: str, media_type: str
) -> StreamingResponse:
    """Sent as it is read, from one state of the database."""
    stack = ExitStack()
    session = stack.enter_context(read_session(house_of(request).engine))
    try:
        lines = write(session, first=first, last=last)
    except BaseException:
        stack.close()
        raise

    def sent() -> Iterator[bytes]:
        with stack:
            yield from lines

    headers = {"Content-Disposition": f'attachment; filename="checks-{first}-{last}.{suffix}"', "Cache-Control": "no-store"}
    return StreamingResponse(sent(), media_type=media_type, headers=headers)


@router.get("/{check_id}", response_model=CheckAnswer, responses=problems(401, 403, 404, 422))
def read_check(request: Request, caller: Caller, session: ReadSessionDep, check_id: int) -> Response:
    """Give a check again as it was answered, whatever has changed since."""
    return respond_bytes(request, checking.get_check(session, check_id, actor=caller))
