"""Check many suppliers as of a day: one statement matches them, one finds their entries, one evaluates them; the answer is kept."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic_core import to_json

from data.codes.known_lists import list_title
from data.database import ReadSession, WriteSession, driver_connection
from data.stores import changes, checks
from data.stores.knowledge import Drawn, resolve
from data.stores.policies import NonePolicyInForce
from models.access import Actor, Role
from models.checks import FoundBy, Outcome
from models.errors import Refused
from models.identifiers import IdentifierError, name_key, normalise
from models.results import Answer, Question
from scoring.runs.answering import Rules, answer_many
from service.answers import decimals
from service.check_answers import CheckAsked, Supplier
from service.enterprise_answers import STAFF, Held
from service.operations.choose_rules import choose_rules

CANDIDATES = 20

Match = dict[str, Any]


class NotYet(Refused):
    """A day to come has no facts yet."""

    code = "check.in_future"


def check(
    session: WriteSession, asked: CheckAsked, *, actor: Actor, family: str, now: datetime, today: date, held: Sequence[Held]
) -> tuple[int, bytes]:
    """Answer a check and keep the answer; gives its number, and `CheckAnswer` as JSON. Raises `check.in_future` and `knowledge.*`."""
    day = asked.as_of or today
    if day > today:
        raise NotYet(f"{day} has not come yet, and what will hold then is not known. Ask as of {today} or earlier.")
    known = resolve(session, asked.known_at)
    matches, faults = _match(session, asked.suppliers, day=day, known_seq=known.known_seq)
    keys = sorted({found[0]["enterprise_key"] for found in matches.values() if len(found) == 1})
    facts = checks.listed(session, keys, day=day, known_seq=known.known_seq, today=today)
    rules, answers = _evaluate(session, keys, asked=asked, day=day, known=known, family=family)
    sees_all = actor.role in STAFF
    suppliers = [
        _supplier(no, supplier, matches.get(no, []), fault=faults.get(no), facts=facts, answers=answers, sees_all=sees_all)
        for no, supplier in enumerate(asked.suppliers, 1)
    ]
    about = {
        "asked_by": actor.holder,
        "asked_at": now,
        "purpose": asked.purpose,
        "matter": asked.matter,
        "as_of": day,
        "policy_hash": rules.policy_hash if rules else None,
        "change_seq": changes.head(session).seq,
    }
    told = about | {"known_at": known.committed_at, "policy": rules.policy.name if rules else None, "suppliers": suppliers, "held": held}
    body = to_json(told)
    check_id = checks.keep_check(session, **about, known_seq=known.known_seq, suppliers=len(asked.suppliers), answer=body)
    return check_id, _numbered(check_id, body)


def get_check(session: ReadSession, check_id: int, *, actor: Actor) -> bytes:
    """A kept check as it was answered: to whoever asked it, and to auditors. Raises `check.not_found`."""
    asked_by = None if actor.role is Role.AUDITOR else actor.holder
    return _numbered(check_id, to_json(checks.get_check(session, check_id, asked_by=asked_by).answer))


def list_checks(session: ReadSession, *, actor: Actor, before: int | None, limit: int) -> list[dict[str, Any]]:
    """The checks that the actor asked; of everybody for auditors."""
    return checks.list_checks(session, asked_by=None if actor.role is Role.AUDITOR else actor.holder, before=before, limit=limit)


def _match(
    session: ReadSession, suppliers: Sequence[Supplier], *, day: date, known_seq: int
) -> tuple[dict[int, list[Match]], dict[int, IdentifierError]]:
    """Which enterprises each supplier may be, by its number, and which codes are none."""
    asked: list[tuple[int, str | None, str | None, str | None]] = []
    faults: dict[int, IdentifierError] = {}
    for no, supplier in enumerate(suppliers, 1):
        name = name_key(supplier.name) if supplier.name else None
        if supplier.code is None:
            asked.append((no, None, None, name))
            continue
        try:
            asked.append((no, supplier.scheme, normalise(supplier.scheme, supplier.code), name))
        except IdentifierError as fault:
            faults[no] = fault
    found: dict[int, list[Match]] = {}
    for row in checks.match(session, asked, day=day, known_seq=known_seq, candidates=CANDIDATES):
        found.setdefault(row["no"], []).append(row)
    return {no: _settled(rows) for no, rows in found.items()}, faults


def _settled(rows: list[Match]) -> list[Match]:
    """A name that exactly one enterprise bears on the day means that one, whoever bore it before."""
    bearing = [row for row in rows if row["found_by"] == FoundBy.NAME]
    return bearing if len(bearing) == 1 else rows


def _evaluate(
    session: ReadSession, keys: list[int], *, asked: CheckAsked, day: date, known: Drawn, family: str
) -> tuple[Rules | None, dict[int, Answer]]:
    """Every found enterprise's answer; without a policy for the day there is none, and the facts stand all the same."""
    try:
        rules = choose_rules(session, family=family, as_of=day, known_seq=known.known_seq, name=asked.policy)
    except NonePolicyInForce:
        return None, {}
    questions = [Question(enterprise_key=key, as_of=day, known_seq=known.known_seq) for key in keys]
    answers = answer_many(driver_connection(session), rules, questions) if questions else []
    return rules, {answer.enterprise_key: answer for answer in answers}


