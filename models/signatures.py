"""Signed statements: compact JWS (RFC 7515) by Ed25519 keys (RFC 8037, 9864), and how they are judged without asking anybody.

A stand-alone consumer needs this module, `models.errors` and joserfc, and nothing else of the house.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry, deserialize_compact, serialize_compact
from joserfc.registry import HeaderParameter

from models.errors import Malformed

ALGORITHM = "Ed25519"
SIGNATURE_BYTES = 64
LARGEST = 64 * 1024 * 1024
"""Characters of a signed statement; a check of 5,000 suppliers has some ten million."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""Two workers' clocks may differ by so much when one retires the key that the other signs with."""

_SEGMENT = re.compile(r"[A-Za-z0-9_-]*")
_HEADER = frozenset({"alg", "kid", "typ", "iat"})


class KeyState(StrEnum):
    """What may be thought of a key's signatures."""

    ACTIVE = "active"
    RETIRED = "retired"  # signs no more; what it signed before stays good
    REVOKED = "revoked"  # from an instant on, nothing it signed is to be trusted


class SignatureFault(Malformed):
    """What is said to be signed by this service is not to be trusted."""

    code = "signature.faulty"


class NotSigned(SignatureFault):
    """It is no signed statement, or a part of one is missing."""

    code = "signature.malformed"


class WrongAlgorithm(SignatureFault):
    """It names another way of signing than the one this service uses."""

    code = "signature.algorithm"


class WrongType(SignatureFault):
    """It is a signed statement, about something else."""

    code = "signature.type"


class UnknownKey(SignatureFault):
    """No key of this name is published."""

    code = "signature.unknown_key"


class Forged(SignatureFault):
    """The signature does not fit: what it says was altered, or another signed it."""

    code = "signature.forged"


class KeyExpired(SignatureFault):
    """It claims to be signed after its key was retired."""

    code = "signature.key_expired"


class KeyRevoked(SignatureFault):
    """It claims to be signed when its key was revoked already."""

    code = "signature.key_revoked"


class BadKeySet(SignatureFault):
    """The set of published keys cannot be read."""

    code = "signature.bad_keys"


@dataclass(frozen=True)
class Signed:
    """A statement whose signature fits, by a key that could be trusted when it says it was signed."""

    payload: bytes
    kid: str
    signed_at: datetime
    """As the signer says; whoever stole a key could write any time here."""
    key_state: KeyState
    revoked_from: datetime | None
    """Set where the key was revoked later: ask the service whether it knows this statement."""


def sign_with(private_key: OKPKey, payload: bytes, *, kid: str, typ: str, signed_at: datetime) -> str:
    """A compact JWS over the bytes as they stand; `typ` says what they are, such as `qcredit-receipt+json`."""
    header: dict[str, Any] = {"alg": ALGORITHM, "kid": kid, "typ": typ, "iat": int(signed_at.timestamp())}
    return serialize_compact(header, payload, private_key, registry=_registry())


def verify(token: str, jwks: Mapping[str, Any], *, typ: str) -> Signed:
    """Judge a compact JWS by the published keys (`/.well-known/jwks.json`), with nothing else at hand.

    Raises, as the first that applies: `signature.malformed`, `.algorithm`, `.unknown_key`, `.forged`, `.type`, `.bad_keys`, `.key_revoked`,
    `.key_expired`.
    """
    header = _header_of(token)
    key = _find_key(jwks, header["kid"])
    try:
        payload = deserialize_compact(
            token, OKPKey.import_key({name: key[name] for name in ("kty", "crv", "x")}), registry=_registry()
        ).payload
    except (JoseError, KeyError, ValueError):
        raise Forged(
            "The signature does not fit: the content was altered, or another signed it. Do not rely on it; ask for the original again."
        ) from None
    if header["typ"] != typ:
        raise WrongType(f"This is signed by this service, and it is no {typ} but {header['typ']!s:.60}.")
    return _dated(payload, header=header, key=key)


