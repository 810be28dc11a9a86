"""Deliveries through the API: files and batches, each once, with a report that its sender alone sees."""

import csv
import io
from collections.abc import Callable, Iterator

import pytest

from models.access import Role
from service.list_answers import as_csv
from tests.service.conftest import Served
from tests.service.serving import bearing, make_keys, serving
from tests.service.town import CLEAN, RENAMED, SOURCE, TWIN, found_town


@pytest.fixture(scope="module")
def office(clone: Callable[[], str]) -> Iterator[Served]:
    """A town of its own, since deliveries change it."""
    url = clone()
    found_town(url)
    keys = make_keys(url, source=SOURCE, enterprise=CLEAN.code)
    with serving(url) as client:
        yield Served(client=client, keys=keys, url=url)


def record(ref: str, **changed: object) -> dict[str, object]:
    values: dict[str, object] = {
        "kind": "penalty",
        "outcome": "fine",
        "severity": "minor",
        "source_ref": ref,
        "enterprise": [{"scheme": "cn-uscc", "value": RENAMED.code}],
        "occurred_on": "2026-02-01",
        "concluded_on": "2026-03-01",
        "quantities": {"fine_cny": "5000"},
    }
    return values | changed


def test_a_batch_goes_in_and_the_same_again_changes_nothing(office: Served) -> None:
    batch = {"records": [record("b1"), record("b2")]}
    first = office.post("/v1/deliveries/batch", Role.SOURCE, json=batch)
    assert first.status_code == 201, first.text
    assert first.json()["counts"]["accepted"] == 2
    again = office.post("/v1/deliveries/batch", Role.SOURCE, json=batch)
    assert again.json()["delivery_id"] == first.json()["delivery_id"]
    refs = {line["source_ref"] for line in office.get(RENAMED.path + "/records", Role.AUDITOR).json()["records"]}
    assert {"b1", "b2"} <= refs


def test_a_faulty_record_is_told_and_holds_back_no_other(office: Served) -> None:
    batch = {"records": [record("c1"), record("c2", occurred_on="2026-13-45"), record("c3", quantities={"fine_cny": "-1"})]}
    made = office.post("/v1/deliveries/batch", Role.SOURCE, json=batch).json()
    assert (made["counts"]["accepted"], made["counts"]["rejected"]) == (1, 2)
    rows = office.get(f"/v1/deliveries/{made['delivery_id']}/rows", Role.SOURCE, outcome="rejected").json()["rows"]
    assert [row["row_no"] for row in rows] == sorted(row["row_no"] for row in rows)
    assert all(row["problems"][0]["code"] and row["problems"][0]["message"] for row in rows)
    answer = office.get(f"/v1/deliveries/{made['delivery_id']}/rejects.csv", Role.SOURCE)
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(table) == 2
    assert all(line["qcredit problems"] for line in table)


def test_a_file_is_delivered_once_however_often_it_is_sent(office: Served) -> None:
    lines = f"source_ref,kind,outcome,cn_uscc,occurred_on,concluded_on\nf1,penalty,warning,{CLEAN.code},2026-05-01,2026-05-02\n".encode()

    def send(key: str) -> dict[str, object]:
        answer = office.client.post(
            "/v1/deliveries",
            headers=office.bearing(Role.SOURCE) | {"Idempotency-Key": key},
            files={"file": ("p.csv", lines, "text/csv")},
            data={"profile": "native"},
        )
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"/v1/deliveries/{answer.json()['delivery_id']}"
        return dict(answer.json())

    first, again = send("k1"), send("k1")
    assert first["counts"] == again["counts"]
    assert first["delivery_id"] == again["delivery_id"]


def test_a_delivering_key_delivers_for_its_own_source_alone_and_an_officer_names_one(office: Served) -> None:
    other = office.post("/v1/deliveries/batch", Role.SOURCE, json={"source": "another", "records": [record("x")]})
    nobody = office.post("/v1/deliveries/batch", Role.REGULATOR, json={"records": [record("x")]})
    assert other.json()["code"] == nobody.json()["code"] == "delivery.source"
    not_entitled = office.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [record("a1", kind="award", outcome="charity")]})
    assert not_entitled.json()["counts"]["accepted"] == 0


