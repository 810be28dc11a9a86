"""What is asked and told of repairs, objections and cascades."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from models.identifiers import Identifier
from models.law import Clause
from models.records import Kind
from models.remedies import CascadeCause, CascadeState, ObjectionState, ObjectionTarget, RepairState
from models.shapes import Bilingual, Shape
from service.answers import Decimals
from service.enterprise_answers import EnterpriseNamed
from service.operations.follow_matter import ClockShown, StepShown

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Entry = Annotated[int, Field(ge=1, lt=2**63)]


class RecordNamed(Shape):
    """A record by its source and its number there."""

    source: str
    source_ref: str
    document_no: str | None = None


class PaperShown(Shape):
    """A paper that was uploaded, by its SHA-256."""

    name: str
    sha256: str
    size: int


class RepairAsked(Shape):
    """An application for repair of the matter of one record, or of one entry; `confirmed` names every item of the checklist."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"source": "sample-market", "source_ref": "P-1", "confirmed": ["duties_performed", "corrected", "promise"]}]
        }
    )

    source: Reference | None = None
    source_ref: Reference | None = None
    listing_id: Entry | None = None
    confirmed: Annotated[tuple[Reference, ...], Field(max_length=30)]
    plan_no: Short | None = None
    """For a temporary repair during restructuring: the document of the plan, and until when it runs."""
    plan_until: date | None = None

    @model_validator(mode="after")
    def names_one_thing(self) -> "RepairAsked":
        if (self.source is None) is not (self.source_ref is None) or (self.source is None) is (self.listing_id is None):
            raise ValueError("an application names one record by source and source_ref, or one entry by listing_id")
        if (self.plan_no is None) is not (self.plan_until is None):
            raise ValueError("a temporary repair names the plan's document and its last day, plan_no and plan_until")
        return self


class ChecklistShown(Shape):
    """What must be confirmed for a repair, and from when it can be asked for."""

    rule: str
    title: Bilingual
    clause: Clause
    items: dict[str, Bilingual]
    earliest_on: date | None


class RepairShown(Shape):
    """A repair and its file."""

    repair_id: int
    enterprise: EnterpriseNamed
    records: tuple[RecordNamed, ...]
    listing_id: int | None
    rule: str
    confirmed: tuple[str, ...]
    plan_no: str | None
    plan_until: date | None
    state: RepairState
    applied_by: str
    applied_at: datetime
    decided_by: str | None
    reason: str | None
    effective_on: date | None
    barred_until: date | None
    steps: tuple[StepShown, ...]
    clocks: tuple[ClockShown, ...]
    papers: tuple[PaperShown, ...]


class RepairPage(Shape):
    repairs: tuple[RepairShown, ...]
    next: int | None


class RepairStepAsked(Shape):
    """What an officer does with a repair: accept it, write down what checking found, grant or refuse, revoke, confirm a temporary one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"act": "grant", "reason": "材料属实，义务已履行"}]})

    act: Literal["accept", "check", "grant", "refuse", "revoke", "confirm"]
    reason: Said | None = None

    @model_validator(mode="after")
    def says_why(self) -> "RepairStepAsked":
        if self.act not in ("accept", "confirm") and self.reason is None:
            raise ValueError(f"to {self.act}, say why in `reason`; it is kept and shown to the enterprise")
        return self


class ObjectionAsked(Shape):
    """An objection to a record, to an entry, or (neither named) to the score."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"source": "sample-market", "source_ref": "P-1", "grounds": "该批次产品系他人冒用我公司名称生产。"}]
        }
    )

    source: Reference | None = None
    source_ref: Reference | None = None
    listing_id: Entry | None = None
    grounds: Said

    @model_validator(mode="after")
    def names_one_thing(self) -> "ObjectionAsked":
        if (self.source is None) is not (self.source_ref is None) or (self.source is not None and self.listing_id is not None):
            raise ValueError("an objection names one record by source and source_ref, or one entry by listing_id, or neither for the score")
        return self


