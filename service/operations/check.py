"""Check many suppliers as of a day: match them, find their entries and grave records, evaluate them; sign the answer and keep it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from data.codes.known_lists import list_title
from data.database import ReadSession, WriteSession, driver_connection
from data.grade_notice_rules import bad_grade_rules
from data.stores import changes, check_evidence, checks, enquiries, grade_notices, measures
from data.stores.enquiries import Asked
from data.stores.knowledge import Drawn, resolve
from data.stores.policies import NonePolicyInForce
from models.access import Actor, Role
from models.checks import FoundBy, Known, Outcome
from models.errors import Refused
from models.grade_notices import Withheld, withheld
from models.identifiers import IdentifierError, key_of
from models.indicators import decimals
from models.periods import end_of
from models.remedies import Way
from models.results import Answer, Question
from scoring.runs.answering import Rules, answer_many
from service.check_answers import CheckAsked, Supplier
from service.clock import LEGAL_ZONE, legal_day
from service.enterprise_answers import STAFF, Held
from service.operations.choose_rules import choose_rules
from service.operations.judge_suppliers import Judge, consortia_of
from service.operations.match_suppliers import Match, match_suppliers
from service.operations.seal_check import seal
from service.signing import Signer


class NotYet(Refused):
    """A day or an instant to come has no facts yet."""

    code = "check.in_future"


@dataclass(frozen=True)
class Moment:
    """What a check is asked as of, and as known when."""

    now: datetime
    today: date
    held: Sequence[Held]


def check(session: WriteSession, asked: CheckAsked, *, actor: Actor, family: str, at: Moment, signer: Signer) -> tuple[int, bytes]:
    """Answer a check, sign the answer and keep both; gives its number, and `CheckAnswer` as JSON.

    Raises `check.in_future`, `measures.none_published`, `signing.*` and `knowledge.*`.
    """
    day = _day_of(asked, at)
    how, known = _known(session, asked, day=day, at=at)
    catalogue = measures.catalogue_known(session, known.known_seq)
    hashes = sorted({one.evidence_sha256 for one in asked.inquiries if one.evidence_sha256})
    judge = Judge(
        catalogue=catalogue.catalogue,
        purpose=asked.purpose,
        day=day,
        held=frozenset(one.code for one in at.held if one.what == "list" and one.held),
        inquiries=asked.inquiries,
        kept=check_evidence.kept(session, hashes, holder=actor.holder),
    )
    suppliers, rules = _suppliers(session, asked, judge=judge, day=day, known=known, family=family, at=at, sees_all=actor.role in STAFF)
    check_id = checks.draw_number(session)
    kept_from = max(at.today, day)
    about = {
        "check_id": check_id,
        "asked_by": actor.holder,
        "asked_at": at.now,
        "purpose": asked.purpose,
        "matter": asked.matter,
        "project": asked.project,
        "as_of": day,
        "cut_off": asked.cut_off,
        "known_seq": known.known_seq,
        "policy_hash": rules.policy_hash if rules else None,
        "catalogue_hash": catalogue.catalogue_hash,
        "change_seq": changes.head(session).seq,
        "keep_until": end_of(kept_from, catalogue.catalogue.checks_kept.lasts),
    }
    told = about | {
        "known": how,
        "known_at": known.committed_at,
        "policy": rules.policy.name if rules else None,
        "catalogue": catalogue.catalogue.version,
        "suppliers": suppliers,
        "consortia": consortia_of(suppliers),
        "held": at.held,
    }
    sealed = seal(told, key=signer.active_key(session), at=at.now)
    checks.keep_check(session, **about, suppliers=len(suppliers), **sealed.columns)
    enquiries.count(session, _enquiries(check_id, asked, suppliers, actor=actor, at=at))
    return check_id, sealed.answer


def _enquiries(check_id: int, asked: CheckAsked, suppliers: Sequence[dict[str, Any]], *, actor: Actor, at: Moment) -> list[Asked]:
    """What each enterprise is told of the check: who asked, when and what for, never for which matter."""
    found = {key_of(one["enterprise"]["scheme"], one["enterprise"]["value"]) for one in suppliers if one["enterprise"]}
    day = legal_day(at.now)
    return [Asked(key, actor.holder, actor.role, Way.CHECK, day, at.now, asked.purpose, check_id) for key in sorted(found)]


def get_check(session: ReadSession, check_id: int, *, actor: Actor) -> bytes:
    """A kept check as it was answered: to whoever asked it, and to auditors. Raises `check.not_found`."""
    return checks.get_check(session, check_id, asked_by=asker_of(actor)).answer.encode()


def list_checks(session: ReadSession, *, actor: Actor, before: int | None, limit: int) -> list[dict[str, Any]]:
    """The checks that the actor asked; of everybody for auditors."""
    return checks.list_checks(session, asked_by=asker_of(actor), before=before, limit=limit)


def asker_of(actor: Actor) -> str | None:
    """Whose checks the actor may see: their own, and everybody's for auditors."""
    return None if actor.role is Role.AUDITOR else actor.holder


