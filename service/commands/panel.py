"""`qcredit panel`: answers on many days as one file for analysis."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from models.panels import Knowledge
from service.commands.opening import OPERATOR, opened
from service.operations.make_panel import BadDays, PanelRequest, make_panel, month_by_month
from service.settings import read_settings

app = typer.Typer(help="Answers on many days as one file for analysis, and what can be learned from it.")
PHASES = {"reading": "reading what is known", "answering": "answering", "finished": "finished"}


@app.command()
def panel(
    *,
    out: Annotated[Path, typer.Option(help="The Parquet file to write.")],
    dates: Annotated[str | None, typer.Option(help="Days, with commas between.")] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of a series.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of it.")] = None,
    monthly: Annotated[bool, typer.Option("--monthly", help="One day a month from --from to --to.")] = False,
    policy: Annotated[str | None, typer.Option(help="family/version; the version in force on the last day unless given.")] = None,
    months_after: Annotated[str, typer.Option("--months-after", help="Months to look ahead for outcomes; empty for none.")] = "6,12",
    known: Annotated[
        Knowledge, typer.Option(help="then: what was known here at the end of each day. now: what is known today.")
    ] = Knowledge.THEN,
    memory: Annotated[str, typer.Option(help="Memory limit of the engine; beyond it, it spills to disk.")] = "4GB",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for scripts.")] = False,
) -> None:
    """Write one row per enterprise and day: every indicator's count and points, score, grade, coverage, registry facts, and outcomes.

    Outcomes look at the months after the day, as known now; where those months are not over, they are empty.

    Example: qcredit panel --from 2025-01-31 --to 2026-10-31 --monthly --out panel.parquet
    Example: qcredit panel --dates 2005-06-30,2006-06-30 --known now --months-after 12 --out panel.parquet
    """
    request = PanelRequest(
        days=_days(dates, first, last, monthly=monthly),
        out=out,
        family=read_settings().family,
        policy=policy,
        months_after=_months(months_after),
        knowledge=known,
        memory_limit=memory,
    )
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("starting")
        made = make_panel(
            opened(),
            request,
            actor=OPERATOR,
            tell=lambda phase, rows: bar.update(task, description=f"{PHASES[phase]} {rows or ''}"),
            stop=lambda: False,
        )
    if as_json:
        typer.echo(json.dumps({"file": str(out), "rows": made.rows, "enterprises": made.enterprises, "digest": made.digest}))
        return
    typer.echo(f"{made.rows:,} rows of {made.enterprises:,} enterprises on {len(set(request.days))} days: {out}")
    typer.echo(f"Known {known}. Digest {made.digest[:16]}...")


def _days(dates: str | None, first: datetime | None, last: datetime | None, *, monthly: bool) -> tuple[date, ...]:
    if (dates is None) == (first is None or last is None) or (dates is None and not monthly) or (dates is not None and monthly):
        raise BadDays("Give the days: --dates 2025-01-31,2025-02-28, or --from 2025-01-31 --to 2026-10-31 --monthly.")
    if dates is None:
        assert first is not None
        assert last is not None
        return month_by_month(first.date(), last.date())
    try:
        return tuple(date.fromisoformat(text.strip()) for text in dates.split(","))
    except ValueError:
        raise BadDays(f"{dates!r} are no days. Write them as 2025-01-31,2025-02-28.") from None


def _months(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise BadDays(f"{text!r} are no months. Write them as 6,12.") from None
