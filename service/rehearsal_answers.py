"""Rehearsals as they are asked for and shown."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from models.rehearsals import RehearsalState, Report
from models.shapes import Shape
from models.tables.rehearsals import Rehearsal

DRAFT_LONGEST = 512 * 1024
Change = Annotated[str, StringConstraints(min_length=3, max_length=500, pattern=r"=")]


class RehearsalAsked(Shape):
    """A draft as text, or a published version by name; what is set otherwise in it; what it is held against; and the day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "policy": "yinchuan/2026",
                    "changes": ["indicators.fake_goods.points.points=-60"],
                    "against": "yinchuan/2026",
                    "as_of": "2026-10-31",
                }
            ]
        }
    )

    draft: Annotated[str, StringConstraints(min_length=1, max_length=DRAFT_LONGEST)] | None = None
    """The policy file in YAML."""
    policy: Annotated[str, StringConstraints(max_length=100)] | None = None
    """A published version such as `yinchuan/2026`, to go back to it or to change a number of it."""
    changes: Annotated[tuple[Change, ...], Field(max_length=50)] = ()
    """Each `field=value`, such as `indicators.fake_goods.points.points=-60` or `grades[0].at_least=930`."""
    against: Annotated[str, StringConstraints(max_length=100)] | None = None
    """The version it is held against; the one in force on the day, unless given."""
    as_of: date | None = None
    """The legal day; today, unless given."""

    @model_validator(mode="after")
    def one_draft(self) -> "RehearsalAsked":
        if (self.draft is None) is (self.policy is None):
            raise ValueError("give either the draft's text or the name of a published version")
        return self


class RehearsalLine(Shape):
    """One rehearsal: what was asked, and how it stands."""

    rehearsal_id: int
    state: RehearsalState
    phase: str
    policy: str
    policy_hash: str
    changes: tuple[str, ...]
    against: str
    against_hash: str
    as_of: date
    known_at: datetime
    before_as_of: date
    before_known_at: datetime
    before_run: int | None
    """The published run whose answers the way begins at; null when it begins on the same day."""
    digest: str | None
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    problem: str | None


class RehearsalShown(RehearsalLine):
    """A rehearsal with its report, once it is finished. Its files are at `enterprises.parquet` and `rehearsal.xlsx` below its address."""

    report: Report | None


class RehearsalPage(Shape):
    """Rehearsals, newest first."""

    rehearsals: tuple[RehearsalLine, ...]
    next: int | None
    """The `before` of the next page; null at the end."""


def line_of(row: Rehearsal) -> RehearsalLine:
    """A kept rehearsal in a line."""
    return RehearsalLine.model_validate({name: getattr(row, name) for name in RehearsalLine.model_fields})


def shown_rehearsal(row: Rehearsal) -> RehearsalShown:
    """A kept rehearsal with its report."""
    return RehearsalShown.model_validate({name: getattr(row, name) for name in RehearsalShown.model_fields})
