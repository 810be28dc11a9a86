"""Rehearsals of policies over a small sample city: exact, without effects, the same after a kill, and read at every door."""

import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import httpx
import psycopg
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from data.database import Database, connect, make_engine, read_session, write_session
from data.policy_changes import NoSuchField, change_policy
from data.policy_files import SHIPPED, FaultyPolicy
from data.sample_city.loading import load_relations
from data.stores import rehearsals, runs
from models.access import Role
from models.differences import Part
from models.rehearsals import RehearsalState, Report
from scoring.runs.running import versions
from service.cli import app
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import Request, publish, recalculate
from service.operations.rehearse import Asked, UnderWay, carry_out, compare_rehearsals, order_rehearsal, report_at, rows_on_disk
from tests.service.serving import OPERATOR, bearing, make_keys, serving

BEFORE, DAY = date(2026, 3, 31), date(2026, 6, 30)
SIZE = 300
DRAFT = (SHIPPED / "yinchuan-2026.yaml").read_text(encoding="utf-8")
Served = tuple[httpx.Client, dict[Role, str]]
CHANGE = "indicators.complaint_substantiated.points.points=-30"


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Database:
    """A city of 300 under the sample policy of 2019, with a published run; that of 2026 is published too."""
    found = Database(clone())
    load_relations(found.url, SIZE)
    engine = make_engine(found.url)
    with write_session(engine) as session:
        for name in ("yinchuan-2019.yaml", "yinchuan-2026.yaml"):
            publish_policy(session, text=(SHIPPED / name).read_text(encoding="utf-8"), file=name, today=BEFORE, actor=OPERATOR)
        session.commit()
    engine.dispose()
    publish(found, recalculate(found, Request(as_of=BEFORE, family="yinchuan"), actor=OPERATOR), actor=OPERATOR)
    return found


def order(city: Database, text: str = DRAFT, *, against: str = "yinchuan/2019", changes: tuple[str, ...] = ()) -> int:
    asked = Asked(text=text, file="draft", as_of=DAY, against=against, changes=changes)
    engine = make_engine(city.url)
    try:
        with write_session(engine) as session:
            number = order_rehearsal(session, asked, family="yinchuan", actor=OPERATOR)
            session.commit()
            return number
    finally:
        engine.dispose()


def finished(city: Database, number: int) -> tuple[Report, list[dict[str, object]]]:
    engine = make_engine(city.url)
    try:
        with read_session(engine) as session:
            row, report = report_at(session, number)
            assert row.digest == report.digest
            with rows_on_disk(session, row) as file:
                return report, pq.read_table(file).to_pylist()
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def rehearsed(city: Database) -> int:
    number = order(city)
    assert carry_out(city, number, tell=silent) is RehearsalState.FINISHED
    return number


def silent(phase: str, rows: int) -> None:
    pass


def in_all_tables(city: Database) -> dict[str, int]:
    with connect(city.url) as connection:
        names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()]
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in sorted(names)}


def test_a_rehearsal_says_of_the_draft_what_a_run_under_it_would_say(city: Database, rehearsed: int) -> None:
    report, rows = finished(city, rehearsed)
    assert report.enterprises == len(rows) == SIZE
    under_draft = recalculate(city, Request(as_of=DAY, family="yinchuan", policy="yinchuan/2026"), actor=OPERATOR)
    engine = make_engine(city.url)
    with read_session(engine) as session:
        asked = {side: runs.get_run(session, number).counts for side, number in (("before", 1), ("after", under_draft))}
    engine.dispose()
    for side, counts in asked.items():
        grades = [str(row[f"grade_{side}"]) for row in rows]
        assert {grade: grades.count(grade) for grade in set(grades)} == counts["grades"]
        for name, standings in counts["lists"].items():
            told = [row[f"list_{name}_{side}"] for row in rows]
            assert {one: told.count(one) for one in set(told)} == standings
    for outcome in report.lists:
        told = [row[f"list_{outcome.list}_after"] for row in rows]
        assert (told.count("enter"), told.count("leave")) == (outcome.entering, outcome.leaving)
        assert {(row["value"]) for row in rows if row[f"list_{outcome.list}_after"] == "enter"} == {one.value for one in outcome.enters}
    for moves, sides in ((report.moves_by_policy, ("told", "after")), (report.moves_without_policy, ("before", "told"))):
        counted = {(move.before, move.after): move.enterprises for move in moves}
        assert sum(counted.values()) == SIZE
        for (one, other), count in counted.items():
            assert sum((row[f"grade_{sides[0]}"], row[f"grade_{sides[1]}"]) == (one, other) for row in rows) == count


