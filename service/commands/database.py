"""`qcredit db`: bring the database to this version's schema, say where it is, stop the embedded server."""

import os
from typing import Annotated

import typer

from data import embedded
from data.database import embedded_folder, locate, make_engine
from data.schema import check_schema, newest_revision
from data.schema import migrate as bring_up
from service.commands.opening import OPERATOR, quiet_migrations, writing
from service.operations.begin_epoch import begin_epoch

app = typer.Typer(help="The database: migrate it, say which one is used, stop the embedded server.", no_args_is_help=True)


@app.command()
def migrate() -> None:
    """Bring the database to the schema of this version.

    Example: qcredit db migrate
    """
    found = locate()
    typer.echo(f"Database: {found.describe()}")
    quiet_migrations()
    bring_up(found.url)
    typer.echo(f"Schema: revision {newest_revision()}")


@app.command()
def status() -> None:
    """Say which database is used, and whether its schema fits; exit 1 when it does not.

    Example: qcredit db status
    """
    found = locate()
    typer.echo(f"Database: {found.describe()}")
    engine = make_engine(found.url, size=1)
    try:
        check_schema(engine)
    finally:
        engine.dispose()
    typer.echo(f"Schema: revision {newest_revision()}, as this version needs it")


@app.command("new-epoch")
def new_epoch(
    reason: Annotated[str, typer.Option(help="Which backup was restored, and why; told to every consumer.")],
    without_witness: Annotated[bool, typer.Option("--without-witness", help="Although no consumer proved to hold more lines.")] = False,
) -> None:
    """Begin a new epoch of the log after an older backup was restored: consumers take a snapshot, and nothing forks.

    Example: qcredit db new-epoch --reason "backup of 2026-11-24 restored after a disk failure"
    """
    with writing() as session:
        begun = begin_epoch(session, reason=reason, without_witness=without_witness, actor=OPERATOR)
    seen = f"Witnesses: {', '.join(begun.witnesses)}." if begun.witnesses else "No consumer was a witness."
    typer.echo(f"Epoch {begun.epoch} begins. {seen}")


@app.command()
def stop() -> None:
    """Stop the embedded server; a server named by DATABASE_URL is left alone.

    Example: qcredit db stop
    """
    if os.environ.get("DATABASE_URL", "").strip():
        typer.echo("DATABASE_URL names a server of its own; stop it where it is run.")
        return
    stopped = embedded.stop(embedded_folder())
    typer.echo("The embedded server is stopped." if stopped else "The embedded server is not running.")
