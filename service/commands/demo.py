"""`qcredit demo`: the sample city, loaded, evaluated, decided and served."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from data.database import locate
from data.sample_city.relations import DEFAULT_SEED
from data.schema import migrate
from service.commands.opening import quiet_migrations
from service.commands.signing_keys import signer
from service.operations.demo import Demo, set_up

app = typer.Typer()


@app.command()
def demo(
    size: Annotated[int, typer.Option(help="How many enterprises.", min=100, max=100_000)] = 3_000,
    seed: Annotated[int, typer.Option(help="Another seed, another city.")] = DEFAULT_SEED,
    port: Annotated[int | None, typer.Option(help="Port to serve on.", min=0, max=65535)] = None,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve when all is loaded.")] = True,
) -> None:
    """Load a city of invented enterprises, evaluate it under two policies, decide its proposals, and serve. A second call changes nothing.

    Example: qcredit demo --size 3000
    """
    started = time.monotonic()
    found = locate()
    typer.echo(f"Database: {found.describe()}")
    quiet_migrations()
    migrate(found.url)
    folder = Path(os.environ.get("QCREDIT_VAR", "").strip() or "var") / "demo"
    typer.echo(f"Sample city of {size:,} invented enterprises; files in {folder}")
    made = set_up(
        found,
        folder=folder,
        size=size,
        seed=seed,
        signer=signer(),
        tell=lambda line: typer.echo(f"  {time.monotonic() - started:5.1f} s  {line}"),
    )
    typer.echo(f"Ready after {time.monotonic() - started:.0f} s, as of {made.as_of}.")
    _tell_keys(made)
    if serving:
        from service.commands.serve import serve  # noqa: PLC0415  # the web server is not needed to load

        serve(host=None, port=port, workers=None)


def _tell_keys(made: Demo) -> None:
    typer.echo("Keys of sample holders (Authorization: Bearer <key>):")
    for key in made.keys:
        typer.echo(f"  {key.role:<12} {key.holder}  {key.text}")
    typer.echo(f"Not delivered yet, for you to try: qcredit intake {made.undelivered} --profile cn-penalty --source sample-market")
