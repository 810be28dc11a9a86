"""What regulators and sources see of their work: policies, sources, proposals and decisions, runs."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from models.deliveries import Counts, DeliveryState, Mode, Problem, QueueState, RowOutcome
from models.identifiers import Identifier
from models.law import Mark
from models.listings import Direction, ProposalState
from models.results import RunKind
from models.shapes import Bilingual, Shape
from service.enterprise_answers import EnterpriseNamed
from service.operations.decide import Grounds, Verdict

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
CodePrefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,12}$")]
Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class PolicyLine(Shape):
    """A published version of a family of rules."""

    name: str
    title: Bilingual
    mark: Mark
    in_force_from: date
    in_force_until: date | None
    policy_hash: str
    published_at: datetime
    published_by: str
    founding: bool
    """Published before any run of its family had effects, and so without the steps that a later version needs."""
    draft_id: int | None
    """The draft that went its way; null for a founding version."""


class PolicyPage(Shape):
    policies: tuple[PolicyLine, ...]


class PolicyShown(PolicyLine):
    """A published policy with its text, as it was published and stays."""

    text: str


class FaultShown(Shape):
    """One fault of a policy file."""

    line: int
    field: str
    code: str
    sentence: str


class Linted(Shape):
    """What linting gave: every fault at once, or the policy's name and the hash it would be published under."""

    name: str | None
    policy_hash: str | None
    faults: tuple[FaultShown, ...]
    not_monotone_because: tuple[str, ...]
    """Why one more violation might raise a score under it; empty for a policy that is monotone."""


class SourceShown(Shape):
    """Who delivers, and which kinds of record it may send; `enterprise` stands for registry facts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "market-regulation",
                    "title_zh": "市场监督管理局",
                    "title_en": "Market regulation",
                    "kinds": ["penalty"],
                    "region": "640100",
                }
            ]
        }
    )

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    title_zh: Named
    title_en: Named
    kinds: tuple[str, ...]
    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{2,12}$")] | None = None


class SourcePage(Shape):
    sources: tuple[SourceShown, ...]
    next: str | None


class ProposalShown(Shape):
    """What a run suggests for a list, with the answer it rests on."""

    proposal_id: int
    enterprise: EnterpriseNamed
    list: str
    title: Bilingual
    direction: Direction
    state: ProposalState
    decided_by: Literal["run", "officer", "two_officers"]
    policy_hash: str | None
    procedure_hash: str | None
    """The way it goes; its steps and clocks are at `/v1/proposals/{proposal_id}/matter`."""
    clause: dict[str, Any]
    listing_id: int | None
    opened_by_run: int | None
    renewed_by_run: int | None
    proposed_by: tuple[str, ...]
    """They may not decide it."""
    answer: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    closed_why: str | None


class ProposalPage(Shape):
    proposals: tuple[ProposalShown, ...]
    next: int | None


class DecisionAsked(Shape):
    """An officer's vote on a proposal; to accept, authority, document number and basis must be given."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verdict": "accept",
                    "reason": "经核实，情况属实",
                    "authority": "市场监督管理局",
                    "document_no": "样决〔2026〕7号",
                    "basis": "样品办法第十二条",
                }
            ]
        }
    )

    verdict: Verdict
    reason: Said
    authority: Named | None = None
    document_no: Named | None = None
    basis: Named | None = None
    decided_on: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    def grounds(self) -> Grounds:
        return Grounds.model_validate(self.model_dump(include=set(Grounds.model_fields)))


