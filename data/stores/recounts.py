"""Recounts as they were kept."""

from collections.abc import Sequence

from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from models.tables.runs import Recount


def add_recount(session: WriteSession, recount: Recount) -> int:
    """Keep a recount and give its number."""
    session.add(recount)
    session.flush()
    assert recount.recount_id is not None
    return recount.recount_id


def list_recounts(session: ReadSession, *, limit: int = 20) -> Sequence[Recount]:
    """The latest recounts, newest first."""
    return session.exec(select(Recount).order_by(col(Recount.recount_id).desc()).limit(limit)).all()
