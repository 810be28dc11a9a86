"""Mandates: who may act for an enterprise, in what, between which days; granted once, revoked once."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import col, or_, select

from data.database import ReadSession, WriteSession
from data.stores.districts import within
from models.errors import NotFound
from models.tables.remedies import Mandate


class NoSuchMandate(NotFound):
    """There is no mandate with this number, or it is another's."""

    code = "mandate.not_found"

    def __init__(self, mandate_id: int) -> None:
        super().__init__(f"There is no mandate {mandate_id} of yours. The list of mandates names those there are.")


def add_mandate(session: WriteSession, mandate: Mandate) -> Mandate:
    session.add(mandate)
    session.flush()
    return mandate


def holding(session: ReadSession, *, agent_key: int, enterprise_key: int | None, day: date) -> Sequence[Mandate]:
    """The mandates of an agent that hold on a day: for one enterprise, or for all."""
    asked = select(Mandate).where(
        col(Mandate.agent_key) == agent_key,
        col(Mandate.valid_from) <= day,
        col(Mandate.valid_until) > day,
        col(Mandate.revoked_at).is_(None),
    )
    if enterprise_key is not None:
        asked = asked.where(col(Mandate.enterprise_key) == enterprise_key)
    return session.exec(asked.order_by(col(Mandate.mandate_id)).limit(1000)).all()


def list_mandates(
    session: ReadSession, *, enterprise_key: int | None, before: int | None, limit: int, district: str | None = None
) -> Sequence[Mandate]:
    """One page of mandates, latest first: those given by or to an enterprise, or all."""
    asked = select(Mandate)
    if enterprise_key is not None:
        asked = asked.where(or_(col(Mandate.enterprise_key) == enterprise_key, col(Mandate.agent_key) == enterprise_key))
    if district is not None:
        asked = asked.where(within("mandate.enterprise_key", district))
    if before is not None:
        asked = asked.where(col(Mandate.mandate_id) < before)
    return session.exec(asked.order_by(col(Mandate.mandate_id).desc()).limit(limit)).all()


def close_mandate(session: WriteSession, mandate_id: int, *, given_by: int | None, by: str, at: datetime) -> Mandate:
    """Revoke a mandate, of `given_by` only where that is named; one revoked before keeps its first instant. Raises `mandate.not_found`."""
    found = session.get(Mandate, mandate_id, with_for_update=True) if 0 < mandate_id < 2**63 else None
    if found is None or (given_by is not None and found.enterprise_key != given_by):
        raise NoSuchMandate(mandate_id)
    if found.revoked_at is None:
        found.revoked_at, found.revoked_by = at, by
        session.add(found)
        session.flush()
    return found
