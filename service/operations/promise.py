"""A credit promise: said by the enterprise through its own view, and from then on a record like any other, through the usual delivery."""

import json
from hashlib import sha256
from io import BytesIO
from uuid import uuid4

from data.database import WriteSession
from data.intake.profiles import load_profile
from data.stores import sources
from data.stores.sources import UnknownSource
from models.records import Kind
from service.operations.act_for import Own
from service.operations.deliver import deliver
from service.operations.reply import plain_text
from service.own_answers import PromiseAsked, PromiseMade

OWN_SOURCE = "own-view"
"""The house's own source: what enterprises say of themselves here."""


def promise(session: WriteSession, own: Own, asked: PromiseAsked, *, key: str | None = None) -> PromiseMade:
    """Deliver the promise as a record of the house's own source; commits. The same key again is the same promise.

    Raises `reply.not_plain`, `value.personal_data`, and `delivery.key_reused` for another promise under the same key.
    """
    content = plain_text(asked.content)
    _ensure_source(session)
    number = sha256(f"{own.key} {own.actor.holder} {key}".encode()).hexdigest()[:32] if key else uuid4().hex
    day = own.today.isoformat()
    row = {
        "source_ref": number,
        "kind": Kind.COMMITMENT,
        "outcome": "made",
        "enterprise": [{"scheme": own.subject.named["scheme"], "value": own.subject.named["value"]}],
        "occurred_on": day,
        "concluded_on": day,
        "published_on": day,
        "detail": {"commitment": asked.type, "content": content},
    }
    made = deliver(
        session,
        file=BytesIO((json.dumps(row, ensure_ascii=False) + "\n").encode()),
        file_name=f"promise-{number}.jsonl",
        profile=load_profile("native"),
        source=OWN_SOURCE,
        actor=own.actor,
        idempotency_key=number,
    )
    assert made.counts.accepted == 1, made  # what goes in was checked above, and the enterprise is known
    return PromiseMade(source=OWN_SOURCE, source_ref=number, delivery_id=made.delivery_id, occurred_on=own.today)


def _ensure_source(session: WriteSession) -> None:
    try:
        sources.get_source(session, OWN_SOURCE)
    except UnknownSource:
        title_zh, title_en = "企业自行申报", "What enterprises say of themselves"
        sources.add_source(session, OWN_SOURCE, title_zh=title_zh, title_en=title_en, kinds=[Kind.COMMITMENT])
        session.commit()
