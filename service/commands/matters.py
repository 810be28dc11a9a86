"""`qcredit procedures` and `qcredit matters`: how matters go, their files, what is owed by when, stays of entries."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.stores import matters as files
from data.stores import procedures as published
from data.stores.matters import ServiceMethod
from data.stores.stays import Act
from models.errors import Malformed
from models.procedures import Owner, StepName
from service.clock import legal_day
from service.commands.opening import OPERATOR, acting, reading, writing
from service.operations import follow_matter
from service.operations.follow_matter import MatterShown, Served, StepAsked
from service.operations.publish_procedures import publish_procedures, publish_shipped
from service.operations.stay import StayAsked, stay

app = typer.Typer()
procedures = typer.Typer(help="How matters go: stages, clocks, clauses.", no_args_is_help=True)
matters = typer.Typer(help="Files of matters, what is owed by when, stays of entries.", no_args_is_help=True)
app.add_typer(procedures, name="procedures")
app.add_typer(matters, name="matters")

Officer = Annotated[str, typer.Option("--as", help="The officer who acts.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The legal day; today unless given.")]
Number = Annotated[int, typer.Argument(help="The proposal's number.")]


class HalfAService(Malformed):
    """Service needs a method, a day and a proof."""

    code = "usage.service"


@procedures.command()
def publish(
    file: Annotated[Path | None, typer.Argument(help="A file of procedures.", exists=True, dir_okay=False)] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="Those that come with the service; samples, marked as such.")] = False,
) -> None:
    """Freeze procedures; the same again changes nothing, and a later version may end an earlier one.

    Example: qcredit procedures publish --shipped
    """
    if (file is None) != shipped:
        raise typer.BadParameter("Name a file, or give --shipped.")
    with writing() as session:
        if file is None:
            done = publish_shipped(session, actor=OPERATOR)
        else:
            done = publish_procedures(session, text=file.read_text(encoding="utf-8"), file=file.name, actor=OPERATOR)
    typer.echo(f"{done.read} procedures, {done.new} of them new.")


@procedures.command(name="list")
def list_procedures() -> None:
    """Show the procedures as published.

    Example: qcredit procedures list
    """
    with reading() as session:
        found = published.list_procedures(session)
    table = _table("list", "matter", "decided by", "in force from", "until", "stages", "hash")
    for one in found:
        stages = " > ".join(stage.step for stage in one.procedure.stages)
        until = str(one.in_force_until or "")
        about = one.procedure
        table.add_row(about.list, about.matter, about.decided_by, str(about.in_force_from), until, stages, one.procedure_hash[:12])
    _print(table)


@matters.command()
def show(proposal: Number, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Show the file of a proposal's matter: steps, service, clocks, stages to come.

    Example: qcredit matters show 12
    """
    with reading() as session:
        shown = follow_matter.show(session, proposal)
    if as_json:
        typer.echo(shown.model_dump_json())
    else:
        _show(shown)


@matters.command()
def step(
    *,
    proposal: Number,
    name: Annotated[StepName, typer.Argument(help="The step.")],
    as_name: Officer,
    on: Day = None,
    reasons: Annotated[str | None, typer.Option(help="Why.")] = None,
    evidence: Annotated[str | None, typer.Option(help="What it rests on.")] = None,
    basis: Annotated[str | None, typer.Option(help="Act and article.")] = None,
    rights: Annotated[str | None, typer.Option(help="What the other side may do, and by when.")] = None,
    authority: Annotated[str | None, typer.Option(help="The authority that took it.")] = None,
    document_no: Annotated[str | None, typer.Option(help="The document's number.")] = None,
    finding: Annotated[str | None, typer.Option(help="What was found.")] = None,
    served: Annotated[ServiceMethod | None, typer.Option(help="How the document was served, if it was.")] = None,
    served_on: Day = None,
    proof: Annotated[str | None, typer.Option(help="Proof of service.")] = None,
) -> None:
    """Write a step into a matter's file, with the service of its document if it was served.

    Example: qcredit matters step 12 notice --as "officer A" --reasons "licence revoked" --evidence "record 7" --basis "Order 44 art. 5"
    --rights "statement within five working days" --served direct --served-on 2026-11-02 --proof "receipt 31"
    """
    asked = StepAsked(
        step=name,
        done_on=_date(on),
        reasons=reasons,
        evidence=evidence,
        basis=basis,
        rights=rights,
        authority=authority,
        document_no=document_no,
        finding=finding,
        service=_served(served, served_on, proof),
    )
    with writing() as session:
        shown = follow_matter.take(session, proposal, asked, actor=acting(as_name))
    _show(shown)


