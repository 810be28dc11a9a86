"""From a delivered record to a listing in the feed, through the API alone: run, publication, two officers, answers."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import httpx
import pytest

from data.codes.working_days import working_days
from models.access import Role
from service.clock import legal_day
from tests.service.conftest import Served
from tests.service.serving import bearing, make_keys, serving
from tests.service.town import CLEAN, RENAMED, SOURCE, found_town


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Iterator[Served]:
    url = clone()
    found_town(url)
    with serving(url) as client:
        yield Served(client=client, keys=make_keys(url, source=SOURCE, enterprise=CLEAN.code), url=url)


def finished(city: Served, address: str) -> dict[str, object]:
    for _ in range(600):
        run = city.get(address, Role.REGULATOR).json()
        if run["state"] not in {"queued", "running"}:
            return dict(run)
        time.sleep(0.1)
    raise AssertionError("the run does not end")


def officer(city: Served, name: str) -> dict[str, str]:
    asked = {"role": "regulator", "holder": name}
    return bearing(city.client.post("/v1/keys", headers=city.bearing(Role.ADMIN), json=asked).json()["key"])


def pressed(city: Served, key: dict[str, str], page: str, forms: dict[str, dict[str, str]]) -> None:
    """Send forms of an officer's page, as a browser does that signed in."""
    with httpx.Client(base_url=city.client.base_url, timeout=60) as browser:
        assert browser.post("/sign-in", data={"key": key["Authorization"].removeprefix("Bearer ")}).status_code == 303
        assert browser.get(page, headers={"Accept": "text/html"}).status_code == 200
        for act, form in forms.items():
            sent = browser.post(f"{page}/{act}", data=form)
            assert (sent.status_code, sent.headers["location"]) == (303, f"{page}?done=1"), sent.text


