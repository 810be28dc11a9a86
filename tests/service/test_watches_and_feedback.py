"""A buyer is told of changes until a contract ends, agencies say what they applied and lifted, auditors export."""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import text
from typer.testing import CliRunner

from data.database import WriteSession, make_engine, write_session
from data.stores import changes, knowledge, listings
from data.stores.listings import Step
from data.stores.stays import Act
from models.access import Role
from models.listings import Cause
from service.cli import app
from service.clock import legal_day
from service.operations.give_feedback import COLUMNS
from service.operations.stay import StayAsked, stay
from tests.service.conftest import Served
from tests.service.serving import OPERATOR, make_keys, serving
from tests.service.town import BLACK, CLEAN, OTHER_TWIN, RED, RENAMED, REPAIRED, SOURCE, TWIN, Someone, entry, found_town

LATER = str(legal_day() + timedelta(days=200))


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Iterator[Served]:
    url = clone()
    found_town(url)
    keys = make_keys(url, source=SOURCE)
    with serving(url) as client:
        yield Served(client=client, keys=keys, url=url)


@contextmanager
def writing(city: Served) -> Iterator[WriteSession]:
    engine = make_engine(city.url, size=1)
    try:
        with write_session(engine) as session:
            yield session
    finally:
        engine.dispose()


def list_one(city: Served, who: Someone, **given: Any) -> int:
    with writing(city) as session:
        seq = knowledge.draw(session, "decision").known_seq
        moves = listings.enter(session, [entry(who, **given)], known_seq=seq)
        changes.append(session, moves, known_seq=seq)
        session.commit()
        return moves[0].listing_id


def move_one(city: Served, number: int, cause: Cause, day: date = date(2026, 6, 1)) -> None:
    with writing(city) as session:
        seq = knowledge.draw(session, "decision").known_seq
        changes.append(session, listings.move(session, [Step(number, cause, day)], known_seq=seq), known_seq=seq)
        session.commit()


def ask(city: Served, *who: Someone, matter: str = "样采 1") -> dict[str, Any]:
    given = {"purpose": "procurement", "matter": matter, "suppliers": [{"code": one.code} for one in who]}
    return dict(city.post("/v1/checks", Role.PROCUREMENT, json=given).json())


def watch(city: Served, check_id: int, **more: Any) -> Any:
    return city.post("/v1/watches", Role.PROCUREMENT, json={"check_id": check_id, "until": LATER} | more)


def news(city: Served, watch_id: int, role: Role = Role.PROCUREMENT, **params: Any) -> list[dict[str, Any]]:
    answer = city.get(f"/v1/watches/{watch_id}/notices", role, **params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["notices"])


def test_a_buyer_is_told_of_changes_again_until_they_are_acknowledged(city: Served) -> None:
    number = watch(city, ask(city, CLEAN, TWIN)["check_id"]).json()["watch_id"]
    assert news(city, number) == []
    listing = list_one(city, TWIN, list="abnormal_operation", colour="other")
    (notice,) = news(city, number)
    assert (notice["no"], notice["what"], notice["list"]) == (2, "entered", "abnormal_operation")
    assert news(city, number) == [notice]
    assert city.get("/v1/watches", Role.PROCUREMENT).json()["watches"][0]["has_news"]
    done = city.post(f"/v1/watches/{number}/acknowledgement", Role.PROCUREMENT, json={"seq": notice["seq"]}).json()
    assert (done["read_seq"], done["has_news"]) == (notice["seq"], False)
    assert news(city, number) == []
    assert news(city, number, after=0) == [notice]
    with writing(city) as session:
        asked = StayAsked(act=Act.STAY, authority="样品法院", document_no="样停1号", reason="样品")
        stay(session, listing, asked, actor=OPERATOR)
        session.commit()
    assert [(one["what"], one["state"]) for one in news(city, number)] == [("changed", "stayed")]


def test_of_an_entry_that_ended_it_is_only_said_that_it_is_listed_no_longer(city: Served) -> None:
    listing = list_one(city, OTHER_TWIN, list="serious_illegal", colour="other")
    number = watch(city, ask(city, OTHER_TWIN)["check_id"]).json()["watch_id"]
    move_one(city, listing, Cause.REPAIRED)
    (notice,) = news(city, number)
    assert notice["what"] == "no_longer_listed"
    assert [notice[name] for name in ("list", "title", "state", "effective_on")] == [None] * 4
    assert "repair" not in json.dumps(notice)
    again = list_one(city, OTHER_TWIN, list="sector_blacklist", colour="other")
    move_one(city, again, Cause.EXPIRED)
    assert [one["what"] for one in news(city, number)] == ["no_longer_listed"] * 2