def _day_of(asked: CheckAsked, at: Moment) -> date:
    if asked.cut_off is not None and asked.cut_off > at.now:
        raise NotYet(f"The cut-off {asked.cut_off:%Y-%m-%d %H:%M %z} has not come yet, and what will hold then is not known. Ask after it.")
    day = legal_day(asked.cut_off) if asked.cut_off else asked.as_of or at.today
    if day > at.today:
        raise NotYet(f"{day} has not come yet, and what will hold then is not known. Ask as of {at.today} or earlier.")
    for inquiry in asked.inquiries:
        if inquiry.asked_at > at.now:
            raise NotYet(f"The inquiry of {inquiry.list} is dated {inquiry.asked_at:%Y-%m-%d %H:%M %z}, which has not come yet.")
    return day


def _known(session: WriteSession, asked: CheckAsked, *, day: date, at: Moment) -> tuple[Known, Drawn]:
    """As known when, and what that comes to; the end of a day that is not over is now."""
    if asked.known_at is not None:
        return Known.INSTANT, resolve(session, asked.known_at)
    if asked.known == "now":
        return Known.NOW, resolve(session, None)
    cut_off = asked.cut_off or datetime.combine(day + timedelta(days=1), time.min, LEGAL_ZONE)
    return Known.THEN, resolve(session, cut_off if cut_off <= at.now else None)


def _suppliers(
    session: WriteSession, asked: CheckAsked, *, judge: Judge, day: date, known: Drawn, family: str, at: Moment, sees_all: bool
) -> tuple[list[dict[str, Any]], Rules | None]:
    """`SupplierAnswer` of each supplier, and the policy of the advisory part."""
    matches, faults = match_suppliers(session, asked.suppliers, day=day, known_seq=known.known_seq)
    keys = sorted({key for key in map(_rated_key, matches.values()) if key is not None})
    facts = checks.listed(session, keys, day=day, known_seq=known.known_seq, today=at.today)
    grave = checks.grave_records(session, keys, kinds=judge.kinds, day=day, known_seq=known.known_seq, today=at.today)
    rules, answers = _evaluate(session, keys, asked=asked, day=day, known=known, family=family)
    waiting = {} if sees_all else _withheld(session, rules, answers, today=at.today)
    told = []
    for no, supplier in enumerate(asked.suppliers, 1):
        found = matches.get(no, [])
        key = _rated_key(found)
        listings = facts.get(key, []) if key is not None else []
        one = _supplier(no, supplier, found, fault=faults.get(no), advisory=answers.get(key) if key is not None else None)
        if key in waiting:
            one |= {"advisory": None, "withheld": waiting[key]}
        showable = [listing for listing in listings if listing["may_be_shown"]]
        records = grave.get(key, []) if key is not None else []
        one["facts"] = [_fact(listing) for listing in (listings if sees_all else showable)]
        told.append(one | judge.told_of(no, found=key is not None, listings=showable, records=records))
    return told, rules


