"""Drafts of policies on their way to publication: read by everybody and commented by every key once open, taken step by step by officers.

Publishing what has gone its way is the operator's: `qcredit policy publish`.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from data.database import ReadSession
from data.stores import policy_drafts
from data.stores.policy_drafts import UnknownDraft
from models.access import Actor
from models.shapes import Shape
from service.access import STAFF, Caller
from service.answers import IdempotencyKey, Limit, respond_json
from service.api.policies import Draft, draft_text
from service.clock import legal_day
from service.draft_answers import (
    CommentAnswer,
    CommentAsked,
    CommentPage,
    CommentShown,
    DraftPage,
    DraftShown,
    RehearsalAttached,
    ReviewAsked,
    StepNote,
    line_of,
    shown_comment,
    shown_way,
)
from service.house import ReadSessionDep, WriteSessionDep
from service.operations import policy_way as ways
from service.operations.do_once import do_once
from service.operations.policy_way import Way
from service.problems import problems

router = APIRouter(prefix="/v1/policy-drafts", tags=["policies"])
Number = Annotated[int, Path(ge=1, lt=2**63)]
Before = Annotated[int | None, Query(ge=1, lt=2**63, description="The `next` of the page before.")]
READ, ACT = problems(401, 404, 422), problems(401, 403, 404, 409, 413, 422)


@router.get("", response_model=DraftPage, responses=problems(401, 422))
def list_policy_drafts(request: Request, caller: Caller, session: ReadSessionDep, before: Before = None, limit: Limit = 50) -> Response:
    """List drafts, newest first; outside the authorities those that were opened to the public."""
    found = policy_drafts.list_drafts(session, before=before, limit=limit + 1, opened=caller.role not in STAFF)
    shown = tuple(map(line_of, found[:limit]))
    return respond_json(request, DraftPage(drafts=shown, next=shown[-1].draft_id if len(found) > limit else None))


@router.get("/{draft_id}", response_model=DraftShown, responses=READ)
def read_policy_draft(request: Request, caller: Caller, session: ReadSessionDep, draft_id: Number) -> Response:
    """Give a draft with its text, its steps, how many comments came, and what is lacking before it can be published."""
    return respond_json(request, shown_way(_visible(session, draft_id, caller), today=legal_day()))


@router.post("", response_model=DraftShown, status_code=201, responses=ACT)
def file_policy_draft(request: Request, caller: Caller, session: WriteSessionDep, draft: Draft) -> Response:
    """File a draft, given as YAML; its text stays as it is, and a changed draft is another one."""
    filed = ways.file_draft(session, text=draft_text(draft), file="draft", today=legal_day(), actor=caller)
    session.commit()
    return _given(request, session, filed.draft_id or 0)


@router.post("/{draft_id}/consultation", response_model=DraftShown, status_code=201, responses=ACT)
def open_policy_consultation(request: Request, caller: Caller, session: WriteSessionDep, draft_id: Number, asked: StepNote) -> Response:
    """Open a draft to the public for the days of the procedure; the note says where it is announced."""
    ways.open_consultation(session, draft_id, note=asked.note, today=legal_day(), actor=caller)
    session.commit()
    return _given(request, session, draft_id)


@router.get("/{draft_id}/comments", response_model=CommentPage, responses=READ)
def list_policy_comments(
    *,
    request: Request,
    caller: Caller,
    session: ReadSessionDep,
    draft_id: Number,
    after: Annotated[int, Query(ge=0, lt=2**63, description="The `next` of the page before.")] = 0,
    limit: Limit = 100,
) -> Response:
    """List what was said to a draft and what was answered, in the order it came."""
    found = [one for one in _visible(session, draft_id, caller).comments if (one.comment_id or 0) > after][: limit + 1]
    shown = tuple(map(shown_comment, found[:limit]))
    return respond_json(request, CommentPage(comments=shown, next=shown[-1].comment_id if len(found) > limit else None))


@router.post("/{draft_id}/comments", response_model=CommentShown, status_code=201, responses=ACT)
def comment_on_policy_draft(
    *,
    request: Request,
    caller: Caller,
    session: WriteSessionDep,
    draft_id: Number,
    asked: CommentAsked,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Say something to a draft while its consultation is open. Every key may; it is shown to everybody, and answered."""

    def act() -> dict[str, Any]:
        _visible(session, draft_id, caller)
        number = ways.take_comment(session, draft_id, said_by=asked.said_by, text=asked.text, today=legal_day(), actor=caller)
        return {"comment_id": number}

    _, taken = do_once(session, key=idempotency_key, actor=caller, request=("comment", draft_id, asked), status=201, act=act)
    session.commit()
    return _comment(request, session, taken["comment_id"])