def test_a_delivered_record_ends_as_a_listing_that_everybody_sees(city: Served) -> None:
    today = min(legal_day(), working_days().last - timedelta(days=60))  # every clock ends within the known holidays
    record = {
        "kind": "penalty",
        "outcome": "suspension",
        "source_ref": "grave",
        "enterprise": [{"scheme": "cn-uscc", "value": RENAMED.code}],
        "occurred_on": str(today - timedelta(days=90)),
        "concluded_on": str(today - timedelta(days=60)),
        "decided_on": str(today - timedelta(days=60)),
        "document_no": "样罚〔2026〕99号",
        "detail": {"field": "food"},
    }
    delivered = city.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [record]}).json()
    assert delivered["counts"]["accepted"] == 1, delivered

    asked = {"as_of": str(today - timedelta(days=40))}
    starter = officer(city, "officer who runs") | {"Idempotency-Key": "night"}
    first, again = (city.client.post("/v1/runs", headers=starter, json=asked) for _ in range(2))
    assert first.status_code == 202, first.text
    assert first.headers["location"] == again.headers["location"]
    run = finished(city, first.headers["location"])
    assert run["state"] == "finished", run
    assert run["digest"]
    assert run["questions"] == 10
    assert city.get(RENAMED.path, Role.REGULATOR).json()["listings"] == []

    published = city.client.post(f"/v1/runs/{run['run_id']}/publication", headers=starter | {"Idempotency-Key": "p"})
    assert published.status_code == 201, published.text
    told_first(city)
    standing = city.get(RENAMED.path, Role.REGULATOR).json()["standing"]
    assert standing["lists"]["quality_black"] == "enter"

    (proposal,) = [
        one
        for one in city.get("/v1/proposals", Role.AUDITOR, list="quality_black").json()["proposals"]
        if one["enterprise"]["value"] == RENAMED.code
    ]
    assert city.get(f"/v1/proposals/{proposal['proposal_id']}", Role.AUDITOR).json() == proposal
    address = f"/v1/proposals/{proposal['proposal_id']}/decisions"
    accept = {"verdict": "accept", "reason": "经核实", "authority": "样品局", "document_no": "样决〔2026〕1号", "basis": "样品办法第十二条"}
    accept["decided_on"] = str(today)
    own = city.client.post(address, headers=starter | {"Idempotency-Key": "own"}, json=accept)
    assert own.status_code == 409
    bare = city.client.post(address, headers=officer(city, "officer A"), json={"verdict": "accept", "reason": "x"})
    assert bare.status_code == 422
    hasty = city.client.post(address, headers=officer(city, "officer A"), json=accept)
    assert (hasty.status_code, hasty.json()["code"]) == (409, "matter.out_of_order")
    follow(city, proposal["proposal_id"], today=today)

    said = {name: accept[name] for name in ("verdict", "reason", "authority", "document_no", "basis")}
    pressed(city, officer(city, "officer A"), f"/matters/proposals/{proposal['proposal_id']}", {"decision": said | {"once": "A decides"}})
    assert city.get(f"/v1/proposals/{proposal['proposal_id']}", Role.AUDITOR).json()["state"] == "first_approval"
    same = city.client.post(address, headers=officer(city, "officer A"), json=accept)
    assert same.status_code == 409
    two = city.client.post(address, headers=officer(city, "officer B"), json=accept)
    assert two.json()["state"] == "accepted", two.text

    right = two.json()["right_to_repair"]
    assert (right["clause"]["act"], right["earliest_on"]) == ("samr-order-44", str(today.replace(year=today.year + 1)))
    (listing,) = city.get(RENAMED.path).json()["listings"]
    by_itself(city, proposal["proposal_id"], listing["listing_id"], right)
    assert (listing["list"], listing["decision_no"], listing["origin"]) == ("quality_black", "样决〔2026〕1号", "decision")
    (line,) = city.get("/v1/changes", Role.PLATFORM, after=two.json()["change_seq"] - 1).json()["changes"]
    assert (line["cause"], line["body"]["enterprise"]["value"]) == ("entered", RENAMED.code)
    check = {"purpose": "procurement", "suppliers": [{"name": RENAMED.name}]}
    (supplier,) = city.post("/v1/checks", Role.PROCUREMENT, json=check).json()["suppliers"]
    assert [fact["decision_no"] for fact in supplier["facts"]] == ["样决〔2026〕1号"]


def by_itself(city: Served, proposal_id: int, listing_id: int, right: dict[str, object]) -> None:
    """What the enterprise sees: the right served with the decision, the notice it was given, who received the entry."""
    asked = {"role": "enterprise", "holder": "of the renamed", "enterprise": {"scheme": "cn-uscc", "value": RENAMED.code}}
    key = bearing(city.client.post("/v1/keys", headers=city.bearing(Role.ADMIN), json=asked).json()["key"])
    own = f"/v1/own/cn-uscc/{RENAMED.code}"
    kept = {"listing_id": listing_id, "is_kept": True, "right": right}
    assert city.client.get(f"{own}/file", headers=key).json()["rights"] == [kept]
    told = city.client.get(f"{own}/matters", headers=key).json()
    (matter,) = (one for one in told["matters"] if one["proposal_id"] == proposal_id)
    assert [step["step"] for step in matter["steps"]] == ["notice", "decision"], "what authorities ask one another is theirs"
    assert matter["steps"][0]["content"]["rights"] == "五个工作日内陈述、申辩"
    assert [one["grade"] for one in told["grade_notices"]] == ["C"]
    late = city.client.post(f"{own}/proposals/{proposal_id}/statement", headers=key, json={"reasons": "已整改"})
    assert (late.status_code, late.json()["code"]) == (409, "matter.days_over")

    def received() -> dict[str, object]:
        (entry,) = (one for one in city.client.get(f"{own}/receivers", headers=key).json()["entries"] if one["listing_id"] == listing_id)
        return {one["holder"]: one["received_at"] for one in entry["received"]}

    (holder,) = received()
    assert received() == {holder: None}
    head = city.get("/v1/changes", Role.PLATFORM).json()["head"]
    checkpoint = city.get("/v1/checkpoint").json()["checkpoint"]
    for _ in range(100):
        if checkpoint["seq"] == head["seq"]:
            break
        time.sleep(0.1)
        checkpoint = city.get("/v1/checkpoint").json()["checkpoint"]
    said = {"epoch": head["epoch"], "seq": head["seq"], "root": checkpoint["lists_root"]}
    assert city.post("/v1/consumers/acknowledgements", Role.PLATFORM, json=said).json()["verdict"] == "equal"
    assert received()[holder] is not None


