"""The officers' pages: what is owed by when, the file of a matter, and the forms by which an officer takes its next step."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from data.remedies.rules import repair_rules
from data.stores import proposals, remedies
from data.stores.matters import Subject
from models.identifiers import USCC, parse_identifier
from service.access import OFFICERS, STAFF
from service.act_answers import DecisionAsked
from service.api.papers import download_paper
from service.clock import legal_day
from service.districts import district_of
from service.house import JobSessionDep, ReadSessionDep, WriteSessionDep, house_of
from service.operations import follow_matter, repair
from service.operations import object as object_to
from service.operations.decide_once import decide_once
from service.operations.follow_facts import follow_all
from service.operations.follow_matter import StepAsked
from service.operations.remedy_answers import ObjectionDecided, RepairStepAsked
from service.operations.show_worklist import page_of_worklist
from service.pages.forms import Text, Word, read_form
from service.pages.frame import frame_of
from service.pages.matters_view import view_objection, view_proposal, view_repair, view_worklist
from service.pages.rendering import HEADERS, respond_page
from service.pages.sessions import Reader, for_roles, refuse_foreign_forms

router = APIRouter(include_in_schema=False)
OURS = [Depends(refuse_foreign_forms)]
LINES = 100
StaffDep = Annotated[Reader, for_roles(STAFF, home="/worklist")]
OfficerDep = Annotated[Reader, for_roles(OFFICERS, home="/worklist")]
Number = Annotated[int, Path(ge=1, lt=2**63)]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


@router.get("/worklist")
def show_worklist(
    *,
    request: Request,
    reader: StaffDep,
    session: ReadSessionDep,
    overdue: bool = False,
    after: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Response:
    """Show who owes which step by when, each line with the way to its file."""
    told = page_of_worklist(session, overdue=overdue, after=after, limit=LINES, district=district_of(reader.actor))
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    return respond_page(request, "worklist.html", view_worklist(frame, told, only_late=overdue), frame=frame)


@router.get("/matters/proposals/{proposal_id}")
def show_proposal(request: Request, reader: StaffDep, session: ReadSessionDep, proposal_id: Number, done: str = "") -> Response:
    """Show the file of a list matter: steps, service, clocks, and the step that comes next."""
    row = proposals.get_proposal(session, proposal_id)
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    page = view_proposal(frame, follow_matter.show(session, proposal_id), row, **_given(reader, done))
    return respond_page(request, "matter.html", page, frame=frame)


@router.get("/matters/repairs/{repair_id}")
def show_repair(request: Request, reader: StaffDep, session: ReadSessionDep, repair_id: Number, done: str = "") -> Response:
    """Show an application for repair with its papers, and what may be done about it."""
    found = remedies.read_repair(session, repair_id)
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    titles = {item.code: item.title for rule in repair_rules().rules if rule.code == found.rule for item in rule.checklist}
    page = view_repair(frame, repair.shown(session, found, today=legal_day()), titles, **_given(reader, done))
    return respond_page(request, "matter.html", page, frame=frame)


@router.get("/matters/objections/{objection_id}")
def show_objection(request: Request, reader: StaffDep, session: ReadSessionDep, objection_id: Number, done: str = "") -> Response:
    """Show an objection, what it is about, and the form of its decision."""
    found = remedies.read_objection(session, objection_id)
    frame = frame_of(request, reader=reader.actor, is_signed_in=True)
    page = view_objection(frame, object_to.shown(session, found, names_filer=True), **_given(reader, done))
    return respond_page(request, "matter.html", page, frame=frame)


@router.get("/matters/repairs/{repair_id}/papers/{sha256}")
def read_paper_of_repair(reader: StaffDep, session: ReadSessionDep, repair_id: Number, sha256: Sha256) -> Response:  # noqa: ARG001  # admitted
    """Give a paper of an application as a download."""
    return download_paper(session, Subject.REPAIR, repair_id, sha256)


@router.get("/matters/objections/{objection_id}/papers/{sha256}")
def read_paper_of_objection(reader: StaffDep, session: ReadSessionDep, objection_id: Number, sha256: Sha256) -> Response:  # noqa: ARG001  # admitted
    """Give a paper of an objection as a download."""
    return download_paper(session, Subject.OBJECTION, objection_id, sha256)


@router.post("/matters/proposals/{proposal_id}/steps", dependencies=OURS)
def take_step_of_matter(
    *,
    reader: OfficerDep,
    session: WriteSessionDep,
    proposal_id: Number,
    step: Word = "",
    done_on: Word = "",
    reasons: Text = "",
    evidence: Text = "",
    basis: Text = "",
    rights: Text = "",
    authority: Text = "",
    document_no: Text = "",
    finding: Text = "",
    method: Word = "",
    served_on: Word = "",
    proof: Text = "",
    once: Word = "",
) -> Response:
    """Record a step with what it must state, and its service where the document was served already."""
    stated = {"reasons": reasons, "evidence": evidence, "basis": basis, "rights": rights, "authority": authority}
    given = _filled(stated | {"step": step, "done_on": done_on, "document_no": document_no, "finding": finding})
    if method:
        given["service"] = {"method": method, "served_on": served_on, "proof": proof}
    asked = read_form(StepAsked, given)
    follow_matter.take_once(session, proposal_id, asked, key=once or None, actor=reader.actor)
    session.commit()
    return _back("proposals", proposal_id)


@router.post("/matters/proposals/{proposal_id}/decision", dependencies=OURS)
async def decide_matter(
    *,
    request: Request,
    reader: OfficerDep,
    proposal_id: Number,
    verdict: Word = "",
    reason: Text = "",
    authority: Word = "",
    document_no: Word = "",
    basis: Text = "",
    once: Word = "",
) -> Response:
    """Accept or refuse a proposal; where the rule asks for two officers, the second one completes it."""
    given = {"verdict": verdict, "reason": reason, "authority": authority, "document_no": document_no, "basis": basis}
    asked = read_form(DecisionAsked, _filled(given))
    house = house_of(request)
    decided = partial(decide_once, house.engine, proposal_id, verdict=asked.verdict, grounds=asked.grounds(), decided_on=asked.decided_on)
    await house.desk.do(partial(decided, key=once or None, actor=reader.actor))
    return _back("proposals", proposal_id)


@router.post("/matters/repairs/{repair_id}/steps", dependencies=OURS)
def take_step_of_repair(*, reader: OfficerDep, session: JobSessionDep, repair_id: Number, act: Word = "", reason: Text = "") -> Response:
    """Accept, check, grant, refuse, revoke or confirm a repair; with effect the same day."""
    asked = read_form(RepairStepAsked, _filled({"act": act, "reason": reason}))
    _, numbers = repair.handle(session, repair_id, asked, actor=reader.actor)
    session.commit()
    follow_all(session, numbers)
    return _back("repairs", repair_id)


@router.post("/matters/objections/{objection_id}/decision", dependencies=OURS)
def decide_objection_here(
    *,
    reader: OfficerDep,
    session: JobSessionDep,
    objection_id: Number,
    outcome: Word = "",
    finding: Text = "",
    moved_to: Word = "",
) -> Response:
    """Decide an objection: keep, withdraw, or move the record to the enterprise that it is really about."""
    given: dict[str, Any] = _filled({"outcome": outcome, "finding": finding})
    if moved_to.strip():
        given["enterprise"] = parse_identifier(USCC, moved_to)
    _, numbers = object_to.decide_objection(session, objection_id, read_form(ObjectionDecided, given), actor=reader.actor)
    session.commit()
    follow_all(session, numbers)
    return _back("objections", objection_id)


def _given(reader: Reader, done: str) -> dict[str, Any]:
    return {"once": uuid4().hex, "may_act": reader.actor.role in OFFICERS, "is_done": bool(done)}


def _filled(given: Mapping[str, str]) -> dict[str, Any]:
    """A field that was left empty was not given."""
    return {name: value for name, value in given.items() if value.strip()}


def _back(kind: str, number: int) -> Response:
    """To the file again, so that reloading it sends nothing twice."""
    return RedirectResponse(f"/matters/{kind}/{number}?done=1", status_code=303, headers=HEADERS)
