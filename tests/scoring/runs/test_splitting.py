"""The difference between two answers, split by cause: exact for every enterprise, by every way, and by a slow plain oracle."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from data.database import connect
from data.policy_files import load_shipped, policy_hash
from models.differences import STOPS, Part
from models.policies import Policy
from scoring.engines.duckdb import DuckDBEngine
from scoring.runs.answering import Rules
from scoring.runs.splitting import Corner, Stop, lines_moved, split_live
from scoring.runs.splitting_all import keep_sums, lists_of, read_stepped, split_all
from tests.oracle.differences import answers_on_the_way
from tests.oracle.facts import Fact
from tests.scoring.drawing import LATEST_SEQ, Vocabulary, World, draw_day, draw_world
from tests.scoring.drawn_policies import draw_policy
from tests.scoring.telling import KEYS, born, tell

PAIRS: dict[str, tuple[int | str, int | str]] = {"shipped": ("yinchuan-2019", "yinchuan-2026"), "drawn": (45, 30)}


@pytest.fixture(scope="module")
def house(clone: Callable[[], str]) -> str:
    return clone()


@cache
def policies(pair: str) -> tuple[Policy, Policy]:
    one, other = (draw_policy(Random(n), n) if isinstance(n, int) else load_shipped(n) for n in PAIRS[pair])
    return one, other


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as engine:
        yield engine


def corner(policy: Policy, day: date, seq: int) -> Corner:
    return Corner(Rules(policy, policy_hash(policy)), day, seq)


def split_of(url: str, duck: DuckDBEngine, before: Corner, after: Corner) -> dict[int, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        read_stepped(duck, url, Path(folder), before, after)
        split_all(duck, before, after, tell=lambda _stop, _rows: None)
        return {row["enterprise_key"]: row for row in duck.query("SELECT * FROM split").to_pylist()}


def parts_of(row: dict[str, Any]) -> dict[Part, int]:
    return {part: row[f"{part}_x100"] for part in Part}


@pytest.mark.parametrize("pair", PAIRS)
@settings(phases=[Phase.generate], max_examples=3, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_every_stop_is_the_plain_oracles_answer_in_the_batch_and_live(house: str, duck: DuckDBEngine, pair: str, seed: int) -> None:
    policy, later = policies(pair)
    rng = Random(seed)
    world = draw_world(rng, KEYS, Vocabulary.of(rng.choice(policies(pair))))
    tell(house, world)
    days, seqs = sorted(draw_day(rng) for _ in range(2)), sorted(rng.randrange(1, LATEST_SEQ + 1) for _ in range(2))
    before, after = corner(policy, days[0], seqs[0]), corner(later, days[1], seqs[1])
    found = split_of(house, duck, before, after)
    with connect(house) as connection:
        live = {key: split_live(connection, key, before, after) for key in found}
    assert found.keys() == {key for key in KEYS if born(key) <= seqs[1]}
    for key, row in found.items():
        ends = (policy, days[0], seqs[0]), (later, days[1], seqs[1])
        expected = answers_on_the_way(key, *ends, records=world.records, registry=world.registry, listings=world.listings)
        assert row["is_new"] == (born(key) > seqs[0])
        for stop, answer, on_the_way in zip(STOPS, expected, live[key], strict=True):
            assert (row[f"score_{stop}_x100"], row[f"grade_{stop}"]) == (answer.score_x100, answer.grade), (key, stop)
            for name in lists_of(policy, later):
                assert row[f"list_{name}_{stop}"] == answer.lists.get(name, "off"), (key, stop, name)
            given = on_the_way.answer
            assert (given.total_x100, given.score_x100, given.grade) == (answer.total_x100, answer.score_x100, answer.grade), (key, stop)
            assert given.lists == answer.lists
        assert sum(parts_of(row).values()) == row["score_after_x100"] - row["score_before_x100"]
        _lines_tell_the_same(live[key])


def _lines_tell_the_same(stops: tuple[Stop, ...]) -> None:
    """What lines brought and took between two stops is the difference of their totals; between policies, beside the scales' starts."""
    for earlier, later in pairwise(stops):
        moved = sum((one.after_x100 or 0) - (one.before_x100 or 0) for one in lines_moved(earlier, later))
        starts = later.rules.policy.scale.start - earlier.rules.policy.scale.start
        assert moved + starts == later.answer.total_x100 - earlier.answer.total_x100