def test_the_parts_of_every_enterprise_sum_exactly_and_make_up_the_reports(city: Database, rehearsed: int) -> None:
    report, rows = finished(city, rehearsed)
    for row in rows:
        assert sum(Decimal(str(row[part])) for part in Part) == Decimal(str(row["score_after"])) - Decimal(str(row["score_before"]))
    for total in report.parts:
        points = [Decimal(str(row[total.part])) for row in rows]
        assert sum(points) == Decimal(total.points)
        assert (sum(p > 0 for p in points), sum(p < 0 for p in points)) == (total.up, total.down)
    assert {total.part for total in report.parts if total.up or total.down} >= {Part.AGEING, Part.POLICY}
    for group in report.groups:
        assert sum(line.enterprises for line in group.rows) == SIZE
        assert sum(line.grades_changed for line in group.rows) == sum(m.enterprises for m in report.moves_by_policy if m.before != m.after)
    for one in report.distributions:
        assert sum(part.enterprises for part in one.bins) == SIZE


@pytest.fixture(scope="module")
def plain(city: Database) -> tuple[int, set[str]]:
    """The sample policy of 2026 held against itself, and the tables that have more rows for it."""
    before = in_all_tables(city)
    number = order(city, against="yinchuan/2026")
    carry_out(city, number, tell=silent)
    return number, {name for name, count in in_all_tables(city).items() if count != before[name]}


def test_a_rehearsal_publishes_nothing_and_lists_nobody(plain: tuple[int, set[str]]) -> None:
    _, grown = plain
    assert grown == {"rehearsal", "stored_file", "stored_file_part"}


def test_a_changed_number_moves_whom_its_clause_concerns_and_nobody_else(city: Database, plain: tuple[int, set[str]]) -> None:
    changed = order(city, against="yinchuan/2026", changes=(CHANGE,))
    carry_out(city, changed, tell=silent)
    report, _ = finished(city, plain[0])
    assert all(not (part.up or part.down or part.grades) for part in report.parts)
    assert all(clause.enterprises == 0 for clause in report.clauses)
    report, rows = finished(city, changed)
    moved = {part.part: (part.up, part.down) for part in report.parts}
    clause, cap = (one for one in report.clauses if one.enterprises)
    assert (clause.code, cap.code) == ("complaint_substantiated", "complaints_together")
    assert clause.clause is not None
    assert clause.enterprises == clause.held_against == clause.held_draft == clause.down > 0
    assert Decimal(clause.points_draft) == 3 * Decimal(clause.points_against)
    # What the cap on complaints gives back to some is a line of its own, so that the lines make up the change.
    assert cap.up > cap.down == 0
    by_clause = sum(Decimal(one.points_draft) - Decimal(one.points_against) for one in report.clauses)
    assert by_clause == sum(Decimal(part.points) for part in report.parts if part.part is Part.POLICY)
    assert moved[Part.POLICY] == (0, sum(row["policy"] != 0 for row in rows))
    assert {part: counts for part, counts in moved.items() if part is not Part.POLICY} == dict.fromkeys(set(Part) - {Part.POLICY}, (0, 0))
    assert finished(city, plain[0])[0].digest != report.digest


