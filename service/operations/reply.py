"""The right of reply: an enterprise says something to a record or an entry about it; an officer lets it be shown, or says why not."""

from collections.abc import Sequence
from datetime import UTC, datetime

from data.database import ReadSession, WriteSession, driver_connection
from data.intake.personal_data import refuse_personal_data
from data.stores import replies
from data.stores.listings import identities
from models.access import Actor
from models.errors import Malformed, NotFound, Refused
from models.remedies import ReplyState
from models.tables.remedies import Reply
from service.operations.act_for import Own
from service.own_answers import ModerationAsked, ReplyAsked, ReplyPage, ReplyShown


class NothingToAnswer(NotFound):
    """There is no such record or entry of the enterprise."""

    code = "reply.target"


class OneAtATime(Refused):
    """A reply to the same thing waits for an officer already."""

    code = "reply.waiting"


class NotPlain(Malformed):
    """A reply is plain text that people read."""

    code = "reply.not_plain"


def reply(session: WriteSession, own: Own, asked: ReplyAsked) -> ReplyShown:
    """Keep a reply for an officer to look at; the caller commits.

    Raises `reply.target`, `reply.waiting`, `reply.not_plain` and `value.personal_data`.
    """
    said = plain_text(asked.text)
    record_key = listing_id = None
    if asked.listing_id is not None:
        listing_id = replies.find_listing(session, own.key, asked.listing_id)
    else:
        record_key = replies.find_record(session, own.key, source=asked.source or "", source_ref=asked.source_ref or "")
    if record_key is None and listing_id is None:
        raise NothingToAnswer("There is no such record or entry of this enterprise. Its file names each by source and number.")
    waiting = replies.waiting_for(session, record_key=record_key, listing_id=listing_id, enterprise_key=own.key)
    if waiting is not None:
        raise OneAtATime(f"Reply {waiting.reply_id} to the same waits for an officer. Take it back before you send another.")
    made = Reply(enterprise_key=own.key, record_key=record_key, listing_id=listing_id, text=said, written_by=own.signed)
    return shown(session, [replies.add_reply(session, made)])[0]


def take_back(session: WriteSession, own: Own, reply_id: int) -> ReplyShown:
    """Take a reply back, also one that is shown; the caller commits. Raises `reply.not_found` and `reply.closed`."""
    found = replies.get_reply(session, reply_id, enterprise_key=own.key)
    closed = replies.close_reply(session, found, state=ReplyState.TAKEN_BACK, by=own.signed, at=datetime.now(UTC))
    return shown(session, [closed])[0]


def moderate(session: WriteSession, reply_id: int, asked: ModerationAsked, *, actor: Actor) -> ReplyShown:
    """Let a reply be shown, or refuse it with a reason; the caller commits. Raises `reply.not_found` and `reply.closed`."""
    found = replies.get_reply(session, reply_id)
    state = ReplyState.ACCEPTED if asked.verdict == "accept" else ReplyState.REFUSED
    if found.state != ReplyState.WAITING:
        raise replies.ReplyClosed(f"Reply {reply_id} is {found.state} and waits for no officer. The list of replies names those that do.")
    closed = replies.close_reply(session, found, state=state, by=actor.holder, at=datetime.now(UTC), why=asked.why)
    return shown(session, [closed])[0]


def page_of_replies(
    session: ReadSession,
    *,
    enterprise_key: int | None,
    state: ReplyState | None,
    before: int | None,
    limit: int,
    district: str | None = None,
) -> ReplyPage:
    """One page of replies, latest first."""
    found = replies.list_replies(session, enterprise_key=enterprise_key, state=state, before=before, limit=limit + 1, district=district)
    page = shown(session, found[:limit])
    return ReplyPage(replies=tuple(page), next=page[-1].reply_id if len(found) > limit else None)


def plain_text(text: str) -> str:
    """Text that people read: no control characters, no personal data. Raises `reply.not_plain` and `value.personal_data`."""
    if any(not one.isprintable() and one not in "\n\t" for one in text.replace("\r\n", "\n")):
        raise NotPlain("The text has characters that cannot be printed. Send it as plain text.")
    return refuse_personal_data(text.replace("\r\n", "\n"))


def shown(session: ReadSession, found: Sequence[Reply]) -> list[ReplyShown]:
    """Replies as they are told, with what each answers."""
    who = identities(driver_connection(session), {one.enterprise_key for one in found})
    about = replies.told_about(session, found)
    told = []
    for one in found:
        scheme, value, name = who[one.enterprise_key]
        assert one.reply_id is not None
        target = about[one.reply_id]
        given = {field: getattr(one, field) for field in ReplyShown.model_fields if hasattr(one, field)}
        given |= {
            "enterprise": {"scheme": scheme, "value": value, "name": name},
            "source": target["source"],
            "source_ref": target["source_ref"],
            "document_no": target["record_no"] or target["decision_no"],
        }
        told.append(ReplyShown.model_validate(given))
    return told