def _rated_key(found: list[Match]) -> int | None:
    """The one enterprise that is asked about; a duplicate is not rated."""
    return found[0]["enterprise_key"] if len(found) == 1 and found[0]["kept_key"] is None else None


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


def _withheld(session: ReadSession, rules: Rules | None, answers: dict[int, Answer], *, today: date) -> dict[int, Withheld]:
    """The enterprises whose grade others do not see yet, since they are told of it first."""
    if rules is None:
        return {}
    given = grade_notices.notices_by_enterprise(session, list(answers))
    found = {
        key: withheld(answer.grade, rules.policy.name, given.get(key), bad_grade_rules(), today=today) for key, answer in answers.items()
    }
    return {key: waits for key, waits in found.items() if waits is not None}


def _supplier(no: int, supplier: Supplier, found: list[Match], *, fault: IdentifierError | None, advisory: Answer | None) -> dict[str, Any]:
    """Who the supplier is, and what is advisory."""
    told: dict[str, Any] = {"no": no, "asked": supplier} | EMPTY
    if fault is not None:
        return told | {"outcome": Outcome.MALFORMED, "reason": str(fault), "suggestions": fault.suggestions}
    if not found:
        return told | {"outcome": Outcome.NOT_FOUND, "reason": NOTHING}
    if len(found) > 1:
        return told | {"outcome": Outcome.AMBIGUOUS, "reason": SEVERAL, "candidates": [_candidate(row) for row in found]}
    row = found[0]
    told |= {
        "found_by": row["found_by"],
        "name_agrees": row["name_agrees"] if supplier.name else None,
        "enterprise": {"scheme": row["scheme"], "value": row["value"], "name": row["name"]},
        "state": row["state"],
    }
    if row["kept_key"] is not None:
        kept = {"scheme": row["kept_scheme"], "value": row["kept_value"], "name": None}
        candidate = {"enterprise": kept, "bears_it_now": True, "region": None, "state": None}
        return told | {"outcome": Outcome.SAME_AS, "reason": SAME.format(**kept), "candidates": [candidate]}
    office = {"scheme": row["head_scheme"], "value": row["head_value"], "name": None} if row["head_key"] is not None else None
    return told | {
        "outcome": Outcome.BRANCH if office else Outcome.FOUND,
        "head_office": office,
        "advisory": _advisory(advisory) if advisory is not None else None,
    }


def _fact(listing: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in listing.items() if name not in {"may_be_shown", "is_stayed"}}
    return told | {"title": list_title(listing["list"])}


def _advisory(answer: Answer) -> dict[str, Any]:
    return {
        "effect": "advisory",
        "verdict": "no_effect",
        "score": decimals(answer.score_x100),
        "grade": answer.grade,
        "is_rated": answer.is_rated,
        "records_known": answer.records_known,
        "covered": answer.covered,
    }


def _candidate(row: Match) -> dict[str, Any]:
    named = {"scheme": row["scheme"], "value": row["value"], "name": row["name"]}
    return {"enterprise": named, "bears_it_now": row["found_by"] == FoundBy.NAME, "region": row["region"], "state": row["state"]}


EMPTY: dict[str, Any] = {
    "found_by": None,
    "name_agrees": None,
    "enterprise": None,
    "state": None,
    "head_office": None,
    "facts": (),
    "advisory": None,
    "withheld": None,
    "candidates": (),
    "reason": None,
    "suggestions": (),
}
NOTHING = "No enterprise is known here by this name or number, which says nothing about it: `held` says where to ask."
SAME = "This entry is the same enterprise as {scheme} {value}, under which everything that is known of both counts: ask there."
SEVERAL = "Several enterprises bear or bore this name. Give the code of the one you mean."
