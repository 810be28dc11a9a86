"""Requests remembered under their sender's key, so that a repeated one is answered again and does nothing."""

from typing import Any

from sqlalchemy import text

from data.database import WriteSession
from models.tables.access import RememberedRequest

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:holder || chr(10) || :key, 7))")


def hold_request(session: WriteSession, *, holder: str, key: str) -> RememberedRequest | None:
    """Make another request with the same key wait until this transaction ends; gives what was answered before."""
    session.execute(_LOCK, {"holder": holder, "key": key})
    return session.get(RememberedRequest, (holder, key))


def remember_request(session: WriteSession, *, holder: str, key: str, request_hash: str, status: int, answer: dict[str, Any]) -> None:
    session.add(RememberedRequest(holder=holder, idempotency_key=key, request_hash=request_hash, status=status, answer=answer))
    session.flush()
