"""`qcredit mirror`: keep an exact copy of the lists of a service, and prove it. It needs no database of its own."""

import time
from pathlib import Path
from typing import Annotated

import typer

from models.errors import Malformed
from service.mirror.faults import Unreachable
from service.mirror.folder import Folder
from service.mirror.follow import Mirror, Round, check_folder, name_all
from service.mirror.remote import Remote

app = typer.Typer()


class BadUse(Malformed):
    """The options do not go together."""

    code = "usage.choice"


@app.command()
def mirror(
    *,
    url: Annotated[str | None, typer.Argument(help="The service, such as https://credit.example; not needed for --verify.")] = None,
    folder: Annotated[Path, typer.Option("--dir", help="Where the copy is kept.")],
    key: Annotated[str | None, typer.Option(envvar="QCREDIT_MIRROR_KEY", help="A key of role platform; better in the environment.")] = None,
    feed: Annotated[str, typer.Option(help="changes, or test for the feed of invented entries.")] = "changes",
    follow: Annotated[bool, typer.Option("--follow/--once", help="Go on for ever, or one round.")] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between rounds.")] = 20,
    from_snapshot: Annotated[bool, typer.Option("--from-snapshot", help="Begin with a snapshot instead of the first line.")] = False,
    silent: Annotated[bool, typer.Option("--silent", help="Do not acknowledge what was read.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Prove the folder as it lies there, without asking anybody.")] = False,
) -> None:
    """Follow the feed of a service into a folder, and prove the copy equal to what the service signed.

    Example: qcredit mirror http://127.0.0.1:8000 --dir mirror --once
    """
    if feed not in {"changes", "test"}:
        raise BadUse(f"--feed {feed} is not known. Use changes or test.")
    with Folder(folder, log=feed) as kept:
        if verify:
            checkpoint = check_folder(kept)
            signed = f", as signed at {checkpoint.issued_at}" if checkpoint else "; no checkpoint was kept yet"
            typer.echo(f"The copy is whole: line {kept.state.seq} of epoch {kept.state.epoch}{signed}.")
            return
        if url is None:
            raise BadUse("Name the service to follow, such as http://127.0.0.1:8000.")
        with Remote(url, key=key, feed=feed) as remote:
            copy = Mirror(remote, kept)
            _say(copy.follow(from_snapshot=from_snapshot, acknowledges=not silent and feed == "changes"))
            while follow:
                time.sleep(every)
                try:
                    _say(copy.follow(acknowledges=not silent and feed == "changes"))
                except Unreachable as fault:
                    typer.echo(f"{fault} [{fault.code}]", err=True)


def _say(done: Round) -> None:
    signed = done.checkpoint
    if done.set_aside:
        typer.echo(f"Epoch {signed.epoch} has begun: the copy before it is kept in {done.set_aside}. {name_all(done.differing)}")
    verdict = f"; acknowledged: {done.verdict}" if done.verdict else ""
    forgotten = f", {done.forgotten} forgotten" if done.forgotten else ""
    typer.echo(
        f"{done.read} lines read{forgotten}. The copy is equal: line {signed.seq} of epoch {signed.epoch}, {signed.entries} entries, "
        f"root {signed.lists_root[:16]}, signed {signed.issued_at}{verdict}"
    )