def test_two_rehearsals_are_compared_one_enterprise_at_a_time(city: Database, rehearsed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", city.url)
    words = ["policy", "rehearse", "yinchuan/2026", "--against", "yinchuan/2019", "--as-of", DAY.isoformat(), "--set", CHANGE]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "nobody is listed" in done.output
    listed = CliRunner().invoke(app, ["policy", "rehearsals"]).output.splitlines()
    newest = int(listed[0].split()[0])
    assert CHANGE in listed[0]
    compared = json.loads(CliRunner().invoke(app, ["policy", "compare-rehearsals", str(rehearsed), str(newest), "--json"]).output)
    (first, first_rows), (second, second_rows) = finished(city, rehearsed), finished(city, newest)
    pairs = list(zip(first_rows, second_rows, strict=True))
    assert compared["scores_differ"] == sum(a["score_after"] != b["score_after"] for a, b in pairs) > 0
    assert compared["grades_differ"] == sum(a["grade_after"] != b["grade_after"] for a, b in pairs)
    assert [one["code"] for one in compared["clauses"]] == ["complaint_substantiated", "complaints_together"]
    assert sum(move["enterprises"] for move in compared["moves"]) == SIZE
    assert first.against == second.against


def test_a_list_that_only_one_rehearsal_has_is_compared_too(city: Database, plain: tuple[int, set[str]]) -> None:
    renamed = order(city, DRAFT.replace("quality_red", "quality_gold"), against="yinchuan/2026")
    carry_out(city, renamed, tell=silent)
    (_, own_rows), (report, _) = finished(city, plain[0]), finished(city, renamed)
    entering = {outcome.list: outcome.entering for outcome in report.lists}
    reds = sum(row["list_quality_red_after"] == "enter" for row in own_rows)
    engine = make_engine(city.url)
    with read_session(engine) as session:
        found = {(one.list, one.standing): one for one in compare_rehearsals(session, plain[0], renamed).lists}
    engine.dispose()
    gold, red = found["quality_gold", "enter"], found["quality_red", "enter"]
    assert (gold.both, gold.only_one, gold.only_other) == (0, 0, entering["quality_gold"])
    assert (red.both, red.only_one, red.only_other) == (0, reds, 0)
    assert min(reds, entering["quality_gold"]) > 0


def test_a_rehearsal_that_was_killed_ends_with_the_same_digest(city: Database, rehearsed: int) -> None:
    class Killed(BaseException):
        pass

    def die(phase: str, rows: int) -> None:
        if phase == "comparing":
            raise Killed

    number = order(city)
    with pytest.raises(Killed):
        carry_out(city, number, tell=die)
    with pytest.raises(UnderWay, match="is running"):
        finished(city, number)
    assert carry_out(city, number, tell=silent) is RehearsalState.FINISHED
    assert finished(city, number)[0].digest == finished(city, rehearsed)[0].digest
    assert carry_out(city, number, tell=die) is RehearsalState.FINISHED


def test_a_rehearsal_that_is_asked_to_stop_is_cancelled_and_one_that_fails_says_why(city: Database) -> None:
    number = order(city)
    assert carry_out(city, number, tell=silent, stop=lambda: True) is RehearsalState.CANCELLED
    other = order(city)

    def stumble(phase: str, rows: int) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        carry_out(city, other, tell=stumble)
    with pytest.raises(UnderWay, match="no space left"):
        finished(city, other)


def test_a_rehearsal_that_is_interrupted_is_over(city: Database) -> None:
    number = order(city)

    def interrupt(phase: str, rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(city, number, tell=interrupt)
    with pytest.raises(UnderWay, match="is failed"):
        finished(city, number)


def test_the_fault_of_a_rehearsal_is_told_where_it_cannot_be_kept(city: Database) -> None:
    number = order(city)

    def lose(phase: str, rows: int) -> None:
        with connect(city.url) as connection:
            connection.execute("UPDATE rehearsal SET state = 'cancelled' WHERE rehearsal_id = %s", (number,))
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        carry_out(city, number, tell=lose)


def test_a_rehearsal_keeps_the_versions_of_who_carried_it_out(city: Database, rehearsed: int) -> None:
    waiting = order(city)
    engine = make_engine(city.url)
    with read_session(engine) as session:
        assert rehearsals.get_rehearsal(session, waiting).versions == {}
        assert rehearsals.get_rehearsal(session, rehearsed).versions == versions()
    engine.dispose()


def test_the_database_keeps_a_report_as_it_was_found(city: Database, rehearsed: int) -> None:
    for statement in (
        "UPDATE rehearsal SET digest = 'other' WHERE rehearsal_id = %s",
        "UPDATE rehearsal SET report = '{}' WHERE rehearsal_id = %s",
        "DELETE FROM rehearsal WHERE rehearsal_id = %s",
    ):
        with connect(city.url) as connection, pytest.raises(psycopg.errors.RestrictViolation, match="stays as it is"):
            connection.execute(statement, (rehearsed,))
    waiting = order(city)
    with connect(city.url) as connection, pytest.raises(psycopg.errors.RestrictViolation, match="What a rehearsal was asked"):
        connection.execute("UPDATE rehearsal SET text = 'another' WHERE rehearsal_id = %s", (waiting,))
    with connect(city.url) as connection, pytest.raises(psycopg.errors.CheckViolation, match="finished_with_report"):
        connection.execute("UPDATE rehearsal SET state = 'finished' WHERE rehearsal_id = %s", (waiting,))


def test_a_faulty_draft_and_a_field_that_is_not_there_are_refused_before_anything_runs(city: Database) -> None:
    with pytest.raises(FaultyPolicy):
        order(city, DRAFT.replace("scale: {start: 1000", "scale: {start: many"))
    for change in ("indicators.nobody.points.points=-1", "no change", "grades[99].at_least=1"):
        with pytest.raises(NoSuchField):
            order(city, changes=(change,))
    with pytest.raises(FaultyPolicy):
        order(city, changes=("indicators.complaint_substantiated.points.points=many",))
    assert change_policy(DRAFT, ()) == DRAFT


@pytest.fixture(scope="module")
def served(city: Database) -> Iterator[Served]:
    with connect(city.url) as connection:
        ((code,),) = connection.execute("SELECT founding_value FROM enterprise LIMIT 1").fetchall()
    keys = make_keys(city.url, enterprise=code)
    with serving(city.url) as client:
        yield client, keys


def test_a_regulator_orders_one_by_the_api_and_staff_reads_it_at_every_door(served: Served) -> None:
    client, keys = served
    regulator, auditor = bearing(keys[Role.REGULATOR]), bearing(keys[Role.AUDITOR])
    asked = {"draft": DRAFT, "against": "yinchuan/2019", "as_of": DAY.isoformat()}
    ordered = client.post("/v1/rehearsals", headers=regulator | {"Idempotency-Key": "once"}, json=asked)
    assert ordered.status_code == 202, ordered.text
    place = ordered.headers["location"]
    assert client.post("/v1/rehearsals", headers=regulator | {"Idempotency-Key": "once"}, json=asked).headers["location"] == place
    found = client.get(place, headers=auditor).json()
    until = time.monotonic() + 120
    while found["state"] in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.1)
        found = client.get(place, headers=auditor).json()
    assert found["state"] == "finished", found
    assert Report.model_validate(found["report"]).digest == found["digest"]
    assert client.get("/v1/rehearsals", headers=auditor).json()["rehearsals"][0]["rehearsal_id"] == found["rehearsal_id"]
    rows = pq.read_table(io.BytesIO(client.get(place + "/enterprises.parquet", headers=auditor).content))
    assert rows.num_rows == SIZE
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(place + "/rehearsal.xlsx", headers=auditor).content))
    assert book.sheet_names == ["report", "lists", "grades", "clauses", "groups", "enterprises"]
    assert len(book.get_sheet_by_name("enterprises").to_python()) == SIZE + 1
    beside = client.get("/v1/rehearsals/comparison", headers=auditor, params={"one": found["rehearsal_id"], "other": found["rehearsal_id"]})
    assert (beside.json()["scores_differ"], beside.json()["clauses"]) == (0, [])
    for role in (Role.PROCUREMENT, Role.PLATFORM, Role.ENTERPRISE):
        assert client.get(place, headers=bearing(keys[role])).status_code == 403
    assert client.post("/v1/rehearsals", headers=auditor, json=asked).status_code == 403
    refused = client.post("/v1/rehearsals", headers=regulator, json=asked | {"policy": "yinchuan/2026"})
    assert (refused.status_code, refused.json()["code"]) == (422, "request.malformed")


