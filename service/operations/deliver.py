"""Deliver a file: keep it, read it, publish what it says, and let lists and standings follow.

Each part is a transaction of its own: the file is kept first, then everything it says becomes known at one instant. Whatever kills the
process in between, the delivery is taken up again by sending the file again, or by `resume_delivery`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from uuid import uuid4

from data.database import WriteSession
from data.failures import DATABASE_ERRORS
from data.intake.delivering import Progress, number_of, silent
from data.intake.profiles import LoadedProfile
from data.intake.receiving import profile_of, receive
from data.stores import standings
from data.stores.deliveries import get_delivery, hold_delivery
from models.access import Actor
from models.deliveries import Counts, DeliveryState, Mode
from models.errors import CreditError
from models.shapes import Shape
from models.tables.deliveries import Delivery
from service.operations.follow_facts import follow_standings
from service.operations.publish_delivery import publish_delivery

MACHINE_FAULTS: tuple[type[Exception], ...] = (*DATABASE_ERRORS, OSError)
KEEPS_QUIET: tuple[type[Exception], ...] = (*DATABASE_ERRORS, CreditError)


class Interrupted(CreditError):
    """The database or the disk failed while a delivery was being read; nothing of it went in."""

    code = "delivery.interrupted"


class Delivered(Shape):
    """What became of a delivery; `is_repeat` says that it was through before and nothing changed now."""

    delivery_id: int
    state: DeliveryState
    counts: Counts
    known_seq: int | None
    is_repeat: bool = False


def deliver(
    session: WriteSession,
    *,
    file: BinaryIO,
    file_name: str,
    profile: LoadedProfile,
    source: str,
    actor: Actor,
    mode: Mode = Mode.DELTA,
    idempotency_key: str | None = None,
    progress: Progress = silent,
) -> Delivered:
    """Receive a file and publish it; commits each part. Raises `KeyReused`, `NotEntitled`, `Interrupted`, faults of the file."""
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
    return resume_delivery(session, delivery_id=number_of(received.delivery), progress=progress)


def resume_delivery(session: WriteSession, *, delivery_id: int, progress: Progress = silent) -> Delivered:
    """Publish a delivery whose file is kept; one that is through is told again, and its standings follow if they had not. Commits."""
    with failure_noted(session, delivery_id):
        delivery = hold_delivery(session, delivery_id)
        if delivery.state in (DeliveryState.PUBLISHED, DeliveryState.UNDONE):
            known_seq = delivery.known_seq
            is_behind = known_seq is not None and standings.is_due(session, known_seq)
            session.rollback()
            if is_behind:
                follow_standings(session, known_seq)
            return told(get_delivery(session, delivery_id), is_repeat=True)
        outcome = publish_delivery(session, delivery, profile_of(session, delivery), progress=progress)
        session.commit()
    follow_standings(session, outcome.drawn.known_seq if outcome.drawn else None)
    return told(get_delivery(session, delivery_id))


def rehearse_delivery(
    session: WriteSession,
    *,
    file: BinaryIO,
    file_name: str,
    profile: LoadedProfile,
    source: str,
    actor: Actor,
    mode: Mode = Mode.DELTA,
    progress: Progress = silent,
) -> Delivered:
    """Do all that `deliver` does, short of committing; the caller reads what it wants of the report and rolls back."""
    received = receive(
        session,
        source=source,
        file=file,
        file_name=file_name,
        profile=profile,
        received_from=actor.holder,
        mode=mode,
        idempotency_key=f"rehearsal {uuid4()}",
    )
    publish_delivery(session, received.delivery, profile, progress=progress)
    return told(get_delivery(session, number_of(received.delivery)))


@contextmanager
def failure_noted(session: WriteSession, delivery_id: int) -> Iterator[None]:
    """Write down at the delivery why it failed, and say what to do; its file stays kept. Raises `Interrupted` for faults of the machine."""
    try:
        yield
    except CreditError as fault:
        _note_failure(session, delivery_id, code=fault.code, message=str(fault))
        raise
    except MACHINE_FAULTS as fault:
        reason = str(getattr(fault, "orig", fault)).strip().splitlines()
        told = Interrupted(
            f"Delivery {delivery_id} was interrupted: {reason[0] if reason else type(fault).__name__}. Nothing of it went in; its file is "
            f"kept. When the cause is mended, run `qcredit deliveries resume {delivery_id}` or send the file again."
        )
        _note_failure(session, delivery_id, code=told.code, message=str(told))
        raise told from fault


def told(delivery: Delivery, *, is_repeat: bool = False) -> Delivered:
    """A delivery as it is reported."""
    return Delivered(
        delivery_id=number_of(delivery),
        state=DeliveryState(delivery.state),
        counts=Counts.model_validate(delivery.counts),
        known_seq=delivery.known_seq,
        is_repeat=is_repeat,
    )


def _note_failure(session: WriteSession, delivery_id: int, *, code: str, message: str) -> None:
    """Best done, not needed: a delivery that could not even be marked stays received, and is taken up just the same."""
    try:
        session.rollback()
        delivery = hold_delivery(session, delivery_id)
        if delivery.state in (DeliveryState.RECEIVED, DeliveryState.FAILED):
            delivery.state = DeliveryState.FAILED.value
            delivery.problem = {"code": code, "message": message}
            session.add(delivery)
        session.commit()
    except KEEPS_QUIET:
        session.invalidate()
