"""`qcredit receipt`: verify a receipt with the published keys and nothing else, or give the receipt of a kept check."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer
from pydantic_core import to_json

from models.access import Actor, Role
from models.errors import Malformed
from models.receipts import BadReceipt, Receipt, flattened, verify_receipt
from models.signatures import BadKeySet, KeyState

if TYPE_CHECKING:
    from service.operations.receipts import KeptReceipt

app = typer.Typer(help="Receipts: verify one offline, or write the one of a check to a file.", no_args_is_help=True)
AUDITOR = Actor(holder="operator", role=Role.AUDITOR)
LARGEST = 64 * 1024 * 1024


class Form(StrEnum):
    """How a receipt is written."""

    JWS = "jws"
    JSON = "json"
    PDF = "pdf"


class Unreadable(Malformed):
    """The file cannot be read."""

    code = "receipt.unreadable"


class NoKeys(Malformed):
    """The published keys cannot be had."""

    code = "receipt.no_keys"


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The receipt (.jws or .json); - reads from stdin.", allow_dash=True)],
    jwks: Annotated[Path | None, typer.Option(help="The published keys as a file; then neither network nor database is used.")] = None,
    url: Annotated[str | None, typer.Option(help="The service whose published keys are fetched.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What the receipt says, as one line of JSON.")] = False,
) -> None:
    """Verify a receipt by the published keys: from a file, from a service, or from the database of this environment.

    Exit 0 when it is good; 1 with a sentence and a code when it is forged, cut short, or by a key that is not to be trusted.

    Example: qcredit receipt verify receipt-12.jws --jwks keys.json
    """
    found = verify_receipt(_text_of(file), _keys(jwks, url))
    if as_json:
        typer.echo(to_json(found.content).decode())
        return
    for line in _told(found):
        typer.echo(line)


@app.command()
def fetch(
    check_id: Annotated[int, typer.Argument(help="The number of the check.")],
    form: Annotated[Form | None, typer.Option(help="How to write it; as the file is called, or jws.")] = None,
    supplier: Annotated[int | None, typer.Option(help="Of a PDF, only the page of this supplier.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file to write; receipt-NUMBER.FORM unless given.")] = None,
) -> None:
    """Write the receipt of a kept check to a file.

    Example: qcredit receipt fetch 12 --out receipt-12.pdf
    """
    from service.commands.opening import reading  # noqa: PLC0415  # verifying must not need a database
    from service.operations.receipts import get_receipt  # noqa: PLC0415

    called = out.suffix.removeprefix(".") if out else ""
    form = form or (Form(called) if called in list(Form) else Form.JWS)
    with reading() as session:
        kept = get_receipt(session, check_id, actor=AUDITOR)
        body = _paper(kept, supplier) if form is Form.PDF else _signed(kept, form)
    path = out or Path(f"receipt-{check_id}.{form}")
    path.write_bytes(body)
    typer.echo(f"{path}: {len(body):,} bytes")


def _signed(kept: "KeptReceipt", form: Form) -> bytes:
    return kept.token.encode() if form is Form.JWS else to_json(flattened(kept.token))


def _paper(kept: "KeptReceipt", supplier: int | None) -> bytes:
    from service.paper.printing import print_kept  # noqa: PLC0415  # the typesetter is loaded for paper alone
    from service.settings import read_settings  # noqa: PLC0415

    settings = read_settings()
    return print_kept(kept, supplier=supplier, address=settings.public_url or f"http://{settings.host}:{settings.port}")


def _told(found: Receipt) -> list[str]:
    """What the receipt says, in a few lines."""
    content, signed = found.content, found.signed
    lines = [f"Good: receipt of check {found.check_id}, signed {signed.signed_at:%Y-%m-%d %H:%M:%S} UTC by key {signed.kid}."]
    if signed.key_state is KeyState.REVOKED:
        lines.append(
            f"The key was revoked from {signed.revoked_from} on. Ask the service whether it knows this receipt before relying on it."
        )
    lines.append(
        f"Asked by {content['asked_by']} at {content['asked_at']} for {content['purpose']}, {content['matter'] or 'no matter named'}."
    )
    lines.append(
        f"As of {content['as_of']}, known by {content['known_at']} (sequence {content['known_seq']}), log line {content['change_seq']}."
    )
    for one in content["suppliers"]:
        named = one["enterprise"]
        who = f"{named['name']} {named['value']}" if named else one["asked"]["code"] or one["asked"]["name"]
        lines.append(f"{one['no']:5}  {one['verdict'] or one['outcome']:15}  {who}")
    return lines


def _text_of(file: Path) -> str:
    try:
        given = sys.stdin.buffer.read(LARGEST) if str(file) == "-" else file.read_bytes()[:LARGEST]
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}.") from None
    if given.startswith(b"%PDF"):
        raise Unreadable(f"{file} is the receipt on paper. Verify the file receipt.jws, or open the address that the code on a page holds.")
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadReceipt(f"{file} is no text. A receipt is a .jws or .json file.") from None


def _keys(jwks: Path | None, url: str | None) -> dict[str, Any]:
    if jwks is not None:
        try:
            told = json.loads(jwks.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise NoKeys(f"{jwks} cannot be read: {error.strerror}.") from None
        except ValueError:
            raise BadKeySet(f"{jwks} is no set of keys. Fetch /.well-known/jwks.json from the service again.") from None
        return _a_set(told)
    if url is not None:
        address = f"{url.rstrip('/')}/.well-known/jwks.json"
        try:
            return _a_set(httpx.get(address, timeout=20).raise_for_status().json())
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise NoKeys(f"{address} gave no keys: {error}. Give a file with --jwks instead.") from None
    from service.commands.opening import reading  # noqa: PLC0415  # as above
    from service.signing import published_keys  # noqa: PLC0415

    with reading() as session:
        return published_keys(session)


def _a_set(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise BadKeySet("This is no set of keys: it should be a JSON object with `keys`. Fetch /.well-known/jwks.json again.")
    return told
