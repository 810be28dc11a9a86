"""What the pages of checks, receipts and watches show, as frozen objects: the verdicts first, then why, then what is advice."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.codes.known_lists import known_lists, list_title
from data.policy_files import shipped_acts
from models.checks import InquiryResult, Purpose
from models.glossary import (
    CHECK_OUTCOME_TITLES,
    INQUIRY_RESULT_TITLES,
    KNOWN_TITLES,
    LISTING_STATE_TITLES,
    MARK_TITLES,
    OUTCOME_TITLES,
    PURPOSE_TITLES,
    VERDICT_TITLES,
)
from models.law import Mark
from models.records import Kind
from models.shapes import Bilingual
from models.signatures import KeyState
from models.verdicts import Verdict
from service.enterprise_answers import EnterpriseNamed, Held
from service.pages.file_view import address_of
from service.pages.frame import Frame
from service.receipt_answers import SupplierSince, Verified
from service.watch_answers import NoticeShown

AT_ONCE = 100
UNRESOLVED = "unresolved"
ORDER = (Verdict.MUST_REFUSE, Verdict.MAY_RESTRICT, Verdict.EXTRA_SCRUTINY, UNRESOLVED, Verdict.PREFERENCE, Verdict.NO_EFFECT)


@dataclass(frozen=True)
class ReasonView:
    head: str
    articles: tuple[tuple[str, str], ...]
    """Article, and the mark of one that is not enacted text."""
    fact: str
    span: str


@dataclass(frozen=True)
class SupplierView:
    no: int
    name: str
    code: str
    address: str | None
    outcome: str
    consortium: str | None
    verdict: str
    tone: str
    reasons: tuple[ReasonView, ...]
    notes: tuple[str, ...]
    advisory: str | None
    paper: str


@dataclass(frozen=True)
class Count:
    title: str
    tone: str
    count: int


@dataclass(frozen=True)
class CheckPage:
    number: int
    matter: str | None
    about: tuple[str, ...]
    counts: tuple[Count, ...]
    consortia: tuple[tuple[str, str, str, str], ...]
    """Name, verdict, tone, and because of whom."""
    suppliers: tuple[SupplierView, ...]
    previous: str | None
    next: str | None
    may_watch: bool
    fault: str | None
    today: str


@dataclass(frozen=True)
class AskedElsewhere:
    """The fields of one list that can be asked by hand."""

    code: str
    title: str
    where: str


@dataclass(frozen=True)
class NewCheckPage:
    purposes: tuple[tuple[str, str], ...]
    results: tuple[tuple[str, str], ...]
    elsewhere: tuple[AskedElsewhere, ...]
    given: Mapping[str, str]
    fault: str | None
    once: str


@dataclass(frozen=True)
class WatchView:
    number: int
    about: str
    address: str
    matter: str
    notices: tuple[tuple[str, str, str, str], ...]
    """Supplier, what, list, day."""
    last_seq: int | None


@dataclass(frozen=True)
class ChecksPage:
    lines: tuple[tuple[str, str, str, str, str], ...]
    """Address, number, when, purpose and matter, suppliers."""
    earlier: str | None
    watches: tuple[WatchView, ...]
    may_ask: bool


@dataclass(frozen=True)
class SinceView:
    no: int
    name: str
    code: str
    verdict: str
    tone: str
    now: tuple[str, ...]


@dataclass(frozen=True)
class VerifyPage:
    text: str
    fault: str | None
    code: str | None
    says: str | None
    warning: str | None
    about: tuple[str, ...]
    compared_on: str | None
    suppliers: tuple[SinceView, ...]


def view_check(frame: Frame, told: Mapping[str, Any], *, skip: int, may_watch: bool, fault: str | None = None) -> CheckPage:
    """One page of a kept check, its gravest suppliers first."""
    number = told["check_id"]
    ranked = sorted(told["suppliers"], key=lambda one: (ORDER.index(one["verdict"] or UNRESOLVED), one["no"]))
    counted = Counter(one["verdict"] or UNRESOLVED for one in ranked)
    address = f"/checks/{number}?skip="
    return CheckPage(
        number=number,
        matter=told["matter"],
        about=_about(frame, told),
        counts=tuple(Count(_verdict(frame, key), key, counted[key]) for key in ORDER if counted[key]),
        consortia=tuple(_consortium(frame, one) for one in told["consortia"]),
        suppliers=tuple(_supplier(frame, number, one) for one in ranked[skip : skip + AT_ONCE]),
        previous=f"{address}{max(0, skip - AT_ONCE)}" if skip else None,
        next=f"{address}{skip + AT_ONCE}" if skip + AT_ONCE < len(ranked) else None,
        may_watch=may_watch,
        fault=fault,
        today=frame.today.isoformat(),
    )


def view_new(frame: Frame, *, held: Sequence[Held], given: Mapping[str, str], fault: str | None, once: str) -> NewCheckPage:
    """The form; lists that procurement law names and that are not held here can be asked by hand."""
    here = {one.code for one in held if one.held}
    asked = [one for one in known_lists().values() if one.ask is not None and one.named_by and one.code not in here]
    return NewCheckPage(
        purposes=tuple((purpose.value, frame.tell(PURPOSE_TITLES[purpose])) for purpose in Purpose),
        results=tuple((result.value, frame.tell(INQUIRY_RESULT_TITLES[result])) for result in InquiryResult),
        elsewhere=tuple(AskedElsewhere(one.code, frame.tell(one.title), frame.tell(one.ask)) for one in asked if one.ask),
        given=given,
        fault=fault,
        once=once,
    )


def view_line(frame: Frame, row: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """One check of the list."""
    purpose = frame.tell(PURPOSE_TITLES[Purpose(row["purpose"])])
    about = " · ".join(filter(None, (purpose, row["matter"], row["project"])))
    return f"/checks/{row['check_id']}", str(row["check_id"]), frame.moment(row["asked_at"]), about, str(row["suppliers"])


def view_watch(frame: Frame, row: Mapping[str, Any], notices: Sequence[NoticeShown]) -> WatchView:
    """One watch with its news."""
    return WatchView(
        number=row["watch_id"],
        about=frame.say("watch.line", number=row["check_id"], until=row["until"]),
        address=f"/checks/{row['check_id']}",
        matter=row["matter"] or "",
        notices=tuple(_notice(frame, one) for one in notices),
        last_seq=notices[-1].seq if notices else None,
    )


def view_verified(frame: Frame, found: Verified) -> VerifyPage:
    """A receipt or page that is genuine."""
    kept = frame.say("verify.page") if found.what == "page" else frame.say("verify.good")
    purpose = frame.tell(PURPOSE_TITLES[found.purpose])
    return VerifyPage(
        text="",
        fault=None,
        code=None,
        says=kept if found.is_kept else frame.say("verify.not_kept"),
        warning=frame.say("verify.revoked") if found.key_state is KeyState.REVOKED else None,
        about=tuple(
            filter(
                None,
                (
                    frame.say("check.title", number=found.check_id),
                    frame.say("check.asked", by=found.asked_by, at=frame.moment(found.asked_at)),
                    purpose,
                    found.matter,
                    frame.say("rests.as_of", as_of=found.as_of),
                    frame.say("verify.signed", at=frame.moment(found.signed_at)),
                ),
            )
        ),
        compared_on=found.compared_on.isoformat(),
        suppliers=tuple(_since(frame, one) for one in found.suppliers[:AT_ONCE]),
    )


def view_refused(frame: Frame, code: str, *, text: str = "") -> VerifyPage:
    """A receipt that is not to be trusted, with a sentence of its own for each way."""
    known = {
        "signature.malformed": frame.say("verify.signature.malformed"),
        "signature.forged": frame.say("verify.signature.forged"),
        "signature.algorithm": frame.say("verify.signature.algorithm"),
        "signature.unknown_key": frame.say("verify.signature.unknown_key"),
        "signature.key_expired": frame.say("verify.signature.key_expired"),
        "signature.key_revoked": frame.say("verify.signature.key_revoked"),
        "signature.type": frame.say("verify.signature.type"),
        "receipt.malformed": frame.say("verify.receipt.malformed"),
        "receipt.unknown_page": frame.say("verify.receipt.unknown_page"),
    }
    fault = known.get(code) or frame.say("verify.fault", code=code)
    return VerifyPage(text=text, fault=fault, code=code, says=None, warning=None, about=(), compared_on=None, suppliers=())


def view_blank() -> VerifyPage:
    """The form alone."""
    return VerifyPage(text="", fault=None, code=None, says=None, warning=None, about=(), compared_on=None, suppliers=())


def _about(frame: Frame, told: Mapping[str, Any]) -> tuple[str, ...]:
    known = {title.value: words for title, words in KNOWN_TITLES.items()}
    at = frame.moment(datetime.fromisoformat(told["asked_at"]))
    cut_off = frame.moment(datetime.fromisoformat(told["cut_off"])) if told["cut_off"] else told["as_of"]
    parts = (
        frame.tell(PURPOSE_TITLES[Purpose(told["purpose"])]),
        told["project"],
        frame.say("check.asked", by=told["asked_by"], at=at),
        frame.say("rests.as_of", as_of=cut_off),
        frame.say("rests.known_at", known_at=frame.moment(datetime.fromisoformat(told["known_at"]))),
        frame.tell(known[told["known"]]),
        frame.say("check.kept", day=told["keep_until"]),
    )
    return tuple(part for part in parts if part)


def _verdict(frame: Frame, key: str) -> str:
    return frame.say("check.unresolved") if key == UNRESOLVED else frame.tell(VERDICT_TITLES[Verdict(key)])


def _consortium(frame: Frame, one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    numbers = frame.join([str(no) for no in one["because_of"]])
    because = frame.say("check.consortium.because", numbers=numbers) if numbers else ""
    return frame.say("check.consortium", name=one["name"]), _verdict(frame, one["verdict"]), one["verdict"], because


def _supplier(frame: Frame, number: int, one: Mapping[str, Any]) -> SupplierView:
    named, asked, key = one["enterprise"], one["asked"], one["verdict"] or UNRESOLVED
    told = one["advisory"]
    return SupplierView(
        no=one["no"],
        name=(named and named["name"]) or asked["name"] or asked["code"] or "",
        code=named["value"] if named else asked["code"] or "",
        address=address_of(EnterpriseNamed.model_validate(named)) if named else None,
        outcome=frame.tell(CHECK_OUTCOME_TITLES[one["outcome"]]),
        consortium=frame.say("check.consortium", name=asked["consortium"]) if asked["consortium"] else None,
        verdict=_verdict(frame, key),
        tone=key,
        reasons=tuple(_reason(frame, reason) for reason in one["reasons"]),
        notes=_notes(frame, one),
        advisory=frame.say("check.advisory", score=told["score"], grade=told["grade"]) if told else None,
        paper=f"/checks/{number}/receipt.pdf?supplier={one['no']}",
    )


def _notes(frame: Frame, one: Mapping[str, Any]) -> tuple[str, ...]:
    notes = [frame.say("check.suspended")] if one["suspended"] else []
    for asked in one["inquiries"]:
        result = frame.tell(INQUIRY_RESULT_TITLES[InquiryResult(asked["result"])])
        title = frame.tell(Bilingual.model_validate(asked["title"]))
        when = frame.moment(datetime.fromisoformat(asked["asked_at"]))
        notes.append(f"{title}{frame.say('colon')}{result} ({frame.say('check.by_hand')}, {when}, {asked['channel']})")
    if one["unasked"]:
        notes.append(frame.say("check.unasked", lists=frame.join([frame.tell(list_title(code)) for code in one["unasked"]])))
    return tuple(notes)


def _reason(frame: Frame, one: Mapping[str, Any]) -> ReasonView:
    acts = shipped_acts()
    articles = tuple(
        (
            f"{frame.tell(acts[clause['act']].title) if clause['act'] in acts else clause['act']} {clause['article']}",
            "" if clause["mark"] == Mark.ENACTED else frame.tell(MARK_TITLES[Mark(clause["mark"])]),
        )
        for clause in one["clauses"]
    )
    effect = _verdict(frame, one["effect"])
    return ReasonView(
        head=f"{effect}{frame.say('colon')}{frame.tell(Bilingual.model_validate(one['title']))}",
        articles=articles,
        fact=_fact(frame, one),
        span=frame.say("check.span", since=one["starts_on"], until=one["until"] or frame.say("open_end")),
    )


def _fact(frame: Frame, one: Mapping[str, Any]) -> str:
    if (record := one["record"]) is not None:
        outcome = frame.tell(OUTCOME_TITLES[Kind(record["kind"])][record["outcome"]])
        fine = f"{record['fine_cny']} CNY" if record["fine_cny"] else None
        return " ".join(filter(None, (outcome, fine, record["document_no"], record["authority"], record["decided_on"])))
    by_hand = frame.say("check.by_hand") if one["fact"] == "inquiry" else None
    return " ".join(filter(None, (frame.tell(Bilingual.model_validate(one["list_title"])), one["decision_no"], by_hand)))


def _notice(frame: Frame, one: NoticeShown) -> tuple[str, str, str, str]:
    said = {
        "entered": frame.say("watch.entered"),
        "changed": frame.say("watch.changed"),
        "no_longer_listed": frame.say("watch.no_longer_listed"),
    }
    state = next((frame.tell(title) for known, title in LISTING_STATE_TITLES.items() if known == one.state), one.state or "")
    where = f"{frame.tell(one.title)} ({state})" if one.title else ""
    return f"{one.no}  {one.enterprise.name or one.enterprise.value}", said[one.what], where, frame.moment(one.recorded_at)[:10]


def _since(frame: Frame, one: SupplierSince) -> SinceView:
    now: list[str] = []
    if one.changed is None:
        now.append(frame.say("verify.untold"))
    elif not one.changed:
        now.append(frame.say("verify.same"))
    else:
        now.append(frame.say("verify.changed"))
        if one.gone:
            now.append(frame.say("verify.gone", count=one.gone))
        if one.entered:
            now.append(frame.say("verify.entered", lists=frame.join([frame.tell(title) for title in one.entered])))
        if one.moved:
            now.append(frame.say("verify.moved", lists=frame.join([frame.tell(title) for title in one.moved])))
        if one.records_changed:
            now.append(frame.say("verify.records"))
    named = one.enterprise
    key = one.verdict or UNRESOLVED
    return SinceView(one.no, (named and named.name) or "", named.value if named else "", _verdict(frame, key), key, tuple(now))
