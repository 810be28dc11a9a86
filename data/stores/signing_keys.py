"""Keys that sign: one active at most, the public halves of all of them for ever."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select, text

from data.database import ReadSession, WriteSession
from models.errors import NotFound
from models.tables.signing import SigningKey

_LOCK = 7_003  # of the numbers that PostgreSQL keeps for the asking: one change of keys at a time


class NoSuchSigningKey(NotFound):
    """No signing key has this name."""

    code = "signing.key_not_found"


def hold_signing_keys(session: WriteSession) -> None:
    """Let no other transaction make, retire or revoke a key until this one is over."""
    session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def find_active(session: ReadSession) -> SigningKey | None:
    """The one key that signs now, if there is one."""
    active = select(SigningKey).where(col(SigningKey.retired_at).is_(None), col(SigningKey.revoked_from).is_(None))
    return session.exec(active.execution_options(populate_existing=True)).one_or_none()


def list_signing_keys(session: ReadSession) -> Sequence[SigningKey]:
    """Every key there ever was, newest first; there are as many as rotations."""
    return session.exec(select(SigningKey).order_by(col(SigningKey.made_at).desc(), col(SigningKey.kid))).all()


def add_signing_key(session: WriteSession, key: SigningKey) -> None:
    session.add(key)
    session.flush()


def retire(session: WriteSession, kid: str, *, at: datetime, by: str, why: str | None) -> SigningKey:
    """Stop a key from signing and forget its private half; one retired before stays as it is. Raises `signing.key_not_found`."""
    key = _get(session, kid)
    if key.retired_at is None:
        key.retired_at, key.sealed, key.closed_by, key.why = max(at, key.made_at), None, by, why
        session.add(key)
        session.flush()
    return key


def revoke(session: WriteSession, kid: str, *, since: datetime, at: datetime, by: str, why: str | None) -> SigningKey:
    """Say that nothing signed by this key from `since` on is to be trusted; a later finding may only move that back."""
    key = _get(session, kid)
    if key.revoked_from is None or since < key.revoked_from:
        key.revoked_from, key.revoked_at, key.sealed, key.closed_by, key.why = since, at, None, by, why
        session.add(key)
        session.flush()
    return key


def _get(session: WriteSession, kid: str) -> SigningKey:
    key = session.get(SigningKey, kid, with_for_update=True)
    if key is None:
        raise NoSuchSigningKey(f"There is no signing key {kid}. `qcredit signing-keys list` names those there are.")
    return key
