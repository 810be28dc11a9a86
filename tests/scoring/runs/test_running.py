"""Whole runs over a small sample city: both engines, what is kept, and what a later run or a live answer says of the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlmodel import col, select

from data.database import Database, driver_connection, make_engine, read_session, write_session
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from data.stores import knowledge, lookups, runs
from models.access import Actor, Role
from models.results import Question
from models.tables.runs import Result, Run, RunAnswer, Standing
from scoring.runs.answering import answer_many
from scoring.runs.refreshing import fresh_answer
from service.operations.choose_rules import choose_rules
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import BadScope, Request, UnknownEngine, publish, recalculate

OPERATOR = Actor(holder="operator", role=Role.ADMIN)
DAY = date(2026, 6, 30)
ASKED = Request(as_of=DAY, family="yinchuan")
SIZE = 300


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Database:
    """A city of 300 with the two sample policies, before any run."""
    found = Database(clone())
    load_relations(found.url, SIZE)
    engine = make_engine(found.url)
    with write_session(engine) as session:
        for name in ("yinchuan-2019.yaml", "yinchuan-2026.yaml"):
            publish_policy(session, text=(SHIPPED / name).read_text(), file=name, today=DAY, actor=OPERATOR)
        session.commit()
    engine.dispose()
    return found


def run_of(city: Database, run_id: int) -> Run:
    engine = make_engine(city.url)
    with read_session(engine) as session:
        found = runs.get_run(session, run_id)
    engine.dispose()
    return found


def test_both_engines_give_one_digest_and_one_file(city: Database, tmp_path: Path) -> None:
    found = {}
    for engine in ("duckdb", "postgres"):
        out = tmp_path / f"{engine}.parquet"
        found[engine] = run_of(city, recalculate(city, replace(ASKED, engine=engine, out=out), actor=OPERATOR))
    one, other = found["duckdb"], found["postgres"]
    assert one.digest == other.digest is not None
    assert (one.questions, one.answered) == (SIZE, SIZE)
    assert one.counts == other.counts
    files = [pq.read_table(tmp_path / f"{engine}.parquet") for engine in found]
    assert files[0].equals(files[1])
    assert files[0].num_rows == SIZE
    assert {"scheme", "value", "score", "grade", "count_fake_goods", "points_fake_goods", "list_quality_black", "next_change_on"} <= set(
        files[0].column_names
    )


def test_a_run_answers_and_lists_nobody_until_it_is_published(city: Database) -> None:
    run_id = recalculate(city, ASKED, actor=OPERATOR)
    engine = make_engine(city.url)
    with read_session(engine) as session:
        assert session.exec(select(Standing).limit(1)).first() is None
        assert len(session.exec(select(RunAnswer.enterprise_key).where(col(RunAnswer.run_id) == run_id).limit(SIZE + 1)).all()) == SIZE
    publish(city, run_id, actor=OPERATOR)
    again = run_of(city, recalculate(city, ASKED, actor=OPERATOR))
    assert again.changed == 0
    assert again.digest == run_of(city, run_id).digest
    assert again.migration["moved"] == 0
    assert again.migration["under_one_version"] is True
    with read_session(engine) as session:
        known = knowledge.resolve(session, None)
        rules = choose_rules(session, family="yinchuan", as_of=DAY, known_seq=known.known_seq)
        standings = session.exec(select(Standing).order_by(col(Standing.enterprise_key)).limit(SIZE)).all()
        asked = [Question(enterprise_key=s.enterprise_key, as_of=DAY, known_seq=known.known_seq) for s in standings]
        live = answer_many(driver_connection(session), rules, asked)
        kept = session.exec(select(Result.enterprise_key).where(col(Result.run_id) == run_id).limit(SIZE + 1)).all()
    engine.dispose()
    assert [fresh_answer(answer, rules.policy).values[0] for answer in live] == [s.answer_hash for s in standings]
    assert sorted(kept) == [s.enterprise_key for s in standings]


def test_a_later_run_that_finds_nothing_new_confirms_the_standing_for_its_own_day(city: Database) -> None:
    later = date(2026, 7, 1)
    for day in (DAY, later):
        publish(city, recalculate(city, replace(ASKED, as_of=day), actor=OPERATOR), actor=OPERATOR)
    engine = make_engine(city.url)
    with read_session(engine) as session:
        unchanged = session.exec(select(Standing).where(col(Standing.as_of) == DAY).limit(1)).one()
        known = knowledge.resolve(session, None)
        (row,) = lookups.subjects(session, [unchanged.enterprise_key], today=later, day=later, known_seq=known.known_seq)
    engine.dispose()
    assert row["standing"]["as_of"] == later.isoformat()
    assert row["standing"]["grade"] == unchanged.grade


def test_a_scope_asks_only_about_its_own(city: Database) -> None:
    district = run_of(city, recalculate(city, replace(ASKED, scope=runs.Scope(regions=("640104",))), actor=OPERATOR))
    assert 0 < district.questions < SIZE
    assert district.scope == {"regions": ["640104"]}


def test_a_scope_that_is_no_code_is_refused(city: Database) -> None:
    with pytest.raises(BadScope, match="is not a code"):
        recalculate(city, replace(ASKED, scope=runs.Scope(regions=("6401'; DROP",))), actor=OPERATOR)


def test_an_unknown_engine_is_refused(city: Database) -> None:
    with pytest.raises(UnknownEngine, match="no engine"):
        recalculate(city, replace(ASKED, engine="abacus"), actor=OPERATOR)
