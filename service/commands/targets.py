"""`qcredit targets`: the city's targets in figures, and how each source delivers."""

import csv
import sys
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from service.commands.opening import OPERATOR, reading
from service.commands.tables import columns, show
from service.operations.show_source_quality import show_source_quality
from service.operations.show_targets import show_targets
from service.target_answers import Figure, TargetFigures

app = typer.Typer(help="The city's targets in figures, and how each source delivers.")
AsOfDay = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The legal day; last night's figures unless given.")
]
KnownAtInstant = Annotated[datetime | None, typer.Option("--known-at", help="An instant in UTC; what is known now unless given.")]


@app.command()
def targets(
    *,
    as_of: AsOfDay = None,
    known_at: KnownAtInstant = None,
    by: Annotated[str | None, typer.Option(help="One line each by: district, source or month.")] = None,
    source: Annotated[str | None, typer.Option(help="How this source delivers: lateness, fields, rows.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it as one JSON object.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, for a spreadsheet.")] = False,
) -> None:
    """Show the figures of the year up to a day against the targets; or, with --source, how a source delivers.

    Example: qcredit targets --as-of 2026-10-31 --by district
    Example: qcredit targets --as-of 2026-10-31 --source sample-market
    """
    day, instant = as_of.date() if as_of else None, known_at.replace(tzinfo=UTC) if known_at else None
    if by not in (None, "district", "source", "month"):
        raise typer.BadParameter("Give district, source or month.", param_hint="--by")
    if source is not None:
        _quality(source, day, instant, as_json=as_json)
        return
    with reading() as session:
        shown = show_targets(session, actor=OPERATOR, as_of=day, known_at=instant)
    if as_json:
        typer.echo(shown.model_dump_json())
        return
    rows = [line for target in shown.targets for line in _lines(target, by)]
    heads = ("target", by or "year", "counted", "reached", "share", "asked", "met")
    if as_csv:
        csv.writer(sys.stdout).writerows([heads, *rows])
        return
    typer.echo(f"From {shown.first} to {shown.as_of}, as known at {shown.known_at.isoformat()}.")
    table = columns(*heads)
    for row in rows:
        table.add_row(*row)
    show(table)


def _lines(target: TargetFigures, by: str | None) -> list[tuple[str, ...]]:
    asked = share(target.at_least_x10000)
    groups: list[tuple[str, Figure]]
    match by:
        case "district":
            groups = [(one.district if one.name is None else f"{one.district} {one.name}", one.figure) for one in target.districts]
        case "source":
            groups = [(one.source, one.figure) for one in target.sources]
        case "month":
            groups = [(f"{one.month:%Y-%m}", one.figure) for one in target.months]
        case _:
            groups = [("all", target.figure)]
    return [(target.code, name, str(f.counted), str(f.reached), share(f.share_x10000), asked, _met(f.is_met)) for name, f in groups]


def share(value: int | None) -> str:
    """A share as per cent with two places; a dash of nothing."""
    return "-" if value is None else f"{value / 100:.2f} %"


def _met(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "-"}[value]


def _quality(code: str, day: date | None, instant: datetime | None, *, as_json: bool) -> None:
    with reading() as session:
        shown = show_source_quality(session, code, actor=OPERATOR, as_of=day, known_at=instant)
    if as_json:
        typer.echo(shown.model_dump_json())
        return
    rows = shown.rows
    typer.echo(
        f"{shown.source} ({shown.title.en}) from {shown.first} to {shown.as_of}: {rows.deliveries} deliveries, {rows.rows_read:,} rows,"
    )
    typer.echo(f"{rows.rejected:,} rejected, {rows.queued:,} queued; {rows.waiting:,} wait now.")
    late = columns("kind", "from", "working days", "records", "history", "in time", "late", "half within", "most")
    for one in shown.lateness:
        days = (f"{value} days" if value is not None else "-" for value in (one.late_days_half, one.late_days_most))
        late.add_row(
            one.kind, one.counted_from, str(one.working_days), *(f"{n:,}" for n in (one.records, one.history, one.in_time, one.late)), *days
        )
    filled = columns("kind", "field", "records", "filled", "share")
    for field in shown.fields:
        filled.add_row(field.kind, field.field, f"{field.records:,}", f"{field.filled:,}", share(field.share_x10000))
    show(late, filled)
