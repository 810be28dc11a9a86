"""A draft of a policy on its way to publication, as it is shown, and what each of its steps is asked with."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from models.policy_way import PolicyStepName
from models.shapes import Shape
from models.tables.policy_drafts import PolicyComment, PolicyDraft
from service.act_answers import Said
from service.operations.policy_way import Way, missing

Who = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class DraftLine(Shape):
    """A draft among others."""

    draft_id: int
    name: str
    policy_hash: str
    filed_on: date
    filed_by: str


class DraftPage(Shape):
    drafts: tuple[DraftLine, ...]
    next: int | None
    """The `before` of the next page; null at the end."""


class DraftStepShown(Shape):
    """A step that was taken; the last day of a consultation, the outcome of a review, the rehearsal that was attached."""

    step: PolicyStepName
    done_on: date
    done_by: str
    note: str
    document_no: str | None
    closes_on: date | None
    outcome: Literal["passed", "failed"] | None
    rehearsal_id: int | None


class CommentShown(Shape):
    """What was said to a draft, and what was answered; nobody's name, but a trade's, an office's or a number of citizens."""

    comment_id: int
    received_on: date
    said_by: str
    text: str
    answer: str | None
    answered_on: date | None


class CommentPage(Shape):
    comments: tuple[CommentShown, ...]
    next: int | None
    """The `after` of the next page; null at the end."""


class DraftShown(DraftLine):
    """A draft with its text, all that was done and said to it, and what is lacking before it can be published (null once nothing is)."""

    text: str
    steps: tuple[DraftStepShown, ...]
    comments: int
    """How many were received; `/comments` lists them."""
    unanswered: int
    lacking: str | None


class StepNote(Shape):
    """Where a consultation is announced, why a draft is approved or withdrawn."""

    note: Said


class CommentAsked(Shape):
    """`said_by` is a trade, an office or how many citizens: no private person's name."""

    said_by: Who
    text: Said


class CommentAnswer(Shape):
    """Adopted or not, and why."""

    text: Said


class ReviewAsked(Shape):
    """What the legal review found."""

    outcome: Literal["passed", "failed"]
    note: Said
    document_no: Who | None = None


class RehearsalAttached(Shape):
    """A finished rehearsal of exactly this draft."""

    rehearsal_id: Annotated[int, Field(ge=1, lt=2**63)]


def line_of(draft: PolicyDraft) -> DraftLine:
    return DraftLine.model_validate(_line(draft))


def shown_way(way: Way, *, today: date) -> DraftShown:
    return DraftShown.model_validate(
        {
            **_line(way.draft),
            "text": way.draft.text,
            "steps": [{name: getattr(one, name) for name in DraftStepShown.model_fields} for one in way.steps],
            "comments": len(way.comments),
            "unanswered": sum(one.answer is None for one in way.comments),
            "lacking": missing(way, today=today),
        }
    )


def shown_comment(comment: PolicyComment) -> CommentShown:
    return CommentShown.model_validate({name: getattr(comment, name) for name in CommentShown.model_fields})


def _line(draft: PolicyDraft) -> dict[str, object]:
    return {
        "draft_id": draft.draft_id,
        "name": f"{draft.family}/{draft.version}",
        "policy_hash": draft.policy_hash,
        "filed_on": draft.filed_on,
        "filed_by": draft.filed_by,
    }
