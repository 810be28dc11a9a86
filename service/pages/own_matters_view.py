"""The matters that run about an enterprise, their deadlines, and who received its entries, as its own page says them."""

from dataclasses import dataclass
from datetime import date

from models.glossary import CONFIRMATION_TITLES, NEED_TITLES, OWNER_TITLES, PROPOSAL_STATE_TITLES, STEP_TITLES, SUBJECT_TITLES
from service.operations.own_matter_answers import EntryReceived, OwnMatter, OwnMatters, Receivers
from service.pages.frame import Frame


@dataclass(frozen=True)
class DeadlineView:
    what: str
    owner: str
    opens_on: date | None
    due_on: date | None


@dataclass(frozen=True)
class StepView:
    title: str
    done_on: date
    told: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MatterView:
    """A matter with the steps that are the enterprise's to see; `may_state` says that its days to speak run."""

    proposal_id: int
    title: str
    state: str
    steps: tuple[StepView, ...]
    may_state: bool
    state_until: date | None


def view_deadlines(frame: Frame, told: OwnMatters) -> tuple[DeadlineView, ...]:
    """Every open clock, then the days on which bad grades become visible to others."""
    clocks = [
        DeadlineView(
            what=f"{frame.tell(SUBJECT_TITLES[one.subject])} {one.subject_id}{frame.say('colon')}{frame.tell(STEP_TITLES[one.step])}",
            owner=frame.tell(OWNER_TITLES[one.owner]),
            opens_on=one.opens_on if one.opens_on > told.today else None,
            due_on=one.due_on,
        )
        for one in told.deadlines
    ]
    notices = [
        DeadlineView(what=frame.say("own.deadlines.grade", grade=one.grade), owner="", opens_on=None, due_on=one.shown_from)
        for one in told.grade_notices
        if one.ended_on is None and (one.shown_from is None or one.shown_from > told.today)
    ]
    return (*clocks, *notices)


def view_matters(frame: Frame, told: OwnMatters) -> tuple[MatterView, ...]:
    return tuple(_matter(frame, one) for one in told.matters)


def view_receivers(frame: Frame, told: Receivers) -> dict[int, tuple[str, ...]]:
    """By entry: one line for each consumer that received it or has to confirm that it left."""
    return {one.listing_id: _received(frame, one) for one in told.entries}


def _matter(frame: Frame, one: OwnMatter) -> MatterView:
    return MatterView(
        proposal_id=one.proposal_id,
        title=f"{frame.tell(one.list)}{frame.say('colon')}{frame.tell(one.procedure)}",
        state=frame.tell(PROPOSAL_STATE_TITLES[one.state]),
        steps=tuple(
            StepView(
                title=frame.tell(STEP_TITLES[step.step]),
                done_on=step.done_on,
                told=tuple((frame.tell(title), str(step.content[need])) for need, title in NEED_TITLES.items() if step.content.get(need)),
            )
            for step in one.steps
        ),
        may_state=one.may_state,
        state_until=one.state_until,
    )


def _received(frame: Frame, one: EntryReceived) -> tuple[str, ...]:
    got = [frame.say("own.received", holder=row.holder, day=row.received_at.date()) for row in one.received if row.received_at]
    for line in one.left:
        for word in line.consumers:
            state = frame.tell(CONFIRMATION_TITLES[word.state])
            got.append(frame.say("own.left", holder=word.holder, state=state, day=line.due_on or "—"))
    return tuple(got)
