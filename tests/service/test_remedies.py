"""The ways out: repair, objection and cascade, with effect the same day, by people who had no part in what they decide."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from data.database import connect, make_engine, write_session
from data.stores import changes, knowledge, listings
from data.stores.sources import entitle_source
from models.access import Role
from models.identifiers import Identifier
from models.tables.deliveries import Source
from service.clock import legal_day
from service.jobs.expiring import expire_today
from service.operations.manage_keys import create_key
from service.operations.publish_procedures import publish_shipped
from tests.service.serving import OPERATOR, bearing, make_keys, serving
from tests.service.town import BLACK, BRANCH, CLEAN, OTHER_TWIN, RED, RENAMED, SOURCE, TWIN, Someone, entry, found_town

TODAY = legal_day()
LABORATORY = "样例检验所"
OWNERS = (CLEAN, RENAMED, BLACK, TWIN, OTHER_TWIN, RED, BRANCH)


@dataclass(frozen=True)
class Bureau:
    """A town whose records these tests dispute, with two officers and own keys of its enterprises."""

    client: httpx.Client
    keys: dict[Role, str]
    own: dict[str, str]
    officers: tuple[str, str, str]
    url: str

    def get(self, path: str, key: str | None = None, **params: Any) -> Any:
        return self.client.get(path, params=params or None, headers=bearing(key) if key else {}).json()

    def post(self, path: str, key: str, body: Any = None, status: int | None = None, **headers: str) -> Any:
        answer = self.client.post(path, json=body, headers=bearing(key) | headers)
        assert status is None or answer.status_code == status, answer.text
        return answer.json()

    def deliver(self, *records: dict[str, Any]) -> dict[str, Any]:
        made = self.post("/v1/deliveries/batch", self.keys[Role.SOURCE], {"records": records}, 201)
        assert made["counts"]["rejected"] == 0, made
        return dict(made["counts"])

    def record(self, one: Someone, ref: str) -> dict[str, Any]:
        page = self.get(f"{one.path}/records", self.keys[Role.AUDITOR])["records"]
        return next((dict(found) for found in page if found["source_ref"] == ref), {})

    def score(self, one: Someone) -> tuple[str, str]:
        standing = self.get(one.path, self.keys[Role.PROCUREMENT], live="true")["standing"]
        return standing["score"], standing["grade"]


def own(one: Someone, what: str) -> str:
    return f"/v1/own/cn-uscc/{one.code}/{what}"


def penalty(one: Someone, ref: str, **changed: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "kind": "penalty",
        "outcome": "fine",
        "severity": "general",
        "source_ref": ref,
        "code": "quality_violation",
        "enterprise": [{"scheme": "cn-uscc", "value": one.code}],
        "occurred_on": "2026-04-10",
        "concluded_on": "2026-05-01",
        "decided_on": "2026-05-01",
        "published_on": "2026-05-05",
        "document_no": f"样罚〔2026〕{ref}号",
        "quantities": {"fine_cny": "30000"},
    }
    return values | changed


def sampling(one: Someone, ref: str, **changed: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "kind": "sampling",
        "outcome": "failed",
        "severity": "general",
        "capacity": "nominal_producer",
        "source_ref": ref,
        "enterprise": [{"scheme": "cn-uscc", "value": one.code}],
        "occurred_on": str(TODAY - timedelta(days=20)),
        "concluded_on": str(TODAY - timedelta(days=8)),
        "served_on": str(TODAY - timedelta(days=6)),
        "detail": {"product": "样品面粉", "laboratory": LABORATORY, "stage": "first"},
    }
    return values | changed


@pytest.fixture(scope="module")
def bureau(clone: Callable[[], str]) -> Iterator[Bureau]:
    url = clone()
    found_town(url)
    keys = make_keys(url, source=SOURCE, enterprise=RED.code)
    engine = make_engine(url, size=1)
    mine = {}
    with write_session(engine) as session:
        publish_shipped(session, actor=OPERATOR)
        entitle_source(session, SOURCE, kinds=["penalty", "sampling", "award", "enterprise"])
        for one in OWNERS:
            code = Identifier(scheme="cn-uscc", value=one.code)
            mine[one.code] = create_key(session, role=Role.ENTERPRISE, holder=f"of {one.code}", enterprise=code, actor=OPERATOR).text
        officers = [create_key(session, role=Role.REGULATOR, holder=f"officer {name}", actor=OPERATOR).text for name in "ABC"]
        seq = knowledge.draw(session, "decision").known_seq
        long_ago = entry(RENAMED, starts_on=date(2025, 6, 1), decided_on=date(2025, 6, 1), ends_on=date(2028, 6, 1))
        changes.append(session, listings.enter(session, [long_ago], known_seq=seq), known_seq=seq)
        session.commit()
    engine.dispose()
    with serving(url) as client:
        yield Bureau(client=client, keys=keys, own=mine, officers=(officers[0], officers[1], officers[2]), url=url)


def apply(bureau: Bureau, one: Someone, status: int = 201, **asked: Any) -> Any:
    confirmed = ["duties_performed", "corrected", "no_new_penalty", "promise"]
    return bureau.post(own(one, "repairs"), bureau.own[one.code], {"confirmed": confirmed} | asked, status)


def handle(bureau: Bureau, number: int, act: str, *, by: int = 0, status: int = 200, reason: str | None = "核实") -> Any:
    return bureau.post(f"/v1/repairs/{number}/steps", bureau.officers[by], {"act": act, "reason": reason}, status)


def test_a_repair_has_effect_the_same_day_stands_against_its_source_and_falls_with_false_material(bureau: Bureau) -> None:
    bureau.deliver(
        penalty(TWIN, "P1"), sampling(TWIN, "S1", document_no="样罚〔2026〕P1号", occurred_on="2026-03-01", served_on="2026-04-01")
    )
    before = bureau.score(TWIN)
    checklist = bureau.get(own(TWIN, "checklist"), bureau.own[TWIN.code], source=SOURCE, source_ref="P1")
    assert set(checklist["items"]) == {"duties_performed", "corrected", "promise"}
    made = apply(bureau, TWIN, source=SOURCE, source_ref="P1")
    assert {one["source_ref"] for one in made["records"]} == {"P1", "S1"}
    assert [step["step"] for step in made["steps"]] == ["application"]
    assert [clock["step"] for clock in made["clocks"]] == ["acceptance"]
    number = made["repair_id"]
    assert handle(bureau, number, "grant", status=409)["code"] == "remedy.closed", "not before it is accepted"
    assert [clock["step"] for clock in handle(bureau, number, "accept")["clocks"] if not clock["closed_on"]] == ["checking", "decision"]
    handle(bureau, number, "check", reason="现场核实已整改")
    assert handle(bureau, number, "grant", status=409)["code"] == "remedy.not_independent", "who checked does not decide"
    granted = handle(bureau, number, "grant", by=1)
    assert (granted["state"], granted["effective_on"]) == ("granted", str(TODAY))
    assert not [clock for clock in granted["clocks"] if not clock["closed_on"]]
    for ref in ("P1", "S1"):
        assert bureau.record(TWIN, ref)["repaired_on"] == str(TODAY)
    assert bureau.get(f"{TWIN.path}/records", bureau.keys[Role.PROCUREMENT])["records"] == []
    assert float(bureau.score(TWIN)[0]) > float(before[0])
    _the_source_sends_it_again(bureau)
    _its_material_was_false(bureau, number)


def _the_source_sends_it_again(bureau: Bureau) -> None:
    """Which does not undo the repair."""
    score = bureau.score(TWIN)
    assert bureau.deliver(penalty(TWIN, "P1", quantities={"fine_cny": "31000"}))["revised"] == 1
    found = bureau.record(TWIN, "P1")
    assert (found["repaired_on"], found["quantities"]["fine_cny"]) == (str(TODAY), "31000")
    assert bureau.score(TWIN) == score


def _its_material_was_false(bureau: Bureau, number: int) -> None:
    """Which revokes the repair, restarts the term, and bars the next application."""
    revoked = handle(bureau, number, "revoke", by=1, reason="整改照片系伪造")
    assert (revoked["state"], revoked["barred_until"]) == ("revoked", str(date(TODAY.year + 1, TODAY.month, TODAY.day)))
    found = bureau.record(TWIN, "P1")
    assert found["repaired_on"] is None
    (credit, _) = found["publications"]
    assert (credit["starts_on"], credit["earliest_end_on"] > str(TODAY)) == (str(TODAY), True)
    assert apply(bureau, TWIN, status=409, source=SOURCE, source_ref="P1")["code"] == "repair.barred"
    assert handle(bureau, number, "grant", status=409)["code"] == "remedy.closed"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"source": SOURCE, "source_ref": "plain", "confirmed": ["corrected"]}, 409, "repair.checklist"),
        ({"source": SOURCE, "source_ref": "other"}, 404, "repair.target"),
        ({"source": SOURCE, "source_ref": "repaired"}, 404, "repair.target"),
        ({"listing_id": 999999}, 404, "repair.target"),
        ({"source": SOURCE}, 422, "request.malformed"),
        ({"source": SOURCE, "source_ref": "plain", "plan_no": "破〔2026〕1号"}, 422, "request.malformed"),
        ({"source": SOURCE, "source_ref": "plain", "confirmed": ["x" * 500]}, 422, "request.malformed"),
    ],
)
def test_an_application_that_cannot_be_taken_says_why(bureau: Bureau, asked: dict[str, Any], status: int, code: str) -> None:
    assert apply(bureau, CLEAN, status=status, **asked)["code"] == code


def test_an_application_before_its_day_names_the_day(bureau: Bureau) -> None:
    bureau.deliver(penalty(CLEAN, "young", decided_on=str(TODAY - timedelta(days=10)), concluded_on=str(TODAY - timedelta(days=10))))
    refused = apply(bureau, CLEAN, status=409, source=SOURCE, source_ref="young")
    assert refused["code"] == "repair.too_early"
    black = bureau.get(own(BLACK, "file"), bureau.own[BLACK.code])["listings"][0]["listing_id"]
    assert "2027-01-15" in apply(bureau, BLACK, status=409, listing_id=black)["detail"]


def receipt_of(bureau: Bureau, one: Someone) -> str:
    """A receipt of a check of this enterprise, as a buyer files it."""
    asked = {"purpose": "procurement", "suppliers": [{"code": one.code}]}
    made = bureau.post("/v1/checks", bureau.keys[Role.PROCUREMENT], asked, 201)
    return bureau.client.get(f"/v1/checks/{made['check_id']}/receipt.jws", headers=bearing(bureau.keys[Role.PROCUREMENT])).text


def since(bureau: Bureau, receipt: str) -> dict[str, Any]:
    """What anybody is told who verifies it online today."""
    (told,) = bureau.client.post("/v1/receipts/verify", json={"receipt": receipt}).json()["suppliers"]
    return dict(told)


def test_a_repaired_entry_leaves_list_page_and_feed_at_once_and_comes_back_when_the_repair_is_revoked(bureau: Bureau) -> None:
    entries = bureau.get(own(RENAMED, "file"), bureau.own[RENAMED.code])["listings"]
    receipt = receipt_of(bureau, RENAMED)
    assert since(bureau, receipt)["changed"] is False
    number = apply(bureau, RENAMED, listing_id=entries[0]["listing_id"])["repair_id"]
    handle(bureau, number, "accept")
    handle(bureau, number, "grant", by=1)
    assert bureau.get(RENAMED.path)["listings"] == []
    told = since(bureau, receipt)
    assert (told["changed"], told["gone"], told["moved"], told["entered"]) == (True, 1, [], [])
    assert not [word for word in ("black", "repair", entries[0]["decision_no"]) if word in str(told).lower()], (
        "nothing of what is hidden today"
    )
    line = bureau.get("/v1/changes", bureau.keys[Role.PLATFORM])["changes"][-1]
    assert (line["cause"], line["effective_on"]) == ("repaired", str(TODAY))
    handle(bureau, number, "revoke", by=1, reason="承诺书系伪造")
    (again,) = bureau.get(RENAMED.path)["listings"]
    assert (again["starts_on"], again["decision_no"]) == (str(TODAY), entries[0]["decision_no"])
    assert date.fromisoformat(again["ends_on"]) - TODAY == date(2028, 6, 1) - date(2025, 6, 1)


def test_the_worklist_says_whose_repair_or_objection_it_is_and_what_it_is_about(bureau: Bureau) -> None:
    bureau.deliver(penalty(BRANCH, "W1"))
    applied = apply(bureau, BRANCH, source=SOURCE, source_ref="W1")
    listing = bureau.get(own(BLACK, "file"), bureau.own[BLACK.code])["listings"][0]["listing_id"]
    objections = [
        bureau.post(own(BLACK, "objections"), bureau.own[BLACK.code], {"grounds": "有误"} | about, 201)["objection_id"]
        for about in ({"listing_id": listing}, {})
    ]
    owed = {(one["subject"], one["subject_id"]): one for one in bureau.get("/v1/worklist", bureau.keys[Role.REGULATOR])["lines"]}
    repair = owed["repair", applied["repair_id"]]
    assert (repair["enterprise"]["value"], repair["list"], repair["listing_id"]) == (BRANCH.code, None, None)
    assert repair["record"] == {"source": SOURCE, "source_ref": "W1", "document_no": "样罚〔2026〕W1号"}
    entry_line, score_line = (owed["objection", number] for number in objections)
    assert {one["enterprise"]["name"] for one in (entry_line, score_line)} == {BLACK.name}
    assert (entry_line["list"]["en"], entry_line["listing_id"], entry_line["record"]) == ("Quality black list", listing, None)
    assert (score_line["list"], score_line["listing_id"], score_line["record"]) == (None, None, None)
    for number in objections:
        bureau.post(own(BLACK, f"objections/{number}/withdrawal"), bureau.own[BLACK.code], None, 200)
    bureau.post(own(BRANCH, f"repairs/{applied['repair_id']}/withdrawal"), bureau.own[BRANCH.code], None, 200)


def test_a_temporary_repair_ends_with_its_plan_unless_it_is_confirmed(bureau: Bureau) -> None:
    bureau.deliver(penalty(BRANCH, "T1", decided_on=str(TODAY - timedelta(days=5)), concluded_on=str(TODAY - timedelta(days=5))))
    until = str(TODAY + timedelta(days=30))
    made = apply(bureau, BRANCH, source=SOURCE, source_ref="T1", plan_no="样破〔2026〕1号", plan_until=until)
    handle(bureau, made["repair_id"], "accept")
    handle(bureau, made["repair_id"], "grant", by=1)
    assert bureau.record(BRANCH, "T1")["repaired_on"] == str(TODAY)
    engine = make_engine(bureau.url, size=1)
    expire_today(engine)
    assert bureau.record(BRANCH, "T1")["repaired_on"] == str(TODAY), "the plan still runs"
    with connect(bureau.url) as connection:
        connection.execute("UPDATE repair SET plan_until = %s WHERE repair_id = %s", (TODAY, made["repair_id"]))
    expire_today(engine)
    engine.dispose()
    assert bureau.record(BRANCH, "T1")["repaired_on"] is None
    assert bureau.get(own(BRANCH, "repairs"), bureau.own[BRANCH.code])["repairs"][0]["state"] == "ended"


def test_papers_are_kept_by_their_hash_and_what_is_no_paper_is_refused(bureau: Bureau) -> None:
    bureau.deliver(penalty(OTHER_TWIN, "P2"))
    number = apply(bureau, OTHER_TWIN, source=SOURCE, source_ref="P2")["repair_id"]
    address, key = own(OTHER_TWIN, f"repairs/{number}/papers"), bureau.own[OTHER_TWIN.code]

    def send(content: bytes, name: str = "整改报告.pdf", by: str = key) -> httpx.Response:
        return bureau.client.post(address, headers=bearing(by), files={"file": (name, io.BytesIO(content))})

    large = send(b"%PDF-1.7 sample" + bytes(5 * 1024 * 1024))
    assert large.status_code == 201, large.text
    too_large = send(b"%PDF-1.7 sample" + bytes(12 * 1024 * 1024))
    assert too_large.status_code == 413
    assert send(b"%PDF-1.7 sample" + bytes(10 * 1024 * 1024)).json()["code"] == "remedy.paper"
    first, again = send(b"%PDF-1.7 sample"), send(b"%PDF-1.7 sample")
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    for content, name in ((b"<script>", "a.pdf"), (b"", "a.pdf"), (b"MZ\x90", "a.exe"), (b"%PDF-1.7", "身份证11010519491231002X.pdf")):
        assert send(content, name).status_code == 422
    assert send(b"%PDF-1.7 sample", by=bureau.own[CLEAN.code]).status_code == 404
    papers = bureau.get(own(OTHER_TWIN, "repairs"), key)["repairs"][0]["papers"]
    assert [one["size"] for one in papers] == [5 * 1024 * 1024 + 15, 15]
    paper = papers[-1]
    officers = f"/v1/repairs/{number}/papers/{paper['sha256']}"
    for place, by in ((officers, bureau.officers[0]), (f"{address}/{paper['sha256']}", key)):
        answer = bureau.client.get(place, headers=bearing(by))
        assert (answer.content, answer.headers["content-type"]) == (b"%PDF-1.7 sample", "application/pdf")
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
    other = own(CLEAN, f"repairs/{number}/papers/{paper['sha256']}")
    assert bureau.get(other, bureau.own[CLEAN.code])["code"] == "remedy.not_found", "another's paper by one's own address"
    assert bureau.get(officers.replace(paper["sha256"], "0" * 64), bureau.officers[0])["code"] == "remedy.not_found"
    assert bureau.client.get(officers, headers=bearing(key)).status_code == 403
    taken = bureau.post(own(OTHER_TWIN, f"repairs/{number}/withdrawal"), key, None, 200)
    assert taken["state"] == "taken_back"


def test_a_sampling_result_under_objection_is_marked_and_does_not_count_until_it_is_kept(bureau: Bureau) -> None:
    bureau.deliver(sampling(OTHER_TWIN, "S2"))
    with_it = bureau.score(OTHER_TWIN)
    body = {"source": SOURCE, "source_ref": "S2", "grounds": "样品储存条件不当，申请复检"}
    made = bureau.post(own(OTHER_TWIN, "objections"), bureau.own[OTHER_TWIN.code], body, 201)
    assert (made["suspends"], [step["step"] for step in made["steps"]]) == (True, ["filing", "marking"])
    assert [clock["step"] for clock in made["clocks"] if not clock["closed_on"]] == ["decision"]
    marked = bureau.record(OTHER_TWIN, "S2")
    assert (marked["is_under_objection"], marked["concluded_on"]) == (True, None)
    without = bureau.score(OTHER_TWIN)
    assert float(without[0]) > float(with_it[0])
    assert bureau.post(own(OTHER_TWIN, "objections"), bureau.own[OTHER_TWIN.code], body, 409)["code"] == "objection.under_way"
    bureau.deliver(sampling(OTHER_TWIN, "S2", detail={"product": "样品面粉", "laboratory": LABORATORY, "batch": "7"}))
    assert bureau.score(OTHER_TWIN) == without, "the source sending it again does not make it count"
    decision = f"/v1/objections/{made['objection_id']}/decision"
    kept = bureau.post(decision, bureau.officers[0], {"outcome": "kept", "finding": "复检仍不合格"}, 200)
    assert kept["state"] == "kept"
    found = bureau.record(OTHER_TWIN, "S2")
    assert (found["is_under_objection"], found["concluded_on"]) == (False, sampling(OTHER_TWIN, "S2")["concluded_on"])
    assert bureau.score(OTHER_TWIN) == with_it
    assert bureau.post(decision, bureau.officers[1], {"outcome": "kept", "finding": "x"}, 409)["code"] == "remedy.closed"


def test_a_producer_whose_name_was_misused_gets_rid_of_the_record_and_the_right_one_gets_it(bureau: Bureau) -> None:
    bureau.deliver(sampling(CLEAN, "S3", occurred_on="2026-06-01", concluded_on="2026-06-20", served_on="2026-06-21"))
    clean, red = bureau.score(CLEAN), bureau.score(RED)
    body = {"source": SOURCE, "source_ref": "S3", "grounds": "他人冒用我公司名称"}
    made = bureau.post(own(CLEAN, "objections"), bureau.own[CLEAN.code], body, 201)
    assert made["suspends"] is False, "too late to keep it from counting"
    decision = f"/v1/objections/{made['objection_id']}/decision"
    moved = {"outcome": "moved", "finding": "实际生产者为另一企业", "enterprise": {"scheme": "cn-uscc", "value": RED.code}}
    nowhere = moved | {"enterprise": {"scheme": "cn-uscc", "value": "91350100M000100Y43"}}
    assert bureau.post(decision, bureau.officers[0], nowhere, 409)["code"] == "objection.outcome"
    bureau.post(decision, bureau.officers[0], moved, 200)
    for _ in range(2):
        assert bureau.record(CLEAN, "S3") == {}
        assert bureau.record(RED, "S3")["source_ref"] == "S3"
        bureau.deliver(sampling(CLEAN, "S3", title="sent again under the old name", occurred_on="2026-06-01", served_on="2026-06-21"))
    assert float(bureau.score(CLEAN)[0]) > float(clean[0])
    assert float(bureau.score(RED)[0]) < float(red[0])


def test_a_record_is_corrected_or_withdrawn_and_stays_so(bureau: Bureau) -> None:
    bureau.deliver(penalty(CLEAN, "C1"), penalty(CLEAN, "C2"))
    filed = [
        bureau.post(own(CLEAN, "objections"), bureau.own[CLEAN.code], {"source": SOURCE, "source_ref": ref, "grounds": "有误"}, 201)
        for ref in ("C1", "C2")
    ]
    corrected = {"outcome": "corrected", "finding": "情节认定有误", "corrections": {"severity": "minor"}}
    bureau.post(f"/v1/objections/{filed[0]['objection_id']}/decision", bureau.officers[0], corrected, 200)
    assert bureau.record(CLEAN, "C1")["severity"] == "minor"
    withdrawn = {"outcome": "withdrawn", "finding": "处罚决定已撤销"}
    bureau.post(f"/v1/objections/{filed[1]['objection_id']}/decision", bureau.officers[0], withdrawn, 200)
    assert bureau.record(CLEAN, "C2")["is_withdrawn"] is True
    bureau.deliver(penalty(CLEAN, "C1", title="again"), penalty(CLEAN, "C2", title="again"))
    found = bureau.record(CLEAN, "C1")
    assert (found["severity"], found["title"]) == ("minor", "again"), "what was not corrected is the source's to say"
    assert bureau.record(CLEAN, "C2")["is_withdrawn"] is True
    bad = {"outcome": "corrected", "finding": "x", "corrections": {"enterprise": "x"}}
    assert bureau.post("/v1/objections/1/decision", bureau.officers[0], bad, 422)["code"] == "request.malformed"


def test_nobody_decides_on_what_they_delivered_or_decided_before(bureau: Bureau) -> None:
    engine = make_engine(bureau.url, size=1)
    with write_session(engine) as session:
        clerk = create_key(session, role=Role.REGULATOR, holder="holder of source", actor=OPERATOR).text
        session.commit()
    engine.dispose()
    bureau.deliver(penalty(CLEAN, "I1"))
    body = {"source": SOURCE, "source_ref": "I1", "grounds": "有误"}
    made = bureau.post(own(CLEAN, "objections"), bureau.own[CLEAN.code], body, 201)
    decision = f"/v1/objections/{made['objection_id']}/decision"
    refused = bureau.post(decision, clerk, {"outcome": "kept", "finding": "x"}, 409)
    assert refused["code"] == "remedy.not_independent"
    assert "delivered a record" in refused["detail"]
    for role in (Role.PROCUREMENT, Role.AUDITOR, Role.ADMIN, Role.ENTERPRISE):
        assert bureau.client.post(decision, headers=bearing(bureau.keys[role]), json={"outcome": "kept", "finding": "x"}).status_code == 403
    bureau.post(decision, bureau.officers[0], {"outcome": "kept", "finding": "属实"}, 200)
    again = bureau.post(own(CLEAN, "objections"), bureau.own[CLEAN.code], body, 201)["objection_id"]
    second = f"/v1/objections/{again}/decision"
    assert "decided about it before" in bureau.post(second, bureau.officers[0], {"outcome": "kept", "finding": "x"}, 409)["detail"]
    bureau.post(second, bureau.officers[1], {"outcome": "kept", "finding": "属实"}, 200)


def test_anybody_may_object_to_a_red_entry_and_the_enterprise_is_not_told_who(bureau: Bureau) -> None:
    (red,) = bureau.get(RED.path)["listings"]
    (black,) = bureau.get(BLACK.path)["listings"]
    address = "/v1/listings/{}/objections"
    told = {"grounds": "该企业近期有不合格记录"}
    made = bureau.post(address.format(red["listing_id"]), bureau.own[CLEAN.code], told, 201)
    assert bureau.post(address.format(black["listing_id"]), bureau.own[CLEAN.code], told, 404)["code"] == "objection.target"
    assert bureau.post(address.format(red["listing_id"]), bureau.own[CLEAN.code], told, 409)["code"] == "objection.under_way"
    phone = {"grounds": "请致电 13812345678"}
    assert bureau.post(address.format(red["listing_id"]), bureau.keys[Role.PROCUREMENT], phone, 422)["code"] == "value.personal_data"
    assert bureau.client.post(address.format(red["listing_id"]), json=told).status_code == 401
    assert bureau.get(RED.path)["listings"][0]["is_under_objection"] is True
    (seen,) = bureau.get(own(RED, "objections"), bureau.own[RED.code])["objections"]
    assert (seen["filed_by"], bureau.own[CLEAN.code] in str(seen), CLEAN.code in str(seen)) == (None, False, False)
    receipt = receipt_of(bureau, RED)
    decision = f"/v1/objections/{made['objection_id']}/decision"
    wrong = {"outcome": "corrected", "finding": "x", "corrections": {"title": "x"}}
    assert bureau.post(decision, bureau.officers[0], wrong, 409)["code"] == "objection.outcome"
    bureau.post(decision, bureau.officers[0], {"outcome": "withdrawn", "finding": "不符合列入条件"}, 200)
    assert bureau.get(RED.path)["listings"] == []
    told_since = since(bureau, receipt)
    assert (told_since["changed"], told_since["gone"], told_since["entered"]) == (True, 1, [])
    assert red["decision_no"] not in str(told_since)
    assert bureau.get("/v1/changes", bureau.keys[Role.PLATFORM])["changes"][-1]["cause"] == "annulled"


def test_a_laboratory_that_fell_takes_its_results_with_it_in_one_step_that_another_officer_carries_out(bureau: Bureau) -> None:
    bureau.deliver(*(sampling(one, f"L{place}") for place, one in enumerate((CLEAN, TWIN, OTHER_TWIN))))
    selection = {"kinds": ["sampling"], "outcomes": ["failed"], "laboratory": LABORATORY, "since": str(TODAY - timedelta(days=30))}
    asked = {"cause": "laboratory", "selection": selection, "reason": "检验机构资质被撤销", "document_no": "样决〔2026〕9号"}
    scores = {one.code: bureau.score(one) for one in (CLEAN, TWIN, OTHER_TWIN)}
    made = bureau.post("/v1/cascades", bureau.officers[0], asked, 201)
    effects = {one["enterprise"]["value"]: one for one in made["effects"]}
    for one in (CLEAN, TWIN, OTHER_TWIN):
        assert (effects[one.code]["score_before"], effects[one.code]["grade_before"]) == scores[one.code]
        assert bureau.score(one) == scores[one.code], "a preview changes nothing"
    assert bureau.record(CLEAN, "L0")["is_withdrawn"] is False
    verdict = f"/v1/cascades/{made['cascade_id']}/verdict"
    go = {"verdict": "carry_out", "digest": made["digest"]}
    assert bureau.post(verdict, bureau.officers[0], go, 409)["code"] == "remedy.not_independent"
    assert bureau.post(verdict, bureau.officers[1], go | {"digest": "0" * 64}, 409)["code"] == "cascade.changed"
    bureau.deliver(sampling(CLEAN, "L9"))
    assert bureau.post(verdict, bureau.officers[1], go, 409)["code"] == "cascade.changed", "one more result fell under it meanwhile"
    made = bureau.post("/v1/cascades", bureau.officers[0], asked, 201)
    verdict = f"/v1/cascades/{made['cascade_id']}/verdict"
    done = bureau.post(verdict, bureau.officers[2], go | {"digest": made["digest"]}, 200)
    assert done["state"] == "carried_out"
    for effect in made["effects"]:
        one = next(one for one in OWNERS if one.code == effect["enterprise"]["value"])
        assert bureau.score(one) == (effect["score_after"], effect["grade_after"])
    assert bureau.record(CLEAN, "L0")["is_withdrawn"] is True
    assert bureau.post(verdict, bureau.officers[2], go, 409)["code"] == "remedy.closed"
    assert bureau.post("/v1/cascades", bureau.officers[0], asked, 404)["code"] == "cascade.nothing"


def test_the_database_refuses_what_the_procedures_refuse(bureau: Bureau) -> None:
    key = bureau.own[CLEAN.code]
    bureau.deliver(penalty(CLEAN, "D1"), penalty(CLEAN, "D2", document_no="D2"), sampling(CLEAN, "D3"))
    objected = bureau.post(own(CLEAN, "objections"), key, {"source": SOURCE, "source_ref": "D3", "grounds": "有误"}, 201)
    number, closed = (apply(bureau, CLEAN, source=SOURCE, source_ref=ref)["repair_id"] for ref in ("D1", "D2"))
    handle(bureau, closed, "refuse")
    asked = {
        "cause": "annulled_penalty",
        "selection": {"kinds": ["penalty"], "document_no": "D2"},
        "reason": "撤销",
        "document_no": "样撤1",
    }
    made = bureau.post("/v1/cascades", bureau.officers[0], asked, 201)["cascade_id"]
    for statement in (
        f"UPDATE repair SET state = 'granted', effective_on = '2026-01-01' WHERE repair_id = {number}",
        f"UPDATE repair SET state = 'accepted' WHERE repair_id = {closed}",
        f"UPDATE repair SET record_keys = '[1]' WHERE repair_id = {number}",
        f"UPDATE objection SET grounds = 'x' WHERE objection_id = {objected['objection_id']}",
        f"UPDATE objection SET state = 'kept' WHERE objection_id = {objected['objection_id']}",
        f"UPDATE cascade SET digest = 'x' WHERE cascade_id = {made}",
        f"UPDATE cascade SET state = 'carried_out', closed_by = prepared_by, closed_at = now() WHERE cascade_id = {made}",
        "DELETE FROM objection",
        "UPDATE record_effect SET sets = '{}'",
    ):
        with connect(bureau.url) as connection, pytest.raises(Exception, match=r"(?i)only|does not go|stay|ends once|violates"):
            connection.execute(statement)


def test_a_failed_result_ends_by_itself_when_the_last_penalty_it_led_to_ends(bureau: Bureau) -> None:
    over = {"public_until": str(TODAY - timedelta(days=1))}
    result = sampling(OTHER_TWIN, "E-result", document_no="样罚〔2026〕E1号", occurred_on="2026-02-01", concluded_on="2026-02-10")
    bureau.deliver(penalty(OTHER_TWIN, "E1", **over), penalty(OTHER_TWIN, "E2", document_no="样罚〔2026〕E1号"), result)
    before = bureau.score(OTHER_TWIN)
    engine = make_engine(bureau.url, size=1)
    expire_today(engine)
    assert bureau.record(OTHER_TWIN, "E-result")["public_until"] is None, "another penalty of the matter is still published"
    bureau.deliver(penalty(OTHER_TWIN, "E2", document_no="样罚〔2026〕E1号", **over))
    expire_today(engine)
    engine.dispose()
    assert bureau.record(OTHER_TWIN, "E-result")["public_until"] == over["public_until"]
    after = bureau.score(OTHER_TWIN)
    assert float(after[0]) > float(before[0])
    shown = bureau.get(f"{OTHER_TWIN.path}/records", bureau.keys[Role.PROCUREMENT])["records"]
    assert "E-result" not in {one["source_ref"] for one in shown}
    bureau.deliver(result | {"title": "sent again"})
    assert bureau.record(OTHER_TWIN, "E-result")["public_until"] == over["public_until"]


def test_a_warning_that_is_not_published_keeps_no_result_of_the_same_matter_from_ending_with_its_fine(bureau: Bureau) -> None:
    about = {"document_no": "样罚〔2026〕W1号"}
    result = sampling(RENAMED, "W-result", occurred_on="2026-02-01", concluded_on="2026-02-10", **about)
    warning = penalty(RENAMED, "W-warning", outcome="warning", severity="minor", quantities={}, **about)
    bureau.deliver(penalty(RENAMED, "W-fine", **about), warning, result)
    assert _ended_today(bureau) == ()
    assert bureau.record(RENAMED, "W-result")["public_until"] is None
    over = str(TODAY - timedelta(days=1))
    bureau.deliver(penalty(RENAMED, "W-fine", public_until=over, **about))
    assert _ended_today(bureau) == ()
    assert bureau.record(RENAMED, "W-result")["public_until"] == over


def test_a_source_that_may_no_longer_send_a_kind_stops_nobody_elses_results_from_ending(bureau: Bureau) -> None:
    engine = make_engine(bureau.url, size=1)

    def entitle(source: str, *kinds: str) -> None:
        with write_session(engine) as session:
            entitle_source(session, source, kinds=list(kinds))
            session.commit()

    with write_session(engine) as session:
        session.add(Source(code="town-bureau", title_zh="样品二局", title_en="Second sample bureau", kinds=[]))
        session.commit()
    entitle("town-bureau", "penalty", "sampling")
    asked = {"role": "source", "holder": "second", "source": "town-bureau"}
    second = bureau.post("/v1/keys", bureau.keys[Role.ADMIN], asked, 201)["key"]
    over = str(TODAY - timedelta(days=1))
    for one, key in ((TWIN, bureau.keys[Role.SOURCE]), (BRANCH, second)):
        about = {"document_no": f"样罚〔2026〕X{one.code}号"}
        result = sampling(one, f"X-{one.code}", occurred_on="2026-02-01", concluded_on="2026-02-10", **about)
        bureau.post("/v1/deliveries/batch", key, {"records": [penalty(one, f"XP-{one.code}", public_until=over, **about), result]}, 201)
    entitle(SOURCE, "penalty", "award", "enterprise")
    (refused,) = _ended_today(bureau)
    assert refused.startswith(SOURCE)
    assert bureau.record(TWIN, f"X-{TWIN.code}")["public_until"] is None
    assert bureau.record(BRANCH, f"X-{BRANCH.code}")["public_until"] == over
    entitle(SOURCE, "penalty", "sampling", "award", "enterprise")
    engine.dispose()
    assert _ended_today(bureau) == ()
    assert bureau.record(TWIN, f"X-{TWIN.code}")["public_until"] == over


def _ended_today(bureau: Bureau) -> tuple[str, ...]:
    """End what is due; gives what was refused."""
    engine = make_engine(bureau.url, size=1)
    done = expire_today(engine)
    engine.dispose()
    return done.refused
