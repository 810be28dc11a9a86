"""`qcredit recount`: answer a random sample of enterprises anew, and compare with the latest published run."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.stores.recounts import list_recounts
from models.tables.runs import Recount
from service.commands.opening import acting, opened, reading
from service.operations.recount import RecountAsked
from service.operations.recount import recount as recount_sample

app = typer.Typer(help="Answer a sample of enterprises anew, and compare with the latest published run.")
DIFFERS = 3


@app.command()
def recount(
    *,
    sample: Annotated[int, typer.Option(help="How many enterprises are answered anew.")] = 1_000,
    seed: Annotated[int | None, typer.Option(help="Choose the same enterprises as a recount before; drawn unless given.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the latest recounts instead.")] = False,
    as_name: Annotated[str | None, typer.Option("--as", help="Who asks; the operator unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, for scripts.")] = False,
) -> None:
    """Answer a random sample anew, as the latest published run was asked, and tell what differs; exit code 3 when something does.

    Example: qcredit recount --sample 5000
    Example: qcredit recount --list
    """
    if listed:
        with reading() as session:
            found = list(list_recounts(session))
        _show_all(found, as_json=as_json)
        return
    done = recount_sample(opened(), RecountAsked(sample=sample, seed=seed), actor=acting(as_name))
    assert done is not None
    if as_json:
        typer.echo(done.model_dump_json())
    else:
        typer.echo(f"{done.asked} enterprises of run {done.run_id} answered anew (seed {done.seed}): {done.differing} differ.")
        for difference in done.differences:
            typer.echo(f"  enterprise {difference['enterprise_key']}: said {difference['said']}, found {difference['found']}")
    if done.differing:
        raise typer.Exit(DIFFERS)


def _show_all(found: list[Recount], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([json.loads(one.model_dump_json()) for one in found], ensure_ascii=False))
        return
    table = Table("recount", "when", "run", "seed", "answered anew", "differ", "by")
    for one in found:
        numbers = (one.run_id, one.seed, one.asked, one.differing)
        table.add_row(str(one.recount_id), f"{one.done_at:%Y-%m-%d %H:%M}", *map(str, numbers), one.done_by)
    Console(markup=False).print(table)
