"""Officers of a district see and act within it: asked of every route on which an officer acts, and of every list that they read."""

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
from models.regions import is_within
from service.access import ACCESS, EVERYBODY
from service.clock import legal_day
from service.districts import ANYWHERE, CITY_READS, OPEN_READS
from service.operations.manage_keys import create_key
from tests.service.serving import OPERATOR, bearing, make_keys, serving
from tests.service.test_remedies import penalty
from tests.service.town import BLACK, CLEAN, RED, RENAMED, SOURCE, TWIN, entry, found_town

HERE, ELSEWHERE, CITY = "640104", "640105", "640100"
"""All of the town lies in the first."""
TODAY = legal_day()
ACTS = sorted(name for name, roles in ACCESS.items() if Role.REGULATOR in roles and name.startswith(("POST /v1", "PUT /v1", "DELETE /v1")))
WRITTEN = ("{}", "+{}", "{}.0", " {}", "0000000000000000000000{}")
"""How a number may be written in an address; each is read as that number by a route that takes one."""
OBJECTS = ("proposal", "listing", "repair", "objection", "reply", "mandate", "queue")


PAGES = sorted(
    name for name in ACCESS if " /v1/" not in name and " /own/" not in name and any(f"{{{what}_id}}" in name for what in OBJECTS)
)
"""Pages about something of an enterprise, but for its own."""


@dataclass(frozen=True)
class Offices:
    """A town with one of each thing that officers act on, and an officer of its district, of another, and of the city."""

    client: httpx.Client
    keys: dict[str, str]
    numbers: dict[str, int]
    url: str

    def ask(self, name: str, key: str, *, written: str = "{}") -> httpx.Response:
        """Call a route of the access table on the things of the town, with an empty body: who may not is refused before it is read."""
        method, address = self.place(name, written=written)
        return self.client.request(method, address, headers=bearing(self.keys[key]), json={})

    def place(self, name: str, *, written: str = "{}") -> tuple[str, str]:
        """The method and the address of a route on the things of the town; `written` is how their numbers are."""
        method, address = name.split(" ")
        for what in OBJECTS:
            address = address.replace(f"{{{what}_id}}", written.format(self.numbers[what]))
        address = address.replace("{step}", "notice").replace("{sha256}", "0" * 64)
        for rest in ("rehearsal_id", "run_id", "delivery_id", "cascade_id", "watch_id", "job_id", "webhook_id", "check_id"):
            address = address.replace(f"{{{rest}}}", "1")
        return method, address

    def get(self, path: str, key: str, **params: Any) -> httpx.Response:
        return self.client.get(path, headers=bearing(self.keys[key]), params=params or None)

    def post(self, path: str, key: str, body: Any, status: int) -> Any:
        answer = self.client.post(path, headers=bearing(self.keys[key]), json=body)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def offices(clone: Callable[[], str]) -> Iterator[Offices]:
    url = clone()
    found_town(url)
    by_role = make_keys(url, source=SOURCE, enterprise=RED.code)
    keys = {"source": by_role[Role.SOURCE], "auditor": by_role[Role.AUDITOR]}
    engine = make_engine(url, size=1)
    with write_session(engine) as session:
        entitle_source(session, SOURCE, kinds=["penalty", "enterprise"])
        for name, region in (("here", HERE), ("elsewhere", ELSEWHERE), ("city", CITY)):
            keys[name] = create_key(session, role=Role.REGULATOR, holder=f"officer {name}", region=region, actor=OPERATOR).text
        for name, one in (("renamed", RENAMED), ("black", BLACK)):
            code = Identifier(scheme="cn-uscc", value=one.code)
            keys[name] = create_key(session, role=Role.ENTERPRISE, holder=name, enterprise=code, actor=OPERATOR).text
        seq = knowledge.draw(session, "decision").known_seq
        long_ago = entry(RENAMED, starts_on=date(2025, 6, 1), decided_on=date(2025, 6, 1), ends_on=date(2028, 6, 1))
        changes.append(session, listings.enter(session, [long_ago], known_seq=seq), known_seq=seq)
        session.commit()
    engine.dispose()
    with serving(url) as client:
        made = Offices(client=client, keys=keys, numbers={}, url=url)
        made.numbers.update(_things(made))
        yield made


