"""`qcredit survival`: how long after a failure the next one comes, in a table or as a picture."""

import csv
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from data.stores import knowledge
from data.stores.survival import list_spans
from models.errors import Malformed
from models.records import Kind, Severity, outcomes
from scoring.statistics.survival import Span, Step, half_by, share_after, survival_curve
from service.clock import legal_day
from service.commands.opening import reading
from service.commands.tables import columns, show

app = typer.Typer(help="How long after a failure the next one comes.")
DEFAULT = {Kind.SAMPLING: ("failed",), Kind.INSPECTION: ("found",)}
YEARS = (90, 182, 365, 730, 1095)


class NoOutcome(Malformed):
    """It is not said what counts as a failure."""

    code = "survival.outcome"


@app.command()
def survival(
    *,
    kind: Annotated[Kind, typer.Option(help="Kind of record.")] = Kind.SAMPLING,
    outcome: Annotated[list[str] | None, typer.Option(help="Outcome that is a failure; may be given again.")] = None,
    severity: Annotated[list[Severity] | None, typer.Option(help="Only of this severity; may be given again.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day looked at; today unless given.")] = None,
    by: Annotated[
        str, typer.Option(help="first: from each enterprise's first failure. nth: first, second, third and later apart.")
    ] = "first",
    picture: Annotated[Path | None, typer.Option(help="Write the curves as SVG.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Every step as CSV.")] = False,
) -> None:
    """Show the share of enterprises without another failure so many days after one (Kaplan-Meier), with the 95 % interval.

    Example: qcredit survival --kind sampling --until 2026-10-31
    Example: qcredit survival --kind inspection --severity serious --by nth --until 2009-12-31 --picture curve.svg
    """
    failures = tuple(outcome) if outcome else DEFAULT.get(kind, ())
    if not failures or set(failures) - set(outcomes(kind)) or by not in ("first", "nth"):
        known = ", ".join(outcomes(kind))
        raise NoOutcome(f"Say which outcomes of {kind} are failures, with --outcome: {known}; and --by first or --by nth.")
    day = until.date() if until else legal_day()
    with reading() as session:
        seq = knowledge.resolve(session, None).known_seq
        found = list_spans(
            session,
            kind=kind,
            outcomes=list(failures),
            severities=[one.value for one in severity or ()],
            until=day,
            known_seq=seq,
            every=by == "nth",
        )
    groups: dict[str, list[Span]] = {}
    for nth, days, is_repeat in found:
        groups.setdefault(_name(nth), []).append(Span(days, is_repeat))
    curves = {name: survival_curve(spans) for name, spans in groups.items()}
    if as_csv:
        _write_csv(curves)
        return
    _show(groups, curves)
    if picture is not None:
        from service.pages.survival_chart import draw_curves  # noqa: PLC0415  # the renderer starts only where a picture is asked for

        picture.write_text(draw_curves(curves), encoding="utf-8")
        typer.echo(f"Curves: {picture}")


def _name(nth: int) -> str:
    return {1: "first", 2: "second"}.get(nth, "later")


def _show(groups: dict[str, list[Span]], curves: dict[str, list[Step]]) -> None:
    table = columns("after", "number", "repeats", *(f"{days} days" for days in YEARS), "half by")
    for name, spans in groups.items():
        steps = curves[name]
        half = half_by(steps)
        table.add_row(
            name,
            f"{len(spans):,}",
            f"{sum(span.is_repeat for span in spans):,}",
            *(f"{share_after(steps, days):.3f}" if days <= max(span.days for span in spans) else "-" for days in YEARS),
            "-" if half is None else f"{half} days",
        )
    show(table)
    typer.echo("Share without another failure so many days after one. A statistic: no score, grade or list reads it.")


def _write_csv(curves: dict[str, list[Step]]) -> None:
    lines = csv.writer(sys.stdout)
    lines.writerow(("after", "days", "at_risk", "repeats", "share", "low", "high"))
    for name, steps in curves.items():
        lines.writerows((name, s.days, s.at_risk, s.repeats, f"{s.share:.6f}", f"{s.low:.6f}", f"{s.high:.6f}") for s in steps)
