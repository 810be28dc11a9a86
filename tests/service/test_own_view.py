"""An enterprise's own view: what it sees of itself, what it does about itself, and that nobody reads another's file."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from data.database import connect, make_engine, write_session
from models.access import Role
from models.identifiers import Identifier
from service.access import ACCESS
from service.clock import legal_day
from service.operations.manage_keys import create_key
from tests.service.serving import OPERATOR, bearing, make_keys, serving
from tests.service.town import BLACK, CLEAN, PERSON, RED, RENAMED, SOURCE, Someone, found_town

TODAY = legal_day()


@dataclass(frozen=True)
class Office:
    """A town that this file changes, with a key of each role and own keys of some of its enterprises."""

    client: httpx.Client
    keys: dict[Role, str]
    own: dict[str, str]
    url: str

    def get(self, path: str, key: str | None, **params: Any) -> httpx.Response:
        return self.client.get(path, params=params or None, headers=bearing(key) if key else {})

    def send(self, path: str, key: str, body: Any = None, *, method: str = "POST", **headers: str) -> httpx.Response:
        return self.client.request(method, path, json=body, headers=bearing(key) | headers)

    def as_role(self, path: str, role: Role, **params: Any) -> Any:
        return self.get(path, self.keys.get(role), **params).json()


@pytest.fixture(scope="module")
def office(clone: Callable[[], str]) -> Iterator[Office]:
    url = clone()
    found_town(url)
    keys = make_keys(url, source=SOURCE, enterprise=BLACK.code)
    engine = make_engine(url, size=1)
    own = {}
    with write_session(engine) as session:
        for one in (CLEAN, RENAMED, RED, PERSON):
            identifier = Identifier(scheme="cn-uscc", value=one.code)
            made = create_key(session, role=Role.ENTERPRISE, holder=f"officer of {one.code}", enterprise=identifier, actor=OPERATOR)
            own[one.code] = made.text
        session.commit()
    engine.dispose()
    with serving(url) as client:
        yield Office(client=client, keys=keys, own=own, url=url)


def path(one: Someone, what: str) -> str:
    return f"/v1/own/cn-uscc/{one.code}/{what}"


def mandate(agent: Someone, *scopes: str, days: int = 30, since: int = 0) -> dict[str, Any]:
    return {
        "agent": {"scheme": "cn-uscc", "value": agent.code},
        "scopes": scopes,
        "valid_from": (TODAY + timedelta(days=since)).isoformat(),
        "valid_until": (TODAY + timedelta(days=days)).isoformat(),
    }


OWN_ROUTES = sorted(name for name in ACCESS if "/own/{scheme}/{value}" in name and name.split(" ")[1].startswith("/v1"))


@pytest.mark.parametrize("name", OWN_ROUTES)
def test_of_another_enterprises_file_every_route_says_that_it_is_not_here(office: Office, name: str) -> None:
    method, address = name.split(" ")
    bodies: dict[str, Any] = {
        "mandates": mandate(RENAMED, "see"),
        "honours": {"are_shown": False},
        "replies": {"source": SOURCE, "source_ref": "plain", "text": "x"},
        "promises": {"type": "trade", "content": "x"},
        "repairs": {"source": SOURCE, "source_ref": "plain", "confirmed": ["corrected"]},
        "statement": {"reasons": "x"},
        "objections": {"source": SOURCE, "source_ref": "plain", "grounds": "x"},
    }
    for scheme, value in (("cn-uscc", CLEAN.code), ("cn-uscc", "91350100M000100Y43")):
        numbers = dict.fromkeys(("mandate_id", "reply_id", "repair_id", "objection_id", "promise_id", "proposal_id", "listing_id"), 1)
        filled = address.format(scheme=scheme, value=value, sha256="0" * 64, **numbers)
        body = bodies.get(address.rpartition("/")[2]) if method != "GET" else None
        if address.endswith("/papers"):
            files = {"file": ("a.pdf", b"%PDF-1.7")}
            answer = office.client.post(filled, files=files, headers=bearing(office.own[RENAMED.code]))
        else:
            answer = office.send(filled, office.own[RENAMED.code], body, method=method)
        assert (answer.status_code, answer.json()["code"]) == (404, "enterprise.not_found"), (filled, answer.text)


def test_a_key_without_an_enterprise_has_no_own_view_and_an_own_key_sees_of_others_what_everybody_sees(office: Office) -> None:
    for role in set(Role) - {Role.ENTERPRISE, Role.PUBLIC}:
        assert office.get(path(CLEAN, "file"), office.keys[role]).status_code == 403
    assert office.get(path(CLEAN, "file"), None).status_code == 401
    key = office.own[RENAMED.code]
    assert office.get(CLEAN.path, key).json()["standing"] is None
    assert office.get(PERSON.path, key).status_code == 404
    assert PERSON.code not in office.get("/v1/enterprises", key, q="样品小吃店").text
    for what in ("contributions", "history", "records"):
        assert office.get(f"{CLEAN.path}/{what}", key).status_code == 403
    assert office.get(path(PERSON, "file"), office.own[PERSON.code]).json()["enterprise"]["is_natural_person"] is True


def test_the_file_has_what_others_no_longer_see_with_the_days_of_its_publication(office: Office) -> None:
    found = office.get(path(CLEAN, "file"), office.own[CLEAN.code]).json()
    refs = {record["source_ref"]: record for record in found["records"]["records"]}
    assert {"plain", "repaired", "over", "withdrawn"} <= refs.keys()
    (credit, system) = refs["plain"]["publications"]
    assert (credit["channel"], credit["starts_on"]) == ("credit_site", "2026-03-01")
    assert (credit["earliest_end_on"], credit["latest_end_on"]) == ("2026-06-01", "2029-03-01")
    assert (system["channel"], system["starts_on"]) == ("publicity_system", None)
    shown = office.as_role(f"{CLEAN.path}/records", Role.PROCUREMENT)["records"]
    assert {record["source_ref"] for record in shown} == {"plain"}
    lines = found["contributions"]["lines"]
    total = sum(float(line["points"]) for line in lines) + float(found["contributions"]["start"])
    assert total == float(found["contributions"]["total"])
    assert not any(line["is_withheld"] for line in lines)


def test_an_entry_that_has_ended_is_in_its_own_file_alone(office: Office) -> None:
    entries = office.get(path(RED, "file"), office.own[RED.code]).json()["listings"]
    assert [(entry["list"], entry["state"]) for entry in entries] == [("quality_red", "in_force")]


def test_the_outlook_says_what_a_repair_gives_as_the_plan_says_it_once_it_is_repaired(office: Office) -> None:
    key = office.own[CLEAN.code]
    told = office.get(path(CLEAN, "outlook"), key).json()
    days = [change["on"] for change in told["coming"]]
    assert days == sorted(days)
    assert all(day > TODAY.isoformat() for day in days)
    (effect,) = [one for one in told["repairs"] if one["records"][0]["source_ref"] == "plain"]
    assert (effect["is_repairable"], effect["earliest_on"]) == (True, "2026-06-01")
    assert float(effect["gain"]) > 0
    assert float(effect["score"]) == pytest.approx(float(told["score"]) + float(effect["gain"]))
    for change in told["coming"]:
        asked = office.as_role(f"{CLEAN.path}/contributions", Role.AUDITOR, as_of=change["on"])["standing"]
        assert (asked["score"], asked["grade"]) == (change["score"], change["grade"])
    with connect(office.url) as connection:
        rows = connection.execute("SELECT count(*) FROM record WHERE source_ref = 'plain'").fetchone()
        assert rows == (1,), "what was supposed was undone"
    record = {
        "kind": "penalty",
        "outcome": "fine",
        "severity": "minor",
        "source_ref": "plain",
        "code": "quality_violation",
        "title": "样品处罚",
        "enterprise": [{"scheme": "cn-uscc", "value": CLEAN.code}],
        "occurred_on": "2026-02-01",
        "decided_on": "2026-03-01",
        "concluded_on": "2026-03-01",
        "quantities": {"fine_cny": "5000.05"},
        "detail": {"violation": "样品不合格"},
        "repaired_on": TODAY.isoformat(),
    }
    sent = office.send("/v1/deliveries/batch", office.keys[Role.SOURCE], {"records": [record]})
    assert sent.json()["counts"]["revised"] == 1, sent.text
    after = office.get(path(CLEAN, "file"), key).json()["contributions"]["standing"]
    assert (after["score"], after["grade"]) == (effect["score"], effect["grade"])


def test_who_looked_it_up_with_a_key_is_told_with_purpose_and_once_a_day(office: Office) -> None:
    buyer = office.keys[Role.PROCUREMENT]
    for _ in range(3):
        office.get(RED.path, buyer, purpose="procurement")
    office.get(f"{RED.path}/contributions", buyer)
    office.get(RED.path, None)
    office.get(RED.path, office.own[RED.code])
    check = {"purpose": "procurement", "matter": "YC-2026-1", "suppliers": [{"code": RED.code}, {"code": CLEAN.code}]}
    assert office.send("/v1/checks", buyer, check).status_code == 201
    found: list[dict[str, Any]] = []
    for _ in range(50):
        found = office.get(path(RED, "enquiries"), office.own[RED.code]).json()["enquiries"]
        if len(found) == 3:
            break
        time.sleep(0.1)
    told = {(one["way"], one["holder"], one["purpose"], one["times"]) for one in found}
    holder = "holder of procurement"
    assert told == {("look_up", holder, "procurement", 3), ("contributions", holder, None, 1), ("check", holder, "procurement", 1)}
    assert "YC-2026-1" not in str(found), "which tender it was is the buyer's"
    with connect(office.url) as connection, pytest.raises(Exception, match="kept for five years"):
        connection.execute("DELETE FROM enquiry")


def test_a_mandate_opens_what_it_names_for_its_days_and_not_after_it_is_revoked(office: Office) -> None:
    agent, principal = office.own[RENAMED.code], office.own[RED.code]
    made = office.send(path(RED, "mandates"), principal, mandate(RENAMED, "see"))
    assert made.status_code == 201, made.text
    home = office.get("/v1/own", agent).json()
    assert [one["enterprise"]["value"] for one in home["acts_for"]] == [RED.code]
    assert office.get(path(RED, "file"), agent).json()["acts_as"] == "agent"
    reply = {"listing_id": office.get(path(RED, "file"), agent).json()["listings"][0]["listing_id"], "text": "谢谢"}
    for answer in (
        office.send(path(RED, "replies"), agent, reply),
        office.send(path(RED, "promises"), agent, {"type": "trade", "content": "x"}),
        office.send(path(RED, "mandates"), agent, mandate(CLEAN, "see")),
        office.send(path(RED, "honours"), agent, {"are_shown": False}, method="PUT"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "mandate.scope"), answer.text
    assert office.get(path(CLEAN, "file"), agent).status_code == 404
    number = made.json()["mandate_id"]
    assert office.send(path(CLEAN, f"mandates/{number}/revocation"), office.own[CLEAN.code]).status_code == 404
    assert office.send(path(RED, f"mandates/{number}/revocation"), principal).status_code == 200
    assert office.get(path(RED, "file"), agent).status_code == 404


def test_a_mandate_of_other_days_opens_nothing_and_one_for_nobody_is_refused(office: Office) -> None:
    agent, principal = office.own[RENAMED.code], office.own[RED.code]
    assert office.send(path(RED, "mandates"), principal, mandate(RENAMED, "see", "object", since=5)).status_code == 201
    assert office.get(path(RED, "file"), agent).status_code == 404
    refused = {
        "mandate.agent": [mandate(RED, "see"), mandate(Someone("91350100M000100Y43", "x"), "see")],
        "mandate.over": [mandate(RENAMED, "see", since=-9, days=0)],
        "request.malformed": [
            mandate(RENAMED, "rule"),
            mandate(RENAMED),
            mandate(RENAMED, "see", days=-3),
            mandate(RENAMED, "see", days=4000),
        ],
    }
    for code, bodies in refused.items():
        for body in bodies:
            assert office.send(path(RED, "mandates"), principal, body).json()["code"] == code, body


def test_an_officer_records_a_mandate_with_its_document_and_no_other_role_does(office: Office) -> None:
    body = mandate(RENAMED, "see", "repair") | {"enterprise": {"scheme": "cn-uscc", "value": BLACK.code}, "document_no": "样委〔2026〕1号"}
    for role in set(Role) - {Role.REGULATOR, Role.PUBLIC}:
        assert office.send("/v1/mandates", office.keys[role], body).status_code == 403
    without = {name: value for name, value in body.items() if name != "document_no"}
    assert office.send("/v1/mandates", office.keys[Role.REGULATOR], without).status_code == 422
    made = office.send("/v1/mandates", office.keys[Role.REGULATOR], body)
    assert (made.status_code, made.json()["granted_as"]) == (201, "officer")
    assert office.get(path(BLACK, "file"), office.own[RENAMED.code]).status_code == 200
    with connect(office.url) as connection, pytest.raises(Exception, match="may only be revoked"):
        connection.execute("UPDATE mandate SET valid_until = valid_until + 1000")


def test_a_reply_is_shown_beside_its_record_once_an_officer_let_it_through(office: Office) -> None:
    key, officer = office.own[CLEAN.code], office.keys[Role.REGULATOR]
    hostile = "已整改 <script>alert(1)</script>'; DROP TABLE reply; --"
    body = {"source": SOURCE, "source_ref": "over", "text": hostile}
    made = office.send(path(CLEAN, "replies"), key, body, **{"Idempotency-Key": "r1"})
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    again = office.send(path(CLEAN, "replies"), key, body, **{"Idempotency-Key": "r1"})
    assert again.json()["reply_id"] == made.json()["reply_id"], "a replay writes nothing"
    assert office.send(path(CLEAN, "replies"), key, body).json()["code"] == "reply.waiting"

    def reply_of(ref: str) -> str | None:
        page = office.get(path(CLEAN, "records"), key).json()["records"]
        found: str | None = next(one["reply"] for one in page if one["source_ref"] == ref)
        return found

    assert reply_of("over") is None
    number = made.json()["reply_id"]
    moderation = f"/v1/replies/{number}/moderation"
    assert office.send(moderation, key, {"verdict": "accept"}).status_code == 403
    assert office.send(moderation, officer, {"verdict": "refuse"}).status_code == 422
    assert office.send(moderation, officer, {"verdict": "accept"}).json()["state"] == "accepted"
    assert reply_of("over") == hostile
    assert office.send(moderation, officer, {"verdict": "refuse", "why": "x"}).json()["code"] == "reply.closed"
    newer = office.send(path(CLEAN, "replies"), key, body | {"text": "全部整改完毕"}).json()["reply_id"]
    assert office.send(f"/v1/replies/{newer}/moderation", officer, {"verdict": "accept"}).status_code == 200
    assert reply_of("over") == "全部整改完毕"
    states = {one["reply_id"]: one["state"] for one in office.get(path(CLEAN, "replies"), key).json()["replies"]}
    assert (states[number], states[newer]) == ("replaced", "accepted")
    assert office.send(path(CLEAN, f"replies/{newer}/withdrawal"), key).json()["state"] == "taken_back"
    assert reply_of("over") is None


def test_a_reply_to_an_entry_is_shown_with_it_to_everybody(office: Office) -> None:
    key = office.own[RED.code]
    entry = office.get(path(RED, "file"), key).json()["listings"][0]["listing_id"]
    made = office.send(path(RED, "replies"), key, {"listing_id": entry, "text": "感谢监督"}).json()
    assert office.as_role(RED.path, Role.PUBLIC)["listings"][0]["reply"] is None
    office.send(f"/v1/replies/{made['reply_id']}/moderation", office.keys[Role.REGULATOR], {"verdict": "accept"})
    assert office.as_role(RED.path, Role.PUBLIC)["listings"][0]["reply"] == "感谢监督"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"text": "x" * 1001}, 422, "request.malformed"),
        ({"text": "   "}, 422, "request.malformed"),
        ({"text": "请致电 13812345678"}, 422, "value.personal_data"),
        ({"text": "a\u202eb\u0007"}, 422, "reply.not_plain"),
        ({"source_ref": "of nobody"}, 404, "reply.target"),
        ({"listing_id": 1}, 422, "request.malformed"),
        ({"source": None}, 422, "request.malformed"),
        ({"source_ref": "other"}, 404, "reply.target"),
    ],
)
def test_a_reply_that_must_not_be_kept_is_refused_with_its_reason(office: Office, changed: dict[str, Any], status: int, code: str) -> None:
    body = {"source": SOURCE, "source_ref": "plain", "text": "x"} | changed
    answer = office.send(path(CLEAN, "replies"), office.own[CLEAN.code], body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_another_enterprises_entry_cannot_be_answered(office: Office) -> None:
    entry = office.get(path(RED, "file"), office.own[RED.code]).json()["listings"][0]["listing_id"]
    answer = office.send(path(CLEAN, "replies"), office.own[CLEAN.code], {"listing_id": entry, "text": "x"})
    assert (answer.status_code, answer.json()["code"]) == (404, "reply.target")


def test_honours_that_an_enterprise_declines_are_hidden_outside_at_once_and_come_back(office: Office) -> None:
    key = office.own[RED.code]
    award = {
        "kind": "award",
        "outcome": "charity",
        "level": "city",
        "source_ref": "a1",
        "occurred_on": "2026-05-01",
        "concluded_on": "2026-05-01",
        "enterprise": [{"scheme": "cn-uscc", "value": RED.code}],
    }
    with connect(office.url) as connection:
        connection.execute("UPDATE source SET kinds = '{penalty,award,enterprise}' WHERE code = %s", (SOURCE,))
    assert office.send("/v1/deliveries/batch", office.keys[Role.SOURCE], {"records": [award]}).json()["counts"]["accepted"] == 1

    def seen() -> tuple[int, int, int, bool, list[bool]]:
        public = office.as_role(RED.path, Role.PUBLIC)["listings"]
        records = office.as_role(f"{RED.path}/records", Role.PROCUREMENT)["records"]
        page = office.as_role("/v1/lists/quality_red", Role.PUBLIC)["entries"]
        lines = office.as_role(f"{RED.path}/contributions", Role.PROCUREMENT)["lines"]
        on_page = any(entry["enterprise"]["value"] == RED.code for entry in page)
        (count,) = (one["entries"] for one in office.as_role("/v1/lists", Role.PUBLIC)["lists"] if one["code"] == "quality_red")
        return len(public), len(records), count, on_page, [line["is_withheld"] for line in lines]

    before = seen()
    assert before[:4] == (1, 1, 1, True)
    declined = office.send(path(RED, "honours"), key, {"are_shown": False}, method="PUT")
    assert declined.json() == {"are_honours_shown": False, "has_changed": True}
    assert office.send(path(RED, "honours"), key, {"are_shown": False}, method="PUT").json()["has_changed"] is False
    hidden = seen()
    assert hidden[:4] == (0, 0, 0, False)
    assert all(hidden[4])
    export = office.get("/v1/lists/quality_red/snapshot.ndjson", office.keys[Role.PLATFORM]).text
    assert RED.code not in export, "what a consumer takes to show it"
    assert RED.code in office.get("/v1/changes.ndjson", office.keys[Role.PLATFORM]).text, "the feed is not changed by it"
    own = office.get(path(RED, "file"), key).json()
    assert own["are_honours_shown"] is False
    assert len(own["listings"]) == 1
    assert own["records"]["records"]
    scores = [office.as_role(RED.path, Role.PROCUREMENT, live="true")["standing"]["score"], own["contributions"]["standing"]["score"]]
    assert scores[0] == scores[1], "hiding an honour changes no score"
    assert office.send(path(RED, "honours"), key, {"are_shown": True}, method="PUT").json()["has_changed"] is True
    assert seen() == before


def test_a_promise_is_a_record_at_once_and_the_same_request_again_makes_no_second_one(office: Office) -> None:
    key = office.own[RENAMED.code]
    body = {"type": "publication", "content": "承诺批批检验，不合格不出厂。"}
    made = office.send(path(RENAMED, "promises"), key, body, **{"Idempotency-Key": "p1"})
    assert made.status_code == 201, made.text
    again = office.send(path(RENAMED, "promises"), key, body, **{"Idempotency-Key": "p1"})
    assert again.json() == made.json()
    other = office.send(path(RENAMED, "promises"), key, body | {"content": "另一承诺"}, **{"Idempotency-Key": "p1"})
    assert other.json()["code"] == "delivery.key_reused"
    records = office.as_role(f"{RENAMED.path}/records", Role.PROCUREMENT)["records"]
    found = [one for one in records if one["source"] == "own-view"]
    assert [(one["kind"], one["outcome"], one["detail"]["commitment"]) for one in found] == [("commitment", "made", "publication")]
    bad = office.send(path(RENAMED, "promises"), key, {"type": "trade", "content": "联系人 13812345678"})
    assert (bad.status_code, bad.json()["code"]) == (422, "value.personal_data")
