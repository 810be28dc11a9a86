"""Replies of enterprises to records and entries: written, let through or refused by an officer, shown beside what they answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from sqlmodel import col, select

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.districts import within
from data.stores.same_as import entries_with
from models.errors import NotFound, Refused
from models.remedies import ReplyState
from models.tables.remedies import Reply

_TARGET_RECORD = """
SELECT record_key FROM record
WHERE source = %(source)s AND source_ref = %(source_ref)s AND enterprise_key = ANY (ARRAY(SELECT same_entries(%(enterprise_key)s)))
    AND superseded_seq IS NULL AND NOT is_withdrawn
"""
_TARGET_LISTING = """
SELECT listing_id FROM listing
WHERE listing_id = %(listing_id)s AND enterprise_key = ANY (ARRAY(SELECT same_entries(%(enterprise_key)s)))
"""
_ABOUT = """
SELECT p.reply_id, r.source, r.source_ref, r.kind, r.document_no AS record_no, l.list, l.decision_no
FROM reply p
LEFT JOIN record r ON r.record_key = p.record_key AND r.superseded_seq IS NULL
LEFT JOIN listing l ON l.listing_id = p.listing_id
WHERE p.reply_id = ANY(%s)
"""


class NoSuchReply(NotFound):
    """There is no reply with this number, or it is another's."""

    code = "reply.not_found"

    def __init__(self, reply_id: int) -> None:
        super().__init__(f"There is no reply {reply_id} of yours. The list of replies names those there are.")


class ReplyClosed(Refused):
    """The reply is not in the state that the act needs."""

    code = "reply.closed"


def find_record(session: ReadSession, enterprise_key: int, *, source: str, source_ref: str) -> int | None:
    """The key of an enterprise's own present record."""
    return _one(session, _TARGET_RECORD, {"enterprise_key": enterprise_key, "source": source, "source_ref": source_ref})


def find_listing(session: ReadSession, enterprise_key: int, listing_id: int) -> int | None:
    """The number of an enterprise's own entry, also one that has ended."""
    return _one(session, _TARGET_LISTING, {"enterprise_key": enterprise_key, "listing_id": listing_id})


def add_reply(session: WriteSession, reply: Reply) -> Reply:
    session.add(reply)
    session.flush()
    return reply


def waiting_for(session: ReadSession, *, record_key: int | None, listing_id: int | None, enterprise_key: int) -> Reply | None:
    """The reply to the same thing that waits for an officer already."""
    return _standing(session, ReplyState.WAITING, record_key=record_key, listing_id=listing_id, enterprise_key=enterprise_key)


def get_reply(session: WriteSession, reply_id: int, *, enterprise_key: int | None = None) -> Reply:
    """One reply, locked; of one enterprise only, where that is named. Raises `reply.not_found`."""
    found = session.get(Reply, reply_id, with_for_update=True) if 0 < reply_id < 2**63 else None
    if found is None or (enterprise_key is not None and found.enterprise_key not in entries_with(session, enterprise_key)):
        raise NoSuchReply(reply_id)
    return found


def close_reply(session: WriteSession, reply: Reply, *, state: ReplyState, by: str, at: datetime, why: str | None = None) -> Reply:
    """Move a reply on; an accepted one takes the place of the one shown before. Raises `reply.closed`."""
    may = {ReplyState.WAITING: set(ReplyState), ReplyState.ACCEPTED: {ReplyState.TAKEN_BACK, ReplyState.REPLACED}}
    if state not in may.get(ReplyState(reply.state), set()):
        raise ReplyClosed(
            f"Reply {reply.reply_id} is {reply.state} since {reply.closed_at:%Y-%m-%d}. Nothing more can be decided about it."
        )
    if state is ReplyState.ACCEPTED:
        before = _standing(
            session, ReplyState.ACCEPTED, record_key=reply.record_key, listing_id=reply.listing_id, enterprise_key=reply.enterprise_key
        )
        if before is not None:
            close_reply(session, before, state=ReplyState.REPLACED, by=by, at=at)
    reply.state, reply.closed_by, reply.closed_at, reply.closed_why = state, by, at, why
    session.add(reply)
    session.flush()
    return reply


def list_replies(
    session: ReadSession,
    *,
    enterprise_key: int | None,
    state: ReplyState | None,
    before: int | None,
    limit: int,
    district: str | None = None,
) -> Sequence[Reply]:
    """One page of replies, latest first: of one enterprise or all, in one state or all."""
    asked = select(Reply)
    if enterprise_key is not None:
        asked = asked.where(col(Reply.enterprise_key).in_(entries_with(session, enterprise_key)))
    if state is not None:
        asked = asked.where(col(Reply.state) == state)
    if district is not None:
        asked = asked.where(within("reply.enterprise_key", district))
    if before is not None:
        asked = asked.where(col(Reply.reply_id) < before)
    return session.exec(asked.order_by(col(Reply.reply_id).desc()).limit(limit)).all()


def told_about(session: ReadSession, replies: Sequence[Reply]) -> dict[int, dict[str, Any]]:
    """What each reply answers, in words that the outside knows."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_ABOUT, ([reply.reply_id for reply in replies],)).fetchall()
    return {row.pop("reply_id"): row for row in rows}


def _standing(
    session: ReadSession, state: ReplyState, *, record_key: int | None, listing_id: int | None, enterprise_key: int
) -> Reply | None:
    target = col(Reply.record_key) == record_key if record_key is not None else col(Reply.listing_id) == listing_id
    own = col(Reply.enterprise_key).in_(entries_with(session, enterprise_key))
    return session.exec(select(Reply).where(target, col(Reply.state) == state, own)).one_or_none()


def _one(session: ReadSession, statement: str, asked: dict[str, Any]) -> int | None:
    row = driver_connection(session).execute(statement, asked).fetchone()
    return int(row[0]) if row is not None else None
