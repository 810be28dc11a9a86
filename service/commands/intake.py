"""`qcredit intake` and `qcredit deliveries`: bring a file of records in, look at what became of it, undo it, read it again."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.database import ReadSession
from data.intake.profiles import LoadedProfile, load_profile
from data.stores.deliveries import get_delivery, list_deliveries, list_rows
from models.deliveries import Counts, DeliveryState, Mode, RowOutcome
from models.errors import Malformed
from models.tables.deliveries import Delivery
from service.commands.opening import acting, reading, writing
from service.commands.progress import delivery_progress
from service.operations.deliver import Delivered, deliver, rehearse_delivery, resume_delivery
from service.operations.follow_facts import follow_standings
from service.operations.reread_delivery import reread_delivery
from service.operations.show_rejects import show_rejects
from service.operations.undo_delivery import undo_delivery

app = typer.Typer(help="Bring files of records in, and look after deliveries.", no_args_is_help=True)
deliveries = typer.Typer(help="List deliveries, fetch their rejects, undo one, read one again.", no_args_is_help=True)
app.add_typer(deliveries, name="deliveries")

REJECTED = 3
"""Exit code when rows were rejected."""
FileToRead = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, XLSX, JSON Lines or Parquet.")]
ProfileName = Annotated[str, typer.Option("--profile", help="A shipped profile's code, or the path of a YAML file.")]
SourceCode = Annotated[str, typer.Option("--source", help="Who delivers; `qcredit sources list` shows the codes.")]
Key = Annotated[str | None, typer.Option("--key", help="The sender's idempotency key; the file itself unless given.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read, check and match everything, and keep nothing.")]
Rejects = Annotated[Path | None, typer.Option("--rejects", help="Write the rejected rows there as CSV, to mend and send again.")]
Number = Annotated[int, typer.Argument(help="The delivery's number.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept beside the act.")]
Officer = Annotated[str | None, typer.Option("--as", help="The officer who acts; the operator unless named.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")]


class WrongTarget(Malformed):
    """The profile is for the other sort of file."""

    code = "profile.wrong_target"


@app.command()
def intake(
    file: FileToRead,
    *,
    profile: ProfileName,
    source: SourceCode,
    mode: Annotated[Mode, typer.Option(help="full: the file holds all that the source has, so that what is absent is told.")] = Mode.DELTA,
    key: Key = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    officer: Officer = None,
) -> None:
    """Deliver a file of records; exit 3 when rows were rejected.

    Example: qcredit intake penalties.csv --profile cn-penalty --source yc-market --rejects mend.csv
    """
    loaded = load_profile(profile)
    if loaded.profile.target != "records":
        raise WrongTarget(f"The profile {profile} reads a registry. Use `qcredit registry import {file} --profile {profile}`.")
    bring_in(file, loaded, source=source, mode=mode, key=key, dry_run=dry_run, rejects=rejects, officer=officer)


def bring_in(
    file: Path,
    profile: LoadedProfile,
    *,
    source: str,
    mode: Mode,
    key: str | None,
    dry_run: bool,
    rejects: Path | None,
    officer: str | None,
) -> None:
    """Deliver a file, tell what became of it, and end with the exit code that says whether rows were rejected."""
    with writing() as session, file.open("rb") as opened:
        with delivery_progress(file.name) as progress:
            if dry_run:
                done = rehearse_delivery(
                    session, file=opened, file_name=file.name, profile=profile, source=source, actor=acting(officer), mode=mode,
                    progress=progress,
                )  # fmt: skip
            else:
                done = deliver(
                    session, file=opened, file_name=file.name, profile=profile, source=source, actor=acting(officer), mode=mode,
                    idempotency_key=key, progress=progress,
                )  # fmt: skip
        delivery = get_delivery(session, done.delivery_id)
        if rejects is not None and done.counts.rejected:
            _write_rejects(session, delivery, rejects)
        tell(done, delivery, dry_run=dry_run)
        if dry_run:
            session.rollback()
    if done.counts.rejected:
        raise typer.Exit(REJECTED)


def tell(done: Delivered, delivery: Delivery, *, dry_run: bool = False) -> None:
    """Say in a few lines what became of a delivery."""
    counts = done.counts
    if done.is_repeat:
        typer.echo(
            f"This is delivery {done.delivery_id} of {delivery.received_at:%Y-%m-%d} again; nothing changed. "
            "If the source means it anew, give it a --key of its own."
        )
    elif dry_run:
        typer.echo("Rehearsed; nothing was kept.")
    else:
        known = f", known as of number {done.known_seq}" if done.known_seq is not None else ", nothing new became known"
        typer.echo(f"Delivery {done.delivery_id} is published{known}.")
    typer.echo(f"{counts.rows_read:,} rows: {_counted(counts)}")
    if delivery.absent:
        typer.echo(f"{counts.absent:,} records of the source were not in the file, such as {', '.join(delivery.absent[:5])}; they stay.")
    if (counts.rejected or counts.queued) and not dry_run:
        typer.echo(f"Look at them with `qcredit deliveries rows {done.delivery_id}`.")


def _counted(counts: Counts, *, only_some: bool = False) -> str:
    told = {name: getattr(counts, name) for name in ("accepted", "unchanged", "revised", "queued", "rejected", "noted")}
    return ", ".join(f"{number:,} {name}" for name, number in told.items() if number or not only_some)


def _write_rejects(session: ReadSession, delivery: Delivery, path: Path) -> None:
    with path.open("wb") as file:
        file.writelines(show_rejects(session, delivery))
    typer.echo(f"Rejected rows: {path}")


@deliveries.command(name="list")
def list_(
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    state: Annotated[DeliveryState | None, typer.Option(help="Only in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List deliveries, newest first.

    Example: qcredit deliveries list --source yc-market
    """
    with reading() as session:
        found = list_deliveries(session, source=source, state=state, limit=limit)
    if as_json:
        for one in found:
            typer.echo(json.dumps(one.model_dump(mode="json"), ensure_ascii=False))
        return
    table = _table("no.", "received", "source", "file", "state", "rows")
    for one in found:
        told = _counted(Counts.model_validate(one.counts), only_some=True)
        table.add_row(str(one.delivery_id), f"{one.received_at:%Y-%m-%d %H:%M}", one.source, one.file_name, one.state, told)
    _show(table, found, "No delivery yet.")


