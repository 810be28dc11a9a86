"""A panel's rows: nothing that came to be known later touches them, and outcomes are what a plain loop finds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.policy_files import load_shipped
from models.indicators import RecordFilter
from models.panels import Knowledge, Outcome
from models.policies import Policy
from models.records import Kind
from models.shapes import Bilingual
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.relations import LISTINGS, REGISTRY, needs_of, records_schema
from scoring.runs.answering import Rules
from scoring.statistics.panels import PanelDay, PanelOrder, Window, answer_part, lay_out, rows_statement
from tests.scoring.drawing import LATEST_SEQ, World, draw_day, draw_world

ENTERPRISES = range(1, 9)
NAMED = Bilingual(zh="测试", en="test")
OUTCOMES = (
    Outcome(code="found", title=NAMED, description="found", records=RecordFilter(kind=(Kind.INSPECTION,), outcome=("found",))),
    Outcome(code="black", title=NAMED, description="listed", entry="black"),
)
KNOWN_AT = datetime(2024, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_shipped("examples/food-hygiene-rating")


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as opened:
        yield opened


def order_of(policy: Policy, days: tuple[PanelDay, ...], *, known_seq: int = LATEST_SEQ) -> PanelOrder:
    return PanelOrder(
        rules=Rules(policy, "0" * 64),
        days=days,
        knowledge=Knowledge.THEN,
        known_seq=known_seq,
        known_at=KNOWN_AT,
        outcomes=OUTCOMES,
        out=Path("panel.parquet"),
    )


@dataclass(frozen=True)
class Duplicate:
    """When an enterprise was known to be a duplicate of another one."""

    enterprise_key: int
    known_seq: int
    superseded_seq: int | None


DUPLICATES = pa.schema([(name, pa.int64()) for name in ("enterprise_key", "known_seq", "superseded_seq")])


def draw_duplicates(rng: Random) -> tuple[Duplicate, ...]:
    """Some links of every sort: told early or late, undone or not."""
    known = ((key, rng.randrange(1, LATEST_SEQ + 1)) for key in rng.sample(ENTERPRISES, 4))
    return tuple(Duplicate(key, seq, rng.choice((None, seq + 1, seq + 2))) for key, seq in known)


def panel_of(duck: DuckDBEngine, order: PanelOrder, world: World, duplicates: tuple[Duplicate, ...] = ()) -> list[Row]:
    needs = needs_of(order.rules.policy)
    for table in ("enterprises", "happened", "moved"):
        duck.execute(f"DROP TABLE IF EXISTS {table}")
    records = [
        {k: v for k, v in vars(f).items() if k not in ("quantities", "details")}
        | {f"q_{n}": f.quantities.get(n) for n in needs.quantities}
        | {f"d_{n}": f.details.get(n) for n in needs.details}
        for f in world.records
    ]
    known = [{"enterprise_key": key, "known_seq": 1, "scheme": "test", "value": f"{key:03}"} for key in ENTERPRISES]
    duck.load(
        {
            "known_enterprises": pa.Table.from_pylist(known),
            "duplicates": pa.Table.from_pylist([vars(link) for link in duplicates], DUPLICATES),
            "all_records": pa.Table.from_pylist(records, records_schema(needs).to_pyarrow()),
            "registry": pa.Table.from_pylist([vars(span) for span in world.registry], REGISTRY.to_pyarrow()),
            "listings": pa.Table.from_pylist([vars(span) for span in world.listings], LISTINGS.to_pyarrow()),
        }
    )
    lay_out(duck, order)
    answer_part(duck, order, first=0, after=len(ENTERPRISES))
    rows: list[Row] = duck.query(rows_statement(order)).to_pylist()
    return rows


def told_by(facts: Any, seq: int) -> tuple[Any, ...]:
    """What had been told by a number: later facts are not there, and nothing was closed later."""
    early = (fact for fact in facts if fact.known_seq <= seq)
    return tuple(replace(f, superseded_seq=None) if f.superseded_seq is not None and f.superseded_seq > seq else f for f in early)


def as_told_by(world: World, seq: int) -> World:
    return World(told_by(world.records, seq), told_by(world.registry, seq), told_by(world.listings, seq))


def answers_in(rows: list[Row]) -> list[Row]:
    outcomes = tuple(f"{outcome.code}_" for outcome in OUTCOMES)
    return [{n: v for n, v in row.items() if n != "row_hash" and not (n.startswith(outcomes) and n.endswith("m"))} for row in rows]


@settings(max_examples=12)
@given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=1, max_value=LATEST_SEQ - 1))
def test_later_knowledge_changes_no_row(duck: DuckDBEngine, policy: Policy, seed: int, seq: int) -> None:
    rng = Random(seed)
    world = draw_world(rng, ENTERPRISES)
    early, late = sorted({draw_day(rng), draw_day(rng) + timedelta(days=40)})
    then, after = PanelDay(early, seq), PanelDay(late, LATEST_SEQ)
    links = draw_duplicates(rng)
    with_later = [row for row in panel_of(duck, order_of(policy, (then, after)), world, links) if row["as_of"] == early]
    by_then = panel_of(duck, order_of(policy, (then,), known_seq=seq), as_told_by(world, seq), told_by(links, seq))
    assert answers_in(with_later) == answers_in(by_then)


@settings(max_examples=12)
@given(st.integers(min_value=0, max_value=10**6))
@example(25709)  # somebody was not there on a day on which facts moved
def test_a_day_among_others_has_the_rows_it_has_alone(duck: DuckDBEngine, policy: Policy, seed: int) -> None:
    rng = Random(seed)
    world = draw_world(rng, ENTERPRISES)
    seqs = sorted(rng.choice(range(1, LATEST_SEQ + 1)) for _ in range(4))
    days = tuple(PanelDay(day, seq) for day, seq in zip(sorted({draw_day(rng) for _ in range(4)}), seqs, strict=False))
    links = draw_duplicates(rng)
    together = panel_of(duck, order_of(policy, days), world, links)
    alone = [row for day in days for row in panel_of(duck, order_of(policy, (day,)), world, links)]
    assert together == sorted(alone, key=lambda row: (row["value"], row["as_of"]))


@settings(max_examples=12)
@given(st.integers(min_value=0, max_value=10**6))
def test_outcomes_are_what_a_plain_loop_finds_after_the_day_and_unknown_while_their_window_lasts(
    duck: DuckDBEngine, policy: Policy, seed: int
) -> None:
    rng = Random(seed)
    world = draw_world(rng, ENTERPRISES)
    as_of = draw_day(rng)
    half, year = as_of + timedelta(days=182), as_of + timedelta(days=365)
    day = PanelDay(as_of, LATEST_SEQ, (Window(6, half, is_over=True), Window(12, year, is_over=False)))
    rows = panel_of(duck, order_of(policy, (day,)), world)
    for row in rows:
        key = int(row["value"])
        found = [
            f.concluded_on
            for f in world.records
            if f.enterprise_key == key
            and f.superseded_seq is None
            and not f.is_withdrawn
            and f.concluded_on is not None
            and (f.kind, f.outcome) == ("inspection", "found")
        ]
        black = [
            s.starts_on
            for s in world.listings
            if s.enterprise_key == key and s.colour == "black" and (s.superseded_seq is None or s.superseded_seq > LATEST_SEQ)
        ]
        assert row["found_6m"] == int(any(as_of < on <= half for on in found))
        assert row["black_6m"] == int(any(as_of < on <= half for on in black))
        assert row["found_12m"] is None
        assert row["black_12m"] is None


def test_nobody_is_asked_about_before_being_registered(duck: DuckDBEngine, policy: Policy) -> None:
    world = draw_world(Random(4), ENTERPRISES)
    founded = date(2022, 5, 1)
    kept = tuple(replace(s, registered_on=founded, known_seq=1, superseded_seq=None) for s in world.registry if s.superseded_seq is None)
    days = (PanelDay(date(2022, 4, 30), LATEST_SEQ), PanelDay(founded, LATEST_SEQ))
    rows = panel_of(duck, order_of(policy, days), World(world.records, kept, world.listings))
    registered = {f"{s.enterprise_key:03}" for s in kept}
    assert registered
    assert {row["value"] for row in rows if row["as_of"] < founded} == {f"{key:03}" for key in ENTERPRISES} - registered
    assert {row["value"] for row in rows if row["as_of"] == founded} == {f"{key:03}" for key in ENTERPRISES}
