"""Make, retire and revoke the keys that sign; making one retires the one before."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from data.database import WriteSession
from data.stores import signing_keys
from models.access import Actor
from models.errors import Refused
from models.tables.signing import SigningKey
from service.signing import Signer, base64url


class RevokedAhead(Refused):
    """A key is revoked from now or from an instant that has passed."""

    code = "signing.in_future"


def create_signing_key(session: WriteSession, *, signer: Signer, actor: Actor, why: str | None = None) -> SigningKey:
    """Make a key that signs from now on; the one that signed before is retired in the same transaction."""
    signing_keys.hold_signing_keys(session)
    now = datetime.now(UTC)
    before = signing_keys.find_active(session)
    if before is not None:
        signing_keys.retire(session, before.kid, at=now, by=actor.holder, why=why)
    private, x, kid = _draw()
    seal = signer.seal
    made = SigningKey(
        kid=kid, x=x, sealed=seal.close(private.private_bytes_raw(), kid=kid), seal=seal.name, made_at=now, made_by=actor.holder
    )
    signing_keys.add_signing_key(session, made)
    return made


def ensure_signing_key(session: WriteSession, *, signer: Signer, actor: Actor) -> SigningKey | None:
    """Make the very first key; where there ever was one, leaving it without an active one was somebody's will."""
    signing_keys.hold_signing_keys(session)
    if signing_keys.list_signing_keys(session):
        return None
    return create_signing_key(session, signer=signer, actor=actor)


def retire_signing_key(session: WriteSession, kid: str, *, actor: Actor, why: str | None = None) -> SigningKey:
    """Stop a key from signing: what it signed stays good. Raises `signing.key_not_found`."""
    signing_keys.hold_signing_keys(session)
    return signing_keys.retire(session, kid, at=datetime.now(UTC), by=actor.holder, why=why)


def revoke_signing_key(session: WriteSession, kid: str, *, since: datetime | None, actor: Actor, why: str) -> SigningKey:
    """Say that nothing signed by this key from `since` (now, unless given) on is to be trusted.

    Raises `signing.key_not_found` and `signing.in_future`.
    """
    now = datetime.now(UTC)
    if since is not None and since > now:
        raise RevokedAhead(f"{since:%Y-%m-%d %H:%M:%S} UTC has not come yet. Revoke from now, or from when the key may have been taken.")
    signing_keys.hold_signing_keys(session)
    # A signature tells whole seconds: one of the same second counts as later.
    return signing_keys.revoke(session, kid, since=(since or now).replace(microsecond=0), at=now, by=actor.holder, why=why)


def _draw() -> tuple[Ed25519PrivateKey, str, str]:
    """A key, its public half, and its name; one name in 64 begins with a dash, which a command line takes for an option."""
    while True:
        private = Ed25519PrivateKey.generate()
        x = base64url(private.public_key().public_bytes_raw())
        kid = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x}).thumbprint()
        if not kid.startswith("-"):
            return private, x, kid
