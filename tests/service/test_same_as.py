"""Two entries of the registry that are one enterprise, by every door: linked, asked about, undone, and refused where it would not hold."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from data.database import connect, make_engine, read_session
from data.stores import effects, participation
from data.stores.listing_records import records_behind
from models.access import Role
from models.identifiers import key_of
from service.clock import legal_day
from tests.service.conftest import Served
from tests.service.serving import bearing, make_keys, serving
from tests.service.town import BLACK, CLEAN, OTHER_TWIN, RED, SOURCE, TWIN, Someone, found_town, propose_entry

LINK: dict[str, Any] = {
    "kept": {"scheme": "cn-uscc", "value": TWIN.code},
    "duplicate": {"scheme": "cn-uscc", "value": CLEAN.code},
    "reason": "One licence under two numbers.",
}
"""CLEAN, which has records, is told to be a duplicate of TWIN, which has none."""


@pytest.fixture
def own_town(clone: Callable[[], str]) -> Iterator[Served]:
    url = clone()
    found_town(url)
    keys = make_keys(url, source=SOURCE, enterprise=CLEAN.code)
    with serving(url) as client:
        yield Served(client=client, keys=keys, url=url)


def pair(kept: Any, duplicate: Any) -> dict[str, Any]:
    return LINK | {"kept": {"scheme": "cn-uscc", "value": kept.code}, "duplicate": {"scheme": "cn-uscc", "value": duplicate.code}}


def test_a_duplicate_points_to_the_entry_that_is_kept_and_its_records_count_there(own_town: Served) -> None:
    day = {"as_of": "2026-06-01"}
    before = own_town.get(CLEAN.path + "/contributions", Role.AUDITOR, **day).json()
    told = own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    assert (told.status_code, told.json()["standings_changed"]) == (201, 1), told.text

    duplicate = own_town.get(CLEAN.path, Role.PROCUREMENT).json()
    assert (duplicate["answer"], duplicate["listings"], duplicate["standing"]) == ("same_as", [], None)
    assert [one["value"] for one in duplicate["enterprise"]["same_as"]] == [TWIN.code]
    refused = own_town.get(CLEAN.path + "/contributions", Role.AUDITOR)
    assert refused.status_code == 409
    assert refused.json()["code"] == "enterprise.same_as"
    assert TWIN.code in refused.json()["detail"]

    kept = own_town.get(TWIN.path + "/contributions", Role.AUDITOR, **day).json()
    assert (kept["lines"], kept["standing"]["score"]) == (before["lines"], before["standing"]["score"])
    records = own_town.get(TWIN.path + "/records", Role.AUDITOR).json()["records"]
    assert {one["source_ref"] for one in records} >= {"plain", "repaired"}
    stored = own_town.get(TWIN.path, Role.AUDITOR).json()["standing"]
    assert stored["records_known"] == 3
    assert own_town.get(CLEAN.path, Role.AUDITOR).json()["standing"] is None
    page = own_town.get(f"/enterprises/cn-uscc/{CLEAN.code}")
    assert page.status_code == 200
    assert "请查该登记" in page.text
    assert f'<a href="/enterprises/cn-uscc/{TWIN.code}">' in page.text
    assert 'id="listings"' not in page.text


def test_what_was_known_before_the_link_is_answered_as_it_was_then(own_town: Served) -> None:
    now = own_town.get(CLEAN.path, Role.AUDITOR, live="true").json()["known_at"]
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    then = own_town.get(CLEAN.path + "/contributions", Role.AUDITOR, known_at=now, as_of="2026-06-01").json()
    assert then["standing"]["records_known"] == 3
    kept = own_town.get(TWIN.path + "/contributions", Role.AUDITOR, known_at=now, as_of="2026-06-01").json()
    assert kept["standing"]["records_known"] == 0


def test_an_undone_link_leaves_two_enterprises_with_their_own(own_town: Served) -> None:
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    assert own_town.post("/v1/same-as/undoings", Role.REGULATOR, json=LINK | {"reason": "Two licences."}).status_code == 201
    assert own_town.get(CLEAN.path, Role.AUDITOR).json()["standing"]["records_known"] == 3
    assert own_town.get(TWIN.path, Role.AUDITOR).json()["standing"]["records_known"] == 0
    acts = own_town.get("/v1/same-as", Role.AUDITOR).json()["acts"]
    assert [(one["act"], one["reason"]) for one in acts] == [("undone", "Two licences."), ("joined", LINK["reason"])]
    again = own_town.post("/v1/same-as/undoings", Role.REGULATOR, json=LINK)
    assert (again.status_code, again.json()["code"]) == (409, "same_as.not_linked")


def test_chains_cycles_and_a_second_kept_entry_are_refused(own_town: Served) -> None:
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    for kept, duplicate in ((CLEAN, BLACK), (CLEAN, TWIN), (OTHER_TWIN, TWIN), (OTHER_TWIN, CLEAN)):
        refused = own_town.post("/v1/same-as", Role.REGULATOR, json=pair(kept, duplicate))
        assert (refused.status_code, refused.json()["code"]) == (409, "same_as.chain"), (kept, duplicate)
    with connect(own_town.url) as connection:
        for kept, duplicate, rule in (
            (CLEAN, BLACK, "same_as_no_chains"),
            (OTHER_TWIN, TWIN, "same_as_no_chains"),
            (OTHER_TWIN, CLEAN, "uq_enterprise_link_one_kept"),
            (BLACK, BLACK, "ck_enterprise_link_same_as_of_two_without_days"),
            (BLACK, RED, "same_as_has_reason"),
        ):
            with pytest.raises(psycopg.Error) as raised, connection.transaction():
                connection.execute(
                    "INSERT INTO enterprise_link (from_key, to_key, kind, known_seq) VALUES (%s, %s, 'same_as', 1)",
                    (duplicate.key, kept.key),
                )
            assert raised.value.diag.constraint_name == rule


def test_only_officers_link_and_say_why(own_town: Served) -> None:
    assert own_town.post("/v1/same-as", Role.AUDITOR, json=LINK).status_code == 403
    assert own_town.post("/v1/same-as", Role.REGULATOR, json=LINK | {"reason": "  "}).status_code == 422
    unknown = LINK | {"kept": {"scheme": "x-number", "value": "nobody"}}
    assert own_town.post("/v1/same-as", Role.REGULATOR, json=unknown).json()["code"] == "same_as.unknown_enterprise"
    assert own_town.post("/v1/same-as", Role.REGULATOR, json=pair(TWIN, TWIN)).json()["code"] == "same_as.not_two"


def test_a_red_entry_ends_beside_a_black_one_across_the_link_in_feed_and_look_up(own_town: Served) -> None:
    told = own_town.post("/v1/same-as", Role.REGULATOR, json=pair(RED, BLACK)).json()
    assert told["superseded"] == 1
    kept = own_town.get(RED.path).json()
    assert [one["list"] for one in kept["listings"]] == ["quality_black"]
    last = own_town.get("/v1/changes", Role.PLATFORM, after=0, limit=100).json()["changes"][-1]
    assert last["cause"] == "superseded"


def test_a_check_names_the_kept_entry_for_a_duplicate_and_counts_its_entries_there(own_town: Served) -> None:
    own_town.post("/v1/same-as", Role.REGULATOR, json=pair(TWIN, BLACK))
    asked = {"purpose": "procurement", "suppliers": [{"code": BLACK.code}, {"code": TWIN.code}]}
    duplicate, kept = own_town.post("/v1/checks", Role.PROCUREMENT, json=asked).json()["suppliers"]
    assert (duplicate["outcome"], duplicate["verdict"], duplicate["facts"], duplicate["advisory"]) == ("same_as", None, [], None)
    assert duplicate["candidates"][0]["enterprise"]["value"] == TWIN.code
    assert TWIN.code in duplicate["reason"]
    assert [one["list"] for one in kept["facts"]] == ["quality_black"]
    assert kept["verdict"] != "no_effect"


def test_a_name_that_only_a_duplicate_shares_means_the_kept_entry(own_town: Served) -> None:
    assert own_town.get("/v1/look-up", q=TWIN.name).json()["answer"] == "ambiguous"
    own_town.post("/v1/same-as", Role.REGULATOR, json=pair(TWIN, OTHER_TWIN))
    found = own_town.get("/v1/look-up", q=TWIN.name).json()
    assert (found["answer"], found["enterprise"]["identifiers"][0]["value"]) == ("found", TWIN.code)
    asked = {"purpose": "procurement", "suppliers": [{"name": TWIN.name}]}
    (supplier,) = own_town.post("/v1/checks", Role.PROCUREMENT, json=asked).json()["suppliers"]
    assert (supplier["outcome"], supplier["enterprise"]["value"]) == ("found", TWIN.code)


def test_the_key_of_a_duplicate_opens_the_kept_file_and_is_told_so(own_town: Served) -> None:
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    told = own_town.get(f"/v1/own/cn-uscc/{CLEAN.code}/file", Role.ENTERPRISE)
    assert (told.status_code, told.json()["code"]) == (409, "enterprise.same_as")
    assert own_town.get("/v1/own", Role.ENTERPRISE).json()["enterprise"]["value"] == TWIN.code
    file = own_town.get(f"/v1/own/cn-uscc/{TWIN.code}/file", Role.ENTERPRISE).json()
    assert {one["source_ref"] for one in file["records"]["records"]} >= {"plain", "repaired"}


def key_for(town: Served, one: Someone) -> dict[str, str]:
    asked = {"role": "enterprise", "holder": f"of {one.name}", "enterprise": {"scheme": "cn-uscc", "value": one.code}}
    return bearing(town.client.post("/v1/keys", headers=town.bearing(Role.ADMIN), json=asked).json()["key"])


def noticed(town: Served, number: int) -> None:
    served = {"method": "direct", "served_on": str(legal_day()), "proof": "回证 1"}
    stated = {"reasons": "责令停产停业", "evidence": "样罚〔2026〕1号", "basis": "第五条", "rights": "五个工作日内陈述、申辩"}
    notice = {"step": "notice", "done_on": str(legal_day()), "service": served} | stated
    told = town.post(f"/v1/proposals/{number}/steps", Role.REGULATOR, json=notice)
    assert (told.status_code, told.json()["state"]) == (201, "noticed"), told.text


def test_what_was_begun_by_a_duplicates_number_goes_on_by_the_kept_one(own_town: Served) -> None:
    client = own_town.client
    record = {"source": SOURCE, "source_ref": "plain"}
    theirs, ours = own_town.bearing(Role.ENTERPRISE), key_for(own_town, TWIN)
    before, own = f"/v1/own/cn-uscc/{CLEAN.code}", f"/v1/own/cn-uscc/{TWIN.code}"
    confirmed = ["duties_performed", "corrected", "no_new_penalty", "promise"]
    sent: dict[str, dict[str, Any]] = {
        "replies": {"text": "已整改。"},
        "objections": {"grounds": "有误"},
        "repairs": {"confirmed": confirmed},
    }
    for what, body in sent.items():
        made = client.post(f"{before}/{what}", headers=theirs, json=record | body)
        assert made.status_code == 201, made.text
    paper = client.post(f"{before}/repairs/1/papers", headers=theirs, files={"file": ("a.pdf", b"%PDF-1.7 sample")}).json()
    noticed(own_town, propose_entry(own_town.url, CLEAN))
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)

    running = client.get(f"{own}/matters", headers=ours).json()
    assert [one["state"] for one in running["matters"]] == ["lapsed"], "and no more than read: it would enter the duplicate"
    assert {one["subject"] for one in running["deadlines"]} == {"repair", "objection"}
    assert client.get(f"{own}/repairs/1/papers/{paper['sha256']}", headers=ours).content == b"%PDF-1.7 sample"
    again = client.post(f"{own}/objections", headers=ours, json=record | sent["objections"])
    assert (again.status_code, again.json()["code"]) == (409, "objection.under_way")
    for what, body in sent.items():
        (begun,) = client.get(f"{own}/{what}", headers=ours).json()[what]
        number = begun[f"{what.removesuffix('ies').removesuffix('s')}{'y' if what == 'replies' else ''}_id"]
        taken = client.post(f"{own}/{what}/{number}/withdrawal", headers=ours)
        assert (taken.status_code, taken.json()["state"]) == (200, "taken_back"), taken.text
        assert client.post(f"{own}/{what}", headers=ours, json=record | body).status_code == 201
    told = client.get(f"{before}/file", headers=ours)
    assert (told.status_code, told.json()["code"]) == (409, "enterprise.same_as")


def test_an_entry_of_a_duplicate_is_the_kept_ones_to_answer_and_repair(own_town: Served) -> None:
    own_town.post("/v1/same-as", Role.REGULATOR, json=pair(TWIN, BLACK))
    own, key = f"/v1/own/cn-uscc/{TWIN.code}", key_for(own_town, TWIN)
    (listed,) = own_town.client.get(f"{own}/file", headers=key).json()["listings"]
    number = listed["listing_id"]
    assert [one["listing_id"] for one in own_town.client.get(f"{own}/receivers", headers=key).json()["entries"]] == [number]
    assert [one["listing_id"] for one in own_town.client.get(f"{own}/file", headers=key).json()["rights"]] == [number]
    assert own_town.client.get(f"{own}/checklist", headers=key, params={"listing_id": number}).status_code == 200
    for what, said in (("replies", {"text": "已整改。"}), ("objections", {"grounds": "有误"})):
        assert own_town.client.post(f"{own}/{what}", headers=key, json={"listing_id": number} | said).status_code == 201


def test_a_black_entry_on_another_duplicate_ends_the_red_one_of_a_new_one(own_town: Served) -> None:
    own_town.post("/v1/same-as", Role.REGULATOR, json=pair(TWIN, BLACK))
    assert own_town.post("/v1/same-as", Role.REGULATOR, json=pair(TWIN, RED)).json()["superseded"] == 1
    assert [one["list"] for one in own_town.get(TWIN.path).json()["listings"]] == ["quality_black"]


def test_a_red_decision_of_the_kept_entry_is_refused_beside_a_black_one_of_its_duplicate(own_town: Served) -> None:
    with connect(own_town.url) as connection:
        connection.execute("UPDATE source SET kinds = kinds || '{listing}' WHERE code = %s", (SOURCE,))
        connection.commit()
    own_town.post("/v1/same-as", Role.REGULATOR, json=pair(TWIN, BLACK))
    decided = {
        "kind": "listing",
        "outcome": "listed",
        "source_ref": "red-1",
        "enterprise": [{"scheme": "cn-uscc", "value": TWIN.code}],
        "occurred_on": "2026-05-01",
        "concluded_on": "2026-05-01",
        "decided_on": "2026-05-01",
        "in_force_from": "2026-05-01",
        "in_force_until": "2099-05-01",
        "authority": "样品局",
        "document_no": "样决〔2026〕8号",
        "detail": {"list": "quality_red", "basis": "样品办法", "reason": "样品"},
    }
    sent = own_town.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [decided]})
    assert sent.status_code == 201, sent.text
    assert [one["list"] for one in own_town.get(TWIN.path).json()["listings"]] == ["quality_black"]


@pytest.mark.parametrize("state", ["open", "noticed", "first_approval"])
def test_nobody_goes_on_to_enter_a_duplicate(own_town: Served, state: str) -> None:
    number = propose_entry(own_town.url, CLEAN, list_name="quality_red", state=state)
    others = propose_entry(own_town.url, TWIN)
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    closed = own_town.get(f"/v1/proposals/{number}", Role.AUDITOR).json()
    assert (closed["state"], TWIN.code in closed["closed_why"]) == ("lapsed", True)
    assert own_town.get(f"/v1/proposals/{others}", Role.AUDITOR).json()["state"] == "open"


def test_what_concerns_a_duplicate_is_for_the_officers_of_the_kept_entrys_district(own_town: Served) -> None:
    def officer(region: str) -> dict[str, str]:
        asked = {"role": "regulator", "holder": f"officer of {region}", "region": region}
        return bearing(own_town.client.post("/v1/keys", headers=own_town.bearing(Role.ADMIN), json=asked).json()["key"])

    with connect(own_town.url) as connection:
        connection.execute("SET session_replication_role = replica")  # the registry moves it, as a delivery would
        connection.execute("UPDATE registry_fact SET region = '640105' WHERE enterprise_key = %s", (CLEAN.key,))
        connection.commit()
    told = {"source": SOURCE, "source_ref": "plain", "grounds": "有误"}
    own_town.post(f"/v1/own/cn-uscc/{CLEAN.code}/objections", Role.ENTERPRISE, json=told)
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    for region, seen in (("640104", 1), ("640105", 0)):
        assert len(own_town.client.get("/v1/objections", headers=officer(region)).json()["objections"]) == seen
    decided = {"outcome": "kept", "finding": "属实"}
    address = "/v1/objections/1/decision"
    assert own_town.client.post(address, headers=officer("640105"), json=decided).json()["code"] == "access.district"
    assert own_town.client.post(address, headers=officer("640104"), json=decided).status_code == 200


def test_what_touches_a_duplicate_touches_the_kept_entry(own_town: Served) -> None:
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    engine = make_engine(own_town.url, size=1)
    with read_session(engine) as session:
        assert TWIN.key in effects.changed_since(session, 0)
        assert CLEAN.key not in effects.changed_since(session, 0)
        assert effects.was_touched_since(session, TWIN.key, 1)
        assert set(records_behind(session, TWIN.key)) >= {key_of(SOURCE, "plain"), key_of(SOURCE, "repaired")}
        proposal = {"proposal_id": 0, "enterprise_key": TWIN.key}
        assert participation.part_of(session, proposal, holder="town", source=None) == "delivered"
    engine.dispose()


def test_a_record_delivered_of_a_duplicate_moves_the_kept_standing(own_town: Served) -> None:
    own_town.post("/v1/same-as", Role.REGULATOR, json=LINK)
    line = {
        "kind": "penalty",
        "outcome": "fine",
        "severity": "minor",
        "source_ref": "late",
        "enterprise": [{"scheme": "cn-uscc", "value": CLEAN.code}],
        "occurred_on": "2026-05-01",
        "concluded_on": "2026-05-20",
        "quantities": {"fine_cny": "5000"},
    }
    sent = own_town.post("/v1/deliveries/batch", Role.SOURCE, json={"records": [line]})
    assert (sent.status_code, sent.json()["counts"]["accepted"]) == (201, 1), sent.text
    assert own_town.get(TWIN.path, Role.AUDITOR).json()["standing"]["records_known"] == 4
    assert own_town.get(TWIN.path + "/records", Role.AUDITOR).json()["records"][0]["source_ref"] == "late"
