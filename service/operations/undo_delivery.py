"""Undo a delivery: what it brought and nothing newer has revised is withdrawn, or the earlier revision comes back, as new revisions."""

from data.database import WriteSession, driver_connection
from data.stores.deliveries import hold_delivery, hold_registry, hold_sources, mark_undone
from data.stores.knowledge import draw
from data.stores.queue import drop_waiting
from data.stores.records import find_undoable, undo_gathered
from data.stores.registry_undo import UndoneRegistry, undo_registry
from models.access import Actor
from models.deliveries import DeliveryState
from models.errors import Malformed, Refused
from models.shapes import Shape
from service.operations.follow_facts import follow_facts


class NotPublished(Refused):
    """Only what went in can be undone, and once."""

    code = "delivery.not_published"


class NoReason(Malformed):
    """An undoing says why."""

    code = "delivery.no_reason"


class Undone(Shape):
    """What undoing a delivery did; `kept` counts enterprises that later facts rest on."""

    delivery_id: int
    known_seq: int | None
    withdrawn: int = 0
    restored: int = 0
    dropped: int = 0
    kept: int = 0


def undo_delivery(session: WriteSession, *, delivery_id: int, why: str, actor: Actor) -> Undone:
    """Undo a published delivery under one `known_seq`; flushes, the caller commits. Raises `NotPublished`, `delivery.in_progress`."""
    if not why.strip():
        raise NoReason("Say why the delivery is undone: the reason is kept beside it.")
    delivery = hold_delivery(session, delivery_id)
    if delivery.state != DeliveryState.PUBLISHED:
        raise NotPublished(f"Delivery {delivery_id} is {delivery.state}; only a published one can be undone.")
    connection = driver_connection(session)
    hold_registry(connection, to_change=True)
    hold_sources(connection, [delivery.source])
    dropped = drop_waiting(connection, delivery_id, why=f"Delivery {delivery_id} was undone: {why}")
    records = find_undoable(connection, delivery_id, except_staged=False)
    registry = delivery.known_seq if delivery.known_seq is not None and not records else None
    drawn = draw(session, "undo", str(delivery_id)) if delivery.known_seq is not None else None
    done = Undone(delivery_id=delivery_id, known_seq=drawn and drawn.known_seq, dropped=dropped)
    if drawn is not None and records:
        gone = undo_gathered(connection, drawn)
        done = done.model_copy(update={"withdrawn": gone.withdrawn, "restored": gone.restored})
    if drawn is not None and registry is not None:
        facts: UndoneRegistry = undo_registry(connection, drawn, published_seq=registry)
        done = done.model_copy(update={"withdrawn": facts.withdrawn, "restored": facts.restored, "kept": facts.kept})
    mark_undone(connection, delivery_id, drawn, by=actor.holder, why=why)
    if drawn is not None:
        follow_facts(session, drawn)
    session.expire(delivery)
    return done
