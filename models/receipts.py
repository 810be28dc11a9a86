"""Receipts (核查回执): what is signed, in which bytes, and how a receipt is read again, with nothing but the published keys.

A receipt is a JWS over the whole answer of a check. A slip is a short JWS about one supplier of it, for the code on a page of paper; it
names the SHA-256 of what the receipt says of that supplier. A stand-alone consumer needs this module, `models.signatures` and joserfc.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from models.errors import Malformed
from models.signatures import Signed, WrongType, verify

RECEIPT = "qcredit-receipt+json"
SLIP = "qcredit-slip+json"
FORMAT = 1


class BadReceipt(Malformed):
    """It is signed by this service, and is not what a receipt should be; or it holds no signed statement at all."""

    code = "receipt.malformed"


@dataclass(frozen=True)
class Receipt:
    """A receipt or a slip whose signature fits, and what it says."""

    token: str
    signed: Signed
    content: Mapping[str, Any]
    is_slip: bool

    @property
    def check_id(self) -> int:
        return int(self.content["check_id"])


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, without blanks, in UTF-8: equal content, equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def with_digests(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a receipt: the answer, with the format and a digest of each supplier in their order."""
    return {**content, "receipt": FORMAT, "digests": [digest(supplier) for supplier in content["suppliers"]]}


def slip_of(content: Mapping[str, Any], no: int) -> dict[str, Any]:
    """What the code on the page of one supplier says; short, because it has to fit into a code that a telephone reads."""
    supplier = content["suppliers"][no - 1]
    named = supplier["enterprise"]
    return {
        "check_id": content["check_id"],
        "no": no,
        "of": len(content["suppliers"]),
        "asked_at": content["asked_at"],
        "as_of": content["as_of"],
        "purpose": content["purpose"],
        "outcome": supplier["outcome"],
        "code": f"{named['scheme']}/{named['value']}" if named else None,
        "verdict": supplier["verdict"],
        "sha256": content["digests"][no - 1],
    }


def assemble(head: str, payload: bytes, signature: str) -> str:
    """The compact JWS of its three parts."""
    return f"{head}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{signature}"


def flattened(token: str) -> dict[str, str]:
    """The same JWS in the flattened JSON form of RFC 7515."""
    head, payload, signature = token.split(".")
    return {"protected": head, "payload": payload, "signature": signature}


def find_token(text: str) -> str:
    """The compact JWS in what somebody hands in: itself, broken over lines or not, in its JSON form, or in the address of a code.

    Raises `receipt.malformed`; whether it is a JWS at all is for `verify` to say.
    """
    given = text.strip().removeprefix("\ufeff").strip()
    if given.startswith("{"):
        try:
            told = json.loads(given)
            return ".".join(str(told[name]) for name in ("protected", "payload", "signature"))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadReceipt(
                "This is JSON, and no receipt: it needs `protected`, `payload` and `signature`. It may have been cut short."
            ) from None
    if given.lower().startswith(("http://", "https://")):
        tokens = parse_qs(urlsplit(given).query).get("t")
        if not tokens:
            raise BadReceipt("This address carries no receipt. Give the whole address that the code on the paper holds.")
        given = tokens[0]
    if not given:
        raise BadReceipt("There is nothing to verify. Give a receipt file, its text, or the address of the code on the paper.")
    return "".join(given.split())


def verify_receipt(text: str, jwks: Mapping[str, Any]) -> Receipt:
    """Judge a receipt or a slip by the published keys alone. Raises `receipt.malformed` and `signature.*`, each its own answer."""
    token = find_token(text)
    try:
        signed, is_slip = verify(token, jwks, typ=RECEIPT), False
    except WrongType:
        signed, is_slip = verify(token, jwks, typ=SLIP), True
    try:
        content = json.loads(signed.payload)
        sound = isinstance(content["check_id"], int) and (is_slip or content["digests"] == [digest(one) for one in content["suppliers"]])
    except (ValueError, KeyError, TypeError, RecursionError):
        sound, content = False, {}
    if not sound:
        raise BadReceipt("This is signed by this service, and it is no receipt that this version can read.")
    return Receipt(token, signed, content, is_slip)