@matters.command()
def serve(
    *,
    proposal: Number,
    name: Annotated[StepName, typer.Argument(help="The step whose document was served.")],
    as_name: Officer,
    method: Annotated[ServiceMethod, typer.Option(help="How.")],
    proof: Annotated[str, typer.Option(help="Receipt, tracking number, or address of the public notice.")],
    on: Day = None,
) -> None:
    """Record that a step's document was served; clocks that run from service start.

    Example: qcredit matters serve 12 notice --as "officer A" --method post --on 2026-11-02 --proof "EMS 1180"
    """
    served = Served(method=method, served_on=_date(on) or legal_day(), proof=proof)
    with writing() as session:
        shown = follow_matter.serve(session, proposal, name, served, actor=acting(as_name))
    _show(shown)


@matters.command()
def worklist(
    owner: Annotated[Owner | None, typer.Option(help="Only what this side owes.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
) -> None:
    """Say who owes which step by when, the earliest day first.

    Example: qcredit matters worklist --overdue
    """
    with reading() as session:
        rows = files.worklist(session, today=legal_day(), owner=owner, overdue=overdue, limit=limit)
    if not rows:
        typer.echo("Nothing is late." if overdue else "Nothing is owed.")
        return
    table = _table("due on", "late", "who", "step", "matter", "about", "enterprise", "name")
    for row in rows:
        due = "beyond the known holidays" if row["is_beyond"] else str(row["due_on"])
        late = "late" if row["is_overdue"] else ""
        table.add_row(
            due, late, row["owner"], row["step"], f"{row['subject']} {row['subject_id']}", _about(row), row["value"] or "",
            row["name"] or "",
        )  # fmt: skip
    _print(table)


def _about(row: files.Row) -> str:
    """The list, with the entry where a remedy is about one, or the record by source and number."""
    if row["source_ref"]:
        return f"{row['source']} {row['document_no'] or row['source_ref']}"
    entry = f" entry {row['listing_id']}" if row["listing_id"] else ""
    return f"{row['list']}{entry}" if row["list"] else "score"


@matters.command(name="stay")
def stay_entry(
    *,
    listing: Annotated[int, typer.Argument(help="The entry's number.")],
    act: Annotated[Act, typer.Argument(help="stay or lift.")],
    as_name: Officer,
    authority: Annotated[str, typer.Option(help="The court or reviewing authority.")],
    document_no: Annotated[str, typer.Option(help="Its document's number.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    on: Day = None,
) -> None:
    """Record that a review or a court stayed an entry, or lifted the stay.

    Example: qcredit matters stay 31 stay --as "officer A" --authority "sample court" --document-no 2026-5
    --reason "suit pending"
    """
    asked = StayAsked(act=act, effective_on=_date(on), authority=authority, document_no=document_no, reason=reason)
    with writing() as session:
        done = stay(session, listing, asked, actor=acting(as_name))
    typer.echo(f"Entry {listing} is {done.state}. The log stands at line {done.change_seq}.")


def _show(shown: MatterShown) -> None:
    typer.echo(f"Proposal {shown.proposal_id}, {shown.state}: {shown.procedure.en if shown.procedure else 'goes by no procedure'}")
    table = _table("step", "done on", "by", "served", "states")
    for one in shown.steps:
        served = f"{one.service.served_on} {one.service.method} ({one.service.proof})" if one.service else ""
        said = "; ".join(f"{name}: {text}" for name, text in one.content.items())
        table.add_row(one.step, str(one.done_on), one.done_by, served, said)
    clocks = [clock for clock in shown.clocks if clock.closed_on is None]
    if shown.steps:
        _print(table)
    for clock in clocks:
        by = "its last day lies beyond the known holidays" if clock.is_beyond else f"by {clock.due_on}"
        late = ", late" if clock.is_overdue else ""
        typer.echo(f"{clock.step}: from {clock.opens_on}{f', {by}' if clock.due_on or clock.is_beyond else ''} ({clock.owner}{late})")
    for stage in shown.to_come:
        needs = f", states {', '.join(stage.needs)}" if stage.needs else ""
        typer.echo(f"to come: {stage.step} ({stage.owner}{', optional' if stage.optional else ''}{needs})")


def _served(method: ServiceMethod | None, on: datetime | None, proof: str | None) -> Served | None:
    if method is None and on is None and proof is None:
        return None
    if method is None or proof is None:
        raise HalfAService("Service needs --served, --served-on and --proof together. Give all, or record it later with `matters serve`.")
    return Served(method=method, served_on=_date(on) or legal_day(), proof=proof)


def _date(given: datetime | None) -> date | None:
    return given.date() if given else None


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _print(table: Table) -> None:
    console = Console(markup=False)
    (console if console.is_terminal else Console(width=160, markup=False)).print(table)
