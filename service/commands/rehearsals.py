"""`qcredit policy rehearse`, `rehearsals` and `compare-rehearsals`: what a draft would change, before anybody signs it."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from data.stores import rehearsals
from models.differences import Part
from models.rehearsals import Comparison, Report
from service.clock import legal_day
from service.commands.opening import acting, opened, reading, writing
from service.commands.policy_text import named_text
from service.commands.tables import columns, show
from service.difference_answers import PARTS
from service.operations.rehearse import Asked, carry_out, compare_rehearsals, order_rehearsal, report_at, rows_on_disk
from service.rehearsal_files import write_workbook
from service.settings import read_settings

MOVERS = 10
RULES = 12


def rehearse(
    *,
    file: Annotated[str, typer.Argument(help="A policy file in YAML, or the name of a published version (family/version).")],
    against: Annotated[
        str | None, typer.Option(help="family/version it is held against; the one in force on the day unless given.")
    ] = None,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The legal day; today unless given.")] = None,
    setting: Annotated[list[str] | None, typer.Option("--set", help="field=value to set in the file first; may be given again.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for report.json, enterprises.parquet and rehearsal.xlsx.")] = None,
    as_name: Annotated[str | None, typer.Option("--as", help="Who rehearses; the operator unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Ask a draft over all enterprises beside another version: who enters and leaves, whose grade moves, and why. Publishes nothing.

    Example: qcredit policy rehearse draft.yaml --against yinchuan/2026 --as-of 2026-10-31 --set indicators.fake_goods.points.points=-60
    """
    day = as_of.date() if as_of is not None else legal_day()
    asked = Asked(text=named_text(file), file=file, as_of=day, against=against, changes=tuple(setting or ()))
    with writing() as session:
        number = order_rehearsal(session, asked, family=read_settings().family, actor=acting(as_name))
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("starting")
        carry_out(opened(), number, tell=lambda phase, rows: bar.update(task, description=f"{phase} {rows or ''}"))
    with reading() as session:
        found, report = report_at(session, number)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            (out / "report.json").write_text(report.model_dump_json(indent=1), encoding="utf-8")
            with rows_on_disk(session, found) as rows:
                shutil.copyfile(rows, out / "enterprises.parquet")
                write_workbook(report, rows, out / "rehearsal.xlsx")
    if as_json:
        typer.echo(report.model_dump_json())
        return
    show_report(number, report)
    if out is not None:
        typer.echo(f"Report, file of all enterprises and workbook: {out}")


def list_all(limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50) -> None:
    """List the rehearsals, newest first.

    Example: qcredit policy rehearsals
    """
    with reading() as session:
        found = rehearsals.list_rehearsals(session, limit=limit)
    if not found:
        typer.echo("No policy was rehearsed. Rehearse one with `qcredit policy rehearse FILE`.")
    for one in found:
        changed = f" with {', '.join(one.changes)}" if one.changes else ""
        digest = (one.digest or "")[:12]
        typer.echo(f"{one.rehearsal_id:4}  {one.state:9} {one.policy}{changed} against {one.against}, as of {one.as_of}  {digest}")


def compare_two(
    one: Annotated[int, typer.Argument(help="The number of a rehearsal.")],
    other: Annotated[int, typer.Argument(help="The number of another one, of the same day and facts.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The comparison as JSON.")] = False,
) -> None:
    """Put two rehearsals beside each other: what one draft does that the other does not.

    Example: qcredit policy compare-rehearsals 1 2
    """
    with reading() as session:
        found = compare_rehearsals(session, one, other)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    _show_comparison(one, other, found)


def show_report(number: int, report: Report) -> None:
    """The report as an officer reads it at a terminal."""
    before, against, draft = report.before, report.against, report.draft
    typer.echo(f"Rehearsal {number}: {draft.policy} against {against.policy}, as of {draft.as_of}, {report.enterprises} enterprises.")
    typer.echo(f"The way begins at the answers of {before.as_of} under {before.policy}, known to {before.known_at.isoformat()}.")
    table = columns("cause", "scores up", "scores down", "points of all", "grades changed")
    for part in report.parts:
        table.add_row(PARTS[part.part].en, str(part.up), str(part.down), part.points, str(part.grades))
    show(table)
    for one in report.lists:
        who = f", decided by {one.decided_by}" if one.decided_by else ", no rule under the draft"
        typer.echo(f"{one.title.en}{who}: {one.entering} would enter, {one.leaving} would leave.")
        for what, movers in (("enters", one.enters), ("leaves", one.leaves)):
            for mover in movers[:MOVERS]:
                cause = PARTS[Part(mover.by)].en.lower() if mover.by else "as before"
                typer.echo(f"  {what} {mover.value}  {mover.score} {mover.grade}  ({cause})")
            if len(movers) > MOVERS:
                count = one.entering if what == "enters" else one.leaving
                typer.echo(f"  ... {count} in all; the file names them")
    moved = sum(move.enterprises for move in report.moves_by_policy if move.before != move.after)
    typer.echo(f"Grades under {against.policy} (rows) and {draft.policy} (columns), same day and facts; {moved} differ:")
    show(_matrix(report))
    table = columns("rule", "enterprises", "up", "down", "points in force", "points under draft")
    for rule in [one for one in report.clauses if one.enterprises][:RULES]:
        table.add_row(rule.title.en, str(rule.enterprises), str(rule.up), str(rule.down), rule.points_against, rule.points_draft)
    show(table)
    typer.echo(f"Digest of the report {report.digest}.")
    typer.echo("Nothing was published, and nobody is listed.")


def _matrix(report: Report) -> Table:
    counts = {(move.before, move.after): move.enterprises for move in report.moves_by_policy}
    rows, heads = ([g for g in grades if any(pair[n] == g for pair in counts)] for n, grades in enumerate(_ladders(report)))
    table = columns("", *heads)
    for row in rows:
        table.add_row(row, *(str(counts.get((row, head), "")) for head in heads))
    return table


def _ladders(report: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return report.grades_against, report.grades_draft


def _show_comparison(one: int, other: int, found: Comparison) -> None:
    typer.echo(f"Rehearsal {one} ({found.one.policy}) beside rehearsal {other} ({found.other.policy}), as of {found.one.as_of}:")
    typer.echo(f"of {found.enterprises} enterprises {found.scores_differ} have another score, {found.grades_differ} another grade.")
    for pair in found.lists:
        typer.echo(f"{pair.list}, {pair.standing}: {pair.both} in both, {pair.only_one} only in {one}, {pair.only_other} only in {other}.")
    table = columns("rule", f"holds in {one}", f"in {other}", f"points in {one}", f"in {other}")
    for rule in found.clauses:
        table.add_row(rule.title.en, str(rule.held_one), str(rule.held_other), rule.points_one, rule.points_other)
    show(table)
