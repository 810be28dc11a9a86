"""The switch of publication: one person stops it, two different ones let it go on; and what a restored backup does to it."""

from data.database import ReadSession, WriteSession
from data.stores import publication
from models.access import Actor
from models.errors import CreditError, Refused
from service.consumer_answers import Publication

SHOWN = 100


class Stopped(CreditError):
    """Publication is stopped: nothing of the lists leaves the house."""

    code = "publication.stopped"


class NotStopped(Refused):
    """There is nothing to resume."""

    code = "publication.not_stopped"


class SamePerson(Refused):
    """Somebody agrees twice."""

    code = "publication.same_person"


def stop(session: WriteSession, *, reason: str, actor: Actor) -> None:
    """Stop publication from now on; the caller commits. Stopping what is stopped takes back who had agreed to go on."""
    publication.lock_switch(session)
    publication.keep_act(session, "stop", by=actor.holder, reason=reason)


def resume(session: WriteSession, *, reason: str, actor: Actor) -> bool:
    """Agree that publication goes on; whether it does now. The caller commits. Raises `NotStopped` and `SamePerson`."""
    publication.lock_switch(session)
    before = publication.stands(session)
    if not before.is_stopped:
        raise NotStopped("Publication is not stopped by anybody. `qcredit publication status` says how it stands.")
    if actor.holder in before.agreed:
        raise SamePerson(f"{actor.holder} has agreed already. A second, different person has to agree.")
    publication.keep_act(session, "resume", by=actor.holder, reason=reason)
    return len(before.agreed) + 1 >= publication.NEEDED


def show(session: ReadSession) -> Publication:
    """How publication stands, and every use of the switch."""
    found = publication.stands(session)
    acts = publication.list_acts(session, limit=SHOWN)
    return Publication(
        is_stopped=found.is_stopped,
        stopped_by=found.stopped_by if found.is_stopped else None,
        reason=found.reason if found.is_stopped else None,
        stopped_at=found.stopped_at if found.is_stopped else None,
        agreed=tuple(found.agreed) if found.is_stopped else (),
        witnessed=found.witnessed,
        acts=tuple({name: row[name] for name in ("act", "by", "reason", "at")} for row in acts),
    )


def refuse_stopped(found: publication.Stands) -> None:
    """Let nothing out while publication is stopped, or while consumers hold more of the log than there is. Raises `Stopped`."""
    if found.is_stopped:
        raise Stopped(
            "Publication is stopped while a fault is looked into. Keep what you hold, draw on it for no new decision, and try again later; "
            "/freshness says how it stands."
        )
    if found.witnessed is not None:
        raise Stopped(
            f"A consumer proved to hold line {found.witnessed} of epoch {found.epoch}, and the log here ends at {found.seq}: an older "
            "backup was restored. Nothing is published before the operator begins a new epoch (`qcredit db new-epoch`)."
        )