@deliveries.command()
def rows(
    delivery_id: Number,
    outcome: Annotated[RowOutcome | None, typer.Option(help="Only rows that ended so.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the rows that did not simply go in, with every problem.

    Example: qcredit deliveries rows 12 --outcome rejected
    """
    with reading() as session:
        delivery = get_delivery(session, delivery_id)
        found = list_rows(session, delivery_id, outcome=outcome, limit=limit)
    if as_json:
        for one in found:
            typer.echo(json.dumps(one.model_dump(mode="json"), ensure_ascii=False))
        return
    table = _table("row", "outcome", "column", "value", "what is wrong", "code")
    for one in found:
        for problem in one.problems:
            told = " ".join(str(problem[name]) for name in ("message", "suggestion") if problem.get(name))
            table.add_row(str(one.row_no), one.outcome, problem.get("column") or "", problem.get("value") or "", told, problem["code"])
    if delivery.problem:
        typer.echo(f"The delivery failed: {delivery.problem['message']} [{delivery.problem['code']}]")
    _show(table, found, "Every row simply went in.")


@deliveries.command()
def rejects(delivery_id: Number, out: Annotated[Path, typer.Option("--out", help="Where to write the CSV.")] = Path("rejects.csv")) -> None:
    """Write the rejected rows as CSV, with what is wrong beside them.

    Example: qcredit deliveries rejects 12 --out mend.csv
    """
    with reading() as session:
        _write_rejects(session, get_delivery(session, delivery_id), out)


@deliveries.command()
def resume(delivery_id: Number) -> None:
    """Take up a delivery that was received and never published, or that failed.

    Example: qcredit deliveries resume 12
    """
    with writing() as session, delivery_progress(f"delivery {delivery_id}") as progress:
        done = resume_delivery(session, delivery_id=delivery_id, progress=progress)
        delivery = get_delivery(session, delivery_id)
    tell(done, delivery)


@deliveries.command()
def undo(delivery_id: Number, why: Why, officer: Officer = None) -> None:
    """Withdraw what a delivery brought, or bring the earlier revisions back; newer deliveries stay as they are.

    Example: qcredit deliveries undo 12 --why "wrong file"
    """
    with writing() as session:
        done = undo_delivery(session, delivery_id=delivery_id, why=why, actor=acting(officer))
        session.commit()
        follow_standings(session, done.known_seq)
    kept = f"; {done.kept:,} enterprises stay for the records they have" if done.kept else ""
    typer.echo(
        f"Delivery {delivery_id} is undone: {done.withdrawn:,} withdrawn, {done.restored:,} restored, {done.dropped:,} wait no more{kept}."
    )


@deliveries.command()
def reread(delivery_id: Number, profile: ProfileName, officer: Officer = None) -> None:
    """Read the kept file of a delivery again under a mended profile.

    Example: qcredit deliveries reread 12 --profile mended.yaml
    """
    loaded = load_profile(profile)
    with writing() as session, delivery_progress(f"delivery {delivery_id}") as progress:
        done = reread_delivery(session, delivery_id=delivery_id, profile=loaded, actor=acting(officer), progress=progress)
        delivery = get_delivery(session, done.delivery_id)
    tell(done, delivery)
    if done.counts.withdrawn:
        typer.echo(f"{done.counts.withdrawn:,} records of the first reading are withdrawn or restored.")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _show(table: Table, found: Iterable[object], nothing: str) -> None:
    if found:
        Console(markup=False).print(table)  # what sources send is text, never markup
    else:
        typer.echo(nothing)
