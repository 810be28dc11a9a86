"""Credit repair (信用修复): applied for with a checklist, accepted, checked, decided in its clock; with effect the same day.

A granted repair is a revision of each record with `repaired_on`, through the usual door; an entry ends with the cause `repaired`. What
turns out to rest on false material is revoked, the term runs anew, and new applications wait.
"""

from datetime import UTC, date, datetime
from typing import Any

from data.database import ReadSession, WriteSession, driver_connection
from data.publication.regimes import facts_of, shipped_regimes
from data.remedies.rules import repair_rules
from data.stores import changes, knowledge, listings, proposals, remedies
from data.stores.listings import NewListing, Step, identities
from data.stores.matters import Subject
from data.stores.proposals import NewDecision
from data.stores.replies import find_listing, find_record
from models.access import Actor
from models.errors import NotFound, Refused
from models.listings import Cause, ListingState, Origin
from models.periods import end_of
from models.procedures import Matter, StepName
from models.publication import publications_of
from models.remedies import RepairState
from models.repair_rules import RECORDS, RepairRule
from models.tables.remedy_acts import Repair
from service.clock import legal_day
from service.operations.act_for import Own
from service.operations.publish_delivery import revise_records
from service.operations.remedy_answers import ChecklistShown, RepairAsked, RepairPage, RepairShown, RepairStepAsked
from service.operations.remedy_matters import RemedyClosed, file_of, procedure_for, refuse_dependent, refuse_others, stop, take


class NothingToRepair(NotFound):
    """There is no such record or entry of the enterprise, or it costs nothing."""

    code = "repair.target"


class TooEarly(Refused):
    """The minimum term is not over."""

    code = "repair.too_early"


class NotRepairable(Refused):
    """A rule says that this is not repaired."""

    code = "repair.not_repairable"


class ChecklistOpen(Refused):
    """The application does not confirm what the checklist asks for."""

    code = "repair.checklist"


class Barred(Refused):
    """After false material no new application is taken for a time."""

    code = "repair.barred"


class UnderWay(Refused):
    """A repair of the same is under way."""

    code = "repair.under_way"


def checklist(session: ReadSession, own: Own, *, source: str | None, source_ref: str | None, listing_id: int | None) -> ChecklistShown:
    """What a repair of this asks for, and from when. Raises `repair.target` and `repair.not_repairable`."""
    keys, listing = _target(session, own, source=source, source_ref=source_ref, listing_id=listing_id)
    rule = _rule(listing["list"] if listing else RECORDS, own.today)
    return ChecklistShown(
        rule=rule.code,
        title=rule.title,
        clause=rule.clause,
        items={item.code: item.title for item in rule.checklist},
        earliest_on=_earliest(session, rule, keys, listing),
    )


def apply(session: WriteSession, own: Own, asked: RepairAsked) -> RepairShown:
    """Keep an application; the caller commits. Raises `repair.*` and `matter.no_procedure`."""
    keys, listing = _target(session, own, source=asked.source, source_ref=asked.source_ref, listing_id=asked.listing_id)
    rule = _rule(listing["list"] if listing else RECORDS, own.today)
    barred = remedies.barred_until(session, own.key)
    if barred is not None and barred > own.today:
        raise Barred(f"An earlier repair rested on false material; a new application is taken from {barred} on.")
    if missing := [item.code for item in rule.checklist if item.code not in asked.confirmed]:
        raise ChecklistOpen(f"The application does not confirm: {', '.join(missing)}. Repair asks for each of them ({rule.clause.act}).")
    earliest = _earliest(session, rule, keys, listing)
    if asked.plan_until is None and earliest is not None and earliest > own.today:
        raise TooEarly(f"Repair can be asked for from {earliest} on, when the minimum term is over; today is {own.today}.")
    if (open_one := remedies.open_repair_of(session, keys)) is not None:
        raise UnderWay(f"Repair {open_one} of the same is under way. Wait for its decision, or take it back.")
    procedure = procedure_for(session, listing["list"] if listing else RECORDS, Matter.REPAIR, own.today)
    made = remedies.add(
        session,
        Repair(
            enterprise_key=own.key,
            record_keys=keys,
            listing_id=listing["listing_id"] if listing else None,
            rule=rule.code,
            procedure_hash=procedure.procedure_hash,
            confirmed=dict.fromkeys(asked.confirmed, True),
            plan_no=asked.plan_no,
            plan_until=asked.plan_until,
            applied_by=own.signed,
        ),
    )
    _step(session, made, StepName.APPLICATION, by=own.signed, on=own.today)
    return shown(session, made, today=own.today)


def take_back(session: WriteSession, own: Own, repair_id: int) -> RepairShown:
    """Take an application back before it is decided; the caller commits."""
    found = remedies.get_repair(session, repair_id, enterprise_key=own.key)
    _refuse_closed(found, RepairState.APPLIED, RepairState.ACCEPTED)
    return _close(session, found, RepairState.TAKEN_BACK, today=own.today)


