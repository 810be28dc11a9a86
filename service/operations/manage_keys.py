"""Make, list and revoke the keys of callers."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from data.database import ReadSession, WriteSession
from data.stores import keys, lookups
from models.access import Actor, Role
from models.errors import Refused
from models.identifiers import Identifier
from models.tables.access import ApiKey

PREFIX = "qck"
SECRET_BYTES = 32


class NeedsSource(Refused):
    """A delivering key speaks for one source, and no other key does."""

    code = "key.source"


class NeedsEnterprise(Refused):
    """A key of role enterprise belongs to one enterprise, and no other key does."""

    code = "key.enterprise"


class AlreadyOver(Refused):
    """A key cannot end before it begins."""

    code = "key.expired"


@dataclass(frozen=True)
class NewKey:
    """A key as its holder gets it, once; only the hash of its secret is kept."""

    key_id: str
    text: str = field(repr=False)


def create_key(
    session: WriteSession,
    *,
    role: Role,
    holder: str,
    actor: Actor,  # noqa: ARG001  # every operation says who acts; the key table has no column for it
    source: str | None = None,
    region: str | None = None,
    enterprise: Identifier | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key for a holder. Raises `key.source`, `key.enterprise` and `key.expired`."""
    if (role is Role.SOURCE) != (source is not None):
        raise NeedsSource("A key of role source names the source it delivers for, and no other key names one.")
    if source is not None and not keys.source_exists(session, source):
        raise NeedsSource(f"There is no source {source}. Register it first with `qcredit sources add`.")
    if (role is Role.ENTERPRISE) != (enterprise is not None):
        raise NeedsEnterprise("A key of role enterprise names the enterprise it belongs to, and no other key names one.")
    enterprise_key = lookups.find_by_identifier(session, enterprise.scheme, enterprise.value) if enterprise else None
    if enterprise is not None and enterprise_key is None:
        raise NeedsEnterprise(f"No enterprise is known here as {enterprise}. It comes with the registry; check the number.")
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise AlreadyOver("The key would have expired already. Give a later day.")
    key_id, secret = _random_text(10), _random_text(SECRET_BYTES)
    made = ApiKey(
        key_id=key_id,
        secret_hash=hash_secret(secret),
        role=role,
        holder=holder,
        source=source,
        region=region,
        enterprise_key=enterprise_key,
        expires_at=expires_at,
    )
    keys.add_key(session, made)
    return NewKey(key_id=key_id, text=f"{PREFIX}_{key_id}_{secret}")


def list_keys(session: ReadSession, *, after: str = "", limit: int = 100) -> Sequence[ApiKey]:
    """One page of keys; nothing in it opens a door."""
    return keys.list_keys(session, after=after, limit=limit)


def revoke_key(session: WriteSession, key_id: str, *, actor: Actor) -> ApiKey:  # noqa: ARG001  # every operation says who acts
    """Close a key for good; the next request with it is refused."""
    return keys.close_key(session, key_id, at=datetime.now(UTC))


def split_key(text: str) -> tuple[str, str] | None:
    """The identity and the secret of a key as it was sent; None when it has not the form of one."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != PREFIX or not key_id or not secret or len(text) > 200 or not text.isascii():
        return None
    return key_id, secret


def hash_secret(secret: str) -> str:
    """SHA-256, hexadecimal.

    A slow hash protects what people choose; a secret of 256 random bits cannot be searched, and every request pays for the hash.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def secret_fits(secret: str, secret_hash: str) -> bool:
    """Compare in a time that does not depend on where the two differ."""
    return hmac.compare_digest(hash_secret(secret), secret_hash)


def _random_text(size: int) -> str:
    return base64.b32encode(secrets.token_bytes(size)).decode().rstrip("=").lower()
