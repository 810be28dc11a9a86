"""`qcredit repairs`, `qcredit objections`, `qcredit cascades`: the ways out of a record or an entry, for officers."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from models.identifiers import USCC, parse_identifier
from models.remedies import ObjectionState, RepairState
from service.clock import legal_day
from service.commands.opening import acting, reading, writing
from service.commands.tables import columns, show
from service.operations import cascade, repair
from service.operations import object as object_to
from service.operations.follow_facts import follow_all
from service.operations.remedy_answers import CascadeAsked, CascadeShown, CascadeVerdict, ObjectionDecided, RepairStepAsked
from service.settings import read_settings

app = typer.Typer(help="The ways out of a record or an entry.", no_args_is_help=True)
repairs = typer.Typer(help="Applications for repair: list, and take the next step.", no_args_is_help=True)
objections = typer.Typer(help="Objections: list, decide.", no_args_is_help=True)
cascades = typer.Typer(help="Withdraw all that rested on what fell: prepare, show, carry out.", no_args_is_help=True)
app.add_typer(repairs, name="repairs")
app.add_typer(objections, name="objections")
app.add_typer(cascades, name="cascades")

As = Annotated[str | None, typer.Option("--as", help="The officer who acts; the operator unless given.")]
Number = Annotated[int, typer.Argument(help="Its number.")]


@repairs.command("list")
def list_repairs(state: Annotated[RepairState | None, typer.Option(help="Only those in this state.")] = None) -> None:
    """List applications for repair, latest first.

    Example: qcredit repairs list --state applied
    """
    table = columns("no.", "enterprise", "of", "state", "next step", "due", "papers")
    with reading() as session:
        for one in repair.page_of_repairs(session, enterprise_key=None, state=state, before=None, limit=1000).repairs:
            due = [clock for clock in one.clocks if clock.closed_on is None]
            of = f"entry {one.listing_id}" if one.listing_id else ", ".join(r.document_no or r.source_ref for r in one.records)
            steps, days = ", ".join(clock.step for clock in due), ", ".join(str(clock.due_on) for clock in due)
            name = one.enterprise.name or one.enterprise.value
            table.add_row(str(one.repair_id), name, of, one.state, steps, days, str(len(one.papers)))
    show(table)


@repairs.command("step")
def take_repair_step(
    *,
    repair_id: Number,
    act: Annotated[Literal["accept", "check", "grant", "refuse", "revoke", "confirm"], typer.Argument(help="What is done.")],
    reason: Annotated[str | None, typer.Option(help="Why, or what checking found.")] = None,
    officer: As = None,
) -> None:
    """Accept, check, grant, refuse or revoke a repair, or confirm a temporary one.

    Example: qcredit repairs step 3 grant --reason "duties performed, corrected" --as "officer B"
    """
    with writing() as session:
        told, numbers = repair.handle(session, repair_id, RepairStepAsked(act=act, reason=reason), actor=acting(officer))
        session.commit()
        follow_all(session, numbers)
    done = "checked" if act == "check" else told.state
    typer.echo(f"Repair {told.repair_id} is {done}{f', with effect from {told.effective_on}' if told.effective_on else ''}.")


@repairs.command("end")
def end_repairs() -> None:
    """End temporary repairs whose plan is over; the running service does it every hour.

    Example: qcredit repairs end
    """
    with writing() as session:
        numbers = repair.end_over_plans(session, legal_day(), by=acting(None).holder)
        session.commit()
        follow_all(session, numbers)
    typer.echo(f"{len(numbers)} temporary repairs ended.")


@objections.command("list")
def list_objections(state: Annotated[ObjectionState | None, typer.Option(help="Only those in this state.")] = ObjectionState.OPEN) -> None:
    """List objections, latest first; the open ones unless told otherwise.

    Example: qcredit objections list --state open
    """
    table = columns("no.", "about", "to", "grounds", "state", "due")
    with reading() as session:
        for one in object_to.page_of_objections(session, enterprise_key=None, state=state, before=None, limit=1000).objections:
            to = f"{one.record.source} {one.record.source_ref}" if one.record else f"entry {one.listing_id}" if one.listing_id else "score"
            due = ", ".join(str(clock.due_on) for clock in one.clocks if clock.closed_on is None)
            table.add_row(str(one.objection_id), one.enterprise.name or one.enterprise.value, to, one.grounds, one.state, due)
    show(table)


@objections.command("decide")
def decide_objection(
    *,
    objection_id: Number,
    outcome: Annotated[Literal["kept", "corrected", "withdrawn", "moved"], typer.Argument(help="What comes of it.")],
    finding: Annotated[str, typer.Option(help="What was found.")],
    correct: Annotated[list[str] | None, typer.Option(help="FIELD=VALUE, for corrected; several times.")] = None,
    to: Annotated[str | None, typer.Option(help="The code of the enterprise that the record is really about, for moved.")] = None,
    officer: As = None,
) -> None:
    """Decide an objection, as an officer who had no part in what it is about.

    Example: qcredit objections decide 4 withdrawn --finding "the re-test passed" --as "officer B"
    """
    asked = ObjectionDecided(
        outcome=outcome,
        finding=finding,
        corrections=dict(one.partition("=")[::2] for one in correct or ()),
        enterprise=parse_identifier(USCC, to) if to else None,
    )
    with writing() as session:
        told, numbers = object_to.decide_objection(session, objection_id, asked, actor=acting(officer))
        session.commit()
        follow_all(session, numbers)
    typer.echo(f"Objection {told.objection_id} is decided: {told.state}.")


@cascades.command("prepare")
def prepare_cascade(
    asked: Annotated[Path, typer.Argument(help="A JSON file: cause, selection, reason, document_no.", exists=True)], officer: As = None
) -> None:
    """Preview the withdrawal of all that rested on what fell, and keep it for another officer; nothing is changed.

    Example: qcredit cascades prepare laboratory.json --as "officer A"
    """
    with writing() as session:
        given = CascadeAsked.model_validate(json.loads(asked.read_text(encoding="utf-8")))
        told = cascade.prepare(session, given, actor=acting(officer), family=read_settings().family)
    _tell(told)
    typer.echo(f'Carry it out as another officer: qcredit cascades carry-out {told.cascade_id} --digest {told.digest} --as "..."')


@cascades.command("list")
def list_cascades() -> None:
    """List cascades, latest first.

    Example: qcredit cascades list
    """
    table = columns("no.", "cause", "document", "state", "records", "enterprises", "prepared by", "closed by")
    with reading() as session:
        for one in cascade.page_of_cascades(session, before=None, limit=1000).cascades:
            records = sum(len(effect.records) for effect in one.effects)
            counts = str(records), str(len(one.effects))
            table.add_row(str(one.cascade_id), one.cause, one.document_no, one.state, *counts, one.prepared_by, one.closed_by or "")
    show(table)


@cascades.command("carry-out")
def carry_out_cascade(
    cascade_id: Number, digest: Annotated[str, typer.Option(help="Of the preview you looked at.")], officer: As = None
) -> None:
    """Carry a cascade out as another officer, while its preview still holds.

    Example: qcredit cascades carry-out 2 --digest 5f1c --as "officer B"
    """
    with writing() as session:
        asked = CascadeVerdict(verdict="carry_out", digest=digest)
        told, numbers = cascade.close(session, cascade_id, asked, actor=acting(officer), family=read_settings().family)
        session.commit()
        follow_all(session, numbers)
    typer.echo(f"Cascade {told.cascade_id} is {told.state.replace('_', ' ')}.")


def _tell(told: CascadeShown) -> None:
    table = columns("enterprise", "records", "score", "grade", "entries that change", "proposals")
    for one in told.effects:
        scores = f"{one.score_before} -> {one.score_after}", f"{one.grade_before} -> {one.grade_after}"
        entries = "; ".join(f"{entry['list']} {entry['state']}" for entry in one.listings)
        proposed = "; ".join(f"{asked['list']} {asked['direction']}" for asked in one.proposals)
        table.add_row(one.enterprise.name or one.enterprise.value, str(len(one.records)), *scores, entries, proposed)
    show(table)
