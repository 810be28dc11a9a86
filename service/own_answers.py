"""What an enterprise sees of itself and sends about itself: file, outlook, enquiries, mandates, replies, promises."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from models.access import Role
from models.identifiers import Identifier
from models.law import Clause
from models.remedies import GrantedAs, ReplyState, Scope, Way
from models.repair_rules import RightToRepair
from models.shapes import Bilingual, Shape
from service.answers import Decimals
from service.enterprise_answers import EnterpriseNamed, EnterpriseShown, ListingShown
from service.record_answers import Contributions, RecordPage, RecordShown

REPLY_LONGEST = 1000
PlainText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=REPLY_LONGEST)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=REPLY_LONGEST)]
DocumentNo = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class MandateShown(Shape):
    """Who may act for whom, in what, between which days; `valid_until` is the first day it no longer holds."""

    mandate_id: int
    enterprise: EnterpriseNamed
    agent: EnterpriseNamed
    scopes: tuple[Scope, ...]
    valid_from: date
    valid_until: date
    granted_as: GrantedAs
    granted_by: str
    document_no: str | None
    granted_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None


class MandatePage(Shape):
    mandates: tuple[MandateShown, ...]
    next: int | None
    """The `before` of the next page; null at the end."""


class MandateAsked(Shape):
    """Whom an enterprise lets act for it. `document_no` is for officers, who record what a document says."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "agent": {"scheme": "cn-uscc", "value": "91640100MA0000000L"},
                    "scopes": ["see", "object"],
                    "valid_from": "2026-11-25",
                    "valid_until": "2027-05-25",
                }
            ]
        }
    )

    agent: Identifier
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=3)]
    valid_from: date
    valid_until: date

    @model_validator(mode="after")
    def ends_in_time(self) -> "MandateAsked":
        if self.valid_until <= self.valid_from:
            raise ValueError(f"valid_until {self.valid_until} is not after valid_from {self.valid_from}")
        if (self.valid_until - self.valid_from).days > 3 * 366:
            raise ValueError("a mandate lasts three years at most; grant another one after it")
        return self


class MandateRecorded(MandateAsked):
    """A mandate that an officer records from a document: for whom, and the document's number."""

    enterprise: Identifier
    document_no: DocumentNo


class OwnHome(Shape):
    """Whose key this is, and for whom else it may act today."""

    enterprise: EnterpriseNamed
    acts_for: tuple[MandateShown, ...]


class EntryRight(Shape):
    """The right to repair that goes with an entry; `is_kept` says that it stands in the file of its decision."""

    listing_id: int
    is_kept: bool
    right: RightToRepair


class OwnFile(Shape):
    """The whole file of an enterprise for its own eyes: also what others no longer see, with its marks."""

    as_of: date
    known_at: datetime
    acts_as: Literal["itself", "agent"]
    enterprise: EnterpriseShown
    listings: tuple[ListingShown, ...]
    """Every entry it has or had, latest first."""
    contributions: Contributions | None
    """None when no version of the rules is in force today."""
    records: RecordPage
    are_honours_shown: bool
    """False: it declined to have its honours shown to others."""
    rights: tuple[EntryRight, ...] = ()
    """The right to repair of each standing black entry, as it was served together with the decision."""


class LineChange(Shape):
    """One line of the score that is another from a day on: the points before and then, null where there is no such line."""

    title: Bilingual
    clause: Clause | None
    source: str | None
    source_ref: str | None
    before: Decimals | None
    then: Decimals | None


class ComingChange(Shape):
    """A day to come on which the answer changes by itself, and what it will be then, if nothing new becomes known."""

    on: date
    policy: str
    score: Decimals
    grade: str
    is_rated: bool
    lines: tuple[LineChange, ...]


class RepairEffect(Shape):
    """What repairing one event's records today would give, by itself: asked of the rules with those records repaired."""

    records: tuple[RecordShown, ...]
    title: Bilingual
    points: Decimals
    """What the event takes from the score now; a direct grade takes no points."""
    is_repairable: bool
    """False where a regime that publishes it says so."""
    earliest_on: date | None
    """From when repair can be asked for, by the strictest channel that says so; None where none speaks of it."""
    ends_by_itself_on: date | None
    """When it stops counting without repair."""
    score: Decimals
    grade: str
    gain: Decimals


class Outlook(Shape):
    """What would change the score and grade, and when: by itself, and by repair. Nothing here is a decision or a promise."""

    enterprise: EnterpriseNamed
    as_of: date
    known_at: datetime
    policy: str | None
    score: Decimals | None
    grade: str | None
    coming: tuple[ComingChange, ...]
    looked_until: date
    """No day after this one was looked at."""
    repairs: tuple[RepairEffect, ...]
    """The heaviest first."""
    more_repairs: int
    """Further events that were not asked about."""


class EnquiryLine(Shape):
    """Who looked the enterprise up on a day, how, what for and how often."""

    on_day: date
    holder: str
    role: Role
    way: Way
    purpose: str | None
    first_at: datetime
    last_at: datetime
    times: int


class EnquiryPage(Shape):
    """Who looked the enterprise up with a key, latest first. What anybody sees without a key is not kept."""

    enterprise: EnterpriseNamed
    enquiries: tuple[EnquiryLine, ...]
    next: int | None
    """The `before` of the next page; null at the end."""


class HonoursAsked(Shape):
    """Whether honours are to be shown to others."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"are_shown": False}]})

    are_shown: bool


class HonoursChosen(Shape):
    are_honours_shown: bool
    has_changed: bool


class ReplyAsked(Shape):
    """A reply to one record (by source and its number there) or to one entry."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"source": "sample-market", "source_ref": "P-1", "text": "该批次产品已全部召回并整改。"}]}
    )

    source: Annotated[str, StringConstraints(max_length=60)] | None = None
    source_ref: Annotated[str, StringConstraints(max_length=200)] | None = None
    listing_id: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    text: PlainText

    @model_validator(mode="after")
    def to_one_thing(self) -> "ReplyAsked":
        to_record = self.source is not None and self.source_ref is not None
        if to_record is (self.listing_id is not None) or (self.source is None) is not (self.source_ref is None):
            raise ValueError("a reply names one record by source and source_ref, or one entry by listing_id")
        return self


class ReplyShown(Shape):
    """A reply, what it answers, and how far it has come."""

    reply_id: int
    enterprise: EnterpriseNamed
    source: str | None
    source_ref: str | None
    listing_id: int | None
    document_no: str | None
    text: str
    state: ReplyState
    written_by: str
    written_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    closed_why: str | None


class ReplyPage(Shape):
    replies: tuple[ReplyShown, ...]
    next: int | None
    """The `before` of the next page; null at the end."""


class ModerationAsked(Shape):
    """An officer's word on a reply; a refusal says why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"verdict": "refuse", "why": "内容与该记录无关"}]})

    verdict: Literal["accept", "refuse"]
    why: Why | None = None

    @model_validator(mode="after")
    def a_refusal_says_why(self) -> "ModerationAsked":
        if self.verdict == "refuse" and self.why is None:
            raise ValueError("a refusal says why, so that the reply can be mended")
        return self


class PromiseAsked(Shape):
    """A credit promise (信用承诺) in the enterprise's own words."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "publication", "content": "承诺所售食品批批检验，不合格不出厂。"}]})

    type: Literal["approval", "publication", "repair", "trade"]
    """审批型, 主动公示型, 修复型, 行业自律型."""
    content: PlainText


class PromiseMade(Shape):
    """The record that the promise became."""

    source: str
    source_ref: str
    delivery_id: int
    occurred_on: date
