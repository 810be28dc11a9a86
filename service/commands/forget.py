"""`qcredit forget`: empty what the log says of entries that have ended."""

from datetime import datetime
from typing import Annotated

import typer

from service.clock import legal_day
from service.commands.opening import OPERATOR, writing
from service.operations.forget import forget_due, forget_entry

app = typer.Typer(help="Empty what the log says of entries that have ended; chain and roots stay.", no_args_is_help=True)


@app.command()
def entry(
    listing_id: Annotated[int, typer.Argument(help="The entry's number.")],
    why: Annotated[str, typer.Option(help="By which law, and who asked; kept, and never sent to consumers.")],
) -> None:
    """Forget one entry that has ended.

    Example: qcredit forget entry 12 --why "court order 2026-3"
    """
    with writing() as session:
        lines = forget_entry(session, listing_id, reason=why, actor=OPERATOR)
    typer.echo(f"Emptied: line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}. Consumers are told with the next checkpoint.")


@app.command()
def due(
    as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The legal day; today unless given.")] = None,
) -> None:
    """Forget every entry whose retention is over (data/codes/retention_terms.csv); the service does so by itself while it runs.

    Example: qcredit forget due
    """
    today = min(as_of.date(), legal_day()) if as_of else legal_day()
    total = 0
    with writing() as session:
        while done := forget_due(session, today=today, actor=OPERATOR):
            session.commit()
            total += done
    typer.echo(f"{total} entries forgotten by {today}.")