def handle(session: WriteSession, repair_id: int, asked: RepairStepAsked, *, actor: Actor) -> tuple[RepairShown, list[int]]:
    """Do what an officer does with a repair; the caller commits, and lets standings follow the numbers given.

    Raises `remedy.*`, `matter.*` and what the door refuses.
    """
    refuse_others(actor)
    today = legal_day()
    knowledge.lock_clock(session)
    found = remedies.get_repair(session, repair_id)
    numbers: list[int] = []
    match asked.act:
        case "accept":
            _refuse_closed(found, RepairState.APPLIED)
            _step(session, found, StepName.ACCEPTANCE, by=actor.holder, on=today)
            found.state = RepairState.ACCEPTED
        case "check":
            _refuse_closed(found, RepairState.ACCEPTED)
            _step(session, found, StepName.CHECKING, by=actor.holder, on=today, finding=asked.reason or "")
        case "grant" | "refuse":
            _refuse_closed(found, *((RepairState.ACCEPTED,) if asked.act == "grant" else (RepairState.APPLIED, RepairState.ACCEPTED)))
            if asked.act == "grant":
                refuse_dependent(session, actor, records=(), listing=None, subject=Subject.REPAIR, number=repair_id)
            if found.state == RepairState.ACCEPTED:
                _step(session, found, StepName.DECISION, by=actor.holder, on=today, reasons=asked.reason or "")
            found.decided_by, found.reason = actor.holder, asked.reason
            if asked.act == "refuse":
                return _close(session, found, RepairState.REFUSED, today=today), []
            found.effective_on = today
            told = _close(session, found, RepairState.GRANTED, today=today)
            return told, _grant(session, found, by=actor.holder, today=today)
        case "revoke":
            _refuse_closed(found, RepairState.GRANTED)
            numbers = _revoke(session, found, why=asked.reason or "", by=actor.holder, today=today)
            return _close(session, found, RepairState.REVOKED, today=today), numbers
        case "confirm":
            _refuse_closed(found, RepairState.GRANTED)
            if found.plan_until is None:
                raise RemedyClosed(f"Repair {repair_id} is not temporary; there is nothing to confirm.")
            found.plan_until = None
    session.add(found)
    session.flush()
    return shown(session, found, today=today), numbers


def end_over_plans(session: WriteSession, day: date, *, by: str) -> list[int]:
    """End temporary repairs whose plan is over and that nobody confirmed; the records stand as before. The caller commits."""
    numbers: list[int] = []
    for found in remedies.over_plans(session, day=day):
        numbers += _undo(session, found, by=by, why="the restructuring plan ended", today=day)
        _close(session, found, RepairState.ENDED, today=day)
    return numbers


def page_of_repairs(
    session: ReadSession,
    *,
    enterprise_key: int | None,
    state: RepairState | None,
    before: int | None,
    limit: int,
    district: str | None = None,
) -> RepairPage:
    """One page of repairs, latest first."""
    found = remedies.list_repairs(session, enterprise_key=enterprise_key, state=state, before=before, limit=limit + 1, district=district)
    page = [shown(session, one, today=legal_day()) for one in found[:limit]]
    return RepairPage(repairs=tuple(page), next=page[-1].repair_id if len(found) > limit else None)


def shown(session: ReadSession, one: Repair, *, today: date) -> RepairShown:
    assert one.repair_id is not None
    scheme, value, name = identities(driver_connection(session), [one.enterprise_key])[one.enterprise_key]
    records = [{k: row[k] for k in ("source", "source_ref", "document_no")} for row in remedies.current_records(session, one.record_keys)]
    given = {field: getattr(one, field) for field in RepairShown.model_fields if hasattr(one, field)}
    told = {
        "enterprise": {"scheme": scheme, "value": value, "name": name},
        "records": records,
        "confirmed": sorted(one.confirmed),
    }
    return RepairShown.model_validate(given | told | file_of(session, Subject.REPAIR, one.repair_id, today=today))


def _target(
    session: ReadSession, own: Own, *, source: str | None, source_ref: str | None, listing_id: int | None
) -> tuple[list[int], dict[str, Any] | None]:
    """The records of the matter, or the entry."""
    if listing_id is not None:
        if find_listing(session, own.key, listing_id) is None:
            raise NothingToRepair(f"There is no entry {listing_id} of this enterprise. Its file names those it has.")
        listing = listings.get_listing(session, listing_id)
        if listing["state"] == ListingState.ENDED or listing["colour"] == "red":
            raise NothingToRepair(f"Entry {listing_id} is {listing['state']} on {listing['list']}; there is nothing to repair.")
        return [], listing
    key = find_record(session, own.key, source=source or "", source_ref=source_ref or "")
    if key is None:
        raise NothingToRepair("There is no such record of this enterprise. Its file names each by source and number.")
    rows = remedies.current_records(session, [key])
    if rows[0]["repaired_on"] is not None:
        raise NothingToRepair(f"The record was repaired on {rows[0]['repaired_on']}.")
    return remedies.records_of_matter(session, key), None


def _rule(list_name: str, day: date) -> RepairRule:
    rule = repair_rules().rule_for(list_name, day)
    if rule is None:
        raise NotRepairable(f"No rule of repair is in force for {list_name} on {day}; entries of other authorities are repaired there.")
    return rule


