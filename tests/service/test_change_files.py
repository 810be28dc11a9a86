"""The feed in every form, the schema that holds it, and the feed of invented entries."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from pydantic import TypeAdapter
from python_calamine import CalamineWorkbook

from models.access import Role
from models.changes import FeedLine, verify
from models.checkpoints import read_checkpoint
from models.copies import Copy
from models.invented_feed import FORGOTTEN
from models.listings import Cause, ListingState
from service.change_files import COLUMNS, event_of, rows_of
from service.list_answers import as_csv
from service.operations.change_schema import change_schema
from service.table_files import as_parquet, as_xlsx
from tests.service.conftest import Served
from tests.service.town import BLACK, LISTED_PERSON

SCHEMA = Path(__file__).parent.parent.parent / "docs" / "change.schema.json"
FIRST = Path(__file__).parent.parent / "snapshots" / "change-v1-first.json"


def lines_of(town: Served) -> list[dict[str, Any]]:
    return [json.loads(line) for line in town.get("/v1/changes.ndjson", Role.PLATFORM).text.splitlines()]


def tables(town: Served, path: str, role: Role) -> list[list[list[Any]]]:
    """The same table from its three files, as text."""
    text = list(csv.reader(io.StringIO(town.get(f"{path}.csv", role).content.decode("utf-8-sig"))))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(town.get(f"{path}.xlsx", role).content)).get_sheet_by_index(0).to_python()
    table = parquet.read_table(io.BytesIO(town.get(f"{path}.parquet", role).content))
    rows = [table.column_names, *(["" if cell is None else str(cell) for cell in row.values()] for row in table.to_pylist())]
    return [text, [[str(cell) for cell in row] for row in sheet], rows]


def test_changes_are_the_same_table_as_csv_workbook_and_parquet(town: Served) -> None:
    text, sheet, rows = tables(town, "/v1/changes", Role.PLATFORM)
    assert text == sheet == rows
    assert text[0] == list(COLUMNS)
    assert [row[0] for row in text[1:]] == [str(line["seq"]) for line in lines_of(town)]


def test_a_list_is_the_same_table_as_csv_workbook_and_parquet(town: Served) -> None:
    text, sheet, rows = tables(town, "/v1/lists/quality_black/snapshot", Role.PUBLIC)
    assert text == sheet == rows
    assert {row[1 + text[0].index("scheme")] for row in text[1:]} == {BLACK.code, LISTED_PERSON.code}


def test_cloud_events_carry_the_lines_as_they_are(town: Served) -> None:
    answer = town.get("/v1/changes.cloudevents.json", Role.PLATFORM)
    assert answer.headers["content-type"] == "application/cloudevents-batch+json"
    events = answer.json()
    assert [event["data"] for event in events] == lines_of(town)
    assert {event["specversion"] for event in events} == {"1.0"}
    assert [event["id"] for event in events] == [f"1-{line['seq']}" for line in lines_of(town)]
    streamed = town.get("/v1/changes.cloudevents.ndjson", Role.PLATFORM, after=2).text.splitlines()
    assert [json.loads(line) for line in streamed] == events[2:]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "cloudevents.json", "cloudevents.ndjson"])
def test_a_cursor_from_the_future_is_refused_in_every_form(town: Served, form: str) -> None:
    answer = town.get(f"/v1/changes.{form}", Role.PLATFORM, after=10**9)
    assert (answer.status_code, answer.json()["code"]) == (409, "changes.cursor_ahead")


def test_no_file_executes_in_a_spreadsheet() -> None:
    bad = '=HYPERLINK("http://127.0.0.1")'
    line = dict.fromkeys(("cause", "effective_on", "recorded_at", "commitment", "previous_hash", "hash", "salt"), bad)
    body = {"list": "black", "colour": "black", "enterprise": {"scheme": "x", "value": bad}, "name": bad, "before": None, "after": {}}
    rows = list(rows_of([line | {"seq": 1, "epoch": 1, "known_seq": 1, "replaces_seq": None, "body": body}]))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(COLUMNS, rows))).get_sheet_by_index(0).to_python()
    text = list(csv.reader(io.StringIO(b"".join(as_csv(COLUMNS, rows)).decode("utf-8-sig"))))
    for cells in (sheet[1], text[1]):
        assert "'" + bad in cells
        assert bad not in cells


def test_an_emptied_line_is_a_row_of_its_chained_part_alone() -> None:
    line = dict.fromkeys(COLUMNS[:11], "x") | {"seq": 7, "salt": None, "body": None}
    (row,) = rows_of([line])
    assert row[0] == 7
    assert set(row[11:]) == {None}
    assert parquet.read_table(io.BytesIO(as_parquet(COLUMNS, [row]))).num_rows == 1


def test_the_schema_of_a_line_is_the_published_one(town: Served) -> None:
    told = town.get("/v1/schemas/change.json").json()
    assert told == json.loads(json.dumps(change_schema()))
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == told, "write docs/change.schema.json anew and look at the difference"


def test_within_v1_the_schema_only_gains_fields() -> None:
    def plain(schema: Any) -> dict[str, Any]:
        return {name: value for name, value in schema.items() if name not in {"description", "title"}}

    def lost(first: Any, now: Any, path: str = "") -> list[str]:
        if not isinstance(first, dict):
            return []
        gone = [f"{path}.{name}" for name in first.get("properties", {}) if name not in now.get("properties", {})]
        for name, schema in first.get("properties", {}).items():
            if name in now.get("properties", {}):
                before, after = (
                    {k: v for k, v in one.items() if k not in {"description", "title"}} for one in (schema, now["properties"][name])
                )
                gone += [f"{path}.{name} changed"] if before != after else []
        gone += [f"{path}.{name} no longer required" for name in first.get("required", []) if name not in now.get("required", [])]
        for name, inner in first.get("$defs", {}).items():
            if "enum" in inner:
                gone += [f"{name} lost {one}" for one in inner["enum"] if one not in now["$defs"][name]["enum"]]
            else:
                gone += lost(inner, now["$defs"].get(name, {}), name)
        return gone

    assert lost(json.loads(FIRST.read_text(encoding="utf-8")), change_schema()) == []


def test_the_test_feed_shows_every_cause_and_state_and_marks_every_line(town: Served) -> None:
    page = town.get("/v1/test-feed/changes", limit=500).json()
    lines = [FeedLine.model_validate(line) for line in page["changes"]]
    assert all(line.test for line in lines)
    assert {line.cause for line in lines} == set(Cause)
    assert {line.body.after.state for line in lines if line.body} == set(ListingState)
    assert all(line.body.enterprise.value.startswith("TEST-") and "样例" in (line.body.name or "") for line in lines if line.body)
    assert [line.seq for line in lines if line.body is None] == list(FORGOTTEN)
    assert verify(page["changes"]) == (page["head"]["seq"], page["head"]["hash"])
    assert "test" not in lines_of(town)[0]


def test_the_test_feed_is_signed_as_a_test_and_never_as_the_log(town: Served) -> None:
    keys = town.get("/.well-known/jwks.json").json()
    signed = read_checkpoint(town.get("/v1/test-feed/checkpoint").json()["token"], keys)
    copy = Copy()
    copy.take(town.get("/v1/test-feed/changes", limit=500).json()["changes"])
    copy.compare(signed)
    assert signed.log == "test"
    assert read_checkpoint(town.get("/v1/checkpoint").json()["token"], keys).log == "changes"


@pytest.mark.parametrize("way", [(), ("--from-snapshot",)])
def test_the_mirror_follows_the_test_feed_without_a_key(town: Served, tmp_path: Path, way: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "service.cli", "mirror", str(town.client.base_url), "--feed", "test", "--dir", str(tmp_path), *way]
    done = subprocess.run(command, env={"PATH": "", "PYTHONPATH": ":".join(sys.path)}, capture_output=True, text=True, check=False)
    assert "The copy is equal" in done.stdout, done.stderr


def test_an_event_is_what_the_specification_asks_for() -> None:
    event = event_of({"seq": 4, "epoch": 1, "recorded_at": "2026-03-01T08:00:00.000000Z"})
    assert {"specversion", "id", "source", "type"} <= event.keys()
    TypeAdapter(dict[str, str]).validate_python({name: value for name, value in event.items() if name != "data"})
