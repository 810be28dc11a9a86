"""A check says what follows for each supplier: from entries and records alone, under the catalogue, with what was asked by hand."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import text

from data.database import make_engine, write_session
from data.stores import changes, knowledge, listings
from data.stores.listings import Step
from data.stores.stays import Act
from models.access import Role
from models.listings import Cause
from models.verdicts import Verdict
from service.check_answers import CheckAnswer
from service.operations.stay import StayAsked, stay
from tests.service.conftest import Served
from tests.service.serving import OPERATOR, bearing, make_keys, serving
from tests.service.town import BLACK, BRANCH, CLEAN, RED, RENAMED, SOURCE, TWIN, entry, found_town

LISTED = RENAMED
PROOF = b"%PDF-1.7 what the site showed"


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Iterator[Served]:
    """The town, with RENAMED on the list of judgment debtors, and BRANCH fined three million."""
    url = clone()
    found_town(url)
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        seq = knowledge.draw(session, "delivery").known_seq
        debtor = entry(LISTED, list="judgment_debtor", colour="other", authority="样品法院", decision_no="样执〔2026〕1号")
        moves = listings.enter(session, [debtor], known_seq=seq)
        changes.append(session, moves, known_seq=seq)
        session.commit()
    engine.dispose()
    keys = make_keys(url, source=SOURCE)
    with serving(url) as client:
        served = Served(client=client, keys=keys, url=url)
        fine = {
            "kind": "penalty",
            "outcome": "fine",
            "source_ref": "large",
            "enterprise": [{"scheme": "cn-uscc", "value": BRANCH.code}],
            "occurred_on": "2026-02-01",
            "concluded_on": "2026-03-01",
            "decided_on": "2026-03-01",
            "document_no": "样罚〔2026〕88号",
            "quantities": {"fine_cny": "3000000"},
        }
        done = served.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [fine]}).json()
        assert done["counts"]["accepted"] == 1, done
        yield served


def ask(city: Served, *suppliers: dict[str, str], **more: Any) -> CheckAnswer:
    answer = city.post("/v1/checks", Role.PROCUREMENT, json={"purpose": "procurement", "suppliers": suppliers} | more)
    assert answer.status_code == 201, answer.text
    return CheckAnswer.model_validate_json(answer.content)


def lay_down(city: Served, content: bytes = PROOF) -> str:
    answer = city.post("/v1/evidence", Role.PROCUREMENT, files={"file": ("proof.pdf", content, "application/pdf")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sha256"])


def test_an_entry_on_a_list_that_procurement_law_names_must_be_refused_with_article_entry_and_dates(city: Served) -> None:
    (one,) = ask(city, {"code": LISTED.code}).suppliers
    assert one.verdict is Verdict.MUST_REFUSE
    (reason,) = one.reasons
    assert (reason.fact, reason.list, reason.decision_no, reason.starts_on) == (
        "listing",
        "judgment_debtor",
        "样执〔2026〕1号",
        date(2026, 1, 15),
    )
    assert ("mof-2016-125", "第二条") in {(clause.act, clause.article) for clause in reason.clauses}
    assert reason.listing_id == one.facts[0].listing_id


def test_a_large_fine_must_be_refused_until_three_years_have_passed_and_names_its_record(city: Served) -> None:
    (one,) = ask(city, {"code": BRANCH.code}).suppliers
    assert one.verdict is Verdict.MUST_REFUSE
    (reason,) = one.reasons
    assert reason.record is not None
    assert (reason.record.document_no, reason.record.fine_cny, reason.until) == ("样罚〔2026〕88号", "3000000.00", date(2029, 3, 1))


def test_each_setting_has_its_own_verdict(city: Served) -> None:
    verdicts = {
        purpose: [one.verdict for one in ask(city, *({"code": who.code} for who in (CLEAN, BLACK, RED, LISTED)), purpose=purpose).suppliers]
        for purpose in ("procurement", "licensing", "awards", "bidding", "employment")
    }
    no, look, restrict, refuse, prefer = (
        Verdict.NO_EFFECT,
        Verdict.EXTRA_SCRUTINY,
        Verdict.MAY_RESTRICT,
        Verdict.MUST_REFUSE,
        Verdict.PREFERENCE,
    )
    assert verdicts == {
        "procurement": [no, look, no, refuse],
        "licensing": [no, restrict, prefer, no],
        "awards": [no, restrict, prefer, no],
        "bidding": [no, look, no, restrict],
        "employment": [no, no, no, no],
    }


def test_no_policy_and_so_no_score_changes_a_verdict(city: Served) -> None:
    given = [{"code": who.code} for who in (CLEAN, BLACK, LISTED, BRANCH)]
    told = [ask(city, *given, policy=policy) for policy in ("yinchuan/2019", "yinchuan/2026")]
    scores, verdicts = ([[(one.advisory and one.advisory.score), one.verdict] for one in answer.suppliers] for answer in told)
    assert [one[0] for one in scores] != [one[0] for one in verdicts]
    assert [one[1] for one in scores] == [one[1] for one in verdicts]
    assert {one.advisory.verdict for answer in told for one in answer.suppliers if one.advisory} == {"no_effect"}


def test_an_entry_stayed_by_a_court_is_shown_so_and_bars_nobody_while_it_is(city: Served) -> None:
    engine = make_engine(city.url, size=1)
    with write_session(engine) as session:
        number = session.connection().execute(text("SELECT listing_id FROM listing WHERE list = 'judgment_debtor'")).scalar_one()

        def step(act: Act, day: date) -> None:
            asked = StayAsked(act=act, effective_on=day, authority="样品法院", document_no="样停1号", reason="样品")
            stay(session, number, asked, actor=OPERATOR)
            session.commit()

        step(Act.STAY, date(2026, 5, 1))
        before, during = (ask(city, {"code": LISTED.code}, as_of=day).suppliers[0] for day in ("2026-04-30", "2026-05-10"))
        step(Act.LIFT, date(2026, 6, 1))
        after = ask(city, {"code": LISTED.code}).suppliers[0]
    engine.dispose()
    assert (during.verdict, during.reasons, during.suspended) == (Verdict.NO_EFFECT, (), (number,))
    assert during.facts[0].state == "stayed"
    assert (before.verdict, after.verdict) == (Verdict.MUST_REFUSE, Verdict.MUST_REFUSE)


def test_who_is_not_found_has_no_verdict_and_lists_not_held_are_named_to_be_asked(city: Served) -> None:
    nobody, clean = ask(city, {"name": "没有这个企业"}, {"code": CLEAN.code}).suppliers
    assert nobody.verdict is None
    assert set(clean.unasked) >= {"tax_serious", "procurement_serious"}
    assert "judgment_debtor" not in clean.unasked


def test_a_list_asked_by_hand_stands_in_the_answer_with_its_evidence_and_bars_whom_it_names(city: Served) -> None:
    sha256 = lay_down(city)
    assert sha256 == hashlib.sha256(PROOF).hexdigest()
    inquiry = {
        "list": "tax_serious",
        "suppliers": [2],
        "channel": "信用中国网站 www.creditchina.gov.cn",
        "asked_at": "2026-05-20T09:30:00+08:00",
        "result": "listed",
        "document_no": "税失信〔2026〕3号",
        "evidence_sha256": sha256,
    }
    clean, other = {**inquiry, "suppliers": [1], "result": "not_listed", "document_no": None}, {**inquiry, "evidence_sha256": "0" * 64}
    first, second, third = ask(
        city, {"code": CLEAN.code}, {"code": RED.code}, {"name": "查无此企"}, inquiries=[inquiry, clean, other | {"suppliers": [3]}]
    ).suppliers
    assert (first.verdict, [one.result for one in first.inquiries]) == (Verdict.NO_EFFECT, ["not_listed"])
    assert "tax_serious" not in first.unasked
    assert "procurement_serious" in first.unasked
    assert second.verdict is Verdict.MUST_REFUSE
    assert [(one.fact, one.list, one.decision_no) for one in second.reasons] == [("inquiry", "tax_serious", "税失信〔2026〕3号")]
    assert second.inquiries[0].evidence_is_kept
    assert (third.verdict, third.inquiries[0].evidence_is_kept) == (Verdict.MUST_REFUSE, False)


def test_a_consortium_is_one_answer_with_a_reason_per_member(city: Served) -> None:
    joint = {"consortium": "联合体一"}
    answer = ask(city, {"code": CLEAN.code} | joint, {"code": LISTED.code} | joint, {"name": TWIN.name} | joint, {"code": RED.code})
    (one,) = answer.consortia
    assert (one.name, one.members, one.verdict, one.because_of, one.unresolved) == ("联合体一", (1, 2, 3), Verdict.MUST_REFUSE, (2,), (3,))


def test_a_cut_off_is_an_instant_and_both_clocks_are_said(city: Served) -> None:
    later = ask(city, {"code": BRANCH.code}, cut_off="2026-05-20T23:30:00+00:00", matter="样品 1", project="样品项目")
    assert (later.as_of, later.known, later.project) == (date(2026, 5, 21), "now", "样品项目")
    assert later.suppliers[0].verdict is Verdict.MUST_REFUSE
    day = datetime.now(UTC) + timedelta(hours=8)
    then = ask(city, {"code": BRANCH.code}, as_of=str(day.date()), known="then")
    assert then.known == "then"
    refused = city.post(
        "/v1/checks",
        Role.PROCUREMENT,
        json={"purpose": "bidding", "cut_off": "2026-05-20T09:00:00+08:00", "known": "then", "suppliers": [{"code": CLEAN.code}]},
    )
    assert refused.json()["code"] == "knowledge.before_beginning"  # nothing was known here in May: that is said, not guessed


def test_as_known_then_leaves_out_what_was_told_later(city: Served) -> None:
    before = str(ask(city, {"code": CLEAN.code}).known_at)
    record = {
        "kind": "penalty",
        "outcome": "suspension",
        "detail": {"suspended_what": "business"},
        "source_ref": "late",
        "enterprise": [{"scheme": "cn-uscc", "value": TWIN.code}],
        "occurred_on": "2026-02-01",
        "concluded_on": "2026-03-01",
        "decided_on": "2026-03-01",
    }
    assert city.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [record]}).status_code == 201
    now, then = (ask(city, {"code": TWIN.code}, **more).suppliers[0].verdict for more in ({}, {"known_at": before}))
    assert (now, then) == (Verdict.MUST_REFUSE, Verdict.NO_EFFECT)


@pytest.mark.parametrize(
    "given",
    [
        {"cut_off": "2999-01-01T00:00:00+08:00"},
        {"cut_off": str(datetime.now(UTC) + timedelta(hours=1)).replace(" ", "T")},
        {"as_of": "2999-01-01"},
        {"inquiries": [{"list": "tax_serious", "channel": "x", "asked_at": "2999-01-01T00:00:00Z", "result": "not_available"}]},
    ],
)
def test_what_has_not_come_yet_is_refused(city: Served, given: dict[str, Any]) -> None:
    answer = city.post("/v1/checks", Role.PROCUREMENT, json={"purpose": "bidding", "suppliers": [{"code": CLEAN.code}]} | given)
    assert (answer.status_code, answer.json()["code"]) == (409, "check.in_future")


@pytest.mark.parametrize(
    "given",
    [
        {"cut_off": "2026-05-20T09:00:00"},
        {"cut_off": "2026-05-20T09:00:00+08:00", "as_of": "2026-05-19"},
        {"known": "then", "known_at": "2026-05-20T09:00:00Z"},
        {"inquiries": [{"list": "quality_black", "channel": "x", "asked_at": "2026-05-20T09:00:00Z", "result": "not_available"}]},
        {"inquiries": [{"list": "tax_serious", "channel": "x", "asked_at": "2026-05-20T09:00:00Z", "result": "listed"}]},
        {
            "inquiries": [
                {"list": "tax_serious", "suppliers": [2], "channel": "x", "asked_at": "2026-05-20T09:00:00Z", "result": "not_available"}
            ]
        },
    ],
)
def test_a_question_that_contradicts_itself_is_malformed(city: Served, given: dict[str, Any]) -> None:
    answer = city.post("/v1/checks", Role.PROCUREMENT, json={"purpose": "bidding", "suppliers": [{"code": CLEAN.code}]} | given)
    assert answer.status_code == 422


def test_the_catalogue_in_use_is_open_to_everybody(city: Served) -> None:
    told = city.get("/v1/measures").json()
    assert told["catalogue_hash"] == ask(city, {"code": CLEAN.code}).catalogue_hash
    assert {one["effect"] for one in told["measures"]} == {"must_refuse", "may_restrict", "extra_scrutiny", "preference"}
    only = city.get("/v1/measures", setting="procurement", on="2010-01-01").json()
    assert only["measures"] == []


def test_evidence_is_given_back_to_whoever_laid_it_down_and_to_the_auditor_alone(city: Served) -> None:
    sha256 = lay_down(city, b"another proof")
    mine, auditors = (city.get(f"/v1/evidence/{sha256}", role) for role in (Role.PROCUREMENT, Role.AUDITOR))
    assert mine.content == auditors.content == b"another proof"
    assert mine.headers["content-disposition"].startswith("attachment")
    assert mine.headers["x-content-type-options"] == "nosniff"
    assert city.get(f"/v1/evidence/{sha256}", Role.REGULATOR).status_code == 404


def test_a_kept_check_is_neither_altered_nor_deleted_before_its_term(city: Served) -> None:
    made = ask(city, {"code": CLEAN.code})
    assert made.keep_until >= date(made.asked_at.year + 15, 1, 1)
    engine = make_engine(city.url, size=1)
    for statement in (
        "DELETE FROM credit_check WHERE check_id = :n",
        "UPDATE credit_check SET asked_by = 'else' WHERE check_id = :n",
        "UPDATE credit_check SET keep_until = keep_until - 1 WHERE check_id = :n",
        "TRUNCATE credit_check",
    ):
        with write_session(engine) as session, pytest.raises(Exception, match=r"kept until|stays as|stay as|truncate"):
            session.connection().execute(text(statement), {"n": made.check_id} if ":n" in statement else {})
    engine.dispose()


def test_an_ended_entry_is_in_no_verdict_whatever_the_day(city: Served) -> None:
    engine = make_engine(city.url, size=1)
    with write_session(engine) as session:
        seq = knowledge.draw(session, "decision").known_seq
        made = listings.enter(session, [entry(TWIN, list="serious_illegal", colour="other")], known_seq=seq)
        changes.append(session, made, known_seq=seq)
        session.commit()
        held = ask(city, {"code": TWIN.code}, purpose="bidding", as_of="2026-03-01").suppliers[0].verdict
        seq = knowledge.draw(session, "decision").known_seq
        moves = listings.move(session, [Step(made[0].listing_id, Cause.REPAIRED, date(2026, 6, 1))], known_seq=seq)
        changes.append(session, moves, known_seq=seq)
        session.commit()
    engine.dispose()
    given = {"purpose": "bidding", "as_of": "2026-03-01", "suppliers": [{"code": TWIN.code}]}
    inside = city.client.post("/v1/checks", json=given, headers=bearing(city.keys[Role.REGULATOR])).json()["suppliers"][0]
    assert held is Verdict.MAY_RESTRICT
    assert ask(city, {"code": TWIN.code}, purpose="bidding", as_of="2026-03-01").suppliers[0].verdict is Verdict.NO_EFFECT
    assert (inside["verdict"], [fact["end_cause"] for fact in inside["facts"]]) == ("no_effect", ["repaired"])
