"""`qcredit signing-keys`: the keys that sign receipts and checkpoints."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table

from data.database import ReadSession
from data.stores.signing_keys import find_active
from models.tables.signing import SigningKey
from service.commands.opening import acting, reading, writing
from service.operations import manage_signing_keys
from service.settings import read_settings
from service.signing import Signer, published_keys

app = typer.Typer(help="Keys that sign receipts and checkpoints: make, list, retire, revoke.", no_args_is_help=True)
Kid = Annotated[str, typer.Argument(help="The key's name, as `list` shows it.")]
By = Annotated[str | None, typer.Option("--as", help="Who does it; the operator unless given.")]
Why = Annotated[str | None, typer.Option(help="Why, kept with the key.")]


@app.command()
def create(by: By = None, why: Why = None) -> None:
    """Make a key that signs from now on; the one before is retired, and what it signed stays good.

    Example: qcredit signing-keys create --why "yearly rotation"
    """
    with writing() as session:
        made = manage_signing_keys.create_signing_key(session, signer=signer(), actor=acting(by), why=why)
    typer.echo(f"Key {made.kid} signs from now on.")


@app.command("list")
def show(as_jwks: Annotated[bool, typer.Option("--jwks", help="As the published set of keys (JWKS).")] = False) -> None:
    """List every key there ever was, newest first.

    Example: qcredit signing-keys list --jwks > keys.json
    """
    with reading() as session:
        keys = published_keys(session)
    if as_jwks:
        typer.echo(to_json(keys, indent=1).decode())
        return
    table = Table("key", "state", "made", "retired", "not to be trusted from")
    table.columns[0].overflow = "fold"  # a name cut short revokes nothing
    for key in keys["keys"]:
        table.add_row(key["kid"], key["status"], key["made_at"][:19], key.get("retired_at", "")[:19], key.get("revoked_from", "")[:19])
    Console(markup=False).print(table)


@app.command()
def retire(kid: Kid, by: By = None, why: Why = None) -> None:
    """Stop a key from signing and destroy its private half; what it signed stays good. Nothing signs until another is made.

    Example: qcredit signing-keys retire OYlf3WBJxb8Z1sEvNFyhTYx0kBsPH1l6sMvXoNAkq5Y --why "machine given back"
    """
    with writing() as session:
        _tell(session, manage_signing_keys.retire_signing_key(session, kid, actor=acting(by), why=why))


@app.command()
def revoke(
    kid: Kid,
    why: Annotated[str, typer.Option(help="Why, kept with the key.")],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"], help="From when on, in UTC; now unless given.")
    ] = None,
    by: By = None,
) -> None:
    """Say that nothing signed by a key from an instant on is to be trusted, and destroy its private half.

    Example: qcredit signing-keys revoke OYlf3WBJxb8Z1sEvNFyhTYx0kBsPH1l6sMvXoNAkq5Y --from 2026-05-20T08:00:00 --why "laptop lost"
    """
    instant = since.replace(tzinfo=UTC) if since else None
    with writing() as session:
        _tell(session, manage_signing_keys.revoke_signing_key(session, kid, since=instant, actor=acting(by), why=why))


def signer() -> Signer:
    """What signs at the command line: by the same environment as the service."""
    secret = read_settings().signing_secret
    return Signer(secret.get_secret_value() if secret else None)


def _tell(session: ReadSession, key: SigningKey) -> None:
    if key.revoked_from:
        typer.echo(f"Key {key.kid} is revoked: trust nothing it signed from {key.revoked_from:%Y-%m-%d %H:%M:%S} UTC on.")
    else:
        typer.echo(f"Key {key.kid} is retired since {key.retired_at:%Y-%m-%d %H:%M:%S} UTC.")
    if find_active(session) is None:
        typer.echo("Nothing signs now. Make another key with `qcredit signing-keys create`.")
