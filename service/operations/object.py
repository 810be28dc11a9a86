"""Objections (异议) to a record, an entry or a score: marked at once, handled in their clock by somebody independent.

A record is corrected, withdrawn or moved by a revision through the usual door; what rested on it is reviewed as after any delivery.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from data.database import ReadSession, WriteSession, driver_connection
from data.remedies.rules import repair_rules
from data.stores import changes, knowledge, listings, lookups, proposals, remedies
from data.stores.listings import Step, identities
from data.stores.matters import Subject
from data.stores.replies import find_listing, find_record
from models.access import Actor
from models.errors import NotFound, Refused
from models.listings import Cause, ListingState
from models.procedures import Matter, StepName
from models.records import Kind
from models.remedies import ObjectionState, ObjectionTarget
from models.repair_rules import RECORDS
from models.tables.remedy_acts import Objection
from service.clock import legal_day
from service.districts import keep_enterprise_within
from service.operations.act_for import Own
from service.operations.publish_delivery import revise_records
from service.operations.remedy_answers import ObjectionAsked, ObjectionDecided, ObjectionPage, ObjectionShown
from service.operations.remedy_matters import RemedyClosed, file_of, procedure_for, refuse_dependent, refuse_others, stop, take
from service.operations.reply import plain_text


class NothingToObjectTo(NotFound):
    """There is no such record or entry that the asker may object to."""

    code = "objection.target"


class UnderWay(Refused):
    """An objection to the same is open."""

    code = "objection.under_way"


class DoesNotFit(Refused):
    """The outcome does not fit what was objected to."""

    code = "objection.outcome"


def file_objection(session: WriteSession, own: Own, asked: ObjectionAsked) -> tuple[ObjectionShown, list[int]]:
    """Keep and mark an enterprise's objection to its own record, entry or score; the caller commits, standings follow.

    A result of sampling that is objected to in time does not count until this is decided. Raises `objection.*`, `value.personal_data`.
    """
    knowledge.lock_clock(session)
    if asked.listing_id is not None:
        if find_listing(session, own.key, asked.listing_id) is None:
            raise NothingToObjectTo(f"There is no entry {asked.listing_id} of this enterprise. Its file names those it has.")
        listing = listings.get_listing(session, asked.listing_id)
        return _file(session, own.key, by=own.signed, grounds=asked.grounds, today=own.today, listing=listing), []
    if asked.source is None:
        return _file(session, own.key, by=own.signed, grounds=asked.grounds, today=own.today), []
    key = find_record(session, own.key, source=asked.source, source_ref=asked.source_ref or "")
    if key is None:
        raise NothingToObjectTo("There is no such record of this enterprise. Its file names each by source and number.")
    (row,) = remedies.current_records(session, [key])
    suspends = row["kind"] == Kind.SAMPLING and row["outcome"] != "none_found" and own.today <= _last_day(row)
    told = _file(session, own.key, by=own.signed, grounds=asked.grounds, today=own.today, record_key=key, suspends=suspends)
    if not suspends:
        return told, []
    sets: dict[int, dict[str, Any]] = {key: {"concluded_on": None}}
    remedies.keep_effects(session, sets, subject="objection", subject_id=told.objection_id, by=own.signed)
    return told, revise_records(session, sets, by=own.signed, why=f"objection {told.objection_id}")


def object_to_listing(session: WriteSession, listing_id: int, *, grounds: str, actor: Actor) -> ObjectionShown:
    """Keep what anybody says against an entry on a red list; the caller commits. Raises `objection.target`."""
    try:
        listing = listings.get_listing(session, listing_id)
    except NotFound:
        listing = None
    if listing is None or listing["colour"] != "red" or listing["state"] == ListingState.ENDED:
        raise NothingToObjectTo(
            f"There is no entry {listing_id} on a red list that can be objected to. /v1/lists/quality_red names those there are."
        )
    return _file(session, listing["enterprise_key"], by=actor.holder, grounds=grounds, today=legal_day(), listing=listing)


def take_back(session: WriteSession, own: Own, objection_id: int) -> tuple[ObjectionShown, list[int]]:
    """Take an objection back; what was suspended counts again. The caller commits, standings follow."""
    knowledge.lock_clock(session)
    found = remedies.get_objection(session, objection_id, enterprise_key=own.key)
    if found.filed_by != own.signed and own.is_agent:
        raise NothingToObjectTo(f"Objection {objection_id} was filed by another. The enterprise itself may take it back.")
    _refuse_closed(found)
    numbers = _resume(session, found, by=own.signed) if found.suspends else []
    return _close(session, found, ObjectionState.TAKEN_BACK, by=own.signed, finding=None, today=own.today), numbers


def decide_objection(
    session: WriteSession, objection_id: int, asked: ObjectionDecided, *, actor: Actor
) -> tuple[ObjectionShown, list[int]]:
    """Decide an objection, with its effect; the caller commits, and lets standings follow the numbers given.

    An officer of a district moves a record within it. Raises `access.district`, `remedy.not_independent`, `remedy.closed`,
    `objection.outcome`, `matter.*` and what the door refuses.
    """
    refuse_others(actor)
    today = legal_day()
    knowledge.lock_clock(session)
    found = remedies.get_objection(session, objection_id)
    _refuse_closed(found)
    records = [found.record_key] if found.record_key is not None else []
    if found.listing_id is not None:
        records = [int(key) for key in listings.get_listing(session, found.listing_id)["evidence"]]
    refuse_dependent(session, actor, records=records, listing=found.listing_id, subject=Subject.OBJECTION, number=objection_id)
    take(
        session,
        Subject.OBJECTION,
        objection_id,
        procedure_hash=found.procedure_hash,
        step=StepName.DECISION,
        by=actor.holder,
        on=today,
        finding=asked.finding,
    )
    numbers = _carry_out(session, found, asked, actor=actor, today=today)
    return _close(session, found, ObjectionState(asked.outcome), by=actor.holder, finding=asked.finding, today=today), numbers


def page_of_objections(
    session: ReadSession,
    *,
    enterprise_key: int | None,
    state: ObjectionState | None,
    before: int | None,
    limit: int,
    district: str | None = None,
) -> ObjectionPage:
    """One page of objections, latest first; an enterprise is told of its own alone, and never who spoke against its red entry."""
    found = remedies.list_objections(session, enterprise_key=enterprise_key, state=state, before=before, limit=limit + 1, district=district)
    page = [shown(session, one, names_filer=enterprise_key is None) for one in found[:limit]]
    return ObjectionPage(objections=tuple(page), next=page[-1].objection_id if len(found) > limit else None)


def shown(session: ReadSession, one: Objection, *, names_filer: bool) -> ObjectionShown:
    assert one.objection_id is not None
    scheme, value, name = identities(driver_connection(session), [one.enterprise_key])[one.enterprise_key]
    rows = remedies.current_records(session, [one.record_key]) if one.record_key is not None else []
    given = {field: getattr(one, field) for field in ObjectionShown.model_fields if hasattr(one, field)}
    told = {
        "enterprise": {"scheme": scheme, "value": value, "name": name},
        "record": {k: rows[0][k] for k in ("source", "source_ref", "document_no")} if rows else None,
        "filed_by": one.filed_by if names_filer else None,
    }
    file = file_of(session, Subject.OBJECTION, one.objection_id, today=legal_day())
    if not names_filer:
        file["steps"] = tuple(step for step in file["steps"] if step.step is not StepName.FILING)
    return ObjectionShown.model_validate(given | told | file)


def _file(
    session: WriteSession,
    enterprise_key: int,
    *,
    by: str,
    grounds: str,
    today: date,
    record_key: int | None = None,
    listing: dict[str, Any] | None = None,
    suspends: bool = False,
) -> ObjectionShown:
    said = plain_text(grounds)
    target = ObjectionTarget.RECORD if record_key is not None else ObjectionTarget.LISTING if listing else ObjectionTarget.SCORE
    open_ones = remedies.list_objections(session, enterprise_key=enterprise_key, state=ObjectionState.OPEN, before=None, limit=1000)
    place = (target, record_key, listing["listing_id"] if listing else None)
    same = [one for one in open_ones if (one.target, one.record_key, one.listing_id) == place]
    if same and (target is not ObjectionTarget.LISTING or any(one.filed_by == by for one in same)):
        raise UnderWay(f"Objection {same[0].objection_id} to the same is open. Wait for its decision, or take it back.")
    procedure = procedure_for(session, listing["list"] if listing else RECORDS, Matter.OBJECTION, today)
    made = remedies.add(
        session,
        Objection(
            enterprise_key=enterprise_key,
            target=target,
            record_key=record_key,
            listing_id=listing["listing_id"] if listing else None,
            procedure_hash=procedure.procedure_hash,
            grounds=said,
            suspends=suspends,
            filed_by=by,
        ),
    )
    assert made.objection_id is not None
    number, followed = made.objection_id, made.procedure_hash
    take(session, Subject.OBJECTION, number, procedure_hash=followed, step=StepName.FILING, by=by, on=today, reasons=said)
    take(session, Subject.OBJECTION, number, procedure_hash=followed, step=StepName.MARKING, by="the service itself", on=today)
    return shown(session, made, names_filer=True)


def _carry_out(session: WriteSession, found: Objection, asked: ObjectionDecided, *, actor: Actor, today: date) -> list[int]:
    assert found.objection_id is not None
    by = actor.holder
    if found.target != ObjectionTarget.RECORD:
        if asked.outcome in ("moved", "corrected") and found.target == ObjectionTarget.LISTING:
            raise DoesNotFit("An entry is kept or withdrawn. Correct or move the record that it rests on, and the entry follows.")
        if asked.outcome in ("moved", "withdrawn") and found.target == ObjectionTarget.SCORE:
            raise DoesNotFit("A score is kept, or corrected by what it rests on: its records and the published rules.")
        return _annul(session, found, today=today) if asked.outcome == "withdrawn" else []
    assert found.record_key is not None
    key, why = found.record_key, f"objection {found.objection_id}"
    if asked.outcome == "kept":
        return _resume(session, found, by=by) if found.suspends else []
    resumed = _concluded(found, session) if found.suspends else {}
    remedies.end_effects(session, [key], subject="objection", why=f"decided: {asked.outcome}")
    match asked.outcome:
        case "corrected":
            return _correct(session, found, resumed | asked.corrections, kept=tuple(asked.corrections), by=by)
        case "withdrawn":
            sets = {key: {"withdrawn": True}}
            remedies.keep_effects(session, sets, subject="objection", subject_id=found.objection_id, by=by)
            return revise_records(session, {key: resumed | {"withdrawn": "true"}}, by=by, why=why)
        case _:
            assert asked.enterprise is not None
            to = lookups.find_by_identifier(session, asked.enterprise.scheme, asked.enterprise.value)
            if to is None or to == found.enterprise_key:
                raise DoesNotFit(f"{asked.enterprise} is not known here, or it is the same enterprise. Give the code of the right one.")
            keep_enterprise_within(session, actor, to)
            moved = {"enterprise": [{"scheme": asked.enterprise.scheme, "value": asked.enterprise.value}]}
            return _correct(session, found, resumed | moved, kept=("enterprise_key",), by=by)


def _correct(session: WriteSession, found: Objection, sets: dict[str, Any], *, kept: tuple[str, ...], by: str) -> list[int]:
    """Revise the record, and let what was corrected stand against its source, as the record has it now: dates and codes made regular."""
    assert found.record_key is not None
    assert found.objection_id is not None
    before = remedies.standing_correction(session, found.record_key)
    remedies.end_effects(session, [found.record_key], subject="correction", why=f"objection {found.objection_id} took its place")
    numbers = revise_records(session, {found.record_key: sets}, by=by, why=f"objection {found.objection_id}")
    (row,) = remedies.current_records(session, [found.record_key])
    stands = before | {name: row[name].isoformat() if isinstance(row[name], date) else row[name] for name in kept}
    remedies.keep_effects(session, {found.record_key: stands}, subject="correction", subject_id=found.objection_id, by=by)
    return numbers


def _annul(session: WriteSession, found: Objection, *, today: date) -> list[int]:
    assert found.listing_id is not None
    drawn = knowledge.draw(session, "objection", str(found.objection_id))
    moves = listings.move(session, [Step(found.listing_id, Cause.ANNULLED, today)], known_seq=drawn.known_seq)
    changes.append(session, moves, known_seq=drawn.known_seq)
    proposals.lapse_for_entries(session, [found.listing_id], why=f"Objection {found.objection_id} was upheld.")
    return [drawn.known_seq]


def _resume(session: WriteSession, found: Objection, *, by: str) -> list[int]:
    """What was suspended counts again from the day it was concluded on."""
    assert found.record_key is not None
    sets = {found.record_key: _concluded(found, session)}
    remedies.end_effects(session, [found.record_key], subject="objection", why="decided")
    return revise_records(session, sets, by=by, why=f"objection {found.objection_id}")


def _concluded(found: Objection, session: ReadSession) -> dict[str, Any]:
    """The day that the source had given before the objection emptied it."""
    assert found.record_key is not None
    return {"concluded_on": remedies.concluded_before(session, found.record_key)}


def _last_day(row: dict[str, Any]) -> date:
    """The last day on which an objection to a result of sampling is in time: counted from its service, else from its conclusion."""
    start: date = row["served_on"] or row["concluded_on"] or row["occurred_on"]
    return start + timedelta(days=repair_rules().sampling_objection_days)


def _close(session: WriteSession, found: Objection, state: ObjectionState, *, by: str, finding: str | None, today: date) -> ObjectionShown:
    assert found.objection_id is not None
    found.state, found.decided_by, found.finding, found.closed_at = state, by, finding, datetime.now(UTC)
    session.add(found)
    session.flush()
    stop(session, Subject.OBJECTION, found.objection_id, on=today, why=state)
    return shown(session, found, names_filer=True)


def _refuse_closed(found: Objection) -> None:
    if found.state != ObjectionState.OPEN:
        raise RemedyClosed(f"Objection {found.objection_id} is {found.state}; nothing more can be done about it.")
