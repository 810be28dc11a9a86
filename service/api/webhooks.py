"""Webhooks of consumers: thin messages that there is something to pull; what is pulled stays the truth."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import StringConstraints

from data.stores import webhooks
from models.shapes import Shape
from models.tables.webhooks import Webhook
from service.access import Caller
from service.answers import respond_json
from service.house import ReadSessionDep, SettingsDep, SignerDep, WriteSessionDep
from service.operations import manage_webhooks
from service.outbound import Outside
from service.problems import problems

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
WebhookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{16}$")]


class WebhookAsked(Shape):
    """Where messages are to be sent."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class WebhookShown(Shape):
    """A webhook without its secret, and what became of its last message."""

    webhook_id: str
    holder: str
    url: str
    made_at: datetime
    told_epoch: int
    told_seq: int
    off_at: datetime | None
    off_why: str | None
    last_fault: str | None
    """What the last attempt met; null when it arrived."""
    attempts: int


class Webhooks(Shape):
    webhooks: tuple[WebhookShown, ...]


class WebhookMade(Shape):
    """A webhook's secret, shown this once."""

    webhook_id: str
    secret: str


@router.post("", status_code=201, responses=problems(401, 403, 409, 422))
def add_webhook(caller: Caller, session: WriteSessionDep, settings: SettingsDep, signer: SignerDep, asked: WebhookAsked) -> WebhookMade:
    """Register an address; its secret signs every message by the Standard Webhooks scheme and is shown this once."""
    outside = Outside(allows_private=settings.webhook_private)
    made, secret = manage_webhooks.add_webhook(session, asked.url, outside=outside, seal=signer.seal, actor=caller)
    session.commit()
    return WebhookMade(webhook_id=made.webhook_id, secret=secret)


@router.get("", response_model=Webhooks, responses=problems(401, 403))
def list_webhooks(request: Request, caller: Caller, session: ReadSessionDep) -> Response:
    """Name one's webhooks, whether they are on, and what became of their last message; those inside the house see all."""
    return respond_json(request, {"webhooks": [_shown(session, one) for one in manage_webhooks.list_webhooks(session, actor=caller)]})


@router.post("/{webhook_id}/secrets", status_code=201, responses=problems(401, 403, 404, 409, 422))
def rotate_webhook_secret(caller: Caller, session: WriteSessionDep, signer: SignerDep, webhook_id: WebhookId) -> WebhookMade:
    """Give a webhook a new secret; the one before signs beside it for a day."""
    secret = manage_webhooks.rotate_secret(session, webhook_id, seal=signer.seal, actor=caller)
    session.commit()
    return WebhookMade(webhook_id=webhook_id, secret=secret)


@router.delete("/{webhook_id}", status_code=204, responses=problems(401, 403, 404, 422))
def close_webhook(caller: Caller, session: WriteSessionDep, webhook_id: WebhookId) -> None:
    """Send nothing more to an address."""
    manage_webhooks.close_webhook(session, webhook_id, actor=caller)
    session.commit()


def _shown(session: ReadSessionDep, one: Webhook) -> WebhookShown:
    last = webhooks.last_message(session, one.webhook_id)
    return WebhookShown(**one.model_dump(), last_fault=last and last.fault, attempts=last.attempts if last else 0)
