"""Tell webhooks that there is something to pull: durable messages, tried again with growing pauses, given up after days."""

import random
import socket
from datetime import datetime, timedelta

import httpx

from data.database import WriteSession
from data.stores import checkpoints, publication, webhooks
from models.changes import written_at
from models.errors import CreditError
from models.webhooks import body_of, headers_of
from service.outbound import Outside
from service.signing_secret import Seal

LEASE = timedelta(minutes=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=6)
GIVEN_UP_AFTER = timedelta(days=3)


def raise_messages(session: WriteSession, *, now: datetime) -> int:
    """Write a message for each webhook that does not know of the newest checkpoint; none while publication is stopped."""
    stands, kept = publication.stands(session), checkpoints.latest_checkpoint(session)
    if kept is None or stands.is_stopped or stands.witnessed is not None:
        return 0
    return webhooks.raise_messages(session, epoch=kept.epoch, seq=kept.seq, now=now)


def send_next(session: WriteSession, *, outside: Outside, seal: Seal, now: datetime) -> bool:
    """Try the next message that is due; False when none is. Commits before it goes out, and after."""
    claimed = webhooks.claim_message(session, now=now, again_at=now + LEASE)
    session.commit()
    if claimed is None:
        return False
    hook = webhooks.get_webhook(session, claimed["webhook_id"])
    url, is_off = hook.url, hook.off_at is not None
    signing = [
        seal.open(row.sealed, kid=hook.webhook_id, seal=row.seal).decode()
        for row in webhooks.good_secrets(session, hook.webhook_id, at=now)
    ]
    session.commit()  # nothing is held while others answer
    fault: str | None = "the webhook is off"
    if not is_off:
        body = body_of({"timestamp": written_at(claimed["made_at"]), "epoch": claimed["epoch"], "seq": claimed["seq"]})
        fault = _try(url, headers_of(claimed["message_id"], body, at=now, secrets_=signing), body, outside=outside)
    _keep(session, claimed["message_id"], fault=fault, is_off=is_off, now=now)
    session.commit()
    return True


def pause_after(attempts: int) -> timedelta:
    """Four times as long after each attempt, up to hours, and never all at the same moment."""
    seconds = min(FIRST_PAUSE.total_seconds() * 4 ** min(attempts - 1, 20), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  # spreads attempts, guards nothing


def _try(url: str, headers: dict[str, str], body: bytes, *, outside: Outside) -> str | None:
    """What an attempt met; None when the message arrived."""
    try:
        status = outside.post(url, headers=headers, body=body)
    except CreditError as fault:
        return f"{fault.code}: {fault}"
    except (httpx.HTTPError, httpx.InvalidURL, socket.gaierror, OSError, UnicodeError) as fault:
        return f"no answer: {type(fault).__name__}"
    return None if 200 <= status < 300 else f"status {status}"


def _keep(session: WriteSession, message_id: str, *, fault: str | None, is_off: bool, now: datetime) -> None:
    message = webhooks.get_message(session, message_id)
    message.fault = fault
    if fault is None or is_off:
        message.closed_at = now
    elif fault == "status 410" or now >= message.made_at + GIVEN_UP_AFTER:
        message.closed_at = now
        hook = webhooks.get_webhook(session, message.webhook_id)
        told = "its address says it is gone" if fault == "status 410" else f"no message arrived in {GIVEN_UP_AFTER.days} days"
        hook.off_at, hook.off_why = now, f"{told}; last: {fault}"
        session.add(hook)
    else:
        message.next_at = now + pause_after(message.attempts)
    session.add(message)
    session.flush()
