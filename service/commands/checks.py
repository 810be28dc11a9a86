"""`qcredit checks`, `qcredit watches`, `qcredit feedback`: kept checks for audit, news of watched suppliers, measures applied."""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.access import Actor, Role
from service.clock import legal_day
from service.commands.opening import OPERATOR, reading, writing
from service.operations import give_feedback, watch
from service.operations.check import list_checks
from service.operations.export_checks import export_csv, export_ndjson

checks = typer.Typer(help="Checks that were asked: list them, export them for audit.", no_args_is_help=True)
watches = typer.Typer(help="Watched suppliers: which watches there are, and their news.", no_args_is_help=True)
feedback = typer.Typer(help="Measures that agencies applied: report, count, see who still applies one.", no_args_is_help=True)
AUDITOR = Actor(holder="operator", role=Role.AUDITOR)
MOST = 1_000
FAULTY = 3


class Form(StrEnum):
    """How checks are exported."""

    CSV = "csv"
    NDJSON = "ndjson"


@checks.command("list")
def list_kept() -> None:
    """List the latest thousand checks, of everybody.

    Example: qcredit checks list
    """
    table = Table("check", "asked", "by", "purpose", "matter", "as of", "suppliers", "kept until")
    with reading() as session:
        for row in list_checks(session, actor=AUDITOR, before=None, limit=MOST):
            cells = (
                row["check_id"],
                f"{row['asked_at']:%Y-%m-%d %H:%M}",
                row["asked_by"],
                row["purpose"],
                row["matter"] or "",
                row["as_of"],
            )
            table.add_row(*map(str, cells), str(row["suppliers"]), str(row["keep_until"]))
    Console(markup=False).print(table)


@checks.command()
def export(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day on which they were asked.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")],
    form: Annotated[Form, typer.Option("--format", help="CSV has their particulars, NDJSON the whole answers.")] = Form.CSV,
    out: Annotated[Path | None, typer.Option(help="The file to write; stdout unless given.")] = None,
) -> None:
    """Export the checks asked from one day to another, for audit.

    Example: qcredit checks export --from 2026-01-01 --to 2026-03-31 --out checks.csv
    """
    write = export_csv if form is Form.CSV else export_ndjson
    with reading() as session:
        lines = write(session, first=first.date(), last=last.date())
        if out is None:
            for line in lines:
                sys.stdout.buffer.write(line)
            return
        with out.open("wb") as file:
            file.writelines(lines)
    typer.echo(f"{out}: {out.stat().st_size:,} bytes")


@watches.command("list")
def list_watches() -> None:
    """List the latest thousand watches, of everybody.

    Example: qcredit watches list
    """
    table = Table("watch", "check", "holder", "matter", "until", "suppliers", "news")
    with reading() as session:
        for row in watch.list_watches(session, actor=OPERATOR, before=None, limit=MOST):
            cells = (row["watch_id"], row["check_id"], row["holder"], row["matter"] or "", row["until"], row["suppliers"])
            table.add_row(*map(str, cells), "yes" if row["has_news"] else "")
    Console(markup=False).print(table)


@watches.command()
def notices(
    watch_id: Annotated[int, typer.Argument(help="The number of the watch.")],
    after: Annotated[int | None, typer.Option(help="The line of the last notice you have; what was acknowledged unless given.")] = None,
) -> None:
    """Show the news of a watch; what the law hides today is only said to be listed no longer.

    Example: qcredit watches notices 3 --after 0
    """
    table = Table("line", "supplier", "what", "list", "from", "written")
    with reading() as session:
        for one in watch.read_news(session, watch_id, actor=OPERATOR, after=after, today=legal_day(), limit=MOST):
            who = f"{one.no}  {one.enterprise.name or ''} {one.enterprise.value}"
            table.add_row(str(one.seq), who, one.what, one.list or "", str(one.effective_on or ""), f"{one.recorded_at:%Y-%m-%d %H:%M}")
    Console(markup=False).print(table)


@feedback.command()
def report(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8 with the headers of the real form.")],
    by: Annotated[str, typer.Option("--as", help="Who reports.")] = OPERATOR.holder,
) -> None:
    """Report measures that were applied or lifted; exit 3 when rows were rejected. The same file again changes nothing.

    Example: qcredit feedback report feedback.csv --as "sharing platform"
    """
    with writing() as session:
        rows = give_feedback.read_table(file.read_bytes())
        taken = give_feedback.give_feedback(session, rows, actor=Actor(holder=by, role=Role.PLATFORM), today=legal_day())
    typer.echo(f"{taken.accepted} accepted, {taken.lifted} lifted, {taken.unchanged} unchanged, {len(taken.rejected)} rejected")
    for one in taken.rejected:
        typer.echo(f"row {one.row}: {one.message} [{one.code}]")
    if taken.rejected:
        raise typer.Exit(FAULTY)


@feedback.command("still-applied")
def still_applied() -> None:
    """List measures that are still applied though the entry they rest on holds no more.

    Example: qcredit feedback still-applied
    """
    table = Table("report", "agency", "measure", "enterprise", "list", "applied from", "entry ended")
    with reading() as session:
        for one in give_feedback.list_feedback(session, actor=OPERATOR, today=legal_day(), only_still=True, after=0, limit=MOST):
            who = f"{one.enterprise.name or ''} {one.enterprise.value}"
            table.add_row(one.reference, one.agency, one.measure, who, one.list, str(one.starts_on), str(one.entry_ended_on))
    Console(markup=False).print(table)


@feedback.command()
def counts() -> None:
    """Count reports by agency and measure.

    Example: qcredit feedback counts
    """
    table = Table("agency", "measure", "applied", "lifted", "still applied without basis")
    with reading() as session:
        for one in give_feedback.count_feedback(session, today=legal_day()):
            table.add_row(one.agency, one.measure, str(one.applied), str(one.lifted), str(one.still_applied))
    Console(markup=False).print(table)


app = typer.Typer()
for _name, _group in (("checks", checks), ("watches", watches), ("feedback", feedback)):
    app.add_typer(_group, name=_name)