def _things(offices: Offices) -> dict[str, int]:
    own = f"/v1/own/cn-uscc/{RENAMED.code}"
    (mine,) = offices.get(f"{own}/file", "renamed").json()["listings"]
    confirmed = ["duties_performed", "corrected", "no_new_penalty", "promise"]
    repair = offices.post(f"{own}/repairs", "renamed", {"confirmed": confirmed, "listing_id": mine["listing_id"]}, 201)
    reply = offices.post(f"{own}/replies", "renamed", {"listing_id": mine["listing_id"], "text": "已整改。"}, 201)
    (red,) = offices.client.get(RED.path).json()["listings"]
    objection = offices.post(f"/v1/listings/{red['listing_id']}/objections", "black", {"grounds": "该企业近期有不合格记录"}, 201)
    mandate = offices.post("/v1/mandates", "here", _mandate(), 201)
    # Two enterprises bear the name, and no number is given: the record waits.
    waiting = penalty(TWIN, "W-1", enterprise=[], enterprise_name=TWIN.name)
    offices.post("/v1/deliveries/batch", "source", {"records": [waiting]}, 201)
    (item,) = offices.get("/v1/queue", "auditor").json()["items"]
    with connect(offices.url) as connection:
        row = connection.execute(
            "INSERT INTO proposal (enterprise_key, list, direction, state, decided_by, clause, listing_id, proposed_by, answer, opened_at)"
            " VALUES (%s, 'quality_black', 'annul', 'open', 'officer', '{}', %s, '[]', '{}', now()) RETURNING proposal_id",
            (RENAMED.key, mine["listing_id"]),
        ).fetchone()
        connection.commit()
    assert row is not None
    return {
        "proposal": row[0],
        "listing": mine["listing_id"],
        "repair": repair["repair_id"],
        "objection": objection["objection_id"],
        "reply": reply["reply_id"],
        "mandate": mandate["mandate_id"],
        "queue": item["queue_id"],
    }


def _mandate() -> dict[str, Any]:
    return {
        "enterprise": {"scheme": "cn-uscc", "value": CLEAN.code},
        "agent": {"scheme": "cn-uscc", "value": BLACK.code},
        "scopes": ["see"],
        "valid_from": str(TODAY),
        "valid_until": str(TODAY + timedelta(days=90)),
        "document_no": "样授〔2026〕1号",
    }


@pytest.mark.parametrize("name", [name for name in ACTS if name not in ANYWHERE])
def test_an_act_outside_ones_district_is_refused(offices: Offices, name: str) -> None:
    for written in WRITTEN:
        refused = offices.ask(name, "elsewhere", written=written)
        assert (refused.status_code, refused.json()["code"]) == (403, "access.district")


@pytest.mark.parametrize("name", [name for name in ACTS if any(f"{{{what}_id}}" in name for what in OBJECTS)])
def test_the_same_act_within_ones_district_gets_past_that_door(offices: Offices, name: str) -> None:
    for key in ("here", "city"):
        assert offices.ask(name, key).json().get("code") != "access.district"


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_of_officers_hold_them_to_their_district_too(offices: Offices, name: str) -> None:
    refused = {"POST": (403, "access.district"), "GET": (404, "access.not_in_district")}[name.split(" ", maxsplit=1)[0]]
    for key, ways in (("here", WRITTEN[:1]), ("elsewhere", WRITTEN)):
        with httpx.Client(base_url=offices.client.base_url, timeout=60) as browser:
            assert browser.post("/sign-in", data={"key": offices.keys[key]}).status_code == 303
            for written in ways:
                told = browser.request(*offices.place(name, written=written))
                said = told.json() if "json" in told.headers["content-type"] else {}
                assert ((told.status_code, said.get("code")) == refused) is (key == "elsewhere"), told.text


def test_an_act_on_the_whole_city_is_refused_to_every_district(offices: Offices) -> None:
    assert offices.ask("POST /v1/runs", "here").json()["code"] == "access.district"
    assert offices.ask("POST /v1/deliveries/batch", "here").json()["code"] == "access.district"


def test_a_city_is_a_region_that_holds_its_districts() -> None:
    assert is_within(HERE, CITY)
    assert not is_within(HERE, ELSEWHERE)
    assert not is_within(None, CITY)


NARROWED = {
    "/v1/proposals": "proposals",
    "/v1/worklist": "lines",
    "/v1/queue": "items",
    "/v1/repairs": "repairs",
    "/v1/objections": "objections",
    "/v1/replies": "replies",
    "/v1/mandates": "mandates",
}


