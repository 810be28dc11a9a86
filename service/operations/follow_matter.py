"""Carry a proposal's matter through its procedure: take a step, record the service of its document, show the file."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from data.codes.working_days import working_days
from data.database import ReadSession, WriteSession
from data.stores import knowledge, matters, procedures, proposals
from data.stores.matters import Service, ServiceMethod, StepNotFound, Subject
from models.access import Actor, Role
from models.errors import Refused
from models.law import Clause
from models.listings import OPEN_STATES, ProposalState
from models.procedures import Need, Owner, Procedure, StepName, clocks_from
from models.shapes import Bilingual, Shape
from service.clock import legal_day
from service.operations.do_once import Answer, do_once
from service.operations.independence import refuse_dependent

OFFICERS = frozenset({Role.REGULATOR, Role.ADMIN})
REVIEWING = frozenset({StepName.ANSWER, StepName.CONSENT})
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class NoProcedure(Refused):
    """The matter goes by no procedure: its list rule alone says who decides."""

    code = "matter.no_procedure"


class MatterClosed(Refused):
    """The matter is decided or lapsed."""

    code = "matter.closed"


class DecidedElsewhere(Refused):
    """A decision is taken by deciding the proposal."""

    code = "matter.decide"


class NotYours(Refused):
    """This step is not the actor's to take."""

    code = "matter.not_yours"


class InFuture(Refused):
    """A step is recorded on the day it was taken, or later."""

    code = "matter.in_future"


class Served(Shape):
    """How a document reached the one it is for: method, day, proof (送达)."""

    method: ServiceMethod
    served_on: date
    proof: Said


class StepAsked(Shape):
    """A step to write into the file of a matter, stating what the procedure asks for."""

    step: StepName
    done_on: date | None = None
    """Today unless given."""
    reasons: Said | None = None
    evidence: Said | None = None
    basis: Said | None = None
    rights: Said | None = None
    authority: Said | None = None
    document_no: Said | None = None
    finding: Said | None = None
    service: Served | None = None

    def content(self) -> dict[str, str]:
        stated = {need.value: getattr(self, need.value) for need in Need}
        return {name: text for name, text in stated.items() if text is not None}


class StepShown(Shape):
    """A step in the file of a matter."""

    step: StepName
    done_on: date
    done_by: str
    content: dict[str, Any]
    service: Served | None
    recorded_at: datetime


class ClockShown(Shape):
    """A clock of a matter: from when a step may be taken, and by when it must be."""

    step: StepName
    owner: Owner
    clause: Clause
    started_on: date
    opens_on: date
    due_on: date | None
    is_beyond: bool
    """The last day lies beyond the known holidays, and cannot be reckoned yet."""
    is_right: bool
    """The step may be taken by then, and need not be."""
    is_overdue: bool
    closed_on: date | None
    closed_why: str | None


class StageShown(Shape):
    """A stage still to come."""

    step: StepName
    title: Bilingual
    owner: Owner
    needs: tuple[Need, ...]
    optional: bool
    clause: Clause


class MatterShown(Shape):
    """The file of a matter: the steps taken, the clocks, and the stages to come."""

    proposal_id: int
    state: ProposalState
    procedure: Bilingual | None = None
    clause: Clause | None = None
    steps: tuple[StepShown, ...] = ()
    clocks: tuple[ClockShown, ...] = ()
    to_come: tuple[StageShown, ...] = Field(default=())


def take(session: WriteSession, proposal_id: int, asked: StepAsked, *, actor: Actor) -> MatterShown:
    """Write a step into a matter's file as an officer; the clocks that run from it start. The caller commits.

    Raises `NotYours`, `NoProcedure`, `MatterClosed`, `DecidedElsewhere`, `InFuture`, `NotIndependent`, and what the procedure refuses.
    """
    if actor.role not in OFFICERS:
        raise NotYours(f"{actor.holder} is no officer ({actor.role}). A step is recorded with a key of a regulator.")
    if asked.step is StepName.DECISION:
        raise DecidedElsewhere("The decision is taken by accepting or refusing the proposal: `qcredit decide`.")
    today = legal_day()
    done_on = asked.done_on or today
    _refuse_future(done_on, asked.service, today=today)
    knowledge.lock_clock(session)
    proposal = proposals.get_proposal(session, proposal_id, lock=True)
    procedure = _procedure(session, proposal)
    if asked.step in REVIEWING:
        refuse_dependent(session, proposal, actor)
    (step_id,) = matters.take_step(
        session,
        Subject.PROPOSAL,
        {proposal_id: asked.content()},
        procedure_hash=proposal["procedure_hash"],
        step=asked.step,
        done_on=done_on,
        done_by=actor.holder,
    )
    started = clocks_from(procedure, asked.step, "done", on=done_on, calendar=working_days())
    if asked.service is not None:
        started += _serve(session, step_id, procedure, asked.step, asked.service, actor=actor)
    matters.start_clocks(session, Subject.PROPOSAL, [proposal_id], started)
    if asked.step is StepName.NOTICE and proposal["state"] == ProposalState.OPEN:
        proposals.mark(session, [proposal_id], ProposalState.NOTICED)
    return show(session, proposal_id)