def test_a_watch_keeps_its_check_fifteen_years_from_the_end_of_the_contract(city: Served) -> None:
    check_id = ask(city, CLEAN)["check_id"]
    watch(city, check_id)
    line = next(one for one in city.get("/v1/checks", Role.PROCUREMENT).json()["checks"] if one["check_id"] == check_id)
    assert int(line["keep_until"][:4]) == int(LATER[:4]) + 15


def test_nobody_watches_what_is_not_theirs_nor_for_ever_nor_nobody(city: Served) -> None:
    mine = ask(city, CLEAN)["check_id"]
    number = watch(city, mine).json()["watch_id"]
    other = city.post("/v1/watches", Role.REGULATOR, json={"check_id": mine, "until": LATER})
    assert (other.status_code, other.json()["code"]) == (404, "check.not_found")
    for method, path in (("GET", "notices"), ("POST", "acknowledgement")):
        refused = city.client.request(method, f"/v1/watches/{number}/{path}", headers=city.bearing(Role.REGULATOR), json={"seq": 0})
        assert (refused.status_code, refused.json()["code"]) == (404, "watch.not_found")
    assert watch(city, mine, until="2999-01-01").json()["code"] == "watch.term"
    assert watch(city, mine, until="2020-01-01").json()["code"] == "watch.term"
    given = {"purpose": "bidding", "suppliers": [{"name": "查无此企"}]}
    nobody = city.post("/v1/checks", Role.PROCUREMENT, json=given).json()["check_id"]
    assert watch(city, nobody).json()["code"] == "watch.nobody"
    ahead = city.post(f"/v1/watches/{number}/acknowledgement", Role.PROCUREMENT, json={"seq": 10**9})
    assert (ahead.status_code, ahead.json()["code"]) == (409, "watch.in_future")


def test_an_ended_watch_tells_nothing_new(city: Served) -> None:
    number = watch(city, ask(city, RENAMED)["check_id"]).json()["watch_id"]
    assert city.client.delete(f"/v1/watches/{number}", headers=city.bearing(Role.PROCUREMENT)).json()["ended_at"]
    list_one(city, RENAMED, list="abnormal_operation", colour="other")
    assert news(city, number) == []


REPORT = {
    "reference": "R-1",
    "agency": "样例住建局",
    "code": BLACK.code,
    "list": "quality_black",
    "measure": "no_honours",
    "starts_on": "2026-03-01",
    "content": "不予参评",
    "field": "工程建设",
}


def report(city: Served, *reports: dict[str, Any], role: Role = Role.PLATFORM) -> dict[str, Any]:
    answer = city.post("/v1/feedback", role, json={"reports": reports})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_feedback_is_taken_once_and_lifted_once(city: Served) -> None:
    assert report(city, REPORT)["accepted"] == 1
    assert report(city, REPORT, REPORT)["unchanged"] == 2
    (other,) = report(city, REPORT | {"content": "别的"})["rejected"]
    assert (other["row"], other["code"]) == (1, "feedback.reported_otherwise")
    lifted = REPORT | {"state": "lifted", "lifted_on": "2026-04-01", "result": "已解除"}
    assert report(city, lifted)["lifted"] == 1
    assert report(city, lifted)["unchanged"] == 1
    shown = next(one for one in city.get("/v1/feedback", Role.PLATFORM).json()["reports"] if one["reference"] == "R-1")
    assert (shown["lifted_on"], shown["kind"], shown["result"], shown["enterprise"]["value"]) == (
        "2026-04-01",
        "punishment",
        "已解除",
        BLACK.code,
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"measure": "unheard_of"}, "feedback.measure"),
        ({"measure": "refuse_named_lists"}, "feedback.measure"),
        ({"measure": "no_honours", "list": "serious_illegal"}, "feedback.measure"),
        ({"starts_on": "2020-01-01"}, "feedback.measure"),
        ({"starts_on": "2999-01-01"}, "feedback.measure"),
        ({"starts_on": "2026-01-14"}, "feedback.no_entry"),
        ({"code": CLEAN.code}, "feedback.no_entry"),
        ({"code": REPAIRED.code, "starts_on": "2026-07-01"}, "feedback.no_entry"),
        ({"code": BLACK.code[:-1] + "?"}, "identifier"),
        ({"state": "lifted"}, "feedback.malformed"),
        ({"ends_on": "2026-02-01"}, "feedback.malformed"),
        ({"gossip": 1}, "feedback.malformed"),
        ({"starts_on": "yesterday"}, "feedback.malformed"),
    ],
)
def test_only_a_measure_in_force_and_an_entry_that_held_are_taken(city: Served, changed: dict[str, Any], code: str) -> None:
    (fault,) = report(city, REPORT | {"reference": f"bad {sorted(changed.items())}"} | changed)["rejected"]
    assert fault["code"].startswith(code), fault