def published_key(
    *, kid: str, x: str, made_at: datetime, retired_at: datetime | None = None, revoked_from: datetime | None = None
) -> dict[str, Any]:
    """The public half of a key as it stands in the published set."""
    state = KeyState.REVOKED if revoked_from else KeyState.RETIRED if retired_at else KeyState.ACTIVE
    told: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": ALGORITHM, "use": "sig", "status": state.value}
    instants = {"made_at": made_at, "retired_at": retired_at, "revoked_from": revoked_from}
    return told | {name: at.astimezone(UTC).isoformat() for name, at in instants.items() if at is not None}


def _dated(payload: bytes, *, header: Mapping[str, Any], key: Mapping[str, Any]) -> Signed:
    signed_at = datetime.fromtimestamp(header["iat"], UTC)
    if key.get("status") not in set(KeyState):
        raise BadKeySet(f"The published key {header['kid']} does not say whether it is active, retired or revoked. Fetch the keys anew.")
    retired_at, revoked_from = _instant(key, "retired_at"), _instant(key, "revoked_from")
    if revoked_from is not None and signed_at >= revoked_from:
        raise KeyRevoked(
            f"The key {header['kid']} was revoked from {revoked_from:%Y-%m-%d %H:%M:%S} UTC on. Do not rely on this statement."
        )
    if retired_at is not None and signed_at > retired_at + CLOCKS_DIFFER:
        raise KeyExpired(
            f"The key {header['kid']} was retired on {retired_at:%Y-%m-%d %H:%M:%S} UTC and signed nothing after that; this claims "
            f"{signed_at:%Y-%m-%d %H:%M:%S} UTC. Do not rely on it."
        )
    return Signed(payload, header["kid"], signed_at, KeyState(key["status"]), revoked_from)


def _header_of(token: str) -> dict[str, Any]:
    """The protected header, once the form of the whole is right."""
    parts = token.split(".") if len(token) <= LARGEST else []
    if len(parts) != 3:
        raise NotSigned("This is no signed statement: it should have three parts with full stops between them. It may have been cut short.")
    header, _, signature = (_bytes_of(part) for part in parts)
    try:
        told = json.loads(header)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise NotSigned("The first part of this statement cannot be read. It may have been cut short or altered.")
    if told.get("alg") != ALGORITHM:
        raise WrongAlgorithm(f"This statement is signed by {told.get('alg')!s:.40}, and this service signs by {ALGORITHM} alone.")
    sound = (
        set(told) == _HEADER
        and all(isinstance(told[name], str) for name in ("kid", "typ"))
        and type(told["iat"]) is int
        and 0 <= told["iat"] < 2**37
    )
    if not sound:
        raise NotSigned("The head of this statement should name alg, kid, typ and iat, and nothing else.")
    if len(signature) != SIGNATURE_BYTES:
        raise NotSigned(f"The signature has {len(signature)} bytes instead of {SIGNATURE_BYTES}: this statement was cut short.")
    return told


def _bytes_of(segment: str) -> bytes:
    """Base64url in its one proper spelling."""
    if _SEGMENT.fullmatch(segment) and len(segment) % 4 != 1:
        given = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
        if base64.urlsafe_b64encode(given).rstrip(b"=").decode() == segment:
            return given
    raise NotSigned("A part of this statement is no base64url text. It may have been cut short or altered.")


def _find_key(jwks: Mapping[str, Any], kid: str) -> Mapping[str, Any]:
    keys = jwks.get("keys", ())
    for key in keys if isinstance(keys, list | tuple) else ():
        if isinstance(key, Mapping) and key.get("kid") == kid:
            return key
    raise UnknownKey(
        f"No key {kid:.80} is among the published ones. Fetch /.well-known/jwks.json anew; if it is not there, do not rely on this."
    )


def _instant(key: Mapping[str, Any], name: str) -> datetime | None:
    value = key.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadKeySet(f"The published key {key.get('kid')} has no readable {name}. Fetch /.well-known/jwks.json anew.") from None


def _registry() -> JWSRegistry:
    """One algorithm, our header alone, and room for a long statement."""
    registry = JWSRegistry({"iat": HeaderParameter("Issued At", "int")}, algorithms=[ALGORITHM])
    registry.max_payload_length = LARGEST
    return registry