def _earliest(session: ReadSession, rule: RepairRule, keys: list[int], listing: dict[str, Any] | None) -> date | None:
    """From when repair can be asked for: by the rule's minimum for an entry, by the regimes of publication for records."""
    if listing is not None:
        return end_of(listing["starts_on"], rule.minimum) if rule.minimum else None
    days = []
    for row in remedies.current_records(session, keys):
        for one in publications_of(facts_of(row), shipped_regimes().regimes):
            if not one.is_repairable:
                raise NotRepairable(f"Record {row['source_ref']} is not repaired: {one.clause.act}, {one.clause.article}.")
            days += [one.earliest_end_on] if one.earliest_end_on else []
    return max(days, default=None)


def _grant(session: WriteSession, found: Repair, *, by: str, today: date) -> list[int]:
    assert found.repair_id is not None
    if found.listing_id is not None:
        drawn = knowledge.draw(session, "repair", str(found.repair_id))
        moves = listings.move(session, [Step(found.listing_id, Cause.REPAIRED, today)], known_seq=drawn.known_seq)
        changes.append(session, moves, known_seq=drawn.known_seq)
        proposals.lapse_for_entries(session, [found.listing_id], why=f"Repair {found.repair_id} has ended the entry.")
        return [drawn.known_seq]
    sets = {key: {"repaired_on": today.isoformat()} for key in found.record_keys}
    remedies.keep_effects(session, sets, subject="repair", subject_id=found.repair_id, by=by)
    return revise_records(session, sets, by=by, why=f"repair {found.repair_id}")


def _revoke(session: WriteSession, found: Repair, *, why: str, by: str, today: date) -> list[int]:
    """False material: what the repair did is undone, the term runs anew from today, and new applications wait."""
    assert found.repair_id is not None
    rule = next(rule for rule in repair_rules().rules if rule.code == found.rule)
    found.barred_until, found.reason = end_of(today, rule.after_false_material.barred_for), why
    numbers = _undo(session, found, by=by, why=why, today=today)
    if rule.after_false_material.restarts_term and found.listing_id is None:
        sets = {key: {"restarted_on": today.isoformat()} for key in found.record_keys}
        remedies.keep_effects(session, sets, subject="restart", subject_id=found.repair_id, by=by)
    return numbers


def _undo(session: WriteSession, found: Repair, *, by: str, why: str, today: date) -> list[int]:
    assert found.repair_id is not None
    if found.listing_id is None:
        remedies.end_effects(session, found.record_keys, subject="repair", why=why)
        return revise_records(
            session, {key: {"repaired_on": None} for key in found.record_keys}, by=by, why=f"repair {found.repair_id} undone"
        )
    return [_enter_again(session, found, by=by, why=why, today=today)]


def _enter_again(session: WriteSession, found: Repair, *, by: str, why: str, today: date) -> int:
    """The entry stands again, as a new one on the same basis; its term runs anew, as long as the first one's."""
    assert found.listing_id is not None
    before = listings.get_listing(session, found.listing_id)
    ends_on = today + (before["ends_on"] - before["starts_on"]) if before["ends_on"] else None
    decision = NewDecision(
        proposal_id=None,
        act="list",
        reason=why,
        decided_on=today,
        officers=((by, datetime.now(UTC).isoformat()),),
        answer={},
        authority=before["authority"],
        document_no=before["decision_no"],
        basis=before["basis"],
    )
    entry = NewListing(
        enterprise_key=before["enterprise_key"],
        list=before["list"],
        colour=before["colour"],
        origin=Origin.DECISION,
        decision_id=proposals.keep_decision(session, decision),
        evidence=tuple(before["evidence"]),
        basis=before["basis"],
        clause=before["clause"],
        authority=before["authority"],
        decision_no=before["decision_no"],
        decided_on=today,
        starts_on=today,
        ends_on=ends_on,
        ends_when=before["ends_when"],
        reason=why,
    )
    drawn = knowledge.draw(session, "repair", f"{found.repair_id} revoked")
    changes.append(session, listings.enter(session, [entry], known_seq=drawn.known_seq), known_seq=drawn.known_seq)
    return drawn.known_seq


def _step(session: WriteSession, found: Repair, step: StepName, *, by: str, on: date, **content: str) -> None:
    assert found.repair_id is not None
    take(session, Subject.REPAIR, found.repair_id, procedure_hash=found.procedure_hash, step=step, by=by, on=on, **content)


def _close(session: WriteSession, found: Repair, state: RepairState, *, today: date) -> RepairShown:
    assert found.repair_id is not None
    found.state = state
    session.add(found)
    session.flush()
    stop(session, Subject.REPAIR, found.repair_id, on=today, why=state)
    return shown(session, found, today=today)


def _refuse_closed(found: Repair, *states: RepairState) -> None:
    if found.state not in states:
        raise RemedyClosed(f"Repair {found.repair_id} is {found.state}; this needs one that is {' or '.join(states)}.")
