"""Signed statements judged by published keys alone: each way of being wrong has an answer of its own."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from models.signatures import KeyState, SignatureFault, published_key, sign_with, verify

KEY = OKPKey.generate_key("Ed25519")
OTHER = OKPKey.generate_key("Ed25519")
KID = KEY.thumbprint()
SIGNED_AT = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)
MADE_AT = SIGNED_AT - timedelta(days=30)
PAYLOAD = '{"matter":"样例采购 2026-15"}'.encode()
TYP = "sample+json"
TOKEN = sign_with(KEY, PAYLOAD, kid=KID, typ=TYP, signed_at=SIGNED_AT)


def keys(**about: Any) -> dict[str, Any]:
    return {"keys": [published_key(kid=KID, x=str(KEY.as_dict(private=False)["x"]), made_at=MADE_AT, **about)]}


def code_of(token: str, *, typ: str = TYP, jwks: dict[str, Any] | None = None) -> str:
    with pytest.raises(SignatureFault) as refused:
        verify(token, jwks or keys(), typ=typ)
    return refused.value.code


def encoded(given: Any) -> str:
    text = given if isinstance(given, bytes) else json.dumps(given).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def with_header(**changed: Any) -> str:
    header = {"alg": "Ed25519", "kid": KID, "typ": TYP, "iat": int(SIGNED_AT.timestamp())} | changed
    return ".".join([encoded({name: value for name, value in header.items() if value is not None}), *TOKEN.split(".")[1:]])


def test_a_statement_says_what_was_signed_by_which_key_and_when() -> None:
    told = verify(TOKEN, keys(), typ=TYP)
    assert (told.payload, told.kid, told.signed_at, told.key_state) == (PAYLOAD, KID, SIGNED_AT, KeyState.ACTIVE)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= \n"))
def test_no_altered_character_goes_unnoticed(place: int, character: str) -> None:
    altered = TOKEN[:place] + character + TOKEN[place + 1 :]
    if altered != TOKEN:
        assert code_of(altered).startswith("signature.")


@given(st.integers(0, len(TOKEN) - 1))
def test_a_statement_cut_short_is_told_from_a_forged_one(length: int) -> None:
    assert code_of(TOKEN[:length]) == "signature.malformed"


def test_what_another_key_signed_under_our_name_is_forged() -> None:
    assert code_of(sign_with(OTHER, PAYLOAD, kid=KID, typ=TYP, signed_at=SIGNED_AT)) == "signature.forged"


def test_altered_content_is_forged() -> None:
    header, _, signature = TOKEN.split(".")
    assert code_of(f"{header}.{encoded(PAYLOAD.replace(b'15', b'16'))}.{signature}") == "signature.forged"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA", "ES256", "ed25519", "", None, 5])
def test_no_other_algorithm_is_listened_to(algorithm: Any) -> None:
    assert code_of(with_header(alg=algorithm)) == "signature.algorithm"


def test_the_public_key_is_no_secret_of_a_mac() -> None:
    import hashlib
    import hmac

    x = base64.urlsafe_b64decode(str(KEY.as_dict(private=False)["x"]) + "=")
    signed = encoded({"alg": "HS256", "kid": KID, "typ": TYP, "iat": 0}) + "." + encoded(PAYLOAD)
    mac = encoded(hmac.new(x, signed.encode(), hashlib.sha256).digest())
    assert code_of(f"{signed}.{mac}") == "signature.algorithm"
    assert code_of(f"{encoded({'alg': 'none', 'kid': KID})}.{encoded(PAYLOAD)}.") == "signature.algorithm"


@pytest.mark.parametrize(
    "changed",
    [
        {"crit": ["b64"], "b64": False},
        {"jwk": {}},
        {"jku": "http://127.0.0.1/"},
        {"iat": "now"},
        {"iat": -1},
        {"iat": 2**60},
        {"kid": None},
    ],
)
def test_a_head_that_says_more_or_less_is_refused_before_anything_is_fetched_or_computed(changed: dict[str, Any]) -> None:
    assert code_of(with_header(**changed)) == "signature.malformed"


def test_a_key_that_nobody_published_is_unknown() -> None:
    assert code_of(TOKEN, jwks={"keys": []}) == "signature.unknown_key"
    assert code_of(with_header(kid="else")) == "signature.unknown_key"


def test_a_statement_about_something_else_is_not_taken_for_this() -> None:
    assert code_of(TOKEN, typ="other+json") == "signature.type"


def test_a_retired_key_keeps_what_it_signed_and_signs_nothing_more() -> None:
    assert verify(TOKEN, keys(retired_at=SIGNED_AT + timedelta(days=1)), typ=TYP).key_state is KeyState.RETIRED
    assert code_of(TOKEN, jwks=keys(retired_at=SIGNED_AT - timedelta(days=1))) == "signature.key_expired"


def test_a_revoked_key_is_trusted_for_nothing_from_its_instant_on_and_a_reader_is_told_before_it() -> None:
    told = verify(TOKEN, keys(revoked_from=SIGNED_AT + timedelta(seconds=1)), typ=TYP)
    assert (told.key_state, told.revoked_from) == (KeyState.REVOKED, SIGNED_AT + timedelta(seconds=1))
    assert code_of(TOKEN, jwks=keys(revoked_from=SIGNED_AT)) == "signature.key_revoked"


@pytest.mark.parametrize("faulty", [{"status": "fine"}, {"status": None}, {"retired_at": "yesterday"}, {"revoked_from": 5}])
def test_a_set_of_keys_that_cannot_be_read_is_not_taken_for_trust(faulty: dict[str, Any]) -> None:
    jwks = keys()
    jwks["keys"][0] |= faulty
    assert code_of(TOKEN, jwks=jwks) == "signature.bad_keys"


def test_a_long_statement_is_judged_like_a_short_one() -> None:
    long = b"x" * 2_000_000
    assert verify(sign_with(KEY, long, kid=KID, typ=TYP, signed_at=SIGNED_AT), keys(), typ=TYP).payload == long
