"""`qcredit jobs`: long work that was asked for, what became of it, its workers, and the schedules."""

import asyncio
import json
import logging
import signal
from collections.abc import Iterable
from typing import Annotated

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table

from data.database import JOB, make_engine
from data.stores import jobs
from models.jobs import JobState, Weekday
from service.commands.opening import acting, opened, reading
from service.job_answers import JobShown, ScheduleShown, shown_job, shown_schedule
from service.jobs import catalogue
from service.jobs.kinds import Place
from service.jobs.minding import keep_minding
from service.jobs.stopping import cancel_job
from service.jobs.working import keep_working
from service.settings import read_settings

app = typer.Typer(help="Long work: list, watch, cancel; workers; schedules.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="The job's number.", min=1)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, for scripts.")]


@app.command("list")
def list_latest(
    state: Annotated[JobState | None, typer.Option(help="Only those that stand so.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=1000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List the latest jobs.

    Example: qcredit jobs list --state running
    """
    with reading() as session:
        found = [shown_job(row) for row in jobs.list_jobs(session, state=state, kind=kind, limit=limit)]
    if as_json:
        typer.echo(to_json(found).decode())
        return
    _print(("job", "kind", "state", "phase", "rows", "asked by", "asked (UTC)", "took", "result"), map(_cells, found))


@app.command()
def show(job_id: Number, as_json: AsJson = False) -> None:
    """Show one job: how far it is, or what became of it.

    Example: qcredit jobs show 7
    """
    with reading() as session:
        one = shown_job(jobs.get_job(session, job_id))
    if as_json:
        typer.echo(to_json(one).decode())
        return
    asked = f"by schedule {one.schedule}" if one.schedule else f"by {one.asked_by}"
    typer.echo(f"Job {one.job_id}: {one.title.en} ({one.kind}), asked {asked} at {one.asked_at:%Y-%m-%d %H:%M:%S} UTC: {one.state}.")
    typer.echo(f"Arguments: {json.dumps(one.arguments, ensure_ascii=False)}")
    if one.started_at:
        typer.echo(f"Begun {one.started_at:%H:%M:%S} UTC" + (f", {one.attempts} times." if one.attempts > 1 else "."))
    if one.state is JobState.RUNNING:
        end = f", likely to end at {one.progress.estimated_end:%H:%M:%S} UTC" if one.progress.estimated_end else ""
        typer.echo(f"Phase {one.progress.phase or '-'}, rows {_rows(one)}{end}.")
    if one.stop_asked_at:
        typer.echo(f"{one.stop_asked_by} asked at {one.stop_asked_at:%H:%M:%S} UTC that it stop.")
    if one.problem:
        typer.echo(f"Failed: {one.problem.message} [{one.problem.code}]")
    if one.result is not None:
        typer.echo(f"Result: {one.link or json.dumps(one.result, ensure_ascii=False)}")


@app.command()
def cancel(
    job_id: Number, as_name: Annotated[str | None, typer.Option("--as", help="Who does it; the operator unless given.")] = None
) -> None:
    """Stop a job: a queued one at once, a running one between two parts of its work. What it had finished stays.

    Example: qcredit jobs cancel 7
    """
    database = opened()
    engine = make_engine(database.url, size=2)
    try:
        place = Place(database, engine, read_settings().family)
        state = cancel_job(place, job_id, actor=acting(as_name))["state"]
    finally:
        engine.dispose()
    if state == JobState.CANCELLED:
        typer.echo(f"Job {job_id} is cancelled.")
    else:
        typer.echo(f"Job {job_id} is asked to stop; `qcredit jobs show {job_id}` says when it has.")


@app.command()
def work(
    concurrency: Annotated[int, typer.Option(help="Long jobs at once; quick ones have a worker of their own.", min=1, max=16)] = 2,
) -> None:
    """Work on jobs until interrupted, beside `qcredit serve` or on other machines, as many processes as you like.

    Example: qcredit jobs work --concurrency 2
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    settings = read_settings()
    planned = catalogue.schedules(settings.schedules)
    found = opened()
    typer.echo(f"Database: {found.describe()}")
    typer.echo(f"Working on {concurrency} long job{'s' if concurrency > 1 else ''} at once; stop with Ctrl+C")
    engine = make_engine(found.url, limits=JOB, size=3)
    place = Place(found, engine, settings.family)

    async def until_stopped() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with keep_minding(place, planned), keep_working(place, at_once=concurrency):
            await stop.wait()
        typer.echo("Stopped; what was under way is queued again.")

    try:
        asyncio.run(until_stopped())
    finally:
        engine.dispose()


@app.command()
def schedules(as_json: AsJson = False) -> None:
    """Show what the service does by itself: when it last did, and when it will next.

    Example: qcredit jobs schedules
    """
    planned = catalogue.schedules(read_settings().schedules)
    with reading() as session:
        last, now = jobs.last_ticks(session), jobs.database_now(session)
        found = [shown_schedule(one, last.get(one.name), now) for one in planned]
    if as_json:
        typer.echo(to_json(found).decode())
        return
    _print(("schedule", "kind", "at", "zone", "last (UTC)", "job", "next (UTC)"), map(_line_of, found))


def _line_of(one: ScheduleShown) -> tuple[str, ...]:
    days = "" if len(one.on) == len(Weekday) else f" on {', '.join(one.on)}"
    last = f"{one.last_due_at:%m-%d %H:%M}" if one.last_job and one.last_due_at else "-"
    following = f"{one.next_due_at:%m-%d %H:%M}" if one.next_due_at else "off"
    return (one.name, one.kind, ", ".join(one.at) + days, one.zone, last, str(one.last_job or "-"), following)


def _print(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """A table whose lines are as long as they are: a job's number and state are there to be read, whatever the width of the window."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(markup=False, highlight=False, width=200).print(table)


def _rows(one: JobShown) -> str:
    done, total = one.progress.rows_done, one.progress.rows_total
    return f"{done:,} of {total:,}" if total else f"{done:,}" if done else ""


def _cells(one: JobShown) -> tuple[str, ...]:
    took = f"{(one.ended_at - one.started_at).total_seconds():.1f} s" if one.ended_at and one.started_at else ""
    told = one.problem.code if one.problem else one.link or ""
    asked = f"{one.asked_at:%m-%d %H:%M:%S}"
    by = one.schedule or one.asked_by
    return (str(one.job_id), one.kind, one.state.value, one.progress.phase or "", _rows(one), by, asked, took, told)