class RunAsked(Shape):
    """What a run is to evaluate: all enterprises, or those of regions and industries (by the beginning of their codes), or named ones."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"as_of": "2026-11-22", "regions": ["640104"]}]})

    as_of: date
    policy: Annotated[str, StringConstraints(max_length=100)] | None = None
    """A version such as `yinchuan/2026`; by default the one in force on the day."""
    known_at: AwareDatetime | None = None
    regions: Annotated[tuple[CodePrefix, ...], Field(max_length=1000)] = ()
    industries: Annotated[tuple[CodePrefix, ...], Field(max_length=1000)] = ()
    enterprises: Annotated[tuple[Identifier, ...], Field(max_length=1000)] = ()
    kind: RunKind = RunKind.FULL
    """`incremental` asks those alone whose answer can differ from the latest published run, and finds the same; without a scope."""


class RunShown(Shape):
    """One evaluation of many questions under one policy, and how far it has come."""

    run_id: int
    policy: str
    policy_hash: str
    as_of: date
    known_at: datetime
    scope: dict[str, Any]
    kind: RunKind
    base_run_id: int | None
    """The published run whose answers an incremental one takes over."""
    due: int | None
    """How many enterprises an incremental run asked anew."""
    why_full: str | None
    """Why an incremental run asked about everyone after all."""
    state: str
    phase: str
    questions: int
    answered: int
    changed: int
    engine: str
    versions: dict[str, str]
    digest: str | None
    counts: dict[str, Any]
    migration: dict[str, Any]
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    published_at: datetime | None
    published_by: str | None
    problem: str | None
    job_id: int | None
    """The job that carries it out; null for one that was carried out at the command line."""


class RunPage(Shape):
    runs: tuple[RunShown, ...]
    next: int | None
    """The `before` of the next page."""


class RecountShown(Shape):
    """A sample of enterprises answered anew, and how it differs from what the published run said of them."""

    recount_id: int
    run_id: int
    seed: int
    """Of the sample: the same seed chooses the same enterprises again."""
    asked: int
    differing: int
    differences: tuple[dict[str, Any], ...]
    """The first of them: `enterprise_key`, and the columns that differ as said and as found; null where nothing was said."""
    plan_version: str
    """Of the code that answered anew, which may be another than the run's."""
    done_by: str
    done_at: datetime


class RecountPage(Shape):
    recounts: tuple[RecountShown, ...]
    next: int | None
    """The `before` of the next page."""


class DeliveryShown(Shape):
    """A delivery and what became of its rows."""

    delivery_id: int
    source: str
    profile: str
    profile_version: int
    mode: Mode
    file_name: str
    file_sha256: str
    state: DeliveryState
    counts: Counts
    received_at: datetime
    received_from: str
    published_at: datetime | None
    rereads: int | None
    undone_at: datetime | None
    undone_by: str | None
    undone_why: str | None
    absent: tuple[str, ...]
    """References of the source's records that a full delivery did not bring; they are reported, never withdrawn."""
    problem: dict[str, Any] | None


class DeliveryPage(Shape):
    deliveries: tuple[DeliveryShown, ...]
    next: int | None


class RowShown(Shape):
    """A row that did not simply go in, with its cells as they came and every problem."""

    row_no: int
    outcome: RowOutcome
    problems: tuple[Problem, ...]
    cells: dict[str, str | None]


class RowPage(Shape):
    rows: tuple[RowShown, ...]
    next: int | None


class WaitingShown(Shape):
    """A record that waits for its enterprise, with the candidates."""

    queue_id: int
    delivery_id: int
    row_no: int
    source: str
    reason: str
    message: str
    record: dict[str, Any]
    candidates: tuple[dict[str, Any], ...]
    state: QueueState
    settled_at: datetime | None
    settled_by: str | None
    settled_why: str | None


class SettlementAsked(Shape):
    """How an officer settles a waiting record: `enterprise` says whose it is, or under which number the enterprise is created."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"state": "attached", "why": "名称有误字", "enterprise": {"scheme": "cn-uscc", "value": "91640100MA0000000L"}}]
        }
    )

    state: Literal["attached", "created", "rejected"]
    why: Said
    enterprise: Identifier | None = None
    name: Named | None = None
    """Of an enterprise to create; the record's own, unless given."""


class UndoingAsked(Shape):
    """Why a delivery is undone."""

    why: Said


class QueuePage(Shape):
    items: tuple[WaitingShown, ...]
    next: int | None
