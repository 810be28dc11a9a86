"""The city's targets: figures equal a plain count of the records, each sees its own, and a source's lateness runs by working days."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from data.codes.working_days import working_days
from data.database import connect, make_engine, write_session
from data.policy_files import shipped_acts
from data.sample_city.loading import load_relations
from data.targets.rules import city_targets, source_rules
from models.access import Role
from models.regions import stem_of
from models.targets import is_met
from service.operations.manage_keys import create_key
from service.operations.show_targets import count_last_night
from tests.service.serving import OPERATOR, bearing, make_keys, serving

AS_OF = "2026-10-31"
DISTRICT = "640104"
SOURCE = "sample-market"
SIZE = 400


@dataclass(frozen=True)
class Town:
    client: httpx.Client
    keys: dict[Role, str]
    url: str

    def get(self, path: str, key: Role | str, **params: Any) -> httpx.Response:
        text = self.keys[key] if isinstance(key, Role) else key
        return self.client.get(path, headers=bearing(text), params=params or None)


@pytest.fixture(scope="module")
def town(clone: Callable[[], str]) -> Iterator[Town]:
    url = clone()
    load_relations(url, SIZE)
    keys = make_keys(url, source=SOURCE)
    with serving(url) as client:
        yield Town(client, keys, url)


def rows_of(url: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    with connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


def plain_count(url: str, *, seq: int = 10**9) -> dict[str, dict[tuple[str | None, str, str], tuple[int, int]]]:
    """Counted, reached per target and (district, source, month), by loops over all rows."""
    known = "known_seq <= %s AND (superseded_seq IS NULL OR superseded_seq > %s)"
    records = rows_of(url, f"SELECT * FROM record WHERE NOT is_withdrawn AND {known}", seq, seq)
    spans = rows_of(url, f"SELECT * FROM registry_fact WHERE {known}", seq, seq)
    day = date.fromisoformat(AS_OF)
    region = {
        s["enterprise_key"]: s["region"] for s in spans if s["valid_from"] <= day and (s["valid_until"] is None or s["valid_until"] > day)
    }
    classes = {"industrial_sampling": {"industrial", "consumer"}, "farm_produce_sampling": {"farm_produce"}, "food_sampling": {"food"}}
    found: dict[str, dict[Any, tuple[int, int]]] = {}
    for code, wanted in classes.items():
        events: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for r in records:
            if r["kind"] != "sampling" or r["outcome"] not in ("none_found", "failed") or r["detail"].get("product_class") not in wanted:
                continue
            if r["detail"].get("stage") in ("recheck", "second_recheck") or r["concluded_on"] is None:
                continue
            if date(2026, 1, 1) <= r["concluded_on"] <= day:
                events[r["source"], r["event_key"]].append(r)
        found[code] = _cells(events, region, "concluded_on", lambda r: r["outcome"] == "none_found")
    complaints: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for r in records:
        if r["kind"] == "complaint" and date(2026, 1, 1) <= r["occurred_on"] <= day:
            complaints[r["source"], r["event_key"]].append(r)
    is_closed = lambda r: r["concluded_on"] is not None and r["concluded_on"] <= day  # noqa: E731
    found["complaints_closed"] = _cells(complaints, region, "occurred_on", is_closed)
    return found


def _cells(events: dict[Any, list[dict[str, Any]]], region: dict[int, str], by: str, good: Callable[[Any], bool]) -> dict[Any, Any]:
    cells: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (source, _), records in events.items():
        first = min(records, key=lambda r: (r["capacity"] != "sampled_unit", r["enterprise_key"]))
        key = (region.get(first["enterprise_key"]), source, f"{max(r[by] for r in records):%Y-%m}")
        counted, reached = cells[key]
        cells[key] = (counted + 1, reached + all(good(r) for r in records))
    return cells


def table_of(answer: httpx.Response) -> dict[str, dict[Any, tuple[int, int]]]:
    assert answer.status_code == 200, answer.text
    found: dict[str, dict[Any, tuple[int, int]]] = defaultdict(dict)
    for line in csv.DictReader(io.StringIO(answer.text)):
        district = None if line["district"] == "unknown" else line["district"]
        found[line["target"]][district, line["source"], line["month"]] = (int(line["counted"]), int(line["reached"]))
    return found


def test_every_cell_is_what_a_plain_count_finds(town: Town) -> None:
    told = table_of(town.get("/v1/targets.csv", Role.AUDITOR, as_of=AS_OF))
    plain = plain_count(town.url)
    assert told == plain
    assert sum(len(cells) for cells in plain.values()) > 100


def test_figures_are_told_as_known_at_an_instant(town: Town) -> None:
    early = "2026-11-01T01:30:00Z"
    told = table_of(town.get("/v1/targets.csv", Role.AUDITOR, as_of=AS_OF, known_at=early))
    assert told == plain_count(town.url, seq=1) != plain_count(town.url)


def test_districts_sources_and_months_each_add_up_to_the_figure(town: Town) -> None:
    told = town.get("/v1/targets", Role.AUDITOR, as_of=AS_OF).json()
    assert [one["code"] for one in told["targets"]] == [target.code for target in city_targets()]
    for one in told["targets"]:
        whole = one["figure"]
        assert whole["counted"] > 0
        for group in ("districts", "sources", "months"):
            for name in ("counted", "reached"):
                assert sum(part["figure"][name] for part in one[group]) == whole[name], (one["code"], group)
        assert whole["share_x10000"] == whole["reached"] * 10_000 // whole["counted"]
        assert whole["is_met"] == (whole["reached"] * 10_000 >= whole["counted"] * one["at_least_x10000"])


def test_a_source_sees_its_own_figures_and_its_own_quality_alone(town: Town) -> None:
    told = table_of(town.get("/v1/targets.csv", Role.SOURCE, as_of=AS_OF))
    assert {source for cells in told.values() for _, source, _ in cells} == {SOURCE}
    assert town.get(f"/v1/sources/{SOURCE}/quality", Role.SOURCE, as_of=AS_OF).status_code == 200
    other = town.get("/v1/sources/sample-tax/quality", Role.SOURCE, as_of=AS_OF)
    assert (other.status_code, other.json()["code"]) == (404, "source.unknown")
    assert town.get("/v1/targets", Role.PROCUREMENT).status_code == 403


def test_an_officer_of_a_district_sees_that_district_alone(town: Town) -> None:
    engine = make_engine(town.url, size=1)
    with write_session(engine) as session:
        of_district = create_key(session, role=Role.REGULATOR, holder="officer of a district", region=DISTRICT, actor=OPERATOR).text
        of_city = create_key(session, role=Role.REGULATOR, holder="officer of the city", region="640100", actor=OPERATOR).text
        session.commit()
    engine.dispose()
    everything = table_of(town.get("/v1/targets.csv", Role.AUDITOR, as_of=AS_OF))
    own = table_of(town.get("/v1/targets.csv", of_district, as_of=AS_OF))
    assert own == {code: {key: value for key, value in cells.items() if key[0] == DISTRICT} for code, cells in everything.items()}
    assert table_of(town.get("/v1/targets.csv", of_city, as_of=AS_OF)) == everything


def test_what_was_counted_at_night_answers_by_day_and_says_what_it_rests_on(town: Town) -> None:
    engine = make_engine(town.url, size=1)
    counting = count_last_night(engine)
    engine.dispose()
    told = town.get("/v1/targets", Role.AUDITOR).json()
    assert told["as_of"] == counting.as_of.isoformat()
    with psycopg.connect(town.url) as connection:
        connection.execute("UPDATE target_count SET cells = '[]'")
    emptied = town.get("/v1/targets", Role.AUDITOR).json()
    assert {one["figure"]["counted"] for one in emptied["targets"]} == {0}
    assert {one["figure"]["is_met"] for one in emptied["targets"]} == {None}
    assert town.get("/v1/targets", Role.AUDITOR, as_of=counting.as_of.isoformat()).json()["targets"] == told["targets"]
    with psycopg.connect(town.url) as connection:
        connection.execute("DELETE FROM target_count")


def test_how_a_source_delivers_is_counted_at_night_but_for_its_rows(town: Town) -> None:
    engine = make_engine(town.url, size=1)
    counting = count_last_night(engine)
    engine.dispose()
    told = town.get(f"/v1/sources/{SOURCE}/quality", Role.SOURCE).json()
    assert told == town.get(f"/v1/sources/{SOURCE}/quality", Role.SOURCE, as_of=counting.as_of.isoformat()).json()
    with psycopg.connect(town.url) as connection:
        connection.execute("UPDATE target_count SET quality = jsonb_set(quality, %s, '[]')", ([SOURCE, "lateness"],))
        connection.execute("UPDATE target_count SET quality = jsonb_set(quality, %s, '7')", ([SOURCE, "rows", "rows_read"],))
    assert town.get(f"/v1/sources/{SOURCE}/quality", Role.SOURCE).json() == told | {"lateness": []}
    assert town.get("/v1/sources/sample-tax/quality", Role.SOURCE).status_code == 404
    with psycopg.connect(town.url) as connection:
        connection.execute("DELETE FROM target_count")


def test_lateness_runs_by_working_days_from_the_records_own_day_to_the_delivery(town: Town) -> None:
    told = town.get(f"/v1/sources/{SOURCE}/quality", Role.SOURCE, as_of=AS_OF).json()
    (penalty,) = [line for line in told["lateness"] if line["kind"] == "penalty"]
    zone = "(received_at AT TIME ZONE 'Asia/Shanghai')::date"
    (began,) = [row["day"] for row in rows_of(town.url, f"SELECT min({zone}) AS day FROM delivery WHERE source = %s", SOURCE)]
    records = rows_of(
        town.url,
        f"SELECT r.decided_on, {zone} AS told_on FROM record r JOIN record f ON f.record_key = r.record_key AND f.revision = 1"
        " JOIN delivery d ON d.delivery_id = f.delivery_id WHERE r.source = %s AND r.kind = 'penalty' AND r.superseded_seq IS NULL"
        " AND NOT r.is_withdrawn AND r.decided_on BETWEEN '2026-01-01' AND %s",
        SOURCE,
        AS_OF,
    )
    due = {row["decided_on"]: working_days().after(row["decided_on"], 7) for row in records}
    history = [row for row in records if due[row["decided_on"]] < began]
    rest = [row for row in records if due[row["decided_on"]] >= began]
    late = [row for row in rest if row["told_on"] > due[row["decided_on"]]]
    assert (penalty["records"], penalty["history"]) == (len(records), len(history))
    assert (penalty["late"], penalty["in_time"]) == (len(late), len(rest) - len(late))
    assert penalty["working_days"] == 7


def test_a_record_told_after_its_legal_day_is_late_by_so_many_days(town: Town) -> None:
    began = date(2026, 3, 2)
    with psycopg.connect(town.url) as connection:
        connection.execute("INSERT INTO source VALUES ('late-bureau', '迟报局', 'Late bureau', '{penalty}', NULL, now())")
        (enterprise,) = connection.execute("SELECT enterprise_key FROM enterprise ORDER BY 1 LIMIT 1").fetchone() or (0,)
        columns = [
            name for (name,) in connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'delivery'")
        ]
        for number, received in enumerate((began, date(2026, 3, 31))):
            changed = {"source": "'late-bureau'", "idempotency_key": f"'{number}'", "received_at": f"'{received}T02:00:00Z'"}
            taken = ", ".join(changed.get(name, name) for name in columns if name != "delivery_id")
            named = ", ".join(name for name in columns if name != "delivery_id")
            made = connection.execute(
                f"INSERT INTO delivery ({named}) SELECT {taken} FROM delivery LIMIT 1 RETURNING delivery_id"
            ).fetchone()
            assert made is not None
            _copy_penalty(
                connection, number, enterprise=enterprise, delivery=made[0], decided_on=date(2026, 2, 27) + timedelta(days=number * 11)
            )
    told = town.get("/v1/sources/late-bureau/quality", Role.AUDITOR, as_of=AS_OF).json()
    (line,) = told["lateness"]
    # Decided on 2026-03-10, due on 2026-03-19 after seven working days, told on 2026-03-31.
    assert (line["records"], line["in_time"], line["late"], line["late_days_half"], line["late_days_most"]) == (2, 1, 1, 12, 12)


def _copy_penalty(connection: psycopg.Connection[Any], number: int, *, enterprise: int, delivery: int, decided_on: date) -> None:
    columns = [name for (name,) in connection.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'record'")]
    changed = {
        "record_key": str(77_000 + number),
        "source": "'late-bureau'",
        "source_ref": f"'late-{number}'",
        "enterprise_key": str(enterprise),
        "delivery_id": str(delivery),
        "occurred_on": f"'{decided_on}'",
        "decided_on": f"'{decided_on}'",
        "revision": "1",
        "superseded_seq": "NULL",
        "superseded_at": "NULL",
        "is_withdrawn": "false",
    }
    taken = ", ".join(changed.get(name, name) for name in columns)
    connection.execute(
        f"INSERT INTO record ({', '.join(columns)}) SELECT {taken} FROM record WHERE kind = 'penalty' ORDER BY record_key LIMIT 1"
    )


def test_completeness_counts_the_fields_that_records_carry(town: Town) -> None:
    told = town.get(f"/v1/sources/{SOURCE}/quality", Role.SOURCE, as_of=AS_OF).json()
    (line,) = [one for one in told["fields"] if (one["kind"], one["field"]) == ("penalty", "detail.violation")]
    (plain,) = rows_of(
        town.url,
        "SELECT count(*) AS records, count(detail ->> 'violation') AS filled FROM record WHERE source = %s AND kind = 'penalty'"
        " AND superseded_seq IS NULL AND NOT is_withdrawn AND occurred_on BETWEEN '2026-01-01' AND %s",
        SOURCE,
        AS_OF,
    )
    assert (line["records"], line["filled"]) == (plain["records"], plain["filled"])
    assert 0 < plain["filled"] < plain["records"]


def test_every_clause_of_the_files_names_an_act_of_the_register() -> None:
    cited = {target.clause.act for target in city_targets()} | {delay.clause.act for delay in source_rules().delays}
    assert cited <= shipped_acts().keys()


def test_a_share_just_below_a_target_is_not_rounded_up_to_it() -> None:
    assert is_met(18_999, 20_000, at_least=9_500) is False
    assert is_met(19_000, 20_000, at_least=9_500) is True
    assert is_met(0, 0, at_least=9_500) is None


@pytest.mark.parametrize(("code", "stem"), [("640000", "64"), ("640100", "6401"), ("640104", "640104"), ("64", "64")])
def test_a_region_holds_what_begins_like_it(code: str, stem: str) -> None:
    assert stem_of(code) == stem


@contextmanager
def reader_of(town: Town, role: Role) -> Iterator[httpx.Client]:
    headers = {"Accept": "text/html", "Accept-Language": "zh-CN"}
    with httpx.Client(base_url=town.client.base_url, follow_redirects=True, headers=headers) as client:
        assert client.post("/sign-in", data={"key": town.keys[role]}).status_code == 200
        yield client


def test_the_page_shows_every_figure_in_words_and_numbers_and_leads_to_how_a_source_delivers(town: Town) -> None:
    told = town.get("/v1/targets", Role.AUDITOR, as_of=AS_OF).json()
    with reader_of(town, Role.AUDITOR) as client:
        page = client.get("/targets", params={"as_of": AS_OF}).text
        for one in told["targets"]:
            figure = one["figure"]
            assert one["title"]["zh"] in page
            assert f"{figure['share_x10000'] / 100:.2f} %（{figure['counted']:,} 件中 {figure['reached']:,} 件）" in page
            assert page.count('role="img"') == len(told["targets"]), "a chart for each, told in words"
        assert "兴庆区" in page
        assert "<script" not in page
        quality = client.get("/targets", params={"as_of": AS_OF, "source": SOURCE, "lang": "en"}).text
        assert "How Market Regulation Bureau (sample) delivers" in quality
        assert "working days" in quality
        saved = client.get("/targets.csv", params={"as_of": AS_OF})
        assert saved.headers["content-disposition"] == f'attachment; filename="targets-{AS_OF}.csv"'
        assert table_of(saved) == table_of(town.get("/v1/targets.csv", Role.AUDITOR, as_of=AS_OF))


def test_the_links_of_the_page_lead_to_the_figures_that_it_shows(town: Town) -> None:
    engine = make_engine(town.url, size=1)
    count_last_night(engine)
    engine.dispose()
    with psycopg.connect(town.url) as connection:
        connection.execute("UPDATE target_count SET cells = '[]'")  # what was counted at night is not what is counted now
    with reader_of(town, Role.AUDITOR) as client:
        (link,) = re.findall(r'href="(/targets\.csv[^"]*)"', client.get("/targets").text)
        assert len(client.get(link).text.splitlines()) == 1
        of_day = client.get("/targets", params={"as_of": AS_OF}).text
        (link,) = re.findall(r'href="(/targets\.csv[^"]*)"', of_day)
        assert table_of(client.get(link)) == table_of(town.get("/v1/targets.csv", Role.AUDITOR, as_of=AS_OF))
        assert f'href="/targets?source={SOURCE}&amp;as_of={AS_OF}#quality"' in of_day
    with psycopg.connect(town.url) as connection:
        connection.execute("DELETE FROM target_count")


def test_the_page_is_for_authorities_and_for_a_source_about_itself(town: Town) -> None:
    with reader_of(town, Role.SOURCE) as client:
        own = client.get("/targets", params={"as_of": AS_OF, "source": "sample-tax"}).text
        assert "仅含本单位报送的记录" in own
        assert "报送质量：银川市市场监督管理局（样例）" in own
        assert "税务局" not in own
    with reader_of(town, Role.PROCUREMENT) as client:
        assert client.get("/targets").status_code == 403
    with httpx.Client(base_url=town.client.base_url) as nobody:
        assert nobody.get("/targets").headers["location"].startswith("/sign-in")