def _supplier(
    no: int,
    supplier: Supplier,
    found: list[Match],
    *,
    fault: IdentifierError | None,
    facts: dict[int, list[dict[str, Any]]],
    answers: dict[int, Answer],
    sees_all: bool,
) -> dict[str, Any]:
    """`SupplierAnswer` of one supplier."""
    told: dict[str, Any] = {"no": no, "asked": supplier} | EMPTY
    if fault is not None:
        return told | {"outcome": Outcome.MALFORMED, "reason": str(fault), "suggestions": fault.suggestions}
    if not found:
        return told | {"outcome": Outcome.NOT_FOUND, "reason": NOTHING}
    if len(found) > 1:
        return told | {"outcome": Outcome.AMBIGUOUS, "reason": SEVERAL, "candidates": [_candidate(row) for row in found]}
    row = found[0]
    key = row["enterprise_key"]
    office = {"scheme": row["head_scheme"], "value": row["head_value"], "name": None} if row["head_key"] is not None else None
    return told | {
        "outcome": Outcome.BRANCH if office else Outcome.FOUND,
        "found_by": row["found_by"],
        "name_agrees": row["name_agrees"] if supplier.name else None,
        "enterprise": {"scheme": row["scheme"], "value": row["value"], "name": row["name"]},
        "state": row["state"],
        "head_office": office,
        "facts": [_fact(listing) for listing in facts.get(key, ()) if sees_all or listing["may_be_shown"]],
        "advisory": _advisory(answers[key]) if key in answers else None,
    }


def _fact(listing: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in listing.items() if name != "may_be_shown"} | {"title": list_title(listing["list"])}


def _advisory(answer: Answer) -> dict[str, Any]:
    return {
        "effect": "advisory",
        "score": decimals(answer.score_x100),
        "grade": answer.grade,
        "is_rated": answer.is_rated,
        "records_known": answer.records_known,
        "covered": answer.covered,
    }


def _candidate(row: Match) -> dict[str, Any]:
    named = {"scheme": row["scheme"], "value": row["value"], "name": row["name"]}
    return {"enterprise": named, "bears_it_now": row["found_by"] == FoundBy.NAME, "region": row["region"], "state": row["state"]}


def _numbered(check_id: int, body: bytes) -> bytes:
    """The answer under its number, which was not known when the answer was written."""
    return b'{"check_id":%d,' % check_id + body[1:]


EMPTY: dict[str, Any] = {
    "found_by": None,
    "name_agrees": None,
    "enterprise": None,
    "state": None,
    "head_office": None,
    "facts": (),
    "advisory": None,
    "candidates": (),
    "reason": None,
    "suggestions": (),
}
NOTHING = "No enterprise is known here by this name or number, which says nothing about it: `held` says where to ask."
SEVERAL = "Several enterprises bear or bore this name. Give the code of the one you mean."
