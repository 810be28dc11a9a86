"""What went wrong, as a page; the API says the same as problem details."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from service.enterprise_answers import EnterpriseNamed
from service.pages.file_view import LinkView, address_of
from service.pages.frame import Frame, frame_of
from service.pages.rendering import respond_page
from service.pages.wording import WORDING
from service.problems import Problem


@dataclass(frozen=True)
class ProblemPage:
    """One problem: in the reader's language what it means, and the sentence of who refused."""

    title: str
    text: str | None
    detail: str
    code: str
    status: int
    suggestions: tuple[LinkView, ...]


def respond_problem(request: Request, problem: Problem, headers: Mapping[str, str]) -> Response:
    """Made without asking the database anything: it may be what failed."""
    frame = frame_of(request, knows_reader=False)
    return respond_page(request, "problem.html", _view(frame, problem), frame=frame, status=problem.status, headers=dict(headers))


def _view(frame: Frame, problem: Problem) -> ProblemPage:
    title = f"error.{problem.status}"
    text = f"error.text.{problem.status}"
    return ProblemPage(
        title=frame.say(title if title in WORDING else "error.title"),
        text=frame.say(text) if text in WORDING else None,
        detail=problem.detail,
        code=problem.code,
        status=problem.status,
        suggestions=tuple(_suggested(value) for value in problem.suggestions),
    )


def _suggested(value: str) -> LinkView:
    """What a mistyped code was probably meant to be; only Chinese codes have likely corrections."""
    return LinkView(name=value, address=address_of(EnterpriseNamed(scheme="cn-uscc", value=value, name=None)))
