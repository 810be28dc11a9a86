"""Put an answer into its canonical bytes and sign it: the receipt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

from models.receipts import RECEIPT, canonical, with_digests
from service.signing import ActiveKey


@dataclass(frozen=True)
class Sealed:
    """An answer, byte for byte as it is kept and signed, with the other two parts of its JWS."""

    answer: bytes
    receipt_head: str
    receipt_signature: str

    @property
    def columns(self) -> dict[str, str]:
        """As the store keeps them."""
        return {"answer": self.answer.decode(), "receipt_head": self.receipt_head, "receipt_signature": self.receipt_signature}


def seal(told: Mapping[str, Any], *, key: ActiveKey, at: datetime) -> Sealed:
    """Sign the answer as it will be kept, with a digest of each supplier in it."""
    answer = canonical(with_digests(from_json(to_json(told))))
    head, _, signature = key.sign(answer, typ=RECEIPT, signed_at=at).split(".")
    return Sealed(answer=answer, receipt_head=head, receipt_signature=signature)
