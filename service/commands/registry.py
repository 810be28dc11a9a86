"""`qcredit registry`: bring enterprises in from a registry file, and say which entries are one enterprise."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.intake.profiles import load_profile
from data.stores.same_as import list_acts
from models.deliveries import Mode
from models.errors import Malformed
from service.commands.intake import DryRun, FileToRead, Key, Officer, ProfileName, Rejects, SourceCode, WrongTarget, bring_in
from service.commands.opening import acting, reading, writing
from service.commands.queue import identifier_of
from service.operations.same_entries import join_entries, part_entries

app = typer.Typer(help="Enterprises: who they are, from the registry.", no_args_is_help=True)


@app.callback()
def registry() -> None:
    pass


@app.command(name="import")
def import_(
    file: FileToRead,
    *,
    profile: ProfileName,
    source: SourceCode = "registry",
    key: Key = None,
    dry_run: DryRun = False,
    rejects: Rejects = None,
    officer: Officer = None,
) -> None:
    """Import a registry file; records that waited for its enterprises go in with it. Exit 3 when rows were rejected.

    Example: qcredit registry import enterprises.xlsx --profile cn-registry --source yc-registry
    """
    loaded = load_profile(profile)
    if loaded.profile.target != "enterprises":
        raise WrongTarget(f"The profile {profile} reads records. Use `qcredit intake {file} --profile {profile} --source {source}`.")
    bring_in(file, loaded, source=source, mode=Mode.DELTA, key=key, dry_run=dry_run, rejects=rejects, officer=officer)


class WhichEntries(Malformed):
    """A link names two entries and a reason."""

    code = "usage.same_as"


@app.command(name="same-as")
def same_as(
    kept: Annotated[str | None, typer.Argument(help="The entry that is kept: a unified social credit code, or SCHEME:VALUE.")] = None,
    duplicate: Annotated[str | None, typer.Argument(help="The entry that is the same enterprise.")] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why they are one enterprise, or why not: kept beside the link.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="They are two enterprises after all.")] = False,
    listing: Annotated[bool, typer.Option("--list", help="Show what was linked and undone, latest first.")] = False,
    officer: Officer = None,
) -> None:
    """Say that two entries are one enterprise: what is known of the duplicate counts for the entry that is kept.

    Example: qcredit registry same-as 91640100MA0000000L 640100000000018 --reason "same licence, renumbered" --as "Officer A"
    """
    if listing:
        _list_acts()
        return
    if kept is None or duplicate is None:
        raise WhichEntries("Name two entries, the one that is kept first: `qcredit registry same-as KEEP DUPLICATE --reason ...`.")
    pair = {"kept": identifier_of(kept), "duplicate": identifier_of(duplicate)}
    with writing() as session:
        done = (part_entries if undo else join_entries)(session, **pair, reason=reason, actor=acting(officer))
    ended = f" {done.superseded} red entries ended beside a black one." if done.superseded else ""
    what = "is the same enterprise as" if done.is_linked else "is no longer taken for the same enterprise as"
    typer.echo(f"{done.duplicate} {what} {done.kept}.{ended} Standings that followed: {done.standings_changed}.")


def _list_acts() -> None:
    with reading() as session:
        acts = list_acts(session, before=None, limit=100)
    if not acts:
        typer.echo("No entries were linked.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("when", "act", "kept", "duplicate", "by", "why"):
        table.add_column(column, overflow="fold")
    for one in acts:
        kept, duplicate = f"{one.kept_scheme}:{one.kept_value}", f"{one.duplicate_scheme}:{one.duplicate_value}"
        table.add_row(f"{one.done_at:%Y-%m-%d %H:%M}", one.act, kept, duplicate, one.done_by, one.reason)
    Console(markup=False).print(table)
