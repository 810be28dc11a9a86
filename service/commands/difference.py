"""`qcredit difference`: why an answer is another than before, for one enterprise with every line, for all as a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from models.indicators import decimals
from service.clock import legal_day
from service.commands.opening import OPERATOR, opened, reading
from service.commands.tables import columns, show
from service.difference_answers import PARTS, Difference, PartShown
from service.operations.differ import AllDifferences, End, differ, differ_all, ends_of
from service.operations.explain import subject_of
from service.settings import read_settings

app = typer.Typer(help="Why an answer is another than before.")

BETWEEN_VERSIONS = "The policy part compares two versions of the rules, each with its own scale: it is no movement of the enterprise."


@app.command()
def difference(
    *,
    identifier: Annotated[str | None, typer.Argument(help="CODE (cn-uscc), or SCHEME:VALUE; leave it out for all, with --out.")] = None,
    from_on: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The earlier legal day.")] = None,
    to_on: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The later legal day; today unless given.")] = None,
    known_from: Annotated[datetime | None, typer.Option(help="An instant in UTC; the end of the earlier day unless given.")] = None,
    known_to: Annotated[datetime | None, typer.Option(help="An instant in UTC; the end of the later day, or now, unless given.")] = None,
    policy_from: Annotated[str | None, typer.Option(help="family/version; the one in force on the earlier day unless given.")] = None,
    policy_to: Annotated[str | None, typer.Option(help="family/version; the one in force on the later day unless given.")] = None,
    run_from: Annotated[int | None, typer.Option(help="A run instead of the earlier day: its day, knowledge and policy.")] = None,
    run_to: Annotated[int | None, typer.Option(help="A run instead of the later day.")] = None,
    out: Annotated[Path | None, typer.Option(help="For all: the Parquet file with one row per enterprise.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For one: the whole answer as JSON.")] = False,
) -> None:
    """Split the difference between two answers into ageing, withdrawn, corrected and new facts, and the policy; exact to the last digit.

    Example: qcredit difference 91640100MA0000000L --from 2026-03-31 --to 2026-10-31
    Example: qcredit difference --run-from 1 --run-to 2 --out difference.parquet
    """
    before = End(from_on.date() if from_on is not None else None, _utc(known_from), policy_from, run_from)
    after = End(to_on.date() if to_on is not None else legal_day(), _utc(known_to), policy_to, run_to)
    if (identifier is None) is (out is None):
        raise typer.BadParameter("Name one enterprise, or give --out for the file of all.")
    family, now = read_settings().family, datetime.now(UTC)
    if out is not None:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task("starting")
            found = differ_all(
                opened(),
                before,
                after,
                family=family,
                now=now,
                out=out,
                tell=lambda stop, rows: bar.update(task, description=f"{stop} {rows or ''}"),
            )
        _show_all(found, out)
        return
    assert identifier is not None
    scheme, _, value = identifier.rpartition(":")
    today = legal_day()
    with reading() as session:
        subject = subject_of(session, scheme or "cn-uscc", value, actor=OPERATOR, today=today, as_of=None, known_at=None)
        one = differ(session, subject, ends_of(session, before, after, family=family, now=now), today=today)
    if as_json:
        typer.echo(one.model_dump_json())
        return
    _show(one)


def _utc(given: datetime | None) -> datetime | None:
    return None if given is None else given.replace(tzinfo=UTC)


def _show(found: Difference) -> None:
    named, before, after = found.enterprise, found.before, found.after
    typer.echo(f"{named.name or named.value} ({named.scheme} {named.value})")
    for end in (before, after):
        typer.echo(f"{end.as_of}: {end.score}, grade {end.grade}, under {end.policy}, known to {end.known_at.isoformat()}")
    if found.is_new:
        typer.echo("It was not known here at the earlier moment: the earlier answer is that of an empty file.")
    table = columns("cause", "points", "grade")
    for part in found.parts:
        table.add_row(part.title.en, part.points, _grades(part.grade_before, part.grade_after))
    table.add_row("change", found.change, _grades(before.grade, after.grade))
    show(table)
    for part in found.parts:
        _show_lines(part)
    for part in found.parts:
        for moved in part.lists:
            typer.echo(f"{part.title.en}: {moved.title.en} from {moved.before} to {moved.after}.")
    if found.parts[-1].is_between_versions:
        typer.echo(BETWEEN_VERSIONS)


def _show_lines(part: PartShown) -> None:
    for line in part.lines:
        clause = f", {line.clause.act} {line.clause.article}" if line.clause else ""
        evidence = f" ({line.evidence.source} {line.evidence.source_ref})" if line.evidence else ""
        typer.echo(f"{part.title.en}: {line.title.en} from {line.before or 'nothing'} to {line.after or 'nothing'}{clause}{evidence}.")
    if part.beside_lines != decimals(0):
        why = "the two scales start and end apart" if part.is_between_versions else "the score is held between the ends of its scale"
        typer.echo(f"{part.title.en}: {part.beside_lines} beside the lines, since {why}.")


def _grades(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _show_all(found: AllDifferences, out: Path) -> None:
    ends = found.ends
    for name, corner, known in (("From", ends.before, ends.known_from), ("To", ends.after, ends.known_to)):
        typer.echo(f"{name} {corner.as_of}, under {corner.rules.policy.name}, known to {known.isoformat()}.")
    typer.echo(f"{found.counts.enterprises} enterprises, {found.counts.new} of them new in between; one row each in {out}.")
    table = columns("cause", "scores up", "scores down", "points of all", "grades changed")
    for part in found.counts.parts:
        table.add_row(PARTS[part.part].en, str(part.up), str(part.down), decimals(part.points_x100), str(part.grades))
    show(table)
    if ends.before.rules.policy_hash != ends.after.rules.policy_hash:
        typer.echo(BETWEEN_VERSIONS)