def told_first(city: Served) -> None:
    """An enterprise is told of a bad grade before others see it, by the API and on the page."""
    others = city.get(RENAMED.path, Role.PROCUREMENT).json()
    assert (others["standing"], others["withheld"]["clause"]["article"]) == (None, "第39条")
    assert city.client.post("/sign-in", data={"key": city.keys[Role.PROCUREMENT]}).status_code == 303
    page = city.client.get(f"/enterprises/cn-uscc/{RENAMED.code}", headers={"Accept": "text/html"}).text
    assert "评价结果" in page
    assert 'class="badge"' not in page
    city.client.cookies.clear()
    asked = {"purpose": "procurement", "suppliers": [{"name": RENAMED.name}]}
    (supplier,) = city.post("/v1/checks", Role.PROCUREMENT, json=asked).json()["suppliers"]
    assert (supplier["advisory"], supplier["withheld"]["clause"]["article"]) == (None, "第39条")
    early = city.get(RENAMED.path + "/contributions", Role.PROCUREMENT)
    assert (early.status_code, early.json()["code"]) == (409, "grade.notice_pending")


def follow(city: Served, proposal_id: int, *, today: date) -> None:
    """Take the steps before the decision: notice, served, its days over; the higher authority's consent."""
    address = f"/v1/proposals/{proposal_id}"
    served = {"method": "direct", "served_on": str(today - timedelta(days=30)), "proof": "回证 31"}
    stated = {"reasons": "责令停产停业", "evidence": "样罚〔2026〕99号", "basis": "第五条", "rights": "五个工作日内陈述、申辩"}
    notice = {"step": "notice", "done_on": str(today - timedelta(days=31)), "service": served} | stated
    told = city.client.post(f"{address}/steps", headers=officer(city, "officer A"), json=notice)
    assert (told.status_code, told.json()["state"]) == (201, "noticed"), told.text
    consent = {"step": "consent", "done_on": str(today - timedelta(days=5)), "authority": "样品省局", "document_no": "样省〔2026〕3号"}
    pressed(city, officer(city, "officer of the province"), f"/matters/proposals/{proposal_id}", {"steps": consent})
    matter = city.get(f"{address}/matter", Role.AUDITOR).json()
    assert [step["step"] for step in matter["steps"]] == ["notice", "consent"]
    assert [stage["step"] for stage in matter["to_come"] if not stage["optional"]] == ["decision"]
    owed = city.get("/v1/worklist", Role.REGULATOR).json()["lines"]
    assert (proposal_id, "decision") in {(line["subject_id"], line["step"]) for line in owed}


def test_a_run_that_cannot_be_started_says_why_at_once(city: Served) -> None:
    for asked, status, code in (
        ({"as_of": "2026-01-01", "policy": "none/1"}, 404, "policy.not_found"),
        ({"as_of": "1950-01-01"}, 404, "policy.none_in_force"),
        ({"as_of": "2026-02-30"}, 422, "request.malformed"),
        ({"as_of": "2026-01-01", "regions": ["'; --"]}, 422, "request.malformed"),
        ({"as_of": "2026-01-01", "enterprises": [{"scheme": "cn-uscc", "value": "91350100M000100Y43"}]}, 404, "enterprise.not_found"),
    ):
        answer = city.post("/v1/runs", Role.REGULATOR, json=asked)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
