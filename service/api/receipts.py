"""Receipts: the signed proof of a check, for programs, for people, and for whoever wants to verify one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from models.receipts import flattened
from service.access import Caller
from service.answers import JSON, respond_bytes
from service.clock import legal_day
from service.house import ReadSessionDep, SettingsDep
from service.operations.receipts import KeptReceipt, get_receipt
from service.operations.verify_receipt import verify_here
from service.paper.printing import print_kept
from service.problems import problems
from service.receipt_answers import ReceiptGiven, Verified
from service.settings import Settings

router = APIRouter(tags=["receipts"])
JOSE = "application/jose"
Number = Annotated[int | None, Query(ge=1, description="Only the page of this supplier; all of them unless given.")]


@router.get("/v1/checks/{check_id}/receipt.jws", response_class=Response, responses=problems(401, 403, 404, 422))
def read_receipt(request: Request, caller: Caller, session: ReadSessionDep, check_id: int) -> Response:
    """Give the receipt as a compact JWS over the whole answer, signed when the check was answered."""
    kept = get_receipt(session, check_id, actor=caller)
    return respond_bytes(request, kept.token.encode(), media_type=JOSE, headers=_named(kept, "jws"))


@router.get("/v1/checks/{check_id}/receipt.json", response_model=dict[str, str], responses=problems(401, 403, 404, 422))
def read_receipt_as_json(request: Request, caller: Caller, session: ReadSessionDep, check_id: int) -> Response:
    """Give the same receipt as JSON (RFC 7515, flattened): `protected`, `payload` and `signature`."""
    kept = get_receipt(session, check_id, actor=caller)
    return respond_bytes(request, to_json(flattened(kept.token)), media_type=JSON, headers=_named(kept, "json"))


@router.get("/v1/checks/{check_id}/receipt.pdf", response_class=Response, responses=problems(401, 403, 404, 422))
def print_receipt_of_check(
    *, request: Request, caller: Caller, session: ReadSessionDep, settings: SettingsDep, check_id: int, supplier: Number = None
) -> Response:
    """Give the receipt on paper (PDF/A-2a): one page for each supplier, with a code that leads to its verification."""
    kept = get_receipt(session, check_id, actor=caller)
    body = print_kept(kept, supplier=supplier, address=address_of(request, settings))
    return respond_bytes(request, body, media_type="application/pdf", headers=_named(kept, "pdf", supplier))


@router.post("/v1/receipts/verify", responses=problems(401, 409, 413, 422))
def verify_receipt_here(caller: Caller, session: ReadSessionDep, given: ReceiptGiven) -> Verified:
    """Verify a receipt, or the page an address is on: is it kept here, what has changed since. What is not to be trusted is a problem."""
    return verify_here(session, given.receipt, actor=caller, today=legal_day())


def address_of(request: Request, settings: Settings) -> str:
    """Where others reach this service, without a stroke at the end."""
    return settings.public_url or str(request.base_url).rstrip("/")


def _named(kept: KeptReceipt, ending: str, supplier: int | None = None) -> dict[str, str]:
    part = f"-{supplier}" if supplier else ""
    return {"Content-Disposition": f'inline; filename="receipt-{kept.row.check_id}{part}.{ending}"', "X-Content-Type-Options": "nosniff"}
