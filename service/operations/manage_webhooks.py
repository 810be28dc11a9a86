"""Register webhooks, change their secrets, close them."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from data.database import ReadSession, WriteSession
from data.stores import changes, webhooks
from models.access import Actor, Role
from models.errors import Refused
from models.tables.webhooks import Webhook, WebhookSecret
from models.webhooks import new_secret
from service.outbound import Outside
from service.signing_secret import Seal

MOST = 10
OVERLAP = timedelta(days=1)
"""So long an old secret still signs beside the new one."""


class TooManyWebhooks(Refused):
    """A holder has as many webhooks as one may have."""

    code = "webhook.too_many"


class WebhookOff(Refused):
    """The webhook is off for good."""

    code = "webhook.off"


def add_webhook(session: WriteSession, url: str, *, outside: Outside, seal: Seal, actor: Actor) -> tuple[Webhook, str]:
    """Register an address; gives the secret that signs its messages, this once. The caller commits.

    Raises `webhook.address` and `webhook.too_many`. Where the name leads is judged with each message, since names change.
    """
    outside.check(url)
    if sum(one.off_at is None for one in webhooks.list_webhooks(session, holder=actor.holder)) >= MOST:
        raise TooManyWebhooks(f"You have {MOST} webhooks. Close one before you register another.")
    head = changes.head(session)
    made = Webhook(webhook_id=f"wh_{secrets.token_hex(8)}", holder=actor.holder, url=url, told_epoch=head.epoch, told_seq=head.seq)
    webhooks.add(session, made)
    return made, _add_secret(session, made.webhook_id, seal=seal)


def rotate_secret(session: WriteSession, webhook_id: str, *, seal: Seal, actor: Actor) -> str:
    """Give a webhook a new secret; the one before signs beside it for a day. Raises `webhook.not_found` and `webhook.off`."""
    found = webhooks.get_webhook(session, webhook_id, holder=actor.holder)
    if found.off_at is not None:
        raise WebhookOff(f"The webhook is off ({found.off_why}). Register it anew.")
    now = datetime.now(UTC)
    for number, row in enumerate(webhooks.good_secrets(session, webhook_id, at=now)):
        row.ends_at = min(row.ends_at or now + OVERLAP, now + OVERLAP) if number == 0 else now
        webhooks.add(session, row)
    return _add_secret(session, webhook_id, seal=seal)


def close_webhook(session: WriteSession, webhook_id: str, *, actor: Actor) -> None:
    """Send nothing more to an address; the caller commits. Raises `webhook.not_found`."""
    holder = None if actor.role is Role.ADMIN else actor.holder
    found = webhooks.get_webhook(session, webhook_id, holder=holder)
    if found.off_at is None:
        found.off_at, found.off_why = datetime.now(UTC), f"closed by {actor.holder}"
        webhooks.add(session, found)


def list_webhooks(session: ReadSession, *, actor: Actor) -> Sequence[Webhook]:
    """One's own webhooks; all of them for those inside the house."""
    return webhooks.list_webhooks(session, holder=actor.holder if actor.role is Role.PLATFORM else None)


def _add_secret(session: WriteSession, webhook_id: str, *, seal: Seal) -> str:
    text = new_secret()
    webhooks.add(session, WebhookSecret(webhook_id=webhook_id, sealed=seal.close(text.encode(), kid=webhook_id), seal=seal.name))
    return text
