"""What agencies report of the measures they applied, by the fields of the real form."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from models.shapes import Bilingual, Shape
from service.enterprise_answers import EnterpriseNamed

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Kind = Literal["punishment", "reward"]


class FeedbackGiven(Shape):
    """One report (奖惩反馈): what an agency did with a measure of the catalogue because of an entry, or that it lifted it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reference": "2026-0031",
                    "agency": "样例住建局",
                    "code": "91640100MA0000000L",
                    "list": "quality_black",
                    "measure": "no_honours",
                    "starts_on": "2026-03-01",
                    "content": "不予参评",
                    "field": "工程建设",
                }
            ]
        }
    )

    reference: Said
    """The agency's own number of this report; sent again it is the same report."""
    agency: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    """执行部门名称."""
    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")] = "cn-uscc"
    code: Said
    """统一社会信用代码."""
    subject: Annotated[str, StringConstraints(max_length=100)] | None = None
    """奖惩对象."""
    conduct: Said | None = None
    """守信/失信行为."""
    list: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
    """The list whose entry it rests on."""
    measure: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
    """执行措施: the measure's code in the catalogue."""
    starts_on: date
    """开始时间."""
    ends_on: date | None = None
    """结束时间: first day it is no longer applied, where known."""
    content: Said | None = None
    """执行内容."""
    field: Said | None = None
    """所在领域."""
    kind: Kind | None = None
    """奖惩类型; by the measure unless given."""
    result: Said | None = None
    """成效."""
    state: Literal["applied", "lifted"] = "applied"
    """状态; lifted ends what was reported before under the same reference."""
    lifted_on: date | None = None

    @model_validator(mode="after")
    def days_in_order(self) -> "FeedbackGiven":
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise ValueError(f"ends_on {self.ends_on} is not after starts_on {self.starts_on}")
        if (self.state == "lifted") != (self.lifted_on is not None):
            raise ValueError("a lifted measure says since when (lifted_on), and no other one does")
        if self.lifted_on is not None and self.lifted_on < self.starts_on:
            raise ValueError(f"lifted_on {self.lifted_on} is before starts_on {self.starts_on}")
        return self


class FeedbackBatch(Shape):
    """Up to a thousand reports; a faulty one is told and holds back no other."""

    reports: Annotated[tuple[dict[str, object], ...], Field(min_length=1, max_length=1_000)]


class RejectedReport(Shape):
    """A report that was not taken, by its place in the batch or file, counted from 1."""

    row: int
    code: str
    message: str


class FeedbackTaken(Shape):
    """What became of the reports."""

    accepted: int
    lifted: int
    unchanged: int
    rejected: tuple[RejectedReport, ...]


class FeedbackShown(Shape):
    """A report as it stands."""

    feedback_id: int
    enterprise: EnterpriseNamed
    listing_id: int
    list: str
    list_title: Bilingual
    measure: str
    agency: str
    reference: str
    reported_by: str
    reported_at: datetime
    subject: str | None
    conduct: str | None
    content: str | None
    field: str | None
    kind: Kind
    result: str | None
    starts_on: date
    ends_on: date | None
    lifted_on: date | None
    entry_ended_on: date | None
    """Since then the measure has no basis any more; null while the entry holds, or is stayed."""


class FeedbackPage(Shape):
    reports: tuple[FeedbackShown, ...]
    next: int | None
    """The `after` of the next page; null at the end."""


class FeedbackCount(Shape):
    """How often one agency applied one measure."""

    agency: str
    measure: str
    applied: int
    lifted: int
    still_applied: int
    """Of entries that hold no more."""


class FeedbackCounts(Shape):
    counts: tuple[FeedbackCount, ...]