def test_whatever_officers_read_is_narrowed_or_closed_to_districts_or_said_to_be_open() -> None:
    read = {name for name, roles in ACCESS.items() if name.startswith("GET /v1") and Role.REGULATOR in roles and roles != EVERYBODY}
    named = {name for name in read if any(f"{{{what}_id}}" in name for what in OBJECTS)}
    lists = {f"GET {path}" for path in NARROWED}
    assert read - named - lists - CITY_READS == OPEN_READS
    assert ACCESS.keys() >= CITY_READS
    assert not OPEN_READS & (CITY_READS | lists | named)


@pytest.mark.parametrize(("path", "lines"), NARROWED.items())
def test_lists_show_a_district_its_own(offices: Offices, path: str, lines: str) -> None:
    everything = offices.get(path, "auditor").json()[lines]
    assert everything
    assert offices.get(path, "here").json()[lines] == everything
    assert offices.get(path, "city").json()[lines] == everything
    assert offices.get(path, "elsewhere").json()[lines] == []


def test_what_belongs_to_another_district_is_not_there_to_be_read(offices: Offices) -> None:
    for written in WRITTEN:
        number = written.format(offices.numbers["proposal"])
        for path in (f"/v1/proposals/{number}", f"/v1/proposals/{number}/matter"):
            told = offices.get(path, "elsewhere")
            assert (told.status_code, told.json()["code"]) == (404, "access.not_in_district")
            assert offices.get(path, "auditor").json().get("code") != "access.not_in_district"
    for name in CITY_READS:
        if " /v1/" in name:
            assert offices.ask(name, "elsewhere").json()["code"] == "access.district"
            assert offices.ask(name, "auditor").status_code != 403
    with httpx.Client(base_url=offices.client.base_url, timeout=60) as browser:
        assert browser.post("/sign-in", data={"key": offices.keys["elsewhere"]}).status_code == 303
        assert browser.get("/rehearsals/1/rehearsal.xlsx").status_code == 403


def test_acts_that_name_their_enterprise_in_the_body_are_judged_by_it(offices: Offices) -> None:
    assert offices.post("/v1/mandates", "elsewhere", _mandate(), 403)["code"] == "access.district"
    address = f"/v1/queue/{offices.numbers['queue']}/settlement"
    with connect(offices.url) as connection:
        connection.execute("SET session_replication_role = replica")  # the registry moves it, as a delivery would
        connection.execute("UPDATE registry_fact SET region = %s WHERE enterprise_key = %s", (ELSEWHERE, CLEAN.key))
        connection.commit()
    elsewhere = {"state": "attached", "why": "核实", "enterprise": {"scheme": "cn-uscc", "value": CLEAN.code}}
    assert offices.post(address, "here", elsewhere, 403)["code"] == "access.district"
    founded = {
        "state": "created",
        "why": "核实",
        "enterprise": {"scheme": "test-number", "value": "N-1"},
        "name": "银川市新样品食品有限公司",
    }
    assert offices.post(address, "here", founded, 403)["code"] == "access.district"
    within = {"state": "attached", "why": "核实", "enterprise": {"scheme": "cn-uscc", "value": TWIN.code}}
    assert offices.post(address, "here", within, 201)["state"] == "attached"


def test_an_objection_moves_a_record_within_the_officers_district_alone(offices: Offices) -> None:
    offices.post("/v1/deliveries/batch", "source", {"records": [penalty(RENAMED, "O-1")]}, 201)
    asked = {"source": SOURCE, "source_ref": "O-1", "grounds": "他人冒用我公司名称"}
    made = offices.post(f"/v1/own/cn-uscc/{RENAMED.code}/objections", "renamed", asked, 201)
    address = f"/v1/objections/{made['objection_id']}/decision"
    with connect(offices.url) as connection:
        connection.execute("SET session_replication_role = replica")  # the registry moves it, as a delivery would
        connection.execute("UPDATE registry_fact SET region = %s WHERE enterprise_key = %s", (ELSEWHERE, CLEAN.key))
        connection.commit()
    moved = {"outcome": "moved", "finding": "另一企业", "enterprise": {"scheme": "cn-uscc", "value": CLEAN.code}}
    assert offices.post(address, "here", moved, 403)["code"] == "access.district"
    within = moved | {"enterprise": {"scheme": "cn-uscc", "value": TWIN.code}}
    assert offices.post(address, "here", within, 200)["state"] == "moved"
