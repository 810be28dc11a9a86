"""Receipts (核查回执): what is signed, in which bytes, and how a receipt is read again, with nothing but the published keys.

A receipt is a JWS over the whole answer of a check. The code on a page of paper is an address with the number of the check, that of the
supplier, and the SHA-256 of what the receipt says of it: the service alone can say whether that is so. A stand-alone consumer needs this
module, `models.signatures` and joserfc.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from models.errors import Malformed
from models.signatures import Signed, verify

RECEIPT = "qcredit-receipt+json"
FORMAT = 1


class BadReceipt(Malformed):
    """It is signed by this service, and is not what a receipt should be; or it holds no signed statement at all."""

    code = "receipt.malformed"


class PaperOnly(Malformed):
    """The address of a page of paper holds no signature to verify here."""

    code = "receipt.page"


@dataclass(frozen=True)
class PageCode:
    """What the code on a page of paper says: the content of supplier `no` in a check has this digest."""

    check_id: int
    no: int
    digest: str

    def address(self, base: str) -> str:
        """Where the code leads."""
        short = base64.urlsafe_b64encode(bytes.fromhex(self.digest)).rstrip(b"=").decode()
        return f"{base}/receipts/verify?c={self.check_id}&n={self.no}&h={short}"


@dataclass(frozen=True)
class Receipt:
    """A receipt whose signature fits, and what it says."""

    token: str
    signed: Signed
    content: Mapping[str, Any]

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


def assemble(head: str, payload: bytes, signature: str) -> str:
    """The compact JWS of its three parts."""
    return f"{head}.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.{signature}"


def flattened(token: str) -> dict[str, str]:
    """The same JWS in the flattened JSON form of RFC 7515."""
    head, payload, signature = token.split(".")
    return {"protected": head, "payload": payload, "signature": signature}


def read_page_code(text: str) -> PageCode | None:
    """The code of a page, from its address; None when the text is none. Raises `receipt.malformed` when a part of it is wrong."""
    given = text.strip()
    if not given.lower().startswith(("http://", "https://")):
        return None
    try:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(given).query).items()}
        short = asked["h"]
        found = PageCode(int(asked["c"]), int(asked["n"]), base64.urlsafe_b64decode(short + "=" * (-len(short) % 4)).hex())
    except (KeyError, ValueError):
        found = None
    if found is None or len(found.digest) != 64 or not 0 < found.check_id < 2**63 or not 0 < found.no < 2**31:
        raise BadReceipt("This address is not that of a receipt's page. Give the whole address that the code on the paper holds.")
    return found


def find_token(text: str) -> str:
    """The compact JWS in what somebody hands in: itself, broken over lines or not, or in its JSON form.

    Raises `receipt.malformed` and `receipt.page`; whether it is a JWS at all is for `verify` to say.
    """
    given = text.strip().removeprefix("\ufeff").strip()
    if read_page_code(given) is not None:
        raise PaperOnly("This is the address of a page of paper. Open it: the service says whether the page is what it signed.")
    if given.startswith("{"):
        try:
            told = json.loads(given)
            return ".".join(str(told[name]) for name in ("protected", "payload", "signature"))
        except (ValueError, KeyError, TypeError, RecursionError):
            sentence = "This is JSON, and no receipt: it needs `protected`, `payload` and `signature`. It may have been cut short."
            raise BadReceipt(sentence) from None
    if not given:
        raise BadReceipt("There is nothing to verify. Give a receipt file, its text, or the address of the code on the paper.")
    return "".join(given.split())


def verify_receipt(text: str, jwks: Mapping[str, Any]) -> Receipt:
    """Judge a receipt by the published keys alone. Raises `receipt.malformed`, `receipt.page` and `signature.*`, each its own answer."""
    token = find_token(text)
    signed = verify(token, jwks, typ=RECEIPT)
    try:
        content = json.loads(signed.payload)
        sound = isinstance(content["check_id"], int) and content["digests"] == [digest(one) for one in content["suppliers"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        sound, content = False, {}
    if not sound:
        raise BadReceipt("This is signed by this service, and it is no receipt that this version can read.")
    return Receipt(token, signed, content)
