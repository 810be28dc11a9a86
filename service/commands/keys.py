"""`qcredit keys`: make, list and revoke the keys of the API."""

from datetime import UTC, datetime, time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.access import Role
from models.identifiers import USCC, parse_identifier
from models.tables.access import ApiKey
from service.commands.opening import OPERATOR, reading, writing
from service.operations import manage_keys

app = typer.Typer(help="Keys of the API: make, list, revoke.", no_args_is_help=True)


@app.command()
def create(
    *,
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    holder: Annotated[str, typer.Option(help="Whose key it is; acts under it bear this name.")],
    source: Annotated[str | None, typer.Option(help="The source a delivering key speaks for.")] = None,
    enterprise: Annotated[str | None, typer.Option(help="The unified social credit code of the enterprise whose own key it is.")] = None,
    region: Annotated[str | None, typer.Option(help="The region code the holder works in.")] = None,
    expires: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day it works, in UTC.")] = None,
) -> None:
    """Make a key and print it, this once.

    Example: qcredit keys create --role procurement --holder "purchasing centre" --expires 2027-12-31
    Example: qcredit keys create --role enterprise --holder "sample food company" --enterprise 91640100MA0000000X
    """
    until = datetime.combine(expires.date(), time.max, tzinfo=UTC) if expires else None
    own = parse_identifier(USCC, enterprise) if enterprise else None
    with writing() as session:
        made = manage_keys.create_key(
            session, role=role, holder=holder, source=source, region=region, enterprise=own, expires_at=until, actor=OPERATOR
        )
    typer.echo(made.text)
    typer.echo("This key is not kept and cannot be shown again. Send it as: Authorization: Bearer <key>", err=True)


@app.command("list")
def show() -> None:
    """List keys, without their secrets.

    Example: qcredit keys list
    """
    table = Table("key", "role", "holder", "source", "made", "state")
    after = ""
    with reading() as session:
        while page := manage_keys.list_keys(session, after=after):
            for key in page:
                table.add_row(key.key_id, key.role, key.holder, key.source or "", f"{key.created_at:%Y-%m-%d}", _state(key))
            after = page[-1].key_id
    Console(markup=False).print(table)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The part between the two underscores.")]) -> None:
    """Revoke a key for good.

    Example: qcredit keys revoke abcd2345efgh6723
    """
    with writing() as session:
        key = manage_keys.revoke_key(session, key_id, actor=OPERATOR)
    typer.echo(f"Key {key.key_id} of {key.holder} is revoked.")


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "works"
    return f"{'expired' if key.expires_at <= datetime.now(UTC) else 'works until'} {key.expires_at:%Y-%m-%d}"
