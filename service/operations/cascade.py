"""A cascade: what fell (a test, a penalty, a laboratory) takes with it all that rested on it, in one reviewed step.

One officer prepares it: the withdrawal is carried out inside a savepoint, its effects are read, and it is undone; that is the preview.
Another carries it out, and only while a new preview is the same.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pydantic_core import to_json

from data.database import ReadSession, WriteSession, driver_connection
from data.stores import knowledge, remedies
from data.stores.knowledge import resolve
from data.stores.listings import identities
from data.stores.matters import Subject
from data.stores.policies import NonePolicyInForce
from models.access import Actor
from models.errors import NotFound, Refused
from models.indicators import decimals
from models.remedies import CascadeState
from models.results import Answer, Question
from models.tables.remedy_acts import Cascade
from scoring.runs.answering import answer_many
from service.clock import legal_day
from service.operations.choose_rules import choose_rules
from service.operations.publish_delivery import revise_records
from service.operations.remedy_answers import CascadeAsked, CascadePage, CascadeShown, CascadeVerdict, Selection
from service.operations.remedy_matters import NotIndependent, RemedyClosed, refuse_dependent, refuse_others

MOST_RECORDS = 2_000


class NothingFell(NotFound):
    """No present record is of this selection."""

    code = "cascade.nothing"


class TooMuch(Refused):
    """More records than one reviewed step can show."""

    code = "cascade.too_much"


class NoLongerSo(Refused):
    """The preview no longer holds."""

    code = "cascade.changed"


@dataclass(frozen=True)
class Preview:
    """What the withdrawal would do, and the hash of it."""

    as_of: date
    keys: tuple[int, ...]
    effects: list[dict[str, Any]]

    @property
    def digest(self) -> str:
        return hashlib.sha256(to_json([list(self.keys), self.effects])).hexdigest()


def prepare(session: WriteSession, asked: CascadeAsked, *, actor: Actor, family: str) -> CascadeShown:
    """Preview a withdrawal and keep it for another officer; the caller commits. Raises `cascade.*` and `remedy.not_an_officer`."""
    refuse_others(actor)
    knowledge.lock_clock(session)
    preview = _preview(session, asked.selection, why=asked.reason, family=family)
    made = Cascade(
        cause=asked.cause,
        selection=asked.selection.model_dump(mode="json"),
        reason=asked.reason,
        document_no=asked.document_no,
        preview={"as_of": preview.as_of.isoformat(), "effects": preview.effects},
        digest=preview.digest,
        prepared_by=actor.holder,
    )
    return shown(remedies.add(session, made))


def close(session: WriteSession, cascade_id: int, asked: CascadeVerdict, *, actor: Actor, family: str) -> tuple[CascadeShown, list[int]]:
    """Carry a cascade out, or refuse it, as another officer; the caller commits, and lets standings follow the numbers given.

    Raises `remedy.*` and `cascade.changed` when the preview that was looked at no longer holds.
    """
    refuse_others(actor)
    knowledge.lock_clock(session)
    found = remedies.get_cascade(session, cascade_id)
    if found.state != CascadeState.PREPARED:
        raise RemedyClosed(f"Cascade {cascade_id} is {found.state}; prepare another one.")
    numbers: list[int] = []
    if asked.verdict == "carry_out":
        if actor.holder == found.prepared_by:
            raise NotIndependent(f"{actor.holder} prepared cascade {cascade_id}. Ask another officer to carry it out.")
        selection = Selection.model_validate(found.selection)
        now = _preview(session, selection, why=found.reason, family=family)
        if not asked.digest == found.digest == now.digest:
            raise NoLongerSo(
                f"What cascade {cascade_id} would do is no longer what was prepared (digest {found.digest[:12]}, now {now.digest[:12]}): "
                "facts or days have changed. Prepare it again, and look at the new preview."
            )
        refuse_dependent(session, actor, records=now.keys, listing=None, subject=Subject.OBJECTION, number=0)
        numbers = _withdraw(session, now.keys, cascade_id=cascade_id, by=actor.holder, why=found.reason)
    found.state = CascadeState.CARRIED_OUT if asked.verdict == "carry_out" else CascadeState.REFUSED
    found.closed_by, found.closed_at = actor.holder, datetime.now(UTC)
    session.add(found)
    session.flush()
    return shown(found), numbers


def page_of_cascades(session: ReadSession, *, before: int | None, limit: int) -> CascadePage:
    """One page of cascades, latest first."""
    found = remedies.list_cascades(session, before=before, limit=limit + 1)
    page = [shown(one) for one in found[:limit]]
    return CascadePage(cascades=tuple(page), next=page[-1].cascade_id if len(found) > limit else None)


def shown(one: Cascade) -> CascadeShown:
    given = {field: getattr(one, field) for field in CascadeShown.model_fields if hasattr(one, field)}
    return CascadeShown.model_validate(given | {"as_of": one.preview["as_of"], "effects": one.preview["effects"]})


def _preview(session: WriteSession, selection: Selection, *, why: str, family: str) -> Preview:
    """Withdraw in a savepoint, look, and undo."""
    keys = remedies.selected_records(
        session,
        kinds=[kind.value for kind in selection.kinds],
        outcomes=list(selection.outcomes) or None,
        limit=MOST_RECORDS + 1,
        **selection.model_dump(include={"laboratory", "document_no", "event_ref", "source", "since", "until"}),
    )
    if not keys:
        raise NothingFell("No present record is of this selection. Look at how the source writes the laboratory or number.")
    if len(keys) > MOST_RECORDS:
        raise TooMuch(f"More than {MOST_RECORDS:,} records are of this selection. Narrow it by days or by source.")
    rows = remedies.current_records(session, keys)
    concerned = sorted({row["enterprise_key"] for row in rows})
    today = legal_day()
    before, lists_before, proposals_before = _standing(session, concerned, today, family)
    with session.begin_nested() as savepoint:
        _withdraw(session, keys, cascade_id=0, by="preview", why=why)
        after, lists_after, proposals_after = _standing(session, concerned, today, family)
        savepoint.rollback()
    session.expire_all()
    who = identities(driver_connection(session), concerned)
    effects = []
    for key in concerned:
        scheme, value, name = who[key]
        of_key = [{k: row[k] for k in ("source", "source_ref", "document_no")} for row in rows if row["enterprise_key"] == key]
        effects.append(
            {"enterprise": {"scheme": scheme, "value": value, "name": name}, "records": of_key}
            | _scores("before", before.get(key))
            | _scores("after", after.get(key))
            | {"listings": _changed(key, lists_before, lists_after), "proposals": _changed(key, proposals_before, proposals_after)}
        )
    return Preview(as_of=today, keys=tuple(keys), effects=effects)


def _withdraw(session: WriteSession, keys: Any, *, cascade_id: int, by: str, why: str) -> list[int]:
    remedies.keep_effects(session, {key: {"withdrawn": True} for key in keys}, subject="cascade", subject_id=cascade_id, by=by)
    return revise_records(session, {key: {"withdrawn": "true"} for key in keys}, by=by, why=f"cascade {cascade_id}: {why}")


def _standing(
    session: WriteSession, keys: list[int], day: date, family: str
) -> tuple[dict[int, Answer], list[dict[str, Any]], list[dict[str, Any]]]:
    """The live answers of the day, the entries and the open proposals of these enterprises."""
    session.flush()
    entries, asked = remedies.state_of_lists(session, keys)
    known_seq = resolve(session, None).known_seq
    try:
        rules = choose_rules(session, family=family, as_of=day, known_seq=known_seq)
    except NonePolicyInForce:
        return {}, entries, asked
    questions = [Question(enterprise_key=key, as_of=day, known_seq=known_seq) for key in keys]
    return {one.enterprise_key: one for one in answer_many(driver_connection(session), rules, questions)}, entries, asked


def _scores(when: str, answer: Answer | None) -> dict[str, Any]:
    return {f"score_{when}": decimals(answer.score_x100) if answer else None, f"grade_{when}": answer.grade if answer else None}


def _changed(key: int, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries or proposals of one enterprise that are another afterwards, as they would be; numbers that are not drawn yet are left out."""
    known = {tuple(row.items()) for row in before}
    numbers = {row.get("listing_id") or row.get("proposal_id") for row in before}
    changed = []
    for row in after:
        if row["enterprise_key"] != key or tuple(row.items()) in known:
            continue
        is_new = (row.get("listing_id") or row.get("proposal_id")) not in numbers
        hidden = {"enterprise_key"} | ({"listing_id", "proposal_id"} if is_new else set())
        changed.append({name: value for name, value in row.items() if name not in hidden})
    return changed