def test_the_page_shows_what_the_report_says_in_both_languages(served: Served, rehearsed: int, city: Database) -> None:
    client, keys = served
    report, _ = finished(city, rehearsed)
    with httpx.Client(base_url=client.base_url, timeout=60) as browser:
        assert browser.get("/rehearsals", follow_redirects=False).status_code == 303
        assert browser.post("/sign-in", data={"key": keys[Role.AUDITOR]}).status_code == 303
        assert f"/rehearsals/{rehearsed}" in browser.get("/rehearsals").text
        for language, words in (("zh", ("名单进出", "等级迁移")), ("en", ("Who enters and leaves", "Grades moved"))):
            page = browser.get(f"/rehearsals/{rehearsed}", params={"lang": language}).text
            assert all(word in page for word in words)
            assert report.digest in page
            assert all(mover.value in page for outcome in report.lists for mover in outcome.enters[:20])
            assert page.count("<svg") >= 6
        assert browser.get(f"/rehearsals/{rehearsed}/enterprises.parquet").status_code == 200
        assert browser.get(f"/rehearsals/{rehearsed}/other").status_code == 404
        browser.cookies.clear()
        browser.post("/sign-in", data={"key": keys[Role.PROCUREMENT]})
        assert browser.get(f"/rehearsals/{rehearsed}").status_code == 403


def test_the_command_writes_report_file_and_workbook(city: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", city.url)
    draft = tmp_path / "draft.yaml"
    draft.write_text(DRAFT, encoding="utf-8")
    words = [
        "policy",
        "rehearse",
        str(draft),
        "--against",
        "yinchuan/2019",
        "--as-of",
        DAY.isoformat(),
        "--out",
        str(tmp_path / "out"),
        "--json",
    ]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    report = Report.model_validate_json((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == report.model_dump(mode="json")
    assert pq.read_table(tmp_path / "out" / "enterprises.parquet").num_rows == SIZE
    assert (tmp_path / "out" / "rehearsal.xlsx").stat().st_size > 10_000
