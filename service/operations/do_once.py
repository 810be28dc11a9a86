"""Do what a request asks once, however often it is sent under the same key."""

import hashlib
from collections.abc import Callable
from typing import Any

from pydantic_core import to_json

from data.database import WriteSession
from data.stores import requests
from models.access import Actor
from models.errors import Refused

Answer = dict[str, Any]


class KeyReused(Refused):
    """The idempotency key was used for another request."""

    code = "idempotency.reused"


def do_once(
    session: WriteSession, *, key: str | None, actor: Actor, request: Any, status: int, act: Callable[[], Answer]
) -> tuple[int, Answer]:
    """Carry out `act` and remember its answer in the same transaction, or give the answer remembered; the caller commits.

    Without a key it is carried out each time. `request` is everything that makes two requests the same. Raises `KeyReused`.
    """
    if key is None:
        return status, act()
    request_hash = hashlib.sha256(to_json(request)).hexdigest()
    before = requests.hold_request(session, holder=actor.holder, key=key)
    if before is None:
        answer = act()
        requests.remember_request(session, holder=actor.holder, key=key, request_hash=request_hash, status=status, answer=answer)
        return status, answer
    if before.request_hash != request_hash:
        raise KeyReused("This Idempotency-Key was used for another request. Send a new key with a new request.")
    return before.status, before.answer
