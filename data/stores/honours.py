"""Whether an enterprise lets its honours be shown to others; unless it declined, it does."""

from datetime import datetime

from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from models.tables.remedies import HonourRefusal


def find_refusal(session: ReadSession, enterprise_key: int) -> HonourRefusal | None:
    """The refusal that stands now."""
    asked = select(HonourRefusal).where(col(HonourRefusal.enterprise_key) == enterprise_key, col(HonourRefusal.resumed_at).is_(None))
    return session.exec(asked).one_or_none()


def choose(session: WriteSession, enterprise_key: int, *, are_shown: bool, by: str, at: datetime) -> bool:
    """Decline or resume; what stands already stays as it is. Gives whether anything changed."""
    standing = find_refusal(session, enterprise_key)
    if are_shown is (standing is None):
        return False
    if standing is None:
        standing = HonourRefusal(enterprise_key=enterprise_key, declined_at=at, declined_by=by)
    else:
        standing.resumed_at, standing.resumed_by = at, by
    session.add(standing)
    session.flush()
    return True