def test_another_source_sees_neither_the_delivery_nor_that_there_is_one(office: Served) -> None:
    made = office.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [record("d1")]}).json()
    admin = office.bearing(Role.ADMIN)
    source = {"code": "other", "title_zh": "他", "title_en": "Other", "kinds": ["penalty"]}
    assert office.client.post("/v1/sources", headers=admin, json=source).status_code == 201
    assert office.client.post("/v1/sources", headers=admin, json=source).json()["code"] == "source.exists"
    key = office.client.post("/v1/keys", headers=admin, json={"role": "source", "holder": "other office", "source": "other"}).json()["key"]
    for path in ("", "/rows", "/rejects.csv"):
        answer = office.client.get(f"/v1/deliveries/{made['delivery_id']}{path}", headers=bearing(key))
        absent = office.client.get(f"/v1/deliveries/999999{path}", headers=bearing(key))
        assert answer.status_code == absent.status_code == 404
        assert answer.json()["code"] == absent.json()["code"]
    assert office.client.get("/v1/deliveries", headers=bearing(key)).json()["deliveries"] == []
    assert office.get("/v1/deliveries", Role.SOURCE).json()["deliveries"]


def test_an_unknown_profile_is_told(office: Served) -> None:
    answer = office.post("/v1/deliveries/batch", Role.SOURCE, json={"profile": "../../etc/passwd", "records": [record("x")]})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_export_of_rejects_executes_nothing() -> None:
    text = b"".join(as_csv(["a", "=b"], [["=1+1", "x"]])).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [["a", "'=b"], ["'=1+1", "x"]]


def test_policies_are_published_and_drafts_are_linted(office: Served) -> None:
    names = [line["name"] for line in office.get("/v1/policies").json()["policies"]]
    assert names == ["yinchuan/2019", "yinchuan/2026"]
    shown = office.get("/v1/policies/yinchuan/2026")
    assert shown.json()["text"].lstrip("# \n")
    assert office.client.get("/v1/policies/yinchuan/2026", headers={"If-None-Match": shown.headers["etag"]}).status_code == 304
    assert office.get("/v1/policies/yinchuan/1999").json()["code"] == "policy.not_found"
    headers = {"Content-Type": "application/yaml"}
    sound = office.post("/v1/policies/lint", Role.REGULATOR, content=shown.json()["text"].encode(), headers=headers).json()
    assert (sound["name"], sound["faults"], sound["policy_hash"]) == ("yinchuan/2026", [], shown.json()["policy_hash"])
    broken = office.post("/v1/policies/lint", Role.REGULATOR, content=b"language: 1\nfamily: '<b>'\nnonsense: [", headers=headers).json()
    assert broken["faults"]
    assert broken["name"] is None
    assert office.post("/v1/policies/lint", Role.REGULATOR, content=b"\xff\xfe\x00", headers=headers).json()["code"] == "policy.not_text"


def test_what_does_not_exist_is_not_found(office: Served) -> None:
    answers = {
        "proposal.not_found": office.get("/v1/proposals/4", Role.REGULATOR),
        "run.not_found": office.get("/v1/runs/4", Role.REGULATOR),
        "source.unknown": office.client.put("/v1/sources/none/kinds", headers=office.bearing(Role.ADMIN), json=["penalty"]),
    }
    for code, answer in answers.items():
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert office.get("/v1/proposals", Role.REGULATOR).json() == {"proposals": [], "next": None}
    assert office.get("/v1/runs", Role.REGULATOR).json() == {"runs": [], "next": None}


def test_a_record_whose_enterprise_is_uncertain_waits_and_is_settled_by_an_officer(office: Served) -> None:
    unknown = record("q1", enterprise=[], enterprise_name=TWIN.name)
    made = office.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [unknown]}).json()
    assert made["counts"]["queued"] == 1, made
    (item,) = [one for one in office.get("/v1/queue", Role.REGULATOR).json()["items"] if one["delivery_id"] == made["delivery_id"]]
    assert item["reason"]
    assert office.get("/v1/queue", Role.SOURCE).status_code == 403
    address = f"/v1/queue/{item['queue_id']}/settlement"
    whose = {"state": "attached", "why": "经核实", "enterprise": {"scheme": "cn-uscc", "value": TWIN.code}}
    assert office.post(address, Role.REGULATOR, json={"state": "attached", "why": " "}).status_code == 422
    first, again = (office.post(address, Role.REGULATOR, json=whose, headers={"Idempotency-Key": "s"}) for _ in range(2))
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    assert office.post(address, Role.REGULATOR, json=whose).json()["code"] == "queue.settled"
    assert "q1" in {one["source_ref"] for one in office.get(TWIN.path + "/records", Role.AUDITOR).json()["records"]}


def test_a_delivery_is_undone_and_its_records_are_shown_no_more(office: Served) -> None:
    made = office.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [record("u1")]}).json()
    undone = office.post(f"/v1/deliveries/{made['delivery_id']}/undoing", Role.SOURCE, json={"why": "误报"})
    assert undone.json()["withdrawn"] == 1, undone.text
    assert office.get(f"/v1/deliveries/{made['delivery_id']}", Role.SOURCE).json()["state"] == "undone"
    assert "u1" not in {one["source_ref"] for one in office.get(RENAMED.path + "/records", Role.PROCUREMENT).json()["records"]}
