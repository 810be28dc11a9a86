"""Settle a waiting record: attach it to an enterprise, create the enterprise, or reject it, with who and why."""

from typing import assert_never

from data.database import WriteSession, driver_connection
from data.intake.rematching import publish_attached, rematch_waiting, waiting_sources
from data.stores.deliveries import hold_registry, hold_sources
from data.stores.enterprises import find_by_identifier, found_enterprise
from data.stores.knowledge import Drawn, draw
from data.stores.queue import get_item, settle_item
from models.access import Actor
from models.deliveries import QueueState
from models.errors import Malformed, NotFound, Refused
from models.identifiers import Identifier
from models.shapes import Shape
from models.tables.deliveries import QueueItem
from service.districts import OutsideDistrict, district_of, keep_enterprise_within
from service.operations.follow_facts import follow_facts, follow_standings


class NoReason(Malformed):
    """A settlement says why."""

    code = "queue.no_reason"


class WhichEnterprise(Malformed):
    """It is not said whose record it is."""

    code = "queue.which_enterprise"


class UnknownEnterprise(NotFound):
    """No enterprise bears the identifier."""

    code = "queue.unknown_enterprise"


class EnterpriseExists(Refused):
    """There is nothing to create: an enterprise bears the identifier."""

    code = "queue.enterprise_exists"


class Settled(Shape):
    """How a record was settled; `became` says what it did to what was known, `also` how many others it settled."""

    queue_id: int
    state: QueueState
    enterprise_key: int | None
    became: str | None
    known_seq: int | None
    also: int = 0


def settle(
    session: WriteSession,
    *,
    queue_id: int,
    state: QueueState,
    why: str,
    actor: Actor,
    identifier: Identifier | None = None,
    name: str | None = None,
) -> Settled:
    """Settle one waiting record under a `known_seq` of its own; flushes, the caller commits and calls `follow_settled`.

    `identifier` says which enterprise, or under what number it is created; without it the record's own first one founds the enterprise.
    """
    if not why.strip():
        raise NoReason("Say why: the reason is kept beside the settlement.")
    connection = driver_connection(session)
    # The locks of intake first, in its order, then the item: a delivery that brings the record anew drops the item under the same locks.
    hold_registry(connection, to_change=state is QueueState.CREATED)
    hold_sources(connection, waiting_sources(connection))
    item = get_item(session, queue_id)
    match state:
        case QueueState.ATTACHED:
            if identifier is None:
                raise WhichEnterprise("Say whose record it is, by an identifier such as cn-uscc:91....")
            found = find_by_identifier(connection, identifier.scheme, identifier.value)
            if found is None:
                raise UnknownEnterprise(f"No enterprise bears {identifier}. Create it, or deliver it with the registry first.")
            keep_enterprise_within(session, actor, found)
            return _attach(session, item, found, draw(session, "settlement", str(queue_id)), state=state, why=why, actor=actor)
        case QueueState.CREATED:
            if district_of(actor) is not None:
                raise OutsideDistrict(
                    "A new enterprise lies in no district before the registry places it. Ask an officer of the city to create it."
                )
            founding = identifier or _own_identifier(item)
            named = name or item.record.get("name")
            if named is None:
                raise WhichEnterprise("Say the name of the enterprise to create; the record gives none.")
            if find_by_identifier(connection, founding.scheme, founding.value) is not None:
                raise EnterpriseExists(f"An enterprise bears {founding} already. Attach the record to it.")
            drawn = draw(session, "settlement", str(queue_id))
            key = found_enterprise(connection, drawn, scheme=founding.scheme, value=founding.value, name=str(named))
            settled = _attach(session, item, key, drawn, state=state, why=why, actor=actor)
            also = rematch_waiting(session, drawn, why=f"Settling number {queue_id} created the enterprise.")
            follow_facts(session, drawn)
            return settled.model_copy(update={"also": also})
        case QueueState.REJECTED:
            settle_item(session, item, state=state, enterprise_key=None, by=actor.holder, why=why)
            return Settled(queue_id=queue_id, state=state, enterprise_key=None, became=None, known_seq=None)
        case QueueState.OPEN | QueueState.DROPPED:
            raise Malformed("A waiting record is attached, created or rejected.")
    assert_never(state)


def follow_settled(session: WriteSession, settled: Settled) -> None:
    """Bring the standings up to date after a settlement was committed."""
    if settled.known_seq is not None:
        follow_standings(session, settled.known_seq)


def _attach(
    session: WriteSession, item: QueueItem, enterprise_key: int, drawn: Drawn, *, state: QueueState, why: str, actor: Actor
) -> Settled:
    queue_id = item.queue_id or 0
    became = publish_attached(session, drawn, [queue_id], enterprise_key)
    settle_item(session, item, state=state, enterprise_key=enterprise_key, by=actor.holder, why=why)
    if state is QueueState.ATTACHED:
        follow_facts(session, drawn)
    return Settled(queue_id=queue_id, state=state, enterprise_key=enterprise_key, became=became, known_seq=drawn.known_seq)


def _own_identifier(item: QueueItem) -> Identifier:
    scheme, value = item.record.get("scheme"), item.record.get("value")
    if scheme is None or value is None:
        raise WhichEnterprise("Say under what identifier the enterprise is created, such as local:1; the record gives none.")
    return Identifier(scheme=str(scheme), value=str(value))
