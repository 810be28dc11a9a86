"""While the service runs, webhooks are told of new lines within seconds; what could not be told is tried again from its row."""

import logging
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from data.database import Engine, write_session
from service.jobs.repeating import keep_doing
from service.operations.tell_webhooks import raise_messages, send_next
from service.outbound import Outside
from service.signing import Signer

LOG = logging.getLogger(__name__)
EVERY_S = 3.0
SOON_S = 2.0
AT_ONCE = 50


def tell_all(engine: Engine, *, outside: Outside, signer: Signer) -> int:
    """Raise what is due, and try it; gives how many attempts were made."""
    with write_session(engine) as session:
        raise_messages(session, now=datetime.now(UTC))
        session.commit()
        for number in range(AT_ONCE):
            if not send_next(session, outside=outside, seal=signer.seal, now=datetime.now(UTC)):
                return number
    return AT_ONCE


def keep_telling(
    engine: Engine, *, outside: Outside, signer: Signer, first_after_s: float = SOON_S, every_s: float = EVERY_S
) -> AbstractAsyncContextManager[None]:
    """Tell webhooks soon after the start and then again and again."""

    def work() -> None:
        tell_all(engine, outside=outside, signer=signer)

    return keep_doing(work, name="telling webhooks", first_after_s=first_after_s, every_s=every_s)
