"""Webhooks, their secrets and their messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from sqlmodel import col, select

from data.database import ReadSession, WriteSession, driver_connection
from models.errors import NotFound
from models.tables.webhooks import Webhook, WebhookMessage, WebhookSecret

Row = dict[str, Any]

_RAISE = """
WITH due AS (
    UPDATE webhook SET told_epoch = %(epoch)s, told_seq = %(seq)s
    WHERE off_at IS NULL AND (told_epoch, told_seq) < (%(epoch)s, %(seq)s)
        AND NOT EXISTS (SELECT FROM webhook_message AS m WHERE m.webhook_id = webhook.webhook_id AND closed_at IS NULL)
    RETURNING webhook_id
)
INSERT INTO webhook_message (message_id, webhook_id, epoch, seq, made_at, attempts, next_at)
SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), webhook_id, %(epoch)s, %(seq)s, %(now)s, 0, %(now)s FROM due
"""
_CLAIM = """
UPDATE webhook_message SET attempts = attempts + 1, next_at = %(again_at)s
WHERE message_id = (
    SELECT message_id FROM webhook_message WHERE closed_at IS NULL AND next_at <= %(now)s ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING message_id, webhook_id, epoch, seq, made_at, attempts
"""


class NoSuchWebhook(NotFound):
    """There is no such webhook of this holder."""

    code = "webhook.not_found"


def add(session: WriteSession, row: Webhook | WebhookSecret) -> None:
    session.add(row)
    session.flush()


def get_webhook(session: ReadSession, webhook_id: str, *, holder: str | None = None) -> Webhook:
    """One webhook, of a holder if one is named. Raises `webhook.not_found`."""
    found = session.get(Webhook, webhook_id)
    if found is None or (holder is not None and found.holder != holder):
        raise NoSuchWebhook("You have no such webhook. GET /v1/webhooks lists yours.")
    return found


def list_webhooks(session: ReadSession, *, holder: str | None = None) -> Sequence[Webhook]:
    """The webhooks of a holder, or all, by age; those that are off too."""
    asked = select(Webhook).order_by(col(Webhook.made_at), col(Webhook.webhook_id)).limit(1_000)
    return session.exec(asked if holder is None else asked.where(col(Webhook.holder) == holder)).all()


def last_message(session: ReadSession, webhook_id: str) -> WebhookMessage | None:
    """The newest message of a webhook."""
    asked = select(WebhookMessage).where(col(WebhookMessage.webhook_id) == webhook_id)
    return session.exec(asked.order_by(col(WebhookMessage.made_at).desc()).limit(1)).first()


def good_secrets(session: ReadSession, webhook_id: str, *, at: datetime) -> Sequence[WebhookSecret]:
    """The secrets that sign now, the newest first."""
    asked = select(WebhookSecret).where(col(WebhookSecret.webhook_id) == webhook_id)
    rows = session.exec(asked.order_by(col(WebhookSecret.secret_id).desc())).all()
    return [row for row in rows if row.ends_at is None or row.ends_at > at]


def raise_messages(session: WriteSession, *, epoch: int, seq: int, now: datetime) -> int:
    """One message for each webhook that does not know of this line and has no open one; gives how many."""
    return driver_connection(session).execute(_RAISE, {"epoch": epoch, "seq": seq, "now": now}).rowcount


def claim_message(session: WriteSession, *, now: datetime, again_at: datetime) -> Row | None:
    """The next message that is due, taken for this attempt; if its process dies, another takes it up at `again_at`."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_CLAIM, {"now": now, "again_at": again_at}).fetchone()


def get_message(session: ReadSession, message_id: str) -> WebhookMessage:
    found = session.get(WebhookMessage, message_id)
    assert found is not None
    return found
