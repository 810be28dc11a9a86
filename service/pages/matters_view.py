"""Matters as officers' pages say them: the worklist, and the file of a list matter, a repair or an objection."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from data.codes.known_lists import list_title
from data.stores.matters import ServiceMethod, Subject
from models.glossary import (
    NEED_TITLES,
    OBJECTION_STATE_TITLES,
    OWNER_TITLES,
    PROPOSAL_STATE_TITLES,
    REPAIR_STATE_TITLES,
    STEP_TITLES,
    SUBJECT_TITLES,
)
from models.listings import OPEN_STATES, ProposalState
from models.procedures import StepName
from models.remedies import ObjectionState, RepairState
from models.shapes import Bilingual
from service.enterprise_answers import EnterpriseNamed
from service.matter_answers import Worklist, WorklistLine
from service.operations.follow_matter import ClockShown, MatterShown, StageShown, StepShown
from service.operations.remedy_answers import ObjectionShown, PaperShown, RepairShown
from service.pages.file_view import LinkView, link_to
from service.pages.frame import Frame

PAGES: dict[str, str] = {Subject.PROPOSAL: "proposals", Subject.REPAIR: "repairs", Subject.OBJECTION: "objections"}
"""Subjects of matters that have a file, by the word in its address."""
METHODS = {
    ServiceMethod.DIRECT: "method.direct",
    ServiceMethod.LEFT: "method.left",
    ServiceMethod.POST: "method.post",
    ServiceMethod.ELECTRONIC: "method.electronic",
    ServiceMethod.ENTRUSTED: "method.entrusted",
    ServiceMethod.PUBLIC_NOTICE: "method.public_notice",
}
DIRECTIONS = {"enter": "direction.enter", "leave": "direction.leave", "annul": "direction.annul"}
OUTCOMES = {"kept": "matters.objection.kept", "withdrawn": "matters.objection.withdrawn", "moved": "matters.objection.moved"}
"""What an objection may come to here; a correction names fields, and goes by the API or the command line."""
ACTS = {
    "accept": "matters.repair.accept",
    "check": "matters.repair.check",
    "grant": "matters.repair.grant",
    "refuse": "matters.repair.refuse",
    "revoke": "matters.repair.revoke",
    "confirm": "matters.repair.confirm",
}
REPAIR_ACTS = {RepairState.APPLIED: ("accept", "refuse"), RepairState.ACCEPTED: ("check", "grant", "refuse")}


@dataclass(frozen=True)
class LineView:
    """A step that somebody owes."""

    due_on: date | None
    is_late: bool
    is_right: bool
    step: str
    owner: str
    matter: str
    address: str | None
    who: LinkView | None
    about: str


@dataclass(frozen=True)
class WorklistPage:
    lines: tuple[LineView, ...]
    only_late: bool
    next: str | None


@dataclass(frozen=True)
class TakenView:
    title: str
    done_on: date
    done_by: str
    told: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ClockView:
    step: str
    owner: str
    opens_on: date
    due_on: date | None
    is_late: bool
    closed_on: date | None
    clause: str


@dataclass(frozen=True)
class StageView:
    """A step to come, with what it must state; only one that may come next has a form, and a decision has its own."""

    step: str
    title: str
    owner: str
    is_optional: bool
    needs: tuple[tuple[str, str], ...]
    has_form: bool


@dataclass(frozen=True)
class MatterPage:
    """The file of one matter, and the forms for what an officer may do; `kind` is proposals, repairs or objections."""

    kind: str
    number: int
    once: str
    title: str
    state: str
    who: LinkView
    told: tuple[tuple[str, str], ...]
    steps: tuple[TakenView, ...]
    clocks: tuple[ClockView, ...]
    papers: tuple[tuple[str, str], ...]
    stages: tuple[StageView, ...]
    may_act: bool
    is_open: bool
    repair_acts: tuple[tuple[str, str], ...]
    is_done: bool
    methods: tuple[tuple[str, str], ...]
    """How a document may be served, for the forms."""
    outcomes: tuple[tuple[str, str], ...]

    @property
    def address(self) -> str:
        return f"/matters/{self.kind}/{self.number}"


def view_worklist(frame: Frame, told: Worklist, *, only_late: bool) -> WorklistPage:
    following = f"/worklist?after={told.next}{'&overdue=1' if only_late else ''}" if told.next else None
    return WorklistPage(lines=tuple(_line(frame, one) for one in told.lines), only_late=only_late, next=following)


def view_proposal(frame: Frame, told: MatterShown, row: dict[str, Any], *, once: str, may_act: bool, is_done: bool) -> MatterPage:
    named = EnterpriseNamed(scheme=row["scheme"], value=row["value"], name=row["name"])
    procedure = ((frame.say("matters.procedure"), frame.tell(told.procedure)),) if told.procedure else ()
    is_open = told.state in OPEN_STATES
    return _page(
        frame,
        subject=Subject.PROPOSAL,
        number=told.proposal_id,
        once=once,
        about=f"{frame.say(DIRECTIONS[row['direction']])}{frame.say('colon')}{frame.tell(list_title(row['list']))}",
        state=PROPOSAL_STATE_TITLES[ProposalState(told.state)],
        who=named,
        told=procedure,
        file=(told.steps, told.clocks, ()),
        stages=told.to_come,
        may_act=may_act,
        is_open=is_open,
        is_done=is_done,
    )


def view_repair(frame: Frame, told: RepairShown, titles: dict[str, Bilingual], *, once: str, may_act: bool, is_done: bool) -> MatterPage:
    about = frame.join([one.document_no or one.source_ref for one in told.records]) or frame.say("matters.entry", number=told.listing_id)
    confirmed = frame.join([frame.tell(titles[code]) if code in titles else code for code in told.confirmed])
    facts = [(frame.say("matters.confirmed"), confirmed), (frame.say("matters.reason"), told.reason or "")]
    acts = REPAIR_ACTS.get(told.state, ())
    if told.state is RepairState.GRANTED:
        acts = ("revoke", "confirm") if told.plan_until else ("revoke",)
    return _page(
        frame,
        subject=Subject.REPAIR,
        number=told.repair_id,
        once=once,
        about=about,
        state=REPAIR_STATE_TITLES[told.state],
        who=told.enterprise,
        told=tuple((label, text) for label, text in facts if text),
        file=(told.steps, told.clocks, told.papers),
        may_act=may_act,
        is_open=bool(acts),
        repair_acts=acts,
        is_done=is_done,
    )


def view_objection(frame: Frame, told: ObjectionShown, *, once: str, may_act: bool, is_done: bool) -> MatterPage:
    about = (told.record.document_no or told.record.source_ref) if told.record else frame.say("matters.score")
    if told.listing_id is not None:
        about = frame.say("matters.entry", number=told.listing_id)
    facts = ((frame.say("matters.grounds"), told.grounds), (frame.say("matters.finding"), told.finding or ""))
    is_open = told.state is ObjectionState.OPEN
    return _page(
        frame,
        subject=Subject.OBJECTION,
        number=told.objection_id,
        once=once,
        about=about,
        state=OBJECTION_STATE_TITLES[told.state],
        who=told.enterprise,
        told=tuple((label, text) for label, text in facts if text),
        file=(told.steps, told.clocks, told.papers),
        may_act=may_act,
        is_open=is_open,
        is_done=is_done,
    )


def _page(
    frame: Frame,
    *,
    subject: Subject,
    about: str,
    state: Bilingual,
    who: EnterpriseNamed,
    file: tuple[tuple[StepShown, ...], tuple[ClockShown, ...], tuple[PaperShown, ...]],
    number: int,
    stages: tuple[StageShown, ...] = (),
    repair_acts: tuple[str, ...] = (),
    **given: Any,
) -> MatterPage:
    steps, clocks, papers = file
    kind = PAGES[subject]
    next_due = next((place for place, one in enumerate(stages) if not one.optional), len(stages))
    return MatterPage(
        kind=kind,
        number=number,
        title=f"{frame.tell(SUBJECT_TITLES[subject])} {number}{frame.say('colon')}{about}",
        state=frame.tell(state),
        who=link_to(who),
        steps=tuple(_step(frame, one) for one in steps),
        clocks=tuple(_clock(frame, one) for one in clocks),
        papers=tuple((one.name, f"/matters/{kind}/{number}/papers/{one.sha256}") for one in papers),
        stages=tuple(_stage(frame, one, may_come=place <= next_due) for place, one in enumerate(stages)),
        repair_acts=tuple((act, frame.say(ACTS[act])) for act in repair_acts),
        methods=tuple((method.value, frame.say(key)) for method, key in METHODS.items()),
        outcomes=tuple((code, frame.say(key)) for code, key in OUTCOMES.items()),
        **given,
    )


def _line(frame: Frame, one: WorklistLine) -> LineView:
    about = frame.tell(one.list) if one.list else ""
    if one.record is not None:
        about = one.record.document_no or one.record.source_ref
    kind = PAGES.get(one.subject)
    return LineView(
        due_on=one.due_on,
        is_late=one.is_overdue,
        is_right=one.is_right,
        step=frame.tell(STEP_TITLES[one.step]),
        owner=frame.tell(OWNER_TITLES[one.owner]),
        matter=f"{frame.tell(SUBJECT_TITLES[one.subject])} {one.subject_id}",
        address=f"/matters/{kind}/{one.subject_id}" if kind else None,
        who=link_to(one.enterprise) if one.enterprise else None,
        about=about,
    )


def _step(frame: Frame, one: StepShown) -> TakenView:
    told = [(frame.tell(title), str(one.content[need])) for need, title in NEED_TITLES.items() if one.content.get(need)]
    if one.service is not None:
        served = f"{frame.say(METHODS[one.service.method])} {one.service.served_on} {one.service.proof}"
        told.append((frame.say("matters.served"), served))
    return TakenView(title=frame.tell(STEP_TITLES[one.step]), done_on=one.done_on, done_by=one.done_by, told=tuple(told))


def _clock(frame: Frame, one: ClockShown) -> ClockView:
    return ClockView(
        step=frame.tell(STEP_TITLES[one.step]),
        owner=frame.tell(OWNER_TITLES[one.owner]),
        opens_on=one.opens_on,
        due_on=one.due_on,
        is_late=one.is_overdue,
        closed_on=one.closed_on,
        clause=f"{one.clause.act} {one.clause.article}",
    )


def _stage(frame: Frame, one: StageShown, *, may_come: bool) -> StageView:
    return StageView(
        step=one.step,
        title=frame.tell(one.title),
        owner=frame.tell(OWNER_TITLES[one.owner]),
        is_optional=one.optional,
        needs=tuple((need.value, frame.tell(NEED_TITLES[need])) for need in one.needs),
        has_form=may_come and one.step is not StepName.DECISION,
    )