@pytest.mark.parametrize("pair", PAIRS)
@settings(phases=[Phase.generate], max_examples=2, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_a_part_is_zero_where_its_cause_is_absent(house: str, duck: DuckDBEngine, pair: str, seed: int) -> None:
    policy, later = policies(pair)
    rng = Random(seed)
    tell(house, draw_world(rng, KEYS, Vocabulary.of(policy)))
    day, other_day = sorted(draw_day(rng) for _ in range(2))
    facts = {Part.WITHDRAWN, Part.CORRECTED, Part.NEW}
    for before, after, absent in (
        (corner(policy, day, 2), corner(later, day, 5), {Part.AGEING}),
        (corner(policy, day, 4), corner(later, other_day, 4), facts),
        (corner(policy, day, 2), corner(policy, other_day, 5), {Part.POLICY}),
        (corner(policy, day, 3), corner(policy, day, 3), set(Part)),
    ):
        for key, row in split_of(house, duck, before, after).items():
            assert {part for part in absent if parts_of(row)[part]} == set(), (key, before, after)


def test_each_cause_is_told_apart(house: str, duck: DuckDBEngine) -> None:
    """One enterprise for each cause, under the sample policy of 2026, in which a failed sampling takes points for a year."""
    policy = load_shipped("yinchuan-2026")
    day = date(2026, 6, 30)

    def failed(key: int, **given: Any) -> Fact:
        plain: dict[str, Any] = {"kind": "sampling", "outcome": "failed", "capacity": "nominal_producer", "severity": "general"}
        plain |= {"occurred_on": date(2026, 5, 1), "concluded_on": date(2026, 5, 1)}
        return Fact(record_key=key, enterprise_key=key, event_key=key, **(plain | given))

    old = date(2025, 7, 15)
    told = (
        failed(1, occurred_on=old, concluded_on=old),  # still counts in June, no longer in August
        failed(2, superseded_seq=2),
        failed(2, is_withdrawn=True, known_seq=2),
        failed(3, superseded_seq=2),
        failed(3, outcome="passed", known_seq=2),
        failed(4, known_seq=2),
        failed(5, superseded_seq=2, concluded_on=None),  # told as pending, concluded later: that is news
        failed(5, known_seq=2),
        failed(6, superseded_seq=2),
        failed(6, known_seq=2),  # told again with the same content: corrected, by nothing
    )
    tell(house, World(told, (), ()))
    found = split_of(house, duck, corner(policy, day, 1), corner(policy, date(2026, 8, 1), 2))
    moved = {key: {part for part, points in parts_of(row).items() if points} for key, row in found.items()}
    assert moved == {1: {Part.AGEING}, 2: {Part.WITHDRAWN}, 3: {Part.CORRECTED}, 4: {Part.NEW}, 5: {Part.NEW}, 6: set(), 7: set()}
    assert parts_of(found[4])[Part.NEW] == -parts_of(found[2])[Part.WITHDRAWN] < 0


@pytest.mark.parametrize("pair", PAIRS)
def test_the_sums_of_each_rule_are_the_score_before_it_is_held_to_the_scale(
    house: str, duck: DuckDBEngine, pair: str, tmp_path: Path
) -> None:
    policy, later = policies(pair)
    tell(house, draw_world(Random(3), KEYS, Vocabulary.of(later)))
    before, after = corner(policy, date(2022, 6, 1), 2), corner(later, date(2023, 6, 1), 5)
    read_stepped(duck, house, tmp_path, before, after)
    keep_sums(duck, after, step=4, name="sums")
    sums: dict[int, int] = {}
    for row in duck.query("SELECT * FROM sums").to_pylist():
        sums[row["enterprise_key"]] = sums.get(row["enterprise_key"], 0) + row["points_x100"]
    with connect(house) as connection:
        for key in KEYS:
            total = split_live(connection, key, before, after)[-1].answer.total_x100
            assert later.scale.start + sums.get(key, 0) == total
