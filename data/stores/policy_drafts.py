"""Drafts of policies on their way: filed, discussed, reviewed, rehearsed, approved; every step written once."""

from collections.abc import Sequence

from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from models.errors import NotFound, Refused
from models.policy_way import PolicyStepName
from models.tables.policies import PolicyRow
from models.tables.policy_drafts import PolicyComment, PolicyDraft, PolicyStep
from models.tables.runs import Run


class UnknownDraft(NotFound):
    """No draft has this number."""

    code = "policy.draft_not_found"


class UnknownComment(NotFound):
    """No comment has this number."""

    code = "policy.comment_not_found"


class Answered(Refused):
    """The comment was answered already."""

    code = "policy.comment_answered"


def add_draft(session: WriteSession, draft: PolicyDraft) -> PolicyDraft:
    session.add(draft)
    session.flush()
    return draft


def get_draft(session: ReadSession, draft_id: int) -> PolicyDraft:
    """Read one draft. Raises `UnknownDraft`."""
    found = session.get(PolicyDraft, draft_id)
    if found is None:
        raise UnknownDraft(f"There is no draft {draft_id}. `qcredit policy drafts` lists them.")
    return found


def find_draft(session: ReadSession, policy_hash: str) -> PolicyDraft | None:
    """The draft of exactly this content."""
    return session.exec(select(PolicyDraft).where(col(PolicyDraft.policy_hash) == policy_hash)).one_or_none()


def list_drafts(session: ReadSession, *, before: int | None = None, limit: int = 100, opened: bool = False) -> Sequence[PolicyDraft]:
    """One page of drafts, newest first; `opened` gives those alone that were opened to the public."""
    found = select(PolicyDraft).order_by(col(PolicyDraft.draft_id).desc()).limit(limit)
    if before is not None:
        found = found.where(col(PolicyDraft.draft_id) < before)
    if opened:
        consultation = select(PolicyStep.draft_id).where(col(PolicyStep.step) == PolicyStepName.CONSULTATION)
        found = found.where(col(PolicyDraft.draft_id).in_(consultation))
    return session.exec(found).all()


def was_opened(session: ReadSession, draft_id: int) -> bool:
    """Whether there is such a draft, and its consultation was opened."""
    found = select(PolicyStep.step_id).where(col(PolicyStep.draft_id) == draft_id, col(PolicyStep.step) == PolicyStepName.CONSULTATION)
    return session.exec(found.limit(1)).first() is not None


def add_step(session: WriteSession, step: PolicyStep) -> None:
    session.add(step)
    session.flush()


def steps_of(session: ReadSession, draft_id: int) -> Sequence[PolicyStep]:
    """The steps taken with a draft, in their order; a handful."""
    found = select(PolicyStep).where(col(PolicyStep.draft_id) == draft_id).order_by(col(PolicyStep.step_id))
    return session.exec(found.limit(1000)).all()


def add_comment(session: WriteSession, comment: PolicyComment) -> int:
    """Keep what was said to a draft, and give its number."""
    session.add(comment)
    session.flush()
    assert comment.comment_id is not None
    return comment.comment_id


def get_comment(session: ReadSession, comment_id: int) -> PolicyComment:
    """Read one comment. Raises `UnknownComment`."""
    found = session.get(PolicyComment, comment_id)
    if found is None:
        raise UnknownComment(f"There is no comment {comment_id}. `qcredit policy draft NUMBER` lists those of a draft.")
    return found


def comments_on(session: ReadSession, draft_id: int) -> Sequence[PolicyComment]:
    """What was said to a draft, in the order it came."""
    found = select(PolicyComment).where(col(PolicyComment.draft_id) == draft_id).order_by(col(PolicyComment.comment_id))
    return session.exec(found.limit(10_000)).all()


def runs_the_family(session: ReadSession, family: str, holder: str) -> bool:
    """Whether somebody started or published a run under any version of a family."""
    found = (
        select(Run.run_id)
        .join(PolicyRow, col(PolicyRow.policy_hash) == col(Run.policy_hash))
        .where(col(PolicyRow.family) == family, (col(Run.started_by) == holder) | (col(Run.published_by) == holder))
    )
    return session.exec(found.limit(1)).one_or_none() is not None
