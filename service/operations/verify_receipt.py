"""Verify a receipt, or a page of one, at the service itself: the signature, whether it is kept here, and what has changed since.

What the law hides today stays hidden: an entry that ended is only counted, and records are compared for those alone who may see records.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.codes.known_lists import list_title
from data.database import ReadSession
from data.stores import checks, measures
from data.stores.lookups import EVERYTHING_KNOWN
from models.access import Actor
from models.checks import Purpose
from models.errors import NotFound
from models.receipts import Receipt, read_page_code, verify_receipt
from models.verdicts import Verdict
from service.enterprise_answers import EnterpriseNamed, may_see, may_see_scores
from service.operations.judge_suppliers import Judge
from service.operations.receipts import find_receipt
from service.receipt_answers import SupplierSince, Verified
from service.signing import published_keys


@dataclass(frozen=True)
class Today:
    """What holds today for the enterprises of a receipt, as one reader may see it."""

    found: Mapping[tuple[str, str], tuple[int, bool]]
    listings: Mapping[int, list[dict[str, Any]]]
    records: Mapping[int, list[dict[str, Any]]]
    judge: Judge


class UnknownPage(NotFound):
    """No page with this number and content was ever made here, or it is kept no more."""

    code = "receipt.unknown_page"


def verify_here(session: ReadSession, text: str, *, actor: Actor, today: date) -> Verified:
    """What a receipt, or the page of paper that an address is on, is worth.

    Raises `receipt.malformed`, `receipt.unknown_page` and `signature.*`, each an answer of its own.
    """
    code = read_page_code(text)
    if code is None:
        receipt = verify_receipt(text, published_keys(session))
        kept = find_receipt(session, receipt.check_id)
        suppliers = receipt.content["suppliers"]
        return _told(session, receipt, suppliers, is_kept=kept is not None and kept.token == receipt.token, actor=actor, today=today)
    kept = find_receipt(session, code.check_id)
    digests = kept.content["digests"] if kept is not None else []
    if kept is None or code.no > len(digests) or not hmac.compare_digest(digests[code.no - 1], code.digest):
        raise UnknownPage(
            "This service keeps no receipt with such a page: the paper was altered or is not from here, or its term of keeping is over. "
            "Do not rely on it; ask for the signed receipt file."
        )
    receipt = verify_receipt(kept.token, published_keys(session))
    return _told(session, receipt, [kept.content["suppliers"][code.no - 1]], is_kept=True, actor=actor, today=today, is_page=True)


def _told(
    session: ReadSession,
    receipt: Receipt,
    suppliers: Sequence[Mapping[str, Any]],
    *,
    is_kept: bool,
    actor: Actor,
    today: date,
    is_page: bool = False,
) -> Verified:
    content, signed = receipt.content, receipt.signed
    purpose = Purpose(content["purpose"])
    now = _look(session, suppliers, purpose=purpose, actor=actor, today=today)
    return Verified(
        what="page" if is_page else "receipt",
        check_id=receipt.check_id,
        signed_at=signed.signed_at,
        kid=signed.kid,
        key_state=signed.key_state,
        revoked_from=signed.revoked_from,
        is_kept=is_kept,
        asked_by=content["asked_by"],
        asked_at=content["asked_at"],
        purpose=purpose,
        matter=content["matter"],
        as_of=content["as_of"],
        compared_on=today,
        suppliers=tuple(_since(supplier, now, actor=actor) for supplier in suppliers),
    )


def _look(session: ReadSession, suppliers: Sequence[Mapping[str, Any]], *, purpose: Purpose, actor: Actor, today: date) -> Today:
    named = [(one["enterprise"]["scheme"], one["enterprise"]["value"]) for one in suppliers if one["enterprise"]]
    found = checks.identified(session, named, day=today, known_seq=EVERYTHING_KNOWN)
    keys = sorted({key for key, _ in found.values()})
    catalogue = measures.catalogue_known(session, EVERYTHING_KNOWN).catalogue
    judge = Judge(catalogue=catalogue, purpose=purpose, day=today, held=frozenset(), inquiries=(), kept=frozenset())
    listed = checks.listed(session, keys, day=today, known_seq=EVERYTHING_KNOWN, today=today)
    records = (
        checks.grave_records(session, keys, kinds=judge.kinds, day=today, known_seq=EVERYTHING_KNOWN, today=today)
        if may_see_scores(actor)
        else {}
    )
    shown = {key: [entry for entry in entries if entry["may_be_shown"]] for key, entries in listed.items()}
    return Today(found, shown, records, judge)


def _since(supplier: Mapping[str, Any], now: Today, *, actor: Actor) -> SupplierSince:
    """What has changed for one supplier; nothing is said where nothing may be told, or nothing is known of what was said."""
    named = supplier["enterprise"]
    verdict = Verdict(supplier["verdict"]) if supplier["verdict"] else None
    told: dict[str, Any] = {
        "no": supplier["no"],
        "enterprise": EnterpriseNamed.model_validate(named) if named else None,
        "verdict": verdict,
    }
    key, is_natural = now.found.get((named["scheme"], named["value"]), (None, False)) if named else (None, False)
    entries = now.listings.get(key, []) if key is not None else []
    if key is None or not may_see(actor, is_natural_person=is_natural, has_listing=bool(entries)):
        return SupplierSince(**told, changed=None, gone=0, moved=(), entered=(), records_changed=None, verdict_now=None)
    before = {fact["listing_id"]: fact for fact in supplier["facts"] if fact["state"] != "ended"}
    present = {entry["listing_id"]: entry for entry in entries}
    gone = len(before.keys() - present.keys())
    entered = [list_title(entry["list"]) for number, entry in present.items() if number not in before]
    moved = [
        list_title(entry["list"]) for number, entry in present.items() if number in before and before[number]["state"] != entry["state"]
    ]
    records_changed, verdict_now = None, None
    if may_see_scores(actor):
        judged = now.judge.told_of(supplier["no"], found=True, listings=entries, records=now.records.get(key, []))
        records_changed = _cited(supplier["reasons"]) != _cited(judged["reasons"])
        verdict_now = judged["verdict"]
    return SupplierSince(
        **told,
        changed=bool(gone or entered or moved or records_changed),
        gone=gone,
        moved=tuple(moved),
        entered=tuple(entered),
        records_changed=records_changed,
        verdict_now=verdict_now,
    )


def _cited(reasons: Sequence[Mapping[str, Any]]) -> set[tuple[str, str, str]]:
    return {(one["measure"], one["record"]["source"], one["record"]["source_ref"]) for one in reasons if one["record"] is not None}
