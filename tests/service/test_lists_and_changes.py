"""What lists, their exports and the feed say, and to whom."""

import csv
import io
import json

import pytest

from models.access import Role
from models.changes import verify
from service.api.changes import AHEAD
from service.feed_answers import FeedPage
from service.list_answers import ListPage, neutral
from tests.service.conftest import Served
from tests.service.town import BLACK, LISTED_PERSON, RED, REPAIRED


def test_lists_are_published_with_their_entries_of_today(town: Served) -> None:
    lists = {line["code"]: line for line in town.get("/v1/lists").json()["lists"]}
    assert lists["quality_black"]["entries"] == 2
    assert lists["quality_red"]["entries"] == 1
    assert lists["judgment_debtor"]["ask"]["zh"]


def test_a_list_comes_by_page_each_entry_once(town: Served) -> None:
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = ListPage.model_validate_json(town.get("/v1/lists/quality_black", after=after, limit=1).content)
        seen += [entry.enterprise.value for entry in page.entries]
        after = page.next
    assert sorted(seen) == sorted([BLACK.code, LISTED_PERSON.code])


def test_what_was_repaired_is_shown_to_nobody_outside_whatever_day_they_ask_about(town: Served) -> None:
    for role in (Role.PUBLIC, Role.PROCUREMENT, Role.PLATFORM):
        page = town.get("/v1/lists/quality_black", role, as_of="2026-03-01")
        assert REPAIRED.code not in page.text
    whole = ListPage.model_validate_json(town.get("/v1/lists/quality_black", Role.AUDITOR, as_of="2026-03-01").content)
    (entry,) = [entry for entry in whole.entries if entry.enterprise.value == REPAIRED.code]
    assert (entry.listing.state, entry.listing.end_cause) == ("ended", "repaired")


def test_a_list_of_a_day_before_an_entry_began_lacks_it(town: Served) -> None:
    assert town.get("/v1/lists/quality_black", as_of="2026-01-14").json()["entries"] == []


def test_the_authorities_see_the_state_of_every_entry_on_a_day(town: Served) -> None:
    def states(day: str) -> list[str]:
        found: list[str] = []
        after: int | None = 0
        while after is not None:
            page = town.get("/v1/lists/quality_black/states", Role.REGULATOR, as_of=day, limit=1, after=after).json()
            found += [entry["state"] for entry in page["entries"]]
            after = page["next"]
        return sorted(found)

    assert states("2019-01-01") == []
    assert states("2026-06-01").count("in_force") == 2
    assert "ended" in states("2026-06-01"), "an entry that was repaired"
    assert town.get("/v1/lists/quality_black/states", Role.PROCUREMENT).status_code == 403


def test_an_instant_in_the_future_is_refused(town: Served) -> None:
    answer = town.get("/v1/lists/quality_black", known_at="2999-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (409, "knowledge.in_future")
    assert town.get("/v1/lists/quality_black", known_at="2026-01-01T00:00:00").status_code == 422


def test_an_unknown_list_is_not_found(town: Served) -> None:
    for path in ("/v1/lists/nothing", "/v1/lists/nothing/snapshot.csv"):
        assert town.get(path).json()["code"] == "list.not_found"
    assert town.get("/v1/lists/Quality'--").status_code == 422


def test_a_csv_export_names_the_number_of_the_log_and_reads_as_a_table(town: Served) -> None:
    answer = town.get("/v1/lists/quality_black/snapshot.csv")
    head = town.get("/v1/changes", Role.PLATFORM).json()["head"]
    assert answer.headers["log-seq"] == str(head["seq"])
    assert f"seq{head['seq']}" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["value"] for row in rows} == {BLACK.code, LISTED_PERSON.code}
    assert all(row["basis"] and row["decision_no"] for row in rows)


def test_an_ndjson_export_begins_with_what_it_is(town: Served) -> None:
    head, *entries = [json.loads(line) for line in town.get("/v1/lists/quality_red/snapshot.ndjson").text.splitlines()]
    assert head["snapshot"]["list"] == "quality_red"
    assert head["snapshot"]["hash"]
    assert [entry["enterprise"]["value"] for entry in entries] == [RED.code]


def test_an_export_held_already_is_not_sent_again(town: Served) -> None:
    for path in ("/v1/lists/quality_black", "/v1/lists/quality_black/snapshot.csv", "/v1/lists"):
        tag = town.get(path).headers["etag"]
        assert town.client.get(path, headers={"If-None-Match": tag}).status_code == 304
    public, auditor = (town.get("/v1/lists/quality_black/snapshot.csv", role).headers["etag"] for role in (Role.PUBLIC, Role.AUDITOR))
    assert public != auditor


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x"])
def test_a_cell_that_a_spreadsheet_would_execute_is_neutralised(cell: str) -> None:
    assert neutral(cell) == "'" + cell


def test_an_ordinary_cell_is_left_alone() -> None:
    assert [neutral(cell) for cell in ("银川", 12, None, "a=b")] == ["银川", "12", "", "a=b"]


def test_a_consumer_that_follows_the_feed_gets_every_line_once_and_the_chain_holds(town: Served) -> None:
    lines: list[dict[str, object]] = []
    after = 0
    while True:
        page = town.get("/v1/changes", Role.PLATFORM, after=after, limit=2)
        FeedPage.model_validate_json(page.content)
        body = page.json()
        if not body["changes"]:
            break
        lines += body["changes"]
        after = body["next"]
    assert (len(lines), body["head"]["hash"]) == (verify(lines)[0], verify(lines)[1])
    streamed = [json.loads(line) for line in town.get("/v1/changes.ndjson", Role.PLATFORM).text.splitlines()]
    assert streamed == lines
    assert [json.loads(line) for line in town.get("/v1/changes.ndjson", Role.PLATFORM, after=2, limit=1).text.splitlines()] == lines[2:3]


def test_a_stream_of_several_blocks_is_the_log_in_its_order(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = town.get("/v1/changes.ndjson", Role.PLATFORM).content
    monkeypatch.setattr("service.api.changes.BLOCK", 1)
    assert len(whole.splitlines()) > AHEAD
    assert town.get("/v1/changes.ndjson", Role.PLATFORM).content == whole
    assert town.get("/v1/changes.ndjson", Role.PLATFORM, after=1).content.splitlines() == whole.splitlines()[1:]


def test_a_consumer_that_is_up_to_date_is_told_so(town: Served) -> None:
    head = town.get("/v1/changes", Role.PLATFORM).json()["head"]
    page = town.get("/v1/changes", Role.PLATFORM, after=head["seq"]).json()
    assert (page["changes"], page["next"], page["head"]) == ([], head["seq"], head)
    assert town.get("/v1/changes.ndjson", Role.PLATFORM, after=head["seq"]).content == b""


@pytest.mark.parametrize("path", ["/v1/changes", "/v1/changes.ndjson"])
def test_a_cursor_from_the_future_is_refused_and_the_epoch_is_named(town: Served, path: str) -> None:
    answer = town.get(path, Role.PLATFORM, after=10**12)
    assert (answer.status_code, answer.json()["code"]) == (409, "changes.cursor_ahead")
    assert "epoch 1" in answer.json()["detail"]
    assert town.get(path, Role.PLATFORM, after=-1).status_code == 422
    assert town.get(path, Role.PLATFORM, after=2**70).status_code == 422