def take_once(session: WriteSession, proposal_id: int, asked: StepAsked, *, key: str | None, actor: Actor) -> tuple[int, Answer]:
    """`take`, once for an idempotency key, with the status and the answer to give; the caller commits."""

    def act() -> Answer:
        return take(session, proposal_id, asked, actor=actor).model_dump(mode="json")

    return do_once(session, key=key, actor=actor, request=("step", proposal_id, asked), status=201, act=act)


def serve(session: WriteSession, proposal_id: int, step: StepName, served: Served, *, actor: Actor) -> MatterShown:
    """Record that the document of a step was served; the clocks that run from service start. The caller commits."""
    if actor.role not in OFFICERS:
        raise NotYours(f"{actor.holder} is no officer ({actor.role}). Service is recorded with a key of a regulator.")
    _refuse_future(served.served_on, served, today=legal_day())
    knowledge.lock_clock(session)
    proposal = proposals.get_proposal(session, proposal_id, lock=True)
    procedure = _procedure(session, proposal)
    taken = [row for row in matters.steps_of(session, Subject.PROPOSAL, proposal_id) if row["step"] == step]
    if not taken:
        raise StepNotFound(f"Proposal {proposal_id} has no step `{step}` yet. Take it first; its document is served after.")
    started = _serve(session, taken[0]["step_id"], procedure, step, served, actor=actor)
    matters.start_clocks(session, Subject.PROPOSAL, [proposal_id], started)
    return show(session, proposal_id)


def show(session: ReadSession, proposal_id: int) -> MatterShown:
    """The file of a proposal's matter. Raises `proposal.not_found`."""
    proposal = proposals.get_proposal(session, proposal_id)
    shown = MatterShown(proposal_id=proposal_id, state=proposal["state"])
    if proposal["procedure_hash"] is None:
        return shown
    published = procedures.get_procedure(session, proposal["procedure_hash"])
    steps = matters.steps_of(session, Subject.PROPOSAL, proposal_id)
    taken = frozenset(StepName(row["step"]) for row in steps)
    is_open = proposal["state"] in OPEN_STATES
    to_come = [s for s in published.procedure.stages if s.step not in taken and (s.only_if is None or s.only_if in taken)]
    return shown.model_copy(
        update={
            "procedure": published.procedure.title,
            "clause": published.procedure.clause,
            "steps": tuple(map(step_shown, steps)),
            "clocks": tuple(clock_shown(row, today=legal_day()) for row in matters.clocks_of(session, Subject.PROPOSAL, proposal_id)),
            "to_come": tuple(
                StageShown(step=s.step, title=s.title, owner=s.owner, needs=s.needs, optional=s.optional, clause=s.clause) for s in to_come
            )
            if is_open
            else (),
        }
    )


def step_shown(row: matters.Row) -> StepShown:
    served = None
    if row["served_on"] is not None:
        served = Served(method=row["method"], served_on=row["served_on"], proof=row["proof"])
    return StepShown(
        step=row["step"],
        done_on=row["done_on"],
        done_by=row["done_by"],
        content=row["content"],
        service=served,
        recorded_at=row["recorded_at"],
    )


def clock_shown(row: matters.Row, *, today: date) -> ClockShown:
    is_overdue = row["closed_on"] is None and row["due_on"] is not None and row["due_on"] < today and not row["is_right"]
    given = {name: row[name] for name in ClockShown.model_fields if name in row}
    return ClockShown.model_validate(given | {"is_overdue": is_overdue})


def _procedure(session: ReadSession, proposal: proposals.Row) -> Procedure:
    number = proposal["proposal_id"]
    if proposal["state"] not in OPEN_STATES:
        raise MatterClosed(f"Proposal {number} is {proposal['state']} ({proposal['closed_why']}); its file takes no further step.")
    if proposal["procedure_hash"] is None:
        raise NoProcedure(
            f"Proposal {number} goes by no procedure: none was in force for list {proposal['list']} when it was opened. "
            "Its list rule alone says who decides; `qcredit procedures list` shows what is published."
        )
    return procedures.get_procedure(session, proposal["procedure_hash"]).procedure


def _serve(session: WriteSession, step_id: int, procedure: Procedure, step: StepName, served: Served, *, actor: Actor) -> tuple[Any, ...]:
    service = Service(served.method, served.served_on, served.proof)
    matters.serve(session, [step_id], service, recorded_by=actor.holder)
    return clocks_from(procedure, step, "served", on=served.served_on, calendar=working_days())


def _refuse_future(day: date, served: Served | None, *, today: date) -> None:
    latest = max(day, served.served_on) if served else day
    if latest > today:
        raise InFuture(f"{latest} has not come (today is {today}). Record a step on the day it was taken, or later.")
