"""Panels over a small sample city: what each row rests on, in which order they stand, and what the file says of itself."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.database import Database, connect, driver_connection, make_engine, read_session, write_session
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from data.stores import knowledge
from models.identifiers import Identifier
from models.panels import Knowledge
from models.results import Question
from scoring.runs.answering import answer_many
from scoring.statistics import panels
from service.operations.choose_rules import choose_rules
from service.operations.make_panel import BadDays, NotKnownThen, PanelRequest, make_panel, month_by_month
from service.operations.publish_policy import publish_policy
from service.operations.same_entries import join_entries
from tests.service.serving import OPERATOR

KNOWN_FROM, DAY = date(2026, 11, 2), date(2026, 11, 5)
"""The city is known from 2026-11-01 on, as its generator says."""
SIZE = 120


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Database:
    found = Database(clone())
    load_relations(found.url, SIZE)
    engine = make_engine(found.url)
    with write_session(engine) as session:
        publish_policy(session, text=(SHIPPED / "yinchuan-2026.yaml").read_text(), file="y", today=date(2026, 1, 1), actor=OPERATOR)
        session.commit()
    engine.dispose()
    return found


def asked(out: Path, *days: date, known: Knowledge = Knowledge.THEN) -> PanelRequest:
    return PanelRequest(days=days, out=out, family="yinchuan", knowledge=known)


def made(city: Database, request: PanelRequest) -> panels.PanelMade:
    return make_panel(city, request, actor=OPERATOR, tell=lambda _phase, _rows: None, stop=lambda: False)


def test_each_row_is_the_live_answer_to_its_question_in_the_order_of_code_and_day(city: Database, tmp_path: Path) -> None:
    out = tmp_path / "panel.parquet"
    found = made(city, asked(out, DAY, KNOWN_FROM, date(2026, 11, 20)))
    rows = pq.read_table(out).to_pylist()
    assert len(rows) == found.rows
    assert [(r["scheme"], r["value"], r["as_of"]) for r in rows] == sorted((r["scheme"], r["value"], r["as_of"]) for r in rows)
    assert {r["as_of"] for r in rows} == {KNOWN_FROM, DAY, date(2026, 11, 20)}
    engine = make_engine(city.url)
    with read_session(engine) as session:
        rules = choose_rules(session, family="yinchuan", as_of=DAY, known_seq=knowledge.resolve(session, None).known_seq)
        keys = dict(driver_connection(session).execute("SELECT founding_value, enterprise_key FROM enterprise").fetchall())
        questions = [Question(enterprise_key=keys[r["value"]], as_of=r["as_of"], known_seq=r["known_seq"]) for r in rows]
        live = answer_many(driver_connection(session), rules, questions)
    engine.dispose()
    assert [(int(Decimal(str(r["score"])) * 100), r["grade"], r["records_known"]) for r in rows] == [
        (answer.score_x100, answer.grade, answer.records_known) for answer in live
    ]


def test_the_file_says_what_it_rests_on_and_parts_change_nothing(city: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    whole = made(city, asked(one, KNOWN_FROM, DAY))
    monkeypatch.setattr(panels.PanelOrder, "at_once", 50)
    in_parts = make_panel(city, asked(other, KNOWN_FROM, DAY), actor=OPERATOR, tell=lambda _phase, _rows: None, stop=lambda: False)
    assert whole == in_parts
    assert pq.read_table(one).equals(pq.read_table(other))
    says = json.loads(pq.read_metadata(one).metadata[b"qcredit.panel"])
    assert (says["policy"], says["knowledge"], says["rows"], says["digest"]) == ("yinchuan/2026", "then", whole.rows, whole.digest)
    assert [day["as_of"] for day in says["days"]] == ["2026-11-02", "2026-11-05"]
    assert says["days"][0]["windows"][0] == {"months": 6, "until": "2027-05-02", "is_over": False}
    assert pq.read_table(one, columns=["failed_sampling_6m"]).column(0).null_count == whole.rows


def test_outcomes_stand_where_their_months_are_over(city: Database, tmp_path: Path) -> None:
    out = tmp_path / "panel.parquet"
    made(city, replace(asked(out, date(2025, 6, 30), known=Knowledge.NOW), policy="yinchuan/2026"))
    rows = pq.read_table(out).to_pylist()
    assert {r["failed_sampling_12m"] for r in rows} == {0, 1}
    with connect(city.url) as connection:
        failed = {
            value
            for (value,) in connection.execute(
                "SELECT DISTINCT founding_value FROM record JOIN enterprise USING (enterprise_key) WHERE superseded_seq IS NULL"
                " AND NOT is_withdrawn AND kind = 'sampling' AND outcome IN ('failed', 'refused')"
                " AND concluded_on > '2025-06-30' AND concluded_on <= '2026-06-30'"
            )
        }
    assert {r["value"] for r in rows if r["failed_sampling_12m"]} == failed & {r["value"] for r in rows}


def test_two_entries_joined_later_change_no_earlier_day(city: Database, tmp_path: Path) -> None:
    out = tmp_path / "panel.parquet"
    before = made(city, asked(out, KNOWN_FROM, DAY))
    kept, duplicate = (Identifier(scheme=row["scheme"], value=row["value"]) for row in pq.read_table(out).to_pylist()[:4:2])
    engine = make_engine(city.url)
    with write_session(engine) as session:
        join_entries(session, kept=kept, duplicate=duplicate, reason="registered twice", actor=OPERATOR)
        session.commit()
    engine.dispose()
    assert made(city, asked(out, KNOWN_FROM, DAY)) == before
    made(city, asked(out, DAY, known=Knowledge.NOW))
    assert duplicate.value not in {row["value"] for row in pq.read_table(out).to_pylist()}


def test_days_on_which_nothing_was_known_here_are_refused_with_a_way_out(city: Database, tmp_path: Path) -> None:
    with pytest.raises(NotKnownThen, match="--known now"):
        made(city, asked(tmp_path / "p", date(2026, 10, 30)))
    with pytest.raises(NotKnownThen, match="is not over"):
        made(city, asked(tmp_path / "p", date(2999, 1, 1)))
    with pytest.raises(BadDays):
        made(city, asked(tmp_path / "p"))


def test_a_panel_that_is_stopped_leaves_no_file(city: Database, tmp_path: Path) -> None:
    out = tmp_path / "panel.parquet"
    with pytest.raises(panels.Stopped):
        make_panel(city, asked(out, DAY), actor=OPERATOR, tell=lambda _phase, _rows: None, stop=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_months_end_where_a_month_is_short() -> None:
    assert month_by_month(date(2025, 1, 31), date(2025, 4, 30)) == (
        date(2025, 1, 31),
        date(2025, 2, 28),
        date(2025, 3, 31),
        date(2025, 4, 30),
    )
