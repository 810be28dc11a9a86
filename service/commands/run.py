"""`qcredit run`: evaluate enterprises under a policy, keep what changed, and publish the run when asked to."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from data.stores import lookups, runs
from models.errors import NotFound, Refused
from models.identifiers import parse_identifier
from models.results import RunKind
from scoring.runs.running import PART_SIZE, carry_out
from service.commands.opening import acting, opened, reading
from service.operations.publish_run import Published
from service.operations.recalculate import Request, order_run, publish
from service.settings import read_settings

app = typer.Typer(help="Evaluate enterprises under a policy.")

PHASES = {
    "reading": "reading what is known",
    "evaluating": "evaluating",
    "storing": "storing what changed",
    "finished": "finished",
}


class NotHere(NotFound):
    """An enterprise of the scope is not in the registry."""

    code = "enterprise.not_found"


class HasEnded(Refused):
    """A run that was cancelled, or that is to answer for a file and has ended, is not carried on."""

    code = "run.has_ended"


@app.command()
def run(
    *,
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The legal day of a new run.")] = None,
    go_on: Annotated[
        int | None, typer.Option("--go-on", metavar="RUN", help="Carry on a run that was killed or failed, as it was ordered, instead.")
    ] = None,
    policy: Annotated[str | None, typer.Option(help="family/version; the version in force on that day unless given.")] = None,
    known_at: Annotated[datetime | None, typer.Option(help="An instant in UTC; what is known now unless given.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Only this region (beginning of its code); may be given again.")] = None,
    industry: Annotated[list[str] | None, typer.Option(help="Only this industry (beginning of its code).")] = None,
    enterprise: Annotated[list[str] | None, typer.Option(help="Only this enterprise: CODE or SCHEME:VALUE.")] = None,
    engine: Annotated[str, typer.Option(help="duckdb for many, postgres for a small scope, spark for more than one machine.")] = "duckdb",
    memory: Annotated[str, typer.Option(help="Memory limit of the engine; beyond it, it spills to disk.")] = "4GB",
    part_size: Annotated[int, typer.Option(help="Enterprises answered and kept at a time.")] = PART_SIZE,
    out: Annotated[Path | None, typer.Option(help="Write one row per enterprise to this Parquet file.")] = None,
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Ask those alone whose answer can differ from the latest published run; finds the same.")
    ] = False,
    publish_it: Annotated[bool, typer.Option("--publish", help="Give the run its effects: standings, proposals, listings.")] = False,
    as_name: Annotated[str | None, typer.Option("--as", help="Who starts it; the operator unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for scripts.")] = False,
) -> None:
    """Evaluate enterprises under a policy; without --publish it answers and lists nobody.

    Example: qcredit run --as-of 2026-11-22 --publish
    Example: qcredit run --go-on 7 --publish
    """
    if (as_of is None) == (go_on is None):
        raise typer.BadParameter("Name the day of a new run (--as-of), or a run to carry on (--go-on).")
    if go_on is not None and (policy, known_at, region, industry, enterprise, incremental) != (None, None, None, None, None, False):
        raise typer.BadParameter("A run is carried on as it was ordered; beside --go-on say only --out, --publish, --as and --json.")
    actor = acting(as_name)
    database = opened()
    if go_on is not None:
        run_id = _left_behind(go_on, out)
    else:
        assert as_of is not None
        scope = _scope(region, industry, enterprise)
        request = Request(
            as_of=as_of.date(),
            family=read_settings().family,
            policy=policy,
            known_at=known_at.replace(tzinfo=UTC) if known_at is not None else None,
            scope=scope,
            engine=engine,
            memory_limit=memory,
            part_size=part_size,
            kind=RunKind.INCREMENTAL if incremental else RunKind.FULL,
            out=out,
        )
        run_id = order_run(database, request, actor=actor)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(f"run {run_id}: starting")
        carry_out(
            database, run_id, tell=lambda phase, rows: bar.update(task, description=f"run {run_id}: {PHASES[phase]} {rows or ''}"), out=out
        )
        done = publish(database, run_id, actor=actor) if publish_it else None
    _show(run_id, done, as_json=as_json)
    if out is not None and not as_json:
        typer.echo(f"One row per enterprise: {out}")


def _left_behind(run_id: int, out: Path | None) -> int:
    """The run, where there is something to go on with. Raises `run.not_found` and `run.has_ended`."""
    with reading() as session:
        state = runs.get_run(session, run_id).state
    if state == "cancelled" or (out is not None and state in ("finished", "published")):
        raise HasEnded(f"Run {run_id} is {state}; it is not carried on. Order a new one with --as-of.")
    return run_id


def _scope(regions: list[str] | None, industries: list[str] | None, enterprises: list[str] | None) -> runs.Scope:
    keys: list[int] = []
    if enterprises:
        with reading() as session:
            for given in enterprises:
                scheme, _, value = given.rpartition(":")
                asked = parse_identifier(scheme or "cn-uscc", value)
                key = lookups.find_by_identifier(session, asked.scheme, asked.value)
                if key is None:
                    raise NotHere(f"No enterprise with {asked.scheme} {asked.value} is registered here. Check the code, or search by name.")
                keys.append(key)
    return runs.Scope(tuple(regions or ()), tuple(industries or ()), tuple(keys))


def summary(run_id: int, done: Published | None) -> dict[str, Any]:
    """What a run found, as its row has it, and what its publication did."""
    with reading() as session:
        row = runs.get_run(session, run_id)
        shown: dict[str, Any] = json.loads(row.model_dump_json())
    return shown | ({"published": json.loads(done.model_dump_json())} if done is not None else {})


def _show(run_id: int, done: Published | None, *, as_json: bool) -> None:
    found = summary(run_id, done)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(f"Run {run_id}: {found['policy']} as of {found['as_of']}, known to {found['known_at']} (sequence {found['known_seq']}).")
    typer.echo(f"{found['answered']} enterprises answered, {found['changed']} differ from their standing. Digest {found['digest'][:16]}...")
    if found["base_run_id"] is not None:
        typer.echo(f"{found['due']} of them asked anew, the others as run {found['base_run_id']} left them.")
    elif found["why_full"] is not None:
        typer.echo(f"All of them asked anew. {found['why_full']}")
    table = Table("grade", "enterprises")
    for grade, number in found["counts"]["grades"].items():
        table.add_row(grade, str(number))
    Console(markup=False).print(table)
    migration = found["migration"]
    if migration["from_policies"]:
        versions = (
            "" if migration["under_one_version"] else f" (from {', '.join(migration['from_policies'])}: two scales, not one movement)"
        )
        typer.echo(f"{migration['moved']} moved between grades{versions}.")
    for name, numbers in found["counts"]["lists"].items():
        typer.echo(f"{name}: " + ", ".join(f"{number} {standing}" for standing, number in numbers.items()))
    if done is not None:
        for effect in done.lists:
            numbers = f"{effect.entered} entered, {effect.left} left, {effect.proposed} proposed, {effect.renewed} renewed"
            typer.echo(f"published, {effect.list}: {numbers}.")
