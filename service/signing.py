"""What signs for the house: the one active key, opened in this process and read from the database each time it is needed.

    key = house.signer.active_key(session)
    token = key.sign(payload, typ="qcredit-receipt+json")

`models.signatures.verify` judges what comes back; `published_keys` is what it judges by.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from joserfc.jwk import OKPKey

from data.database import ReadSession
from data.stores import signing_keys
from models.errors import CreditError
from models.signatures import published_key, sign_with
from models.tables.signing import SigningKey
from service.signing_secret import Seal, find_secret


class NothingSigns(CreditError):
    """There is no active signing key."""

    code = "signing.no_key"


@dataclass(frozen=True)
class ActiveKey:
    """The key that signs in this transaction; take it anew for each, so that a retired key signs nothing more."""

    kid: str
    private: OKPKey

    def sign(self, payload: bytes, *, typ: str, signed_at: datetime | None = None) -> str:
        """The bytes as a compact JWS that says when it was signed (now, unless given) and what it is."""
        return sign_with(self.private, payload, kid=self.kid, typ=typ, signed_at=signed_at or datetime.now(UTC))


class Signer:
    """Signs with the key that the database names, by the secret of this process."""

    def __init__(self, secret: str | None = None) -> None:
        """Reads no file before the first signature; `secret` is that of the environment, if it has one."""
        self._secret = secret

    @property
    def seal(self) -> Seal:
        return _seal(find_secret(self._secret))

    def active_key(self, session: ReadSession) -> ActiveKey:
        """The key that signs now. Raises `signing.no_key`, `signing.sealed` and `signing.secret_open`."""
        row = signing_keys.find_active(session)
        if row is None:
            raise NothingSigns("No key signs here. Make one with `qcredit signing-keys create`.")
        return ActiveKey(row.kid, self._opened(row))

    def _opened(self, row: SigningKey) -> OKPKey:
        assert row.sealed is not None
        private = self.seal.open(row.sealed, kid=row.kid, seal=row.seal)
        return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": row.x, "d": base64url(private)})


def published_keys(session: ReadSession) -> dict[str, Any]:
    """The public half of every key there ever was, newest first: what `/.well-known/jwks.json` shows."""
    keys = signing_keys.list_signing_keys(session)
    return {
        "keys": [
            published_key(kid=key.kid, x=key.x, made_at=key.made_at, retired_at=key.retired_at, revoked_from=key.revoked_from)
            for key in keys
        ]
    }


def base64url(given: bytes) -> str:
    return base64.urlsafe_b64encode(given).rstrip(b"=").decode()


@lru_cache(maxsize=4)
def _seal(secret: str) -> Seal:
    return Seal(secret)
