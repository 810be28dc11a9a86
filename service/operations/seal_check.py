"""Put an answer into its canonical bytes and sign it: the receipt over the whole, and a slip for each supplier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

from models.receipts import RECEIPT, SLIP, canonical, slip_of, with_digests
from service.signing import ActiveKey


@dataclass(frozen=True)
class Sealed:
    """An answer, byte for byte as it is kept and signed, with its signatures."""

    answer: bytes
    receipt_head: str
    receipt_signature: str
    slip_head: str
    slip_signatures: str

    @property
    def columns(self) -> dict[str, str]:
        """As the store keeps them."""
        return {
            "answer": self.answer.decode(),
            "receipt_head": self.receipt_head,
            "receipt_signature": self.receipt_signature,
            "slip_head": self.slip_head,
            "slip_signatures": self.slip_signatures,
        }


def seal(told: Mapping[str, Any], *, key: ActiveKey, at: datetime) -> Sealed:
    """Sign the answer as a whole and supplier by supplier, all at one instant and so under one head of each kind."""
    content = with_digests(from_json(to_json(told)))
    answer = canonical(content)
    head, _, signature = key.sign(answer, typ=RECEIPT, signed_at=at).split(".")
    slips = [key.sign(canonical(slip_of(content, no)), typ=SLIP, signed_at=at) for no in range(1, len(content["suppliers"]) + 1)]
    return Sealed(
        answer=answer,
        receipt_head=head,
        receipt_signature=signature,
        slip_head=slips[0].split(".")[0],
        slip_signatures="".join(slip.rpartition(".")[2] for slip in slips),
    )
