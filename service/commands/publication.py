"""`qcredit publication`: the switch that stops publication, for when the service itself cannot be reached."""

from typing import Annotated

import typer

from service.commands.opening import acting, reading, writing
from service.operations import publication

app = typer.Typer(help="Stop publication, agree to go on, say how it stands.", no_args_is_help=True)
As = Annotated[str, typer.Option("--as", help="Who does it.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the act.")]


@app.command()
def status() -> None:
    """Say whether publication is stopped, and every use of the switch.

    Example: qcredit publication status
    """
    with reading() as session:
        found = publication.show(session)
    if found.is_stopped:
        agreed = f"; agreed to go on: {', '.join(found.agreed)}" if found.agreed else ""
        typer.echo(f"Stopped by {found.stopped_by} at {found.stopped_at:%Y-%m-%d %H:%M:%S} UTC: {found.reason}{agreed}")
    elif found.witnessed is not None:
        typer.echo(f"Held back: a consumer holds line {found.witnessed} of this epoch. Begin a new one: qcredit db new-epoch")
    else:
        typer.echo("Publication goes on.")
    for act in found.acts:
        typer.echo(f"{act.at:%Y-%m-%d %H:%M:%S} UTC  {act.act:6}  {act.by}: {act.reason}")


@app.command()
def stop(as_name: As, reason: Reason) -> None:
    """Stop publication within a second, alone.

    Example: qcredit publication stop --as "officer A" --reason "entries of a wrong list were published"
    """
    with writing() as session:
        publication.stop(session, reason=reason, actor=acting(as_name))
    typer.echo("Publication is stopped. Two different persons have to agree before it goes on: qcredit publication resume")


@app.command()
def resume(as_name: As, reason: Reason) -> None:
    """Agree that publication goes on; a second, different person has to agree too.

    Example: qcredit publication resume --as "officer B" --reason "the wrong entries are annulled"
    """
    with writing() as session:
        goes_on = publication.resume(session, reason=reason, actor=acting(as_name))
    typer.echo("Publication goes on." if goes_on else f"{as_name} agrees. A second, different person has to agree too.")