class ListingObjectionAsked(Shape):
    """What anybody may say against an entry on a red list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"grounds": "该企业近期有未公开的不合格记录。"}]})

    grounds: Said


class ObjectionDecided(Shape):
    """What was found. `corrected` gives the fields as they should be, `moved` the enterprise that the record is really about."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "withdrawn", "finding": "复检合格，原结果撤销"}]})

    outcome: Literal["kept", "corrected", "withdrawn", "moved"]
    finding: Said
    corrections: Annotated[dict[str, str], Field(max_length=20)] = Field(default_factory=dict)
    enterprise: Identifier | None = None
    authority: Short | None = None
    document_no: Short | None = None

    @model_validator(mode="after")
    def fits_its_outcome(self) -> "ObjectionDecided":
        if (self.outcome == "moved") is not (self.enterprise is not None):
            raise ValueError("`enterprise` says to whom a record is moved, and is for that alone")
        if self.corrections and self.outcome != "corrected":
            raise ValueError("`corrections` are for the outcome corrected")
        if unknown := sorted(self.corrections.keys() - CORRECTABLE):
            raise ValueError(f"{', '.join(unknown)} cannot be corrected here; these can: {', '.join(sorted(CORRECTABLE))}")
        return self


CORRECTABLE = frozenset(
    (
        *("outcome", "severity", "level", "code", "title", "document_no", "occurred_on", "ended_on", "concluded_on", "decided_on"),
        *("served_on", "published_on", "rectified_on", "in_force_from", "in_force_until", "public_until"),
    )
)
"""Fields that a decision on an objection may correct; days as YYYY-MM-DD."""


class ObjectionShown(Shape):
    """An objection and its file."""

    objection_id: int
    enterprise: EnterpriseNamed
    target: ObjectionTarget
    record: RecordNamed | None
    listing_id: int | None
    grounds: str
    state: ObjectionState
    suspends: bool
    filed_by: str | None
    """Told to officers and to who filed it."""
    filed_at: datetime
    decided_by: str | None
    finding: str | None
    closed_at: datetime | None
    steps: tuple[StepShown, ...]
    clocks: tuple[ClockShown, ...]
    papers: tuple[PaperShown, ...]


class ObjectionPage(Shape):
    objections: tuple[ObjectionShown, ...]
    next: int | None


class Selection(Shape):
    """Which records fall: by laboratory, document or event number, between two days; or named one by one."""

    kinds: Annotated[tuple[Kind, ...], Field(min_length=1, max_length=13)]
    outcomes: Annotated[tuple[Reference, ...], Field(max_length=20)] = ()
    laboratory: Reference | None = None
    document_no: Reference | None = None
    event_ref: Reference | None = None
    source: Reference | None = None
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def names_what_fell(self) -> "Selection":
        if self.laboratory is None and self.document_no is None and self.event_ref is None:
            raise ValueError("name what fell: laboratory, document_no or event_ref")
        return self


class CascadeAsked(Shape):
    """The withdrawal of all that rested on something that fell."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cause": "laboratory",
                    "selection": {"kinds": ["sampling"], "outcomes": ["failed"], "laboratory": "样例检验所"},
                    "reason": "检验机构资质被撤销",
                    "document_no": "样决〔2026〕9号",
                }
            ]
        }
    )

    cause: CascadeCause
    selection: Selection
    reason: Said
    document_no: Short


class EnterpriseEffect(Shape):
    """What the withdrawal does to one enterprise: score and grade before and after, entries and proposals that change."""

    enterprise: EnterpriseNamed
    records: tuple[RecordNamed, ...]
    score_before: Decimals | None
    grade_before: str | None
    score_after: Decimals | None
    grade_after: str | None
    listings: tuple[dict[str, Any], ...]
    proposals: tuple[dict[str, Any], ...]


class CascadeShown(Shape):
    """A cascade with its preview, which must still hold when it is carried out."""

    cascade_id: int
    cause: CascadeCause
    selection: Selection
    reason: str
    document_no: str
    state: CascadeState
    as_of: date
    effects: tuple[EnterpriseEffect, ...]
    digest: str
    prepared_by: str
    prepared_at: datetime
    closed_by: str | None
    closed_at: datetime | None


class CascadePage(Shape):
    cascades: tuple[CascadeShown, ...]
    next: int | None


class CascadeVerdict(Shape):
    """Another officer's word; to carry it out, name the digest of the preview that was looked at."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdict": "carry_out", "digest": "0" * 64}]})

    verdict: Literal["carry_out", "refuse"]
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None

    @model_validator(mode="after")
    def names_the_preview(self) -> "CascadeVerdict":
        if self.verdict == "carry_out" and self.digest is None:
            raise ValueError("to carry it out, name the `digest` of the preview that you looked at")
        return self