@router.post("/{draft_id}/comments/{comment_id}/answer", response_model=CommentShown, status_code=201, responses=ACT)
def answer_policy_comment(
    *, request: Request, caller: Caller, session: WriteSessionDep, draft_id: Number, comment_id: Number, asked: CommentAnswer
) -> Response:
    """Answer a comment, once: adopted or not, and why."""
    if policy_drafts.get_comment(session, comment_id).draft_id != draft_id:
        raise policy_drafts.UnknownComment(f"Draft {draft_id} has no comment {comment_id}. Its /comments lists those it has.")
    ways.answer_comment(session, comment_id, text=asked.text, today=legal_day(), actor=caller)
    session.commit()
    return _comment(request, session, comment_id)


@router.post("/{draft_id}/reviews", response_model=DraftShown, status_code=201, responses=ACT)
def review_policy_draft(
    *,
    request: Request,
    caller: Caller,
    session: WriteSessionDep,
    draft_id: Number,
    asked: ReviewAsked,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Write down what the legal review found, after the consultation is over and every comment is answered."""

    def act() -> dict[str, Any]:
        found = ways.review(
            session,
            draft_id,
            outcome=asked.outcome,
            note=asked.note,
            document_no=asked.document_no,
            today=legal_day(),
            actor=caller,
        )
        return {"step_id": found.step_id}

    _once(session, idempotency_key, caller, ("review", draft_id, asked), act)
    return _given(request, session, draft_id)


@router.post("/{draft_id}/rehearsals", response_model=DraftShown, status_code=201, responses=ACT)
def attach_policy_rehearsal(
    *,
    request: Request,
    caller: Caller,
    session: WriteSessionDep,
    draft_id: Number,
    asked: RehearsalAttached,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Attach a finished rehearsal of exactly this draft; the digest of its report stands in the draft's way."""

    def act() -> dict[str, Any]:
        return {"step_id": ways.attach(session, draft_id, asked.rehearsal_id, today=legal_day(), actor=caller).step_id}

    _once(session, idempotency_key, caller, ("attach", draft_id, asked), act)
    return _given(request, session, draft_id)


@router.post("/{draft_id}/approvals", response_model=DraftShown, status_code=201, responses=ACT)
def approve_policy_draft(request: Request, caller: Caller, session: WriteSessionDep, draft_id: Number, asked: StepNote) -> Response:
    """Approve a draft as one of two persons, apart from who filed it, rehearsed it, or runs evaluations under its family."""
    ways.approve(session, draft_id, note=asked.note, today=legal_day(), actor=caller)
    session.commit()
    return _given(request, session, draft_id)


@router.post("/{draft_id}/withdrawal", response_model=DraftShown, status_code=201, responses=ACT)
def withdraw_policy_draft(request: Request, caller: Caller, session: WriteSessionDep, draft_id: Number, asked: StepNote) -> Response:
    """End the way of a draft that is not to become a version."""
    ways.withdraw(session, draft_id, note=asked.note, today=legal_day(), actor=caller)
    session.commit()
    return _given(request, session, draft_id)


def _visible(session: ReadSession, draft_id: int, caller: Actor) -> Way:
    """A draft and its way. Outside the authorities there is none before it was opened. Raises `policy.draft_not_found`."""
    if caller.role not in STAFF and not policy_drafts.was_opened(session, draft_id):
        # The same words whether there is none or it is not open yet: who may not see it does not learn that it is there.
        raise UnknownDraft(f"There is no draft {draft_id} that was opened to the public. /v1/policy-drafts lists those there are.")
    return ways.way_of(session, draft_id)


def _comment(request: Request, session: ReadSession, comment_id: int) -> Response:
    return _made(request, shown_comment(policy_drafts.get_comment(session, comment_id)))


def _once(session: Any, key: str | None, caller: Actor, request: Any, act: Callable[[], dict[str, Any]]) -> None:
    do_once(session, key=key, actor=caller, request=request, status=201, act=act)
    session.commit()


def _given(request: Request, session: ReadSession, draft_id: int) -> Response:
    """The draft as it stands after an act."""
    return _made(request, shown_way(ways.way_of(session, draft_id), today=legal_day()))


def _made(request: Request, shown: Shape) -> Response:
    answer = respond_json(request, shown)
    answer.status_code = 201
    return answer
