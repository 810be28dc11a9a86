"""Read the kept file of a delivery again under a mended profile, as a delivery of its own that revises what the first reading gave."""

from data.database import WriteSession
from data.intake.delivering import Progress, number_of, silent
from data.intake.profiles import LoadedProfile
from data.intake.receiving import receive
from data.stores.deliveries import get_delivery, hold_delivery
from data.stores.files import file_on_disk
from models.access import Actor
from models.deliveries import DeliveryState, Mode
from models.errors import Refused
from service.operations.deliver import Delivered, failure_noted, told
from service.operations.follow_facts import follow_standings
from service.operations.publish_delivery import publish_delivery


class NotReadable(Refused):
    """Only a delivery that went in is read again; another is resumed or sent anew."""

    code = "delivery.not_published"


def reread_delivery(
    session: WriteSession, *, delivery_id: int, profile: LoadedProfile, actor: Actor, progress: Progress = silent
) -> Delivered:
    """Publish the second reading: its records revise the first one's, and what it no longer gives is withdrawn. Commits.

    Newer deliveries stay as they are. Undoing the new delivery brings the first reading back.
    """
    first = get_delivery(session, delivery_id)
    if first.state != DeliveryState.PUBLISHED:
        raise NotReadable(f"Delivery {delivery_id} is {first.state}; only a published one is read again.")
    with file_on_disk(session, first.file_sha256, name=first.file_name) as path, path.open("rb") as file:
        received = receive(
            session,
            source=first.source,
            file=file,
            file_name=first.file_name,
            profile=profile,
            received_from=actor.holder,
            mode=Mode(first.mode),
            rereads=delivery_id,
        )
    session.commit()
    number = number_of(received.delivery)
    with failure_noted(session, number):
        first = hold_delivery(session, delivery_id)
        second = hold_delivery(session, number)
        if second.state in (DeliveryState.PUBLISHED, DeliveryState.UNDONE):
            session.rollback()
            return told(get_delivery(session, number), is_repeat=True)
        outcome = publish_delivery(session, second, profile, reread=first, progress=progress)
        session.commit()
    follow_standings(session, outcome.drawn.known_seq if outcome.drawn else None)
    return told(get_delivery(session, number))
