"""`qcredit db`: bring the database to this version's schema, say where it is, stop the embedded server."""

import os

import typer

from data import embedded
from data.database import embedded_folder, locate, make_engine
from data.schema import check_schema, newest_revision
from data.schema import migrate as bring_up
from service.commands.opening import quiet_migrations

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
