"""`qcredit queue`: records that wait for their enterprise, and how to settle them."""

import json
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from data.stores.queue import list_items
from models.deliveries import QueueState
from models.errors import Malformed
from models.identifiers import USCC, Identifier, parse_identifier
from service.commands.opening import acting, reading, writing
from service.operations.settle import follow_settled, settle

app = typer.Typer(help="Records that wait for their enterprise, and how to settle them.", no_args_is_help=True)


class How(StrEnum):
    """How a waiting record is settled at the command line."""

    ATTACH = "attach"
    CREATE = "create"
    REJECT = "reject"


STATES = {How.ATTACH: QueueState.ATTACHED, How.CREATE: QueueState.CREATED, How.REJECT: QueueState.REJECTED}


class UnreadableIdentifier(Malformed):
    """An identifier at the command line is SCHEME:VALUE, or a unified social credit code."""

    code = "usage.identifier"


@app.command(name="list")
def list_(
    state: Annotated[QueueState, typer.Option(help="Which of them.")] = QueueState.OPEN,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    after: Annotated[int, typer.Option(help="The last number you have seen.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line, for scripts.")] = False,
) -> None:
    """List what waits, oldest first, with the enterprises it might be about.

    Example: qcredit queue list
    """
    with reading() as session:
        found = list_items(session, state=state, source=source, after=after, limit=limit)
    if as_json:
        for one in found:
            typer.echo(json.dumps(one.model_dump(mode="json"), ensure_ascii=False))
        return
    if not found:
        typer.echo("Nothing waits." if state is QueueState.OPEN else "There is none.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("no.", "source", "record", "names", "why it waits", "might be"):
        table.add_column(column, overflow="fold")
    for one in found:
        record = one.record
        named = " ".join(str(record[field]) for field in ("value", "name") if record.get(field))
        told = f"{record['kind']} {record['outcome']} {record['occurred_on']} {record['source_ref']}"
        might = "\n".join(f"{candidate['scheme']}:{candidate['value']} {candidate.get('name') or ''}" for candidate in one.candidates)
        table.add_row(str(one.queue_id), one.source, told, named, f"{one.message} [{one.reason}]", might)
    Console(markup=False).print(table)  # what sources send is text, never markup


@app.command(name="settle")
def settle_(
    queue_id: Annotated[int, typer.Argument(help="The number in the queue.")],
    how: Annotated[How, typer.Argument(help="attach, create or reject.")],
    *,
    why: Annotated[str, typer.Option("--why", help="The reason, kept beside the settlement.")],
    to: Annotated[str | None, typer.Option("--to", help="The enterprise: SCHEME:VALUE, or a unified social credit code.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="The name of an enterprise to create, if the record gives none.")] = None,
    officer: Annotated[str | None, typer.Option("--as", help="The officer who settles; the operator unless named.")] = None,
) -> None:
    """Settle one waiting record.

    Example: qcredit queue settle 7 attach --to 91000000MA0000066F --why "name misspelt" --as "Officer A"
    """
    with writing() as session:
        done = settle(
            session,
            queue_id=queue_id,
            state=STATES[how],
            why=why,
            actor=acting(officer),
            identifier=identifier_of(to) if to is not None else None,
            name=name,
        )
        session.commit()
        follow_settled(session, done)
    became = f", the record is {done.became}" if done.became else ""
    also = f"; {done.also:,} others went in with it" if done.also else ""
    typer.echo(f"Number {queue_id} is {done.state}{became}{also}.")


def identifier_of(text: str) -> Identifier:
    """An enterprise as it is named at the command line. Raises `usage.identifier` and `identifier.*`."""
    scheme, colon, value = text.partition(":")
    if not colon:
        return parse_identifier(USCC, text)
    if not value:
        raise UnreadableIdentifier(f"'{text[:80]}' is not SCHEME:VALUE, such as cn-uscc:91000000MA0000066F.")
    return parse_identifier(scheme, value)
