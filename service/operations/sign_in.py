"""Sign a browser in with a key, and out again."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from data.database import WriteSession
from data.stores import page_sessions
from models.errors import Refused
from models.tables.access import PageSession
from service.operations.manage_keys import secret_fits, split_key

LASTS = timedelta(hours=10)
"""A working day. It is not drawn out by use, because reading a page never writes."""
TOKEN_BYTES = 32


class KeyDoesNotOpen(Refused):
    """What was typed is not a key that holds today."""

    code = "sign_in.key"


@dataclass(frozen=True)
class SignedIn:
    """What the browser's cookie is to hold, and until when; only the hash of it is kept."""

    token: str = field(repr=False)
    ends_at: datetime


def sign_in(session: WriteSession, text: str, *, now: datetime | None = None) -> SignedIn:
    """Open a session for the holder of a key. Raises `sign_in.key`, without saying what was wrong with the key."""
    now = now or datetime.now(UTC)
    split = split_key(text.strip())
    key = page_sessions.find_key(session, split[0]) if split else None
    is_good = key is not None and split is not None and secret_fits(split[1], key.secret_hash)
    if key is None or not is_good or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise KeyDoesNotOpen("This key is unknown, revoked or expired. Compare it with what the operator gave you, or ask for a new one.")
    page_sessions.drop_ended_page_sessions(session, at=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ends_at = min(now + LASTS, key.expires_at or now + LASTS)
    page_sessions.add_page_session(session, PageSession(token_hash=hash_token(token), key_id=key.key_id, started_at=now, ends_at=ends_at))
    return SignedIn(token=token, ends_at=ends_at)


def sign_out(session: WriteSession, token: str) -> None:
    """Close a session; the token opens nothing from then on, wherever it may have been copied."""
    page_sessions.drop_page_session(session, hash_token(token))


def hash_token(token: str) -> str:
    """SHA-256 is enough for 256 random bits, and every page pays for it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
