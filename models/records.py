"""Credit records: one fact about one enterprise, as a tagged union with one member per kind.

These shapes are the single definition for API, files and tables. Closed sets of outcomes and severities are kept per kind;
what a policy makes of them is not decided here.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field, StringConstraints, TypeAdapter, field_validator, model_validator

from models.identifiers import Identifier
from models.shapes import Shape

QUANTITY_SCALE = 10_000
"""Quantities are kept as whole ten-thousandths of their unit, so that no float ever touches a rule."""
QUANTITY_LIMIT = Decimal(10) ** 13


class Kind(StrEnum):
    """What sort of fact a record states."""

    SAMPLING = "sampling"
    INSPECTION = "inspection"
    COMPLAINT = "complaint"
    RECALL = "recall"
    CERTIFICATION = "certification"
    PENALTY = "penalty"
    JUDGMENT = "judgment"
    ACCIDENT = "accident"
    ORDER = "order"
    AWARD = "award"
    COMMITMENT = "commitment"
    LICENCE = "licence"
    LISTING = "listing"


class Severity(StrEnum):
    """How grave, on one scale for all kinds; each kind allows a part of it.

    For fines: the lowest, heavier and top tier of the discretion benchmark are minor, general and serious.
    For accidents: general, larger, major and especially major are general, serious, major and extreme.
    """

    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"
    MAJOR = "major"
    EXTREME = "extreme"


class Level(StrEnum):
    """The administrative level that acted or granted."""

    DISTRICT = "district"
    CITY = "city"
    PROVINCE = "province"
    NATIONAL = "national"


class Capacity(StrEnum):
    """In which capacity the enterprise stands in the record."""

    NOMINAL_PRODUCER = "nominal_producer"  # 标称生产企业
    SAMPLED_UNIT = "sampled_unit"  # 被抽样单位
    PARTY = "party"  # 当事人, also the default


Token = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Quantity = Annotated[Decimal, Field(max_digits=17, decimal_places=4, lt=QUANTITY_LIMIT, gt=-QUANTITY_LIMIT)]

ANCHORS = ("occurred_on", "ended_on", "concluded_on", "decided_on", "served_on", "published_on")
"""The dates a term may run from; `occurred_on` always exists, a missing other one falls back to it."""


class Detail(Shape):
    """What only this kind knows; every field is text, so that a policy can compare it on every engine."""

    summary: Text | None = None


class SamplingDetail(Detail):
    product: ShortText | None = None
    product_class: Literal["industrial", "farm_produce", "food", "consumer", "other"] | None = None
    items: Text | None = None  # the failed items, one per line
    batch: ShortText | None = None
    stage: Literal["first", "recheck", "second_recheck"] | None = None
    channel: Literal["shop", "online", "factory", "other"] | None = None
    programme: ShortText | None = None
    laboratory: ShortText | None = None
    result: ShortText | None = None  # measured value as written
    standard: ShortText | None = None  # the value the standard asks for, as written


class InspectionDetail(Detail):
    programme: ShortText | None = None
    statutory: Literal["yes", "no"] | None = None  # a special or periodic inspection that the law asks for
    item: Text | None = None
    action: ShortText | None = None


class ComplaintDetail(Detail):
    product: ShortText | None = None
    category: ShortText | None = None


class RecallDetail(Detail):
    product: ShortText | None = None
    reason: Text | None = None
    risk: ShortText | None = None
    status: ShortText | None = None


class CertificationDetail(Detail):
    certificate: ShortText | None = None
    scheme: ShortText | None = None  # the standard or scheme, such as an ISO management system
    body: ShortText | None = None


class PenaltyDetail(Detail):
    violation: Text | None = None
    basis: Text | None = None
    content: Text | None = None
    field: Literal["food", "drug", "special_equipment", "product_quality", "certification", "consumer", "competition", "other"] | None = (
        None
    )
    procedure: Literal["simple", "general"] | None = None
    effect: Literal["bad", "very_bad"] | None = None  # 造成不良影响 / 造成恶劣影响
    suspended_what: Literal["business", "permit"] | None = None  # of a suspension: 责令停产停业 / 暂扣许可证件


class JudgmentDetail(Detail):
    court: ShortText | None = None
    subject: Literal["entity", "main_person"] | None = None


class AccidentDetail(Detail):
    harm: Text | None = None


class OrderDetail(Detail):
    measure: Text | None = None


class AwardDetail(Detail):
    award: ShortText | None = None
    grantor: ShortText | None = None


class CommitmentDetail(Detail):
    commitment: Literal["approval", "publication", "repair", "trade"] | None = None
    content: Text | None = None


class LicenceDetail(Detail):
    licence: ShortText | None = None


class ListingDetail(Detail):
    list: Token | None = None
    reason: Text | None = None
    basis: Text | None = None


class RecordBase(Shape):
    """The fields every kind shares. Dates are legal days (Asia/Shanghai); spans are half-open."""

    OUTCOMES: ClassVar[tuple[str, ...]] = ()
    SEVERITIES: ClassVar[tuple[Severity, ...]] = ()

    source_ref: Reference | None = None
    """The source's own number of the record; without it the profile's key columns are hashed."""
    source_mark: ShortText | None = None
    """The source's own mark of order between revisions (a version or an instant in ISO form); else arrival decides."""
    enterprise: tuple[Identifier, ...] = ()
    enterprise_name: ShortText | None = None
    event_ref: Reference | None = None
    capacity: Capacity = Capacity.PARTY
    severity: Severity | None = None
    level: Level | None = None
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = None
    """The source's or the field's code of the violation, item or award."""
    title: ShortText | None = None
    authority: ShortText | None = None
    document_no: Reference | None = None
    occurred_on: date
    ended_on: date | None = None
    concluded_on: date | None = None
    """It counts from here; a result under objection has none yet."""
    decided_on: date | None = None
    served_on: date | None = None
    published_on: date | None = None
    rectified_on: date | None = None
    in_force_from: date | None = None
    in_force_until: date | None = None
    public_until: date | None = None
    repaired_on: date | None = None
    disclosed_at: date | None = None
    """When the source first made it public; serves analysis and never an answer with legal effect."""
    withdrawn: bool = False
    quantities: dict[Token, Quantity] = Field(default_factory=dict, max_length=40)

    @field_validator("quantities")
    @classmethod
    def fines_are_not_negative(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        below = sorted(name for name, amount in value.items() if name.endswith("_cny") and amount < 0)
        if below:
            raise ValueError(f"{', '.join(below)} is an amount of money and cannot be negative")
        return value

    @model_validator(mode="after")
    def dates_agree(self) -> "RecordBase":
        for name, earlier, later in (
            ("ended_on", self.occurred_on, self.ended_on),
            ("concluded_on", self.occurred_on, self.concluded_on),
            ("in_force_until", self.in_force_from, self.in_force_until),
        ):
            if earlier is not None and later is not None and later < earlier:
                raise ValueError(f"{name} {later} is before {earlier}")
        severities = type(self).SEVERITIES
        if self.severity is not None and self.severity not in severities:
            allowed = ", ".join(severities) or "none"
            raise ValueError(f"severity {self.severity} is not used for this kind of record (allowed: {allowed})")
        return self


class Sampling(RecordBase):
    """Supervision sampling (监督抽查): nothing found is not the same as a certificate of being good."""

    SEVERITIES = (Severity.GENERAL, Severity.SERIOUS)
    kind: Literal[Kind.SAMPLING] = Kind.SAMPLING
    outcome: Literal["none_found", "failed", "refused"]
    detail: SamplingDetail = SamplingDetail()


class Inspection(RecordBase):
    """An inspection, also one that found nothing; one event may carry several findings."""

    SEVERITIES = (Severity.MINOR, Severity.GENERAL, Severity.SERIOUS)
    kind: Literal[Kind.INSPECTION] = Kind.INSPECTION
    outcome: Literal["none_found", "found", "refused", "false_material", "violence"]
    detail: InspectionDetail = InspectionDetail()


class Complaint(RecordBase):
    """A closed complaint case; complainants are never stored."""

    kind: Literal[Kind.COMPLAINT] = Kind.COMPLAINT
    outcome: Literal["substantiated", "unsubstantiated", "settled", "refused_mediation", "referred", "dropped"]
    detail: ComplaintDetail = ComplaintDetail()


class Recall(RecordBase):
    """A recall; a voluntary one is compliance, a refused order is not."""

    SEVERITIES = (Severity.MINOR, Severity.GENERAL, Severity.SERIOUS)
    kind: Literal[Kind.RECALL] = Kind.RECALL
    outcome: Literal["voluntary", "ordered", "refused", "delayed"]
    detail: RecallDetail = RecallDetail()


class Certification(RecordBase):
    """A certificate in its present status; suspension, revocation and lapse are later revisions or records."""

    kind: Literal[Kind.CERTIFICATION] = Kind.CERTIFICATION
    outcome: Literal["valid", "suspended", "revoked", "cancelled", "expired"]
    detail: CertificationDetail = CertificationDetail()


class Penalty(RecordBase):
    """An administrative penalty (行政处罚); a decision with several penalties is one event with several records."""

    SEVERITIES = (Severity.MINOR, Severity.GENERAL, Severity.SERIOUS)
    kind: Literal[Kind.PENALTY] = Kind.PENALTY
    outcome: Literal[
        "warning",
        "fine",
        "confiscation",
        "suspension",
        "downgrade",
        "revocation",
        "restriction",
        "ban",
        "detention",
        "unperformed",
        "other",
    ]
    detail: PenaltyDetail = PenaltyDetail()


class Judgment(RecordBase):
    """What a court found or enforces."""

    kind: Literal[Kind.JUDGMENT] = Kind.JUDGMENT
    outcome: Literal["convicted", "enforcement_debtor", "liable", "performed"]
    detail: JudgmentDetail = JudgmentDetail()


class Accident(RecordBase):
    """An accident for which the enterprise answers; the outcome says of what sort."""

    SEVERITIES = (Severity.GENERAL, Severity.SERIOUS, Severity.MAJOR, Severity.EXTREME)
    kind: Literal[Kind.ACCIDENT] = Kind.ACCIDENT
    outcome: Literal["quality", "food_safety", "work_safety", "environment"]
    detail: AccidentDetail = AccidentDetail()


class Order(RecordBase):
    """An order or compulsory measure short of a penalty."""

    kind: Literal[Kind.ORDER] = Kind.ORDER
    outcome: Literal["correction", "closure", "suspension", "seizure", "recall"]
    detail: OrderDetail = OrderDetail()


class Award(RecordBase):
    """An honour with its level."""

    kind: Literal[Kind.AWARD] = Kind.AWARD
    outcome: Literal["quality_award", "contract_keeping", "red_list", "commendation", "top_grade", "charity"]
    detail: AwardDetail = AwardDetail()


class Commitment(RecordBase):
    """A credit promise (信用承诺) and what became of it."""

    kind: Literal[Kind.COMMITMENT] = Kind.COMMITMENT
    outcome: Literal["made", "kept", "broken", "false_statement"]
    detail: CommitmentDetail = CommitmentDetail()


class Licence(RecordBase):
    """A licence, or what was done with or without one."""

    kind: Literal[Kind.LICENCE] = Kind.LICENCE
    outcome: Literal["granted", "cancelled_for_false_promise", "by_fraud", "lent", "operating_without", "revoked"]
    detail: LicenceDetail = LicenceDetail()


class ListingDecision(RecordBase):
    """A list decision of a competent authority, 经营异常 included; `in_force_until` is its end when it has one."""

    kind: Literal[Kind.LISTING] = Kind.LISTING
    outcome: Literal["listed"]
    detail: ListingDetail

    @model_validator(mode="after")
    def names_its_list(self) -> "ListingDecision":
        if self.detail.list is None:
            raise ValueError("detail.list must name the list, such as serious_illegal or abnormal_operation")
        return self


AnyRecord = (
    Sampling
    | Inspection
    | Complaint
    | Recall
    | Certification
    | Penalty
    | Judgment
    | Accident
    | Order
    | Award
    | Commitment
    | Licence
    | ListingDecision
)
Record = Annotated[AnyRecord, Field(discriminator="kind")]
RECORD: TypeAdapter[AnyRecord] = TypeAdapter(Record)

SHAPES: dict[Kind, type[RecordBase]] = {shape.model_fields["kind"].default: shape for shape in get_args(AnyRecord)}
"""Each kind's shape; the one place from which outcomes, severities and detail fields are read."""


def outcomes(kind: Kind) -> tuple[str, ...]:
    """List the closed set of outcomes of a kind."""
    return get_args(SHAPES[kind].model_fields["outcome"].annotation)


def severities(kind: Kind) -> tuple[Severity, ...]:
    """List the severities a kind may carry; empty when it has none."""
    return SHAPES[kind].SEVERITIES


def detail_fields(kind: Kind) -> dict[str, tuple[str, ...] | None]:
    """Map each detail field of a kind to its closed set, or to None when its text is free."""
    fields: dict[str, tuple[str, ...] | None] = {}
    detail: Any = SHAPES[kind].model_fields["detail"].annotation
    for name, field in detail.model_fields.items():
        literal = [a for a in get_args(field.annotation) if get_args(a) and a is not type(None)]
        values = [v for a in literal for v in get_args(a) if isinstance(v, str)]
        fields[name] = tuple(values) or None
    return fields
