"""Take a draft its way: filed, open to comments for its days, reviewed by law, rehearsed, approved by two persons; then it is published.

No step can be taken before those ahead of it, and the database asks for all of them again when the policy is published. A changed draft is
another draft, with a way of its own; so is going back to an earlier version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from data.codes.working_days import working_days
from data.database import ReadSession, WriteSession
from data.policy_files import load_policy, policy_hash
from data.policy_way import policy_way
from data.stores import policies, policy_drafts, rehearsals
from models.access import Actor, Role
from models.errors import Refused
from models.policy_way import PolicyStepName
from models.rehearsals import RehearsalState
from models.tables.policy_drafts import PolicyComment, PolicyDraft, PolicyStep

TAKE_DOWN = frozenset({Role.REGULATOR, Role.ADMIN})
"""Whose keys also bring what came by post, and so as much as came."""
MOST_COMMENTS, MOST_OF_ONE = 5_000, 20
"""Each has to be answered: what a draft takes in all, and from one holder of a key who is no officer."""


class StepMissing(Refused):
    """A step of the way has to be taken first."""

    code = "policy.step_missing"


class NotIndependent(Refused):
    """Who approves a policy stands apart from who filed it, rehearsed it, or runs evaluations under its family."""

    code = "policy.not_independent"


class DraftThere(Refused):
    """The draft was filed already, or its version is published."""

    code = "policy.draft_there"


class CommentsFull(Refused):
    """So much was said to the draft that it takes no more."""

    code = "policy.comments_full"


class OtherDraft(Refused):
    """The rehearsal was of another content, or has no report."""

    code = "policy.rehearsed_other"


@dataclass(frozen=True)
class Way:
    """A draft with all that was done and said to it."""

    draft: PolicyDraft
    steps: Sequence[PolicyStep]
    comments: Sequence[PolicyComment]

    def last(self, name: PolicyStepName) -> PolicyStep | None:
        """The latest step of this name."""
        return next((step for step in reversed(self.steps) if step.step == name), None)

    @property
    def approvals(self) -> list[PolicyStep]:
        """Those given after what they rest on: a later rehearsal or review asks for new ones."""
        rests_on = [step.step_id or 0 for step in self.steps if step.step in (PolicyStepName.REHEARSAL, PolicyStepName.LEGAL_REVIEW)]
        return [step for step in self.steps if step.step == PolicyStepName.APPROVAL and (step.step_id or 0) > max(rests_on, default=0)]


def file_draft(session: WriteSession, *, text: str, file: str, today: date, actor: Actor) -> PolicyDraft:
    """Lint a draft and file it. Raises `policy.faulty` and `policy.draft_there`."""
    policy = load_policy(text, file=file)
    identity = policy_hash(policy)
    there = policy_drafts.find_draft(session, identity)
    if there is not None:
        raise DraftThere(
            f"This very draft is filed as number {there.draft_id}. `qcredit policy draft {there.draft_id}` shows how far it is."
        )
    if policies.find_policy(session, policy.family, policy.version) is not None:
        raise DraftThere(f"{policy.name} is published already. Give the draft a new version.")
    draft = PolicyDraft(
        policy_hash=identity, family=policy.family, version=policy.version, text=text, filed_on=today, filed_by=actor.holder
    )
    return policy_drafts.add_draft(session, draft)


def way_of(session: ReadSession, draft_id: int) -> Way:
    """A draft with its steps and comments. Raises `policy.draft_not_found`."""
    draft = policy_drafts.get_draft(session, draft_id)
    return Way(draft, policy_drafts.steps_of(session, draft_id), policy_drafts.comments_on(session, draft_id))


def missing(way: Way, *, today: date, before: PolicyStepName | None = None) -> str | None:
    """What has to be done next, in a sentence; None when nothing stands before a step, or before the publication."""
    number = way.draft.draft_id
    if way.last(PolicyStepName.WITHDRAWAL) is not None:
        return f"Draft {number} was withdrawn. File a changed one."
    consultation = way.last(PolicyStepName.CONSULTATION)
    if before is PolicyStepName.CONSULTATION:
        return None
    if consultation is None or consultation.closes_on is None:
        return f"Open the public consultation: qcredit policy consult {number} --note WHERE."
    if today <= consultation.closes_on:
        return f"The public consultation is open until {consultation.closes_on}; the next step can be taken on the day after."
    unanswered = [one.comment_id for one in way.comments if one.answer is None]
    if unanswered:
        return f"Answer comment {unanswered[0]}: qcredit policy answer {unanswered[0]} --text ANSWER."
    review = way.last(PolicyStepName.LEGAL_REVIEW)
    if review is not None and review.outcome != "passed":
        return f"The legal review of draft {number} did not pass ({review.note}). File a changed draft."
    if before is PolicyStepName.LEGAL_REVIEW:
        return None
    if review is None:
        return f"Have it reviewed by law: qcredit policy review {number} --outcome passed --document-no NUMBER --note FINDING."
    if before is PolicyStepName.REHEARSAL:
        return None
    if way.last(PolicyStepName.REHEARSAL) is None:
        return f"Rehearse it, and attach the rehearsal: qcredit policy attach {number} REHEARSAL."
    lacking = policy_way().persons - len(way.approvals)
    if before is None and lacking > 0:
        return f"Have it approved by {lacking} more: qcredit policy approve {number} --as NAME."
    return None


def open_consultation(session: WriteSession, draft_id: int, *, note: str, today: date, actor: Actor) -> PolicyStep:
    """Open a draft to the public for the days of the way; `note` says where it is announced. Raises `policy.step_missing`."""
    way = _ready(session, draft_id, PolicyStepName.CONSULTATION, today=today)
    if way.last(PolicyStepName.CONSULTATION) is not None:
        raise StepMissing(f"The consultation on draft {draft_id} was opened already, and is opened once.")
    clock = policy_way().step(PolicyStepName.CONSULTATION).lasts
    assert clock is not None
    step = PolicyStep(draft_id=draft_id, step=PolicyStepName.CONSULTATION, done_on=today, done_by=actor.holder, note=note)
    step.closes_on = clock.last_day(today, working_days())
    policy_drafts.add_step(session, step)
    return step


def take_comment(session: WriteSession, draft_id: int, *, said_by: str, text: str, today: date, actor: Actor) -> int:
    """Keep what somebody says to a draft while it is open; gives the comment's number.

    Raises `policy.step_missing` and `policy.comments_full`.
    """
    way = _ready(session, draft_id, PolicyStepName.CONSULTATION, today=today)
    consultation = way.last(PolicyStepName.CONSULTATION)
    if consultation is None or consultation.closes_on is None or today > consultation.closes_on:
        raise StepMissing(f"Draft {draft_id} is not open to comments today.")
    mine = sum(one.taken_by == actor.holder for one in way.comments)
    if len(way.comments) >= MOST_COMMENTS or (actor.role not in TAKE_DOWN and mine >= MOST_OF_ONE):
        raise CommentsFull(
            f"Draft {draft_id} takes {MOST_COMMENTS:,} comments, {MOST_OF_ONE} from one holder of a key. Send more to its authority."
        )
    comment = PolicyComment(draft_id=draft_id, received_on=today, said_by=said_by, text=text, taken_by=actor.holder)
    return policy_drafts.add_comment(session, comment)


def answer_comment(session: WriteSession, comment_id: int, *, text: str, today: date, actor: Actor) -> PolicyComment:
    """Answer a comment, once. Raises `policy.comment_not_found` and `policy.comment_answered`."""
    comment = policy_drafts.get_comment(session, comment_id)
    if comment.answer is not None:
        raise policy_drafts.Answered(f"Comment {comment_id} was answered on {comment.answered_on}.")
    comment.answer, comment.answered_on, comment.answered_by = text, today, actor.holder
    session.flush()
    return comment


def review(
    session: WriteSession,
    draft_id: int,
    *,
    outcome: Literal["passed", "failed"],
    note: str,
    document_no: str | None,
    today: date,
    actor: Actor,
) -> PolicyStep:
    """Write down what the legal review found. Raises `policy.step_missing` and `policy.not_independent`."""
    way = _ready(session, draft_id, PolicyStepName.LEGAL_REVIEW, today=today)
    if way.draft.filed_by == actor.holder:
        raise NotIndependent(f"{actor.holder} filed it. Ask another person to review draft {draft_id}.")
    step = PolicyStep(draft_id=draft_id, step=PolicyStepName.LEGAL_REVIEW, done_on=today, done_by=actor.holder, note=note)
    step.outcome, step.document_no = outcome, document_no
    policy_drafts.add_step(session, step)
    return step


def attach(session: WriteSession, draft_id: int, rehearsal_id: int, *, today: date, actor: Actor) -> PolicyStep:
    """Attach a finished rehearsal of exactly this draft, by its digest. Raises `policy.step_missing` and `policy.rehearsed_other`."""
    way = _ready(session, draft_id, PolicyStepName.REHEARSAL, today=today)
    found = rehearsals.get_rehearsal(session, rehearsal_id)
    if found.policy_hash != way.draft.policy_hash:
        raise OtherDraft(
            f"Rehearsal {rehearsal_id} is of {found.policy} with hash {found.policy_hash[:12]}, draft {draft_id} has hash "
            f"{way.draft.policy_hash[:12]}. Rehearse the draft as it was filed."
        )
    if found.state != RehearsalState.FINISHED:
        raise OtherDraft(f"Rehearsal {rehearsal_id} is {found.state} and has no report. Attach one that is finished.")
    step = PolicyStep(draft_id=draft_id, step=PolicyStepName.REHEARSAL, done_on=today, done_by=actor.holder, note=found.digest or "")
    step.rehearsal_id = rehearsal_id
    policy_drafts.add_step(session, step)
    return step


def approve(session: WriteSession, draft_id: int, *, note: str, today: date, actor: Actor) -> Way:
    """Approve a draft as one of two persons. Raises `policy.step_missing` and `policy.not_independent`."""
    way = _ready(session, draft_id, PolicyStepName.APPROVAL, today=today)
    attached = way.last(PolicyStepName.REHEARSAL)
    assert attached is not None
    assert attached.rehearsal_id is not None
    holder = actor.holder
    had_a_part = {
        "filed it": way.draft.filed_by == holder,
        "rehearsed it": rehearsals.get_rehearsal(session, attached.rehearsal_id).started_by == holder,
        "runs evaluations under it": policy_drafts.runs_the_family(session, way.draft.family, holder),
        "approved it already": any(step.done_by == holder for step in way.approvals),
    }
    part = next((what for what, is_so in had_a_part.items() if is_so), None)
    if part is not None:
        raise NotIndependent(f"{holder} {part}. Ask another person to approve draft {draft_id}.")
    step = PolicyStep(draft_id=draft_id, step=PolicyStepName.APPROVAL, done_on=today, done_by=holder, note=note)
    policy_drafts.add_step(session, step)
    return way_of(session, draft_id)


def withdraw(session: WriteSession, draft_id: int, *, note: str, today: date, actor: Actor) -> None:
    """End the way of a draft that is not to become a version. Raises `policy.draft_not_found` and `policy.step_missing`."""
    _ready(session, draft_id, PolicyStepName.CONSULTATION, today=today)
    step = PolicyStep(draft_id=draft_id, step=PolicyStepName.WITHDRAWAL, done_on=today, done_by=actor.holder, note=note)
    policy_drafts.add_step(session, step)


def draft_to_publish(session: ReadSession, identity: str, *, name: str, today: date) -> int:
    """The number of the draft of this content, when every step was taken. Raises `policy.step_missing` with the next one."""
    draft = policy_drafts.find_draft(session, identity)
    if draft is None:
        raise StepMissing(f"Runs of this family had effects, so {name} goes its way first. File it: qcredit policy file FILE.")
    assert draft.draft_id is not None
    lacking = missing(way_of(session, draft.draft_id), today=today)
    if lacking is not None:
        raise StepMissing(f"{name} is not ready to be published. {lacking}")
    return draft.draft_id


def _ready(session: ReadSession, draft_id: int, step: PolicyStepName, *, today: date) -> Way:
    way = way_of(session, draft_id)
    lacking = missing(way, today=today, before=step)
    if lacking is not None:
        raise StepMissing(lacking)
    if policies.find_policy(session, way.draft.family, way.draft.version) is not None:
        raise StepMissing(f"{way.draft.family}/{way.draft.version} is published; its way is over.")
    return way
