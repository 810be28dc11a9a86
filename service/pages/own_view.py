"""An enterprise's own file as its page says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from data.remedies.rules import repair_rules
from models.glossary import (
    COLOUR_TITLES,
    LISTING_STATE_TITLES,
    OBJECTION_STATE_TITLES,
    PROMISE_TITLES,
    PURPOSE_TITLES,
    REPAIR_STATE_TITLES,
    REPLY_STATE_TITLES,
    ROLE_TITLES,
    SCOPE_TITLES,
    WAY_TITLES,
)
from models.listings import ListingState
from models.remedies import RepairState, ReplyState
from models.repair_rules import RightToRepair
from models.shapes import Bilingual
from service.enterprise_answers import EnterpriseNamed
from service.operations.follow_matter import ClockShown
from service.operations.own_matter_answers import OwnMatters, Receivers
from service.operations.remedy_answers import ObjectionShown, RepairShown
from service.own_answers import EnquiryPage, MandateShown, Outlook, OwnFile, ReplyShown
from service.pages.evidence_view import RecordView, view_record
from service.pages.file_view import LinkView, address_of
from service.pages.frame import Frame
from service.pages.own_matters_view import DeadlineView, MatterView, view_deadlines, view_matters, view_receivers
from service.pages.score_view import plain, signed
from service.record_answers import RecordShown


@dataclass(frozen=True)
class ComingView:
    on: date
    score: str
    grade: str
    policy: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class RepairView:
    title: str
    about: tuple[str, ...]
    costs: str
    is_repairable: bool
    earliest_on: date | None
    ends_on: date | None
    score: str
    grade: str
    gain: str


@dataclass(frozen=True)
class AnswerableView:
    """A record or entry with what a form needs to reply to it; `anchor` makes the names on the page unique."""

    anchor: str
    record: RecordView
    source: str
    source_ref: str
    is_hidden: bool
    may_be_repaired: bool


@dataclass(frozen=True)
class EntryView:
    anchor: str
    listing_id: int
    list: str
    may_be_repaired: bool
    title: str
    colour: str
    colour_word: str
    state: str
    starts_on: date
    ends_on: date | None
    decision_no: str | None
    reason: str
    reply: str | None
    right: str | None
    receivers: tuple[str, ...]


@dataclass(frozen=True)
class ReplyView:
    reply_id: int
    about: str
    text: str
    state: str
    why: str | None
    may_be_taken_back: bool


@dataclass(frozen=True)
class RemedyView:
    """An objection or a repair, and by when the next step is owed."""

    about: str
    state: str
    why: str | None
    due: str
    papers: tuple[str, ...] = ()
    repair_id: int | None = None
    """Of an application that still takes papers."""


@dataclass(frozen=True)
class EnquiryView:
    day: date
    who: str
    way: str
    purpose: str
    times: int


@dataclass(frozen=True)
class MandateView:
    mandate_id: int
    agent: str
    principal: str
    scopes: str
    since: date
    until: date
    revoked_on: date | None
    may_be_revoked: bool


@dataclass(frozen=True)
class OwnPage:
    """The whole page; `may` names what this reader may do, so that no form is shown that would be refused."""

    address: str
    name: str
    code: str
    is_agent: bool
    is_done: bool
    as_of: date
    acts_for: tuple[LinkView, ...]
    score: str | None
    grade: str | None
    policy: str | None
    coming: tuple[ComingView, ...]
    looked_until: date
    repairs: tuple[RepairView, ...]
    more_repairs: int
    entries: tuple[EntryView, ...]
    records: tuple[AnswerableView, ...]
    next_records: str | None
    replies: tuple[ReplyView, ...]
    remedies: tuple[RemedyView, ...]
    deadlines: tuple[DeadlineView, ...]
    matters: tuple[MatterView, ...]
    checklists: dict[str, tuple[tuple[str, str], ...]]
    """What repair asks to confirm: for records, and by list for entries."""
    enquiries: tuple[EnquiryView, ...]
    mandates: tuple[MandateView, ...]
    are_honours_shown: bool
    promise_types: tuple[tuple[str, str], ...]
    scope_choices: tuple[tuple[str, str], ...]
    may: frozenset[str]
    once: str
    """Makes a form that is sent twice act once."""


def view_own(
    frame: Frame,
    *,
    file: OwnFile,
    outlook: Outlook,
    running: OwnMatters,
    receivers: Receivers,
    enquiries: EnquiryPage,
    replies: tuple[ReplyShown, ...],
    objections: tuple[ObjectionShown, ...],
    repairs: tuple[RepairShown, ...],
    mandates: tuple[MandateShown, ...],
    acts_for: tuple[MandateShown, ...],
    may: frozenset[str],
    sources: Mapping[str, Bilingual],
    is_done: bool,
) -> OwnPage:
    named = outlook.enterprise
    return OwnPage(
        address=own_address(named),
        name=named.name or named.value,
        code=named.value,
        is_agent=file.acts_as == "agent",
        is_done=is_done,
        as_of=file.as_of,
        acts_for=tuple(LinkView(name=_name(one.enterprise), address=own_address(one.enterprise)) for one in acts_for),
        score=plain(outlook.score) if outlook.score else None,
        grade=outlook.grade,
        policy=outlook.policy,
        coming=tuple(
            ComingView(
                on=one.on,
                score=plain(one.score),
                grade=one.grade,
                policy=one.policy,
                lines=tuple(f"{frame.tell(line.title)} {_points(line.before)} → {_points(line.then)}" for line in one.lines),
            )
            for one in outlook.coming
        ),
        looked_until=outlook.looked_until,
        repairs=tuple(
            RepairView(
                title=frame.tell(one.title),
                about=tuple(_about(frame, record, sources) for record in one.records),
                costs=signed(one.points),
                is_repairable=one.is_repairable,
                earliest_on=one.earliest_on,
                ends_on=one.ends_by_itself_on,
                score=plain(one.score),
                grade=one.grade,
                gain=signed(one.gain),
            )
            for one in outlook.repairs
        ),
        more_repairs=outlook.more_repairs,
        entries=_entries(frame, file, receivers),
        records=tuple(
            AnswerableView(
                anchor=f"record-{number}",
                record=view_record(frame, record, anchor=f"record-{number}", sources=sources),
                source=record.source,
                source_ref=record.source_ref,
                is_hidden=record.is_withdrawn or record.is_repaired_today or record.is_publication_over,
                may_be_repaired=bool(record.publications) and not record.is_withdrawn and record.repaired_on is None,
            )
            for number, record in enumerate(file.records.records, 1)
        ),
        next_records=file.records.next,
        replies=tuple(_reply(frame, one) for one in replies),
        remedies=_remedies(frame, objections, repairs),
        deadlines=view_deadlines(frame, running),
        matters=view_matters(frame, running),
        checklists={
            rule.list: tuple((item.code, frame.tell(item.title)) for item in rule.checklist)
            for rule in repair_rules().rules
            if rule.holds_on(file.as_of)
        },
        enquiries=tuple(
            EnquiryView(
                day=one.on_day,
                who=frame.join([one.holder, frame.tell(ROLE_TITLES[one.role])]),
                way=frame.tell(WAY_TITLES[one.way]),
                purpose=_purpose(frame, one.purpose),
                times=one.times,
            )
            for one in enquiries.enquiries
        ),
        mandates=tuple(_mandate(frame, one, named) for one in mandates),
        are_honours_shown=file.are_honours_shown,
        promise_types=tuple((code, frame.tell(title)) for code, title in PROMISE_TITLES.items()),
        scope_choices=tuple((scope.value, frame.tell(title)) for scope, title in SCOPE_TITLES.items()),
        may=may,
        once=uuid4().hex,
    )


def own_address(named: EnterpriseNamed) -> str:
    return "/own" + address_of(named).removeprefix("/enterprises")


def _right(frame: Frame, right: RightToRepair) -> str:
    since = frame.say("own.right.from", day=right.earliest_on) if right.earliest_on else frame.say("own.right.any")
    clause = f"{right.clause.act} {right.clause.article}"
    items = frame.join([frame.tell(item.title) for item in right.items])
    return frame.say("own.right", since=since, clause=clause, items=items, how=frame.tell(right.how))


def _entries(frame: Frame, file: OwnFile, receivers: Receivers) -> tuple[EntryView, ...]:
    rights = {one.listing_id: _right(frame, one.right) for one in file.rights}
    received = view_receivers(frame, receivers)
    return tuple(
        EntryView(
            anchor=f"entry-{one.listing_id}",
            listing_id=one.listing_id,
            list=one.list,
            may_be_repaired=one.state != "ended" and one.colour == "black",
            title=frame.tell(one.title),
            colour=one.colour,
            colour_word=frame.tell(COLOUR_TITLES[one.colour]),
            state=frame.tell(LISTING_STATE_TITLES[ListingState(one.state)]),
            starts_on=one.starts_on,
            ends_on=one.ended_on or one.ends_on,
            decision_no=one.decision_no,
            reason=one.reason,
            reply=one.reply,
            right=rights.get(one.listing_id),
            receivers=received.get(one.listing_id, ()),
        )
        for one in file.listings
    )


def _remedies(frame: Frame, objections: tuple[ObjectionShown, ...], repairs: tuple[RepairShown, ...]) -> tuple[RemedyView, ...]:
    told = []
    for filed in objections:
        about = (filed.record.document_no or filed.record.source_ref) if filed.record else str(filed.listing_id or "")
        words = frame.say("own.remedies.objection", number=filed.objection_id, about=about)
        told.append(RemedyView(words, frame.tell(OBJECTION_STATE_TITLES[filed.state]), filed.finding, _due(frame, filed.clocks)))
    for asked in repairs:
        about = frame.join([one.document_no or one.source_ref for one in asked.records]) or str(asked.listing_id)
        words = frame.say("own.remedies.repair", number=asked.repair_id, about=about)
        takes = asked.repair_id if asked.state in (RepairState.APPLIED, RepairState.ACCEPTED) else None
        papers = tuple(one.name for one in asked.papers)
        state = frame.tell(REPAIR_STATE_TITLES[asked.state])
        told.append(RemedyView(words, state, asked.reason, _due(frame, asked.clocks), papers, takes))
    return tuple(told)


def _due(frame: Frame, clocks: tuple[ClockShown, ...]) -> str:
    return frame.join(sorted({clock.due_on.isoformat() for clock in clocks if clock.due_on and clock.closed_on is None}))


def _reply(frame: Frame, one: ReplyShown) -> ReplyView:
    about = one.document_no or one.source_ref or str(one.listing_id)
    return ReplyView(
        reply_id=one.reply_id,
        about=about,
        text=one.text,
        state=frame.tell(REPLY_STATE_TITLES[one.state]),
        why=one.closed_why,
        may_be_taken_back=one.state in (ReplyState.WAITING, ReplyState.ACCEPTED),
    )


def _mandate(frame: Frame, one: MandateShown, own: EnterpriseNamed) -> MandateView:
    return MandateView(
        mandate_id=one.mandate_id,
        agent=_name(one.agent),
        principal=_name(one.enterprise),
        scopes=frame.join([frame.tell(SCOPE_TITLES[scope]) for scope in one.scopes]),
        since=one.valid_from,
        until=one.valid_until,
        revoked_on=one.revoked_at.date() if one.revoked_at else None,
        may_be_revoked=one.revoked_at is None and one.enterprise.value == own.value,
    )


def _about(frame: Frame, record: RecordShown, sources: Mapping[str, Bilingual]) -> str:
    told = view_record(frame, record, anchor="", sources=sources)
    return frame.join([record.occurred_on.isoformat(), f"{told.kind}{frame.say('colon')}{told.outcome}", record.document_no or ""])


def _purpose(frame: Frame, purpose: str | None) -> str:
    known = PURPOSE_TITLES.get(purpose or "")
    return frame.tell(known) if known else purpose or ""


def _points(points: str | None) -> str:
    return signed(points) if points is not None else "—"


def _name(named: EnterpriseNamed) -> str:
    return named.name or named.value
