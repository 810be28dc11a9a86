"""Receive a delivery: its file is kept at once; what it says is published later, or taken up again after whatever came between."""

from typing import BinaryIO

from data.database import ReadSession, WriteSession
from data.intake.delivering import number_of
from data.intake.profiles import LoadedProfile
from data.intake.receiving import receive
from data.stores.deliveries import UnknownDelivery, get_delivery
from models.access import Actor, Role
from models.deliveries import Mode
from models.errors import Refused
from models.tables.deliveries import Delivery


class WhichSource(Refused):
    """A delivery is made for one source, and a delivering key for its own alone."""

    code = "delivery.source"


def source_of(actor: Actor, asked: str | None) -> str:
    """For whom an actor delivers: a delivering key for its own source, officers for the one they name. Raises `delivery.source`."""
    if actor.role is Role.SOURCE:
        if actor.source is None or asked not in (None, actor.source):
            raise WhichSource(f"This key delivers for {actor.source} alone. Leave the source out, or use the other source's key.")
        return actor.source
    if asked is None:
        raise WhichSource("Say for which source you deliver, in the field `source`.")
    return asked


def receive_delivery(
    session: WriteSession,
    *,
    file: BinaryIO,
    file_name: str,
    profile: LoadedProfile,
    source: str,
    mode: Mode,
    idempotency_key: str | None,
    actor: Actor,
) -> int:
    """Keep the file and commit; gives the delivery's number, the same one when it was sent before."""
    received = receive(
        session,
        source=source,
        file=file,
        file_name=file_name,
        profile=profile,
        received_from=actor.holder,
        mode=mode,
        idempotency_key=idempotency_key,
    )
    session.commit()
    return number_of(received.delivery)


def get_visible(session: ReadSession, delivery_id: int, *, actor: Actor) -> Delivery:
    """A delivery, if the actor may see it: a source its own. Raises `UnknownDelivery`, alike for absent and for another's."""
    found = get_delivery(session, delivery_id)
    if actor.role is Role.SOURCE and found.source != actor.source:
        raise UnknownDelivery(f"There is no delivery {delivery_id}. `qcredit deliveries list` shows those there are.")
    return found
