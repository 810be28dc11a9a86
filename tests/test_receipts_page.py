"""The verifier that docs/receipts.md shows: it runs as it stands there, with `cryptography` alone, and agrees with ours."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from models.receipts import RECEIPT, canonical, verify_receipt, with_digests
from models.signatures import SignatureFault, published_key, sign_with

PAGE = (Path(__file__).parent.parent / "docs" / "receipts.md").read_text(encoding="utf-8")
(CODE,) = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
KEY = OKPKey.generate_key("Ed25519")
AT = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)
CONTENT = with_digests({"check_id": 12, "matter": "样例采购", "suppliers": [{"no": 1, "name": "样例"}, {"no": 2, "verdict": None}]})
RECEIPT_TEXT = sign_with(KEY, canonical(CONTENT), kid=KEY.thumbprint(), typ=RECEIPT, signed_at=AT)


def keys(**about: Any) -> dict[str, Any]:
    x = str(KEY.as_dict(private=False)["x"])
    return {"keys": [published_key(kid=KEY.thumbprint(), x=x, made_at=AT - timedelta(days=9), **about)]}


@pytest.fixture(scope="module")
def shown() -> Callable[[str, Any], Any]:
    imported = set(re.findall(r"^(?:import|from) (\w+)", CODE, flags=re.MULTILINE))
    assert imported == {"base64", "hashlib", "json", "datetime", "cryptography"}
    space: dict[str, Any] = {}
    exec(compile(CODE, "docs/receipts.md", "exec"), space)
    verify: Callable[[str, Any], Any] = space["verify"]
    return verify


def test_the_verifier_on_the_page_reads_what_ours_reads(shown: Callable[[str, Any], Any]) -> None:
    assert shown(RECEIPT_TEXT, keys()) == verify_receipt(RECEIPT_TEXT, keys()).content == CONTENT
    assert shown(RECEIPT_TEXT, keys(retired_at=AT + timedelta(days=1))) == CONTENT


@pytest.mark.parametrize(
    ("receipt", "published"),
    [
        (RECEIPT_TEXT[:-6] + "AAAAAA", keys()),
        (RECEIPT_TEXT[:50], keys()),
        (RECEIPT_TEXT, {"keys": []}),
        (RECEIPT_TEXT, keys(revoked_from=AT)),
        (RECEIPT_TEXT, keys(retired_at=AT - timedelta(hours=1))),
        (sign_with(KEY, canonical(CONTENT), kid=KEY.thumbprint(), typ="other+json", signed_at=AT), keys()),
        (sign_with(OKPKey.generate_key("Ed25519"), canonical(CONTENT), kid=KEY.thumbprint(), typ=RECEIPT, signed_at=AT), keys()),
    ],
    ids=["forged", "cut short", "unknown key", "revoked key", "retired key", "another type", "another signer"],
)
def test_the_verifier_on_the_page_refuses_what_ours_refuses(shown: Callable[[str, Any], Any], receipt: str, published: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        shown(receipt, published)
    with pytest.raises(SignatureFault):
        verify_receipt(receipt, published)
