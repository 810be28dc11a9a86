"""Signing a webhook's messages by the Standard Webhooks scheme: `webhook-id`, `webhook-timestamp`, and one signature per good secret."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as its holder gets it, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers_of(message_id: str, body: bytes, *, at: datetime, secrets_: Iterable[str]) -> dict[str, str]:
    """The headers of one attempt; a receiver accepts the message if any one signature fits."""
    timestamp = str(int(at.timestamp()))
    signatures = " ".join(sign(message_id, timestamp, body, secret=secret) for secret in secrets_)
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signatures, "content-type": "application/json"}


def sign(message_id: str, timestamp: str, body: bytes, *, secret: str) -> str:
    """`v1,` and HMAC-SHA256 over identity, timestamp and body with full stops between them, base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def body_of(message: Mapping[str, object]) -> bytes:
    """What a message says: that there is something to pull, and nothing of whom."""
    told = {"type": "changes.appended", "timestamp": message["timestamp"], "data": {"epoch": message["epoch"], "seq": message["seq"]}}
    return json.dumps(told, separators=(",", ":")).encode()
