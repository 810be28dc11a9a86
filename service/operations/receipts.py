"""The signed receipt of a check, as it was signed when the check was answered."""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic_core import from_json

from data.database import ReadSession
from data.stores import checks
from models.access import Actor
from models.errors import NotFound
from models.receipts import PageCode, assemble
from models.tables.access import CreditCheck
from service.operations.check import asker_of


class NoReceipt(NotFound):
    """The check was asked before checks were signed."""

    code = "receipt.none"


class NoSuchSupplier(NotFound):
    """The check has no supplier of this number."""

    code = "receipt.no_such_supplier"


@dataclass(frozen=True)
class KeptReceipt:
    """What is kept of a signed check, put together again on demand."""

    row: CreditCheck

    @property
    def answer(self) -> bytes:
        return self.row.answer.encode()

    @cached_property
    def content(self) -> Mapping[str, Any]:
        told: dict[str, Any] = from_json(self.answer)
        return told

    @property
    def token(self) -> str:
        """The receipt over the whole check."""
        return assemble(str(self.row.receipt_head), self.answer, str(self.row.receipt_signature))

    def page_code(self, no: int) -> PageCode:
        """What the code on the page of one supplier says."""
        return PageCode(self.row.check_id or 0, no, self.content["digests"][no - 1])

    @property
    def kid(self) -> str:
        """The key that signed it, as its head says."""
        head = str(self.row.receipt_head)
        return str(from_json(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])

    def numbers(self, supplier: int | None) -> list[int]:
        """All suppliers, or the one asked for. Raises `receipt.no_such_supplier`."""
        if supplier is None:
            return list(range(1, self.row.suppliers + 1))
        if not 1 <= supplier <= self.row.suppliers:
            raise NoSuchSupplier(f"The check {self.row.check_id} has suppliers 1 to {self.row.suppliers}, and no {supplier}.")
        return [supplier]


def get_receipt(session: ReadSession, check_id: int, *, actor: Actor) -> KeptReceipt:
    """The receipt of a check: for whoever asked it, and for auditors. Raises `check.not_found` and `receipt.none`."""
    row = checks.get_check(session, check_id, asked_by=asker_of(actor))
    if row.receipt_signature is None:
        raise NoReceipt(f"The check {check_id} was asked before checks were signed. Ask it again with the same cut-off for a receipt.")
    return KeptReceipt(row)


def find_receipt(session: ReadSession, check_id: int) -> KeptReceipt | None:
    """For verifying: what is kept under a number, whoever asked it; nothing may be told of it but to who holds it."""
    row = checks.find_check(session, check_id)
    return KeptReceipt(row) if row is not None and row.receipt_signature is not None else None
