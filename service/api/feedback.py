"""Feedback: what agencies did with a measure, and who still applies one though its basis is gone."""

from typing import Annotated

from fastapi import APIRouter, File, Query, UploadFile

from service.access import Caller
from service.answers import Limit
from service.clock import legal_day
from service.feedback_answers import FeedbackBatch, FeedbackCounts, FeedbackPage, FeedbackTaken
from service.house import ReadSessionDep, WriteSessionDep
from service.operations import give_feedback as giving
from service.problems import problems

router = APIRouter(prefix="/v1/feedback", tags=["measures"])
After = Annotated[int, Query(ge=0, description="The number of the last report you have.")]


@router.post("", status_code=201, responses=problems(401, 403, 409, 413, 422))
def report_feedback(caller: Caller, session: WriteSessionDep, batch: FeedbackBatch) -> FeedbackTaken:
    """Report measures that were applied or lifted; sent again under the same references nothing changes."""
    taken = giving.give_feedback(session, batch.reports, actor=caller, today=legal_day())
    session.commit()
    return taken


@router.post("/file", status_code=201, responses=problems(401, 403, 409, 413, 422))
def report_feedback_file(
    caller: Caller,
    session: WriteSessionDep,
    file: Annotated[UploadFile, File(description="CSV in UTF-8 with the headers of the real form.")],
) -> FeedbackTaken:
    """The same as a file: 编号, 统一社会信用代码, 名单, 执行部门名称, 执行措施, 开始时间, 结束时间, 状态, 解除时间 and so on."""
    taken = giving.give_feedback(session, giving.read_table(file.file.read()), actor=caller, today=legal_day())
    session.commit()
    return taken


@router.get("", responses=problems(401, 403, 422))
def list_feedback(caller: Caller, session: ReadSessionDep, after: After = 0, limit: Limit = 100) -> FeedbackPage:
    """List your reports by number; regulators and auditors see those of everybody."""
    return _page(caller, session, only_still=False, after=after, limit=limit)


@router.get("/still-applied", responses=problems(401, 403, 422))
def list_still_applied(caller: Caller, session: ReadSessionDep, after: After = 0, limit: Limit = 100) -> FeedbackPage:
    """List measures that are still applied though the entry they rest on holds no more, until their lifting is reported."""
    return _page(caller, session, only_still=True, after=after, limit=limit)


@router.get("/counts", responses=problems(401, 403))
def count_feedback(caller: Caller, session: ReadSessionDep) -> FeedbackCounts:  # noqa: ARG001  # admitted
    """Count reports by agency and measure."""
    return FeedbackCounts(counts=tuple(giving.count_feedback(session, today=legal_day())))


def _page(caller: Caller, session: ReadSessionDep, *, only_still: bool, after: int, limit: int) -> FeedbackPage:
    found = giving.list_feedback(session, actor=caller, today=legal_day(), only_still=only_still, after=after, limit=limit + 1)
    reports = tuple(found[:limit])
    return FeedbackPage(reports=reports, next=reports[-1].feedback_id if len(found) > limit else None)
