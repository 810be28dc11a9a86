"""Notice before a bad grade is shown to others (不良评价公开前告知): which grades, how long, and what is withheld until then."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from models.law import Clause
from models.policies import GradeName
from models.procedures import Clock
from models.shapes import Shape


class BadGrades(Shape):
    """The grades of a family of rules that an enterprise is told before others are, from a day on."""

    family: str
    grades: Annotated[tuple[GradeName, ...], Field(min_length=1)]
    wait: Clock
    in_force_from: date
    clause: Clause


class Withheld(Shape):
    """A result that is not shown to others yet: the enterprise has first to be told, and to have its days to object."""

    until: date | None
    """The first day on which it is shown; null while the notice has not been given, or its days cannot be reckoned."""
    clause: Clause


def withheld(
    grade: str, policy: str, notices: Iterable[Mapping[str, Any]] | None, rules: Iterable[BadGrades], *, today: date
) -> Withheld | None:
    """Whether a grade under a policy (`family/version`) waits for its notice; `notices` have `grade` and `shown_from`.

    A grade that was once shown after its notice is not withheld again.
    """
    family = policy.partition("/")[0]
    rule = next((r for r in rules if r.family == family and grade in r.grades and r.in_force_from <= today), None)
    if rule is None:
        return None
    days = [_day(notice["shown_from"]) for notice in notices or () if notice["grade"] == grade and notice["shown_from"] is not None]
    if any(day <= today for day in days):
        return None
    return Withheld(until=min(days, default=None), clause=rule.clause)


def _day(value: date | str) -> date:
    """A day as the driver gives it, or as JSON does."""
    return value if isinstance(value, date) else date.fromisoformat(value)
