"""Browsers that are signed in: found by the hash of what their cookie holds, together with the key they signed in with."""

from datetime import datetime

from sqlmodel import col, delete

from data.database import WriteSession
from models.tables.access import ApiKey, PageSession

FIND_SESSION = """
SELECT k.role, k.holder, k.source, k.region, k.enterprise_key
FROM page_session s JOIN api_key k USING (key_id)
WHERE s.token_hash = %(token_hash)s AND s.ends_at > %(now)s AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > %(now)s)
"""
"""For the pool of hot reads. A key that is revoked or over ends its sessions with it."""


def find_key(session: WriteSession, key_id: str) -> ApiKey | None:
    return session.get(ApiKey, key_id)


def add_page_session(session: WriteSession, page_session: PageSession) -> None:
    session.add(page_session)
    session.flush()


def drop_page_session(session: WriteSession, token_hash: str) -> None:
    """Forget one session; one that is not there is forgotten already."""
    session.exec(delete(PageSession).where(col(PageSession.token_hash) == token_hash))


def drop_ended_page_sessions(session: WriteSession, *, at: datetime) -> None:
    """Forget what is over, so that the table stays as small as a day's sign-ins."""
    session.exec(delete(PageSession).where(col(PageSession.ends_at) <= at))
