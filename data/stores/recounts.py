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


def list_recounts(session: ReadSession, *, before: int | None = None, limit: int = 20) -> Sequence[Recount]:
    """Read one page of recounts, newest first."""
    page = select(Recount).order_by(col(Recount.recount_id).desc()).limit(limit)
    return session.exec(page if before is None else page.where(col(Recount.recount_id) < before)).all()
