"""What consumers acknowledge, who of them is silent, and the switch that stops publication."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from data.database import WriteSession, driver_connection
from data.stores import consumers, trees
from data.stores.listings import Step
from models.access import Actor, Role
from models.listings import Cause
from service.consumer_answers import AcknowledgementSent, ConfirmationState
from service.gate import FRESH_FOR_S
from service.operations import publication
from service.operations.acknowledge import acknowledge
from service.operations.confirmations import confirmations_of
from service.operations.manage_keys import create_key
from tests.entries import add_enterprise, add_policy, add_run, black, enter, move
from tests.service.serving import OPERATOR, bearing, make_keys, serving, wait_for_checkpoint
from tests.service.town import BLACK, found_town

TODAY = datetime.now(UTC).date()
PLATFORM = Actor(holder="platform of the province", role=Role.PLATFORM)
OTHER = "platform of the city"
WRONG = "0" * 64


@dataclass
class Open:
    client: httpx.Client
    keys: dict[Role, str]
    url: str

    def ask(self, method: str, path: str, role: Role = Role.PUBLIC, **given: Any) -> httpx.Response:
        headers = bearing(self.keys[role]) if role in self.keys else {}
        return self.client.request(method, path, headers=headers | given.pop("headers", {}), **given)


@pytest.fixture
def house(database: str) -> Iterator[Open]:
    found_town(database)
    keys = make_keys(database)
    with serving(database) as client:
        wait_for_checkpoint(client, bearing(keys[Role.PLATFORM]))
        yield Open(client, keys, database)


@pytest.fixture
def entry(db: WriteSession) -> int:
    for holder in (PLATFORM.holder, OTHER):
        create_key(db, role=Role.PLATFORM, holder=holder, actor=OPERATOR)
    add_enterprise(db, 1)
    (number,) = enter(db, black(1, run_id=add_run(db, add_policy(db))))
    return number


def told(db: WriteSession, seq: int, root: str | None = None, *, epoch: int = 1) -> str:
    trees.catch_up(db)
    roots = trees.find_roots(db, seq)
    given = root or (roots.lists_root if roots else WRONG)
    return acknowledge(db, AcknowledgementSent(epoch=epoch, seq=seq, root=given), actor=PLATFORM).verdict


def test_a_right_root_is_equal_and_a_wrong_one_is_told_at_once_and_kept(db: WriteSession, entry: int) -> None:
    assert told(db, 1) == "equal"
    assert told(db, 1, WRONG) == "differs"
    assert told(db, 99) == "unproved"
    assert told(db, 1, epoch=7) == "unproved"
    rows = driver_connection(db).execute("SELECT verdict FROM acknowledgement ORDER BY acknowledgement_id").fetchall()
    assert [verdict for (verdict,) in rows] == ["equal", "differs", "unproved", "unproved"]


def test_an_acknowledgement_is_never_rewritten(db: WriteSession, entry: int) -> None:
    told(db, 1)
    with pytest.raises(psycopg.IntegrityError, match="stay as they were written"):
        driver_connection(db).execute("UPDATE acknowledgement SET verdict = 'equal'")


def test_a_consumer_lags_by_what_it_has_not_proved_to_hold(db: WriteSession, entry: int) -> None:
    told(db, 1)
    move(db, Step(entry, Cause.REVIEW_OPENED, TODAY))
    move(db, Step(entry, Cause.REVIEW_CLOSED, TODAY))
    told(db, 3, WRONG)
    lags = {row["holder"]: (row["equal_to"], row["lines_behind"], row["verdict"]) for row in consumers.list_lags(db)}
    assert lags == {PLATFORM.holder: (1, 2, "differs"), OTHER: (None, 3, None)}


def test_after_a_repair_each_consumer_has_confirmed_waits_or_is_silent(db: WriteSession, entry: int) -> None:
    assert confirmations_of(db, entry, today=TODAY) == []
    move(db, Step(entry, Cause.REPAIRED, TODAY))
    (line,) = confirmations_of(db, entry, today=TODAY)
    assert (line.cause, line.working_days, line.mark) == (Cause.REPAIRED, 3, "sample")
    assert {one.state for one in line.consumers} == {ConfirmationState.WAITING}
    told(db, 2)
    states = {one.holder: one.state for one in confirmations_of(db, entry, today=TODAY + timedelta(days=20))[0].consumers}
    assert states == {PLATFORM.holder: ConfirmationState.CONFIRMED, OTHER: ConfirmationState.SILENT}


def test_only_the_switch_of_two_different_persons_lets_publication_go_on(db: WriteSession) -> None:
    one, other = (Actor(holder=name, role=Role.REGULATOR) for name in ("officer A", "officer B"))
    with pytest.raises(publication.NotStopped):
        publication.resume(db, reason="too early", actor=one)
    publication.stop(db, reason="a wrong list", actor=one)
    assert publication.resume(db, reason="mended", actor=one) is False
    with pytest.raises(publication.SamePerson):
        publication.resume(db, reason="really", actor=one)
    publication.stop(db, reason="not mended", actor=other)
    assert publication.show(db).agreed == ()
    assert publication.resume(db, reason="mended", actor=one) is False
    assert publication.resume(db, reason="checked", actor=other) is True
    assert publication.show(db).is_stopped is False
    assert [act.act for act in publication.show(db).acts] == ["resume", "resume", "stop", "resume", "stop"]


@pytest.mark.parametrize("by", ["officer A", "officer B"])
def test_the_database_refuses_a_second_vote_of_one_person_and_a_vote_without_a_stop(db: WriteSession, by: str) -> None:
    sql = driver_connection(db)
    vote = "INSERT INTO publication_act (act, person, reason, at) VALUES ('resume', %s, 'x', now())"
    with pytest.raises(psycopg.IntegrityError), sql.transaction():
        sql.execute(vote, (by,))
    publication.stop(db, reason="a wrong list", actor=Actor(holder="officer C", role=Role.ADMIN))
    sql.execute(vote, (by,))
    with pytest.raises(psycopg.IntegrityError), sql.transaction():
        sql.execute(vote, (by,))


def test_a_stopped_house_lets_nothing_out_and_its_officers_go_on(house: Open) -> None:
    outside: list[tuple[str, str, Role, dict[str, Any]]] = [
        ("GET", "/v1/changes", Role.PLATFORM, {}),
        ("GET", "/v1/changes.ndjson", Role.PLATFORM, {}),
        ("GET", "/v1/snapshot.ndjson", Role.PLATFORM, {}),
        ("GET", "/v1/checkpoint", Role.PUBLIC, {}),
        ("GET", "/v1/lists/quality_black", Role.PUBLIC, {}),
        ("GET", "/v1/lists/quality_black/snapshot.csv", Role.PUBLIC, {}),
        ("GET", BLACK.path, Role.PUBLIC, {}),
        ("GET", BLACK.path, Role.PROCUREMENT, {}),
        ("GET", f"/v1/look-up?q={BLACK.code}", Role.PUBLIC, {}),
        ("GET", f"/v1/enterprises?q={BLACK.name}", Role.PUBLIC, {}),
        ("POST", "/v1/checks", Role.PROCUREMENT, {"json": {"purpose": "procurement", "suppliers": [{"code": BLACK.code}]}}),
        ("GET", "/v1/checks/1/receipt.jws", Role.PROCUREMENT, {}),
        ("GET", "/receipts/verify", Role.PUBLIC, {"headers": {"Accept": "text/html"}}),
        ("GET", BLACK.path.removeprefix("/v1"), Role.PUBLIC, {"headers": {"Accept": "text/html"}}),
    ]
    for method, path, role, given in outside:
        assert house.ask(method, path, role, **given).status_code < 300, path
    assert house.ask("POST", "/v1/publication/stops", Role.REGULATOR, json={"reason": "a wrong list"}).status_code == 201
    time.sleep(FRESH_FOR_S)
    for method, path, role, given in outside:
        answer = house.ask(method, path, role, **given)
        assert answer.status_code == 503, path
        if path.startswith("/v1"):
            assert answer.json()["code"] == "publication.stopped"
    assert house.ask("GET", BLACK.path, Role.REGULATOR).status_code == 200
    assert house.ask("GET", "/v1/changes", Role.AUDITOR).status_code == 200
    assert house.ask("POST", "/v1/publication/resumptions", Role.REGULATOR, json={"reason": "mended"}).json()["is_stopped"] is True
    again = house.ask("POST", "/v1/publication/resumptions", Role.REGULATOR, json={"reason": "mended"})
    assert (again.status_code, again.json()["code"]) == (409, "publication.same_person")
    assert house.ask("POST", "/v1/publication/resumptions", Role.ADMIN, json={"reason": "checked"}).json()["is_stopped"] is False
    time.sleep(FRESH_FOR_S)
    assert house.ask("GET", "/v1/checkpoint").status_code == 200


def test_a_consumer_acknowledges_over_http_and_is_seen(house: Open) -> None:
    signed = house.ask("GET", "/v1/checkpoint").json()["checkpoint"]
    body = {"epoch": 1, "seq": signed["seq"], "root": signed["lists_root"]}
    assert house.ask("POST", "/v1/consumers/acknowledgements", Role.PLATFORM, json=body).json()["verdict"] == "equal"
    assert house.ask("POST", "/v1/consumers/acknowledgements", Role.PLATFORM, json=body | {"root": "x"}).status_code == 422
    (consumer,) = house.ask("GET", "/v1/consumers", Role.REGULATOR).json()["consumers"]
    assert (consumer["holder"], consumer["lines_behind"], consumer["verdict"]) == ("holder of platform", 0, "equal")
    (line,) = house.ask("GET", "/v1/consumers/confirmations", Role.REGULATOR).json()["lines"]
    assert (line["cause"], line["consumers"][0]["state"]) == ("repaired", "confirmed")


def test_a_claim_beyond_the_log_without_our_signature_stops_nobody(house: Open) -> None:
    body = {"epoch": 1, "seq": 999, "root": WRONG, "checkpoint": "a.b.c"}
    assert house.ask("POST", "/v1/consumers/acknowledgements", Role.PLATFORM, json=body).json()["verdict"] == "unproved"
    time.sleep(FRESH_FOR_S)
    assert house.ask("GET", "/v1/checkpoint").status_code == 200
