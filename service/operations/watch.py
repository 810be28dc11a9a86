"""Watch the suppliers of a contract until it ends: news are computed from the log each time, so that none is lost or told twice."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from data.codes.known_lists import list_title
from data.database import ReadSession, WriteSession
from data.stores import changes, checks, measures, watches
from data.stores.lookups import EVERYTHING_KNOWN
from models.access import Actor, Role
from models.errors import Refused
from models.listings import Cause
from models.periods import end_of
from models.tables.watches import Watch
from service.clock import LEGAL_ZONE
from service.operations.check import asker_of
from service.operations.receipts import KeptReceipt
from service.watch_answers import NoticeShown, WatchAsked

LONGEST = timedelta(days=3660)


class CannotWatch(Refused):
    """The watch would never tell anything, or for too long."""

    code = "watch.term"


class NobodyToWatch(Refused):
    """None of the suppliers was found when the check was answered."""

    code = "watch.nobody"


class NotRead(Refused):
    """Nobody has read what has not been written."""

    code = "watch.in_future"


def watch_suppliers(session: WriteSession, asked: WatchAsked, *, actor: Actor, today: date) -> Watch:
    """Begin a watch where the check stood in the log; the check is kept longer. Raises `check.not_found` and `watch.*`."""
    if not today <= asked.until <= today + LONGEST:
        raise CannotWatch(f"A watch runs from today ({today}) to a day within ten years; {asked.until} is none.")
    row = checks.get_check(session, asked.check_id, asked_by=asker_of(actor))
    told = KeptReceipt(row).content["suppliers"]
    chosen = [one for one in told if one["enterprise"] and (not asked.suppliers or one["no"] in asked.suppliers)]
    named = {one["no"]: (one["enterprise"]["scheme"], one["enterprise"]["value"]) for one in chosen}
    found = checks.identified(session, list(named.values()), day=today, known_seq=EVERYTHING_KNOWN)
    once = {found[name][0]: no for no, name in reversed(named.items()) if name in found}
    keys = {no: key for key, no in once.items()}
    if not keys:
        raise NobodyToWatch(f"The check {asked.check_id} found none of these suppliers, so there is nobody to watch.")
    made = Watch(
        check_id=asked.check_id,
        holder=actor.holder,
        matter=asked.matter or row.matter,
        until=asked.until,
        from_seq=row.change_seq,
        read_seq=row.change_seq,
    )
    watches.add_watch(session, made, keys)
    kept = measures.catalogue_known(session, EVERYTHING_KNOWN).catalogue.checks_kept
    if (keep_until := end_of(asked.until, kept.lasts)) is not None:
        watches.extend_term(session, asked.check_id, keep_until=keep_until)
    return made


def list_watches(session: ReadSession, *, actor: Actor, before: int | None, limit: int) -> list[dict[str, Any]]:
    """The actor's watches; of everybody for auditors and the operator."""
    return watches.list_watches(session, holder=_holder(actor), before=before, limit=limit)


def get_watch(session: ReadSession, watch_id: int, *, actor: Actor) -> Watch:
    """One watch of the actor's. Raises `watch.not_found`."""
    return watches.get_watch(session, watch_id, holder=_holder(actor))


def read_news(session: ReadSession, watch_id: int, *, actor: Actor, after: int | None, today: date, limit: int) -> list[NoticeShown]:
    """The news of a watch after a line (after what was read, unless given). Raises `watch.not_found`."""
    watch = get_watch(session, watch_id, actor=actor)
    ends = datetime.combine(watch.until + timedelta(days=1), time.min, LEGAL_ZONE)
    before = min(ends, watch.ended_at) if watch.ended_at else ends
    rows = watches.news_of(session, watch, after=watch.read_seq if after is None else after, before=before, today=today, limit=limit)
    return [_notice(row) for row in rows]


def acknowledge(session: WriteSession, watch_id: int, *, seq: int, actor: Actor) -> Watch:
    """Say that the news were read up to a line; an earlier one changes nothing. Raises `watch.not_found` and `watch.in_future`."""
    watch = get_watch(session, watch_id, actor=actor)
    if seq > (head := changes.head(session).seq):
        raise NotRead(f"The log stands at line {head}, and {seq} has not been written. Acknowledge the `seq` of the last notice you read.")
    watch.read_seq = max(watch.read_seq, seq)
    session.add(watch)
    session.flush()
    return watch


def end_watch(session: WriteSession, watch_id: int, *, actor: Actor) -> Watch:
    """End a watch before its day; what it told stays readable. Raises `watch.not_found`."""
    watch = get_watch(session, watch_id, actor=actor)
    watch.ended_at = watch.ended_at or datetime.now(UTC)
    session.add(watch)
    session.flush()
    return watch


def _holder(actor: Actor) -> str | None:
    return None if actor.role in {Role.AUDITOR, Role.ADMIN} else actor.holder


def _notice(row: dict[str, Any]) -> NoticeShown:
    """What may be said of a change today."""
    shown = row["may_be_shown"]
    what = ("entered" if row["cause"] == Cause.ENTERED else "changed") if shown else "no_longer_listed"
    return NoticeShown.model_validate(
        {
            "seq": row["seq"],
            "no": row["no"],
            "enterprise": {"scheme": row["scheme"], "value": row["value"], "name": row["name"]},
            "what": what,
            "list": row["list"] if shown else None,
            "title": list_title(row["list"]) if shown else None,
            "state": row["state"] if shown else None,
            "effective_on": row["effective_on"] if shown else None,
            "recorded_at": row["recorded_at"],
        }
    )
