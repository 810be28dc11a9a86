"""Keys of callers: found by the part that may be shown, kept without their secret."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from models.errors import NotFound
from models.tables.access import ApiKey
from models.tables.deliveries import Source

FIND_KEY = "SELECT secret_hash, role, holder, source, region, enterprise_key, expires_at, revoked_at FROM api_key WHERE key_id = %s"
"""For the pool of hot reads."""


class NoSuchKey(NotFound):
    """No key has this identity."""

    code = "key.not_found"


def add_key(session: WriteSession, key: ApiKey) -> None:
    session.add(key)
    session.flush()


def list_keys(session: ReadSession, *, after: str = "", limit: int = 100) -> Sequence[ApiKey]:
    """One page of keys in the order of their identity, revoked and expired ones too."""
    return session.exec(select(ApiKey).where(col(ApiKey.key_id) > after).order_by(col(ApiKey.key_id)).limit(limit)).all()


def close_key(session: WriteSession, key_id: str, *, at: datetime) -> ApiKey:
    """Revoke a key; one revoked before keeps its first instant. Raises `key.not_found`."""
    key = session.get(ApiKey, key_id, with_for_update=True)
    if key is None:
        raise NoSuchKey(f"There is no key {key_id}. `qcredit keys list` names those there are.")
    if key.revoked_at is None:
        key.revoked_at = at
        session.add(key)
        session.flush()
    return key


def source_exists(session: ReadSession, code: str) -> bool:
    return session.get(Source, code) is not None