def test_who_still_applies_a_measure_when_its_entry_ended_is_listed_until_they_lift_it(city: Served) -> None:
    number = list_one(city, CLEAN)
    given = REPORT | {"reference": "S-1", "agency": "样例科技局", "code": CLEAN.code}
    report(city, given, given | {"reference": "S-2", "ends_on": "2026-05-01"})

    def still(role: Role = Role.REGULATOR) -> list[str]:
        return [one["reference"] for one in city.get("/v1/feedback/still-applied", role).json()["reports"]]

    assert "S-1" not in still()
    move_one(city, number, Cause.REPAIRED)
    assert still() == ["S-1"]
    assert still(Role.SOURCE) == []
    counted = {(one["agency"], one["measure"]): one for one in city.get("/v1/feedback/counts", Role.REGULATOR).json()["counts"]}
    one = counted["样例科技局", "no_honours"]
    assert (one["applied"], one["lifted"], one["still_applied"]) == (2, 0, 1)
    report(city, given | {"state": "lifted", "lifted_on": "2026-06-02"})
    assert still() == []


def test_feedback_comes_as_a_file_with_the_headers_of_the_form(city: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = ",".join(COLUMNS)
    rows = [
        f"F-1,{RED.code.lower()},{RED.name},守信,quality_red,样例人社局,2026-03-01,,red_priority,容缺受理,社保,激励,好,执行中,",
        f"F-2,{RED.code},{RED.name},守信,quality_red,样例人社局,2026-03-01,,no_honours,x,社保,1,,执行中,",
    ]
    content = ("\ufeff" + "\r\n".join([head, *rows])).encode()
    sent = city.post("/v1/feedback/file", Role.SOURCE, files={"file": ("f.csv", content, "text/csv")}).json()
    assert (sent["accepted"], [one["row"] for one in sent["rejected"]]) == (1, [2])
    for bad in (b"", b"\xff\xfe\x00", head.encode()):
        refused = city.post("/v1/feedback/file", Role.SOURCE, files={"file": ("f.csv", bad, "text/csv")})
        assert (refused.status_code, refused.json()["code"]) == (422, "feedback.table")
    monkeypatch.setenv("DATABASE_URL", city.url)
    file = tmp_path / "f.csv"
    file.write_bytes(content.replace(b"F-", b"G-"))
    done = CliRunner().invoke(app, ["feedback", "report", str(file), "--as", "platform"])
    assert (done.exit_code, done.output.splitlines()[0]) == (3, "1 accepted, 0 lifted, 0 unchanged, 1 rejected")
    for words in (["feedback", "still-applied"], ["feedback", "counts"], ["watches", "list"], ["checks", "list"]):
        assert CliRunner().invoke(app, words, catch_exceptions=False).exit_code == 0


def test_the_database_keeps_feedback_as_reported(city: Served) -> None:
    report(city, REPORT | {"reference": "D-1"})
    for statement in ("DELETE FROM feedback", "UPDATE feedback SET agency = 'x' WHERE reference = 'D-1'"):
        with writing(city) as session, pytest.raises(Exception, match=r"stay as they were written|stays as it was reported"):
            session.connection().execute(text(statement))


def test_an_auditor_exports_every_check_of_a_range_of_days_as_it_was_answered(city: Served) -> None:
    asked = ask(city, CLEAN, matter="=HYPERLINK(1)")
    today = str(legal_day())
    table = city.get("/v1/checks.csv", Role.AUDITOR, **{"from": today, "to": today})
    rows = {row["check_id"]: row for row in csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))}
    row = rows[str(asked["check_id"])]
    answer = city.get(f"/v1/checks/{asked['check_id']}", Role.PROCUREMENT).content
    assert row["answer_sha256"] == hashlib.sha256(answer).hexdigest()
    assert (row["asked_by"], row["catalogue_hash"]) == ("holder of procurement", asked["catalogue_hash"])
    assert not row["matter"].startswith("=")
    lines = city.get("/v1/checks.ndjson", Role.AUDITOR, **{"from": today, "to": today}).content.splitlines()
    assert answer in lines
    assert len(lines) == len(rows)
    assert city.get("/v1/checks.ndjson", Role.AUDITOR, **{"from": "2020-01-01", "to": "2020-12-31"}).content == b""
    assert city.get("/v1/checks.csv", Role.PROCUREMENT, **{"from": today, "to": today}).status_code == 403
    assert city.get("/v1/checks.csv", Role.AUDITOR, **{"from": today, "to": "2020-01-01"}).json()["code"] == "check.range"
