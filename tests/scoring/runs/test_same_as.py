"""Two entries that are one enterprise: what the kept one bears, live and in a batch, at whatever number a question asks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from data.database import connect
from data.policy_files import load_shipped, policy_hash
from data.stores.arrow import read_arrow
from data.stores.relations import batch_listings, batch_records, batch_registry
from data.stores.runs import Scope, questions_statement
from models.policies import Policy
from models.results import Question
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.relations import needs_of
from scoring.runs.answering import Rules, explain_many
from scoring.runs.splitting import Corner, split_live
from tests.oracle.answers import answer, next_change
from tests.oracle.facts import SameAs
from tests.scoring.drawing import LATEST_SEQ, Vocabulary, World, draw_questions, draw_world
from tests.scoring.drawn_policies import draw_policy
from tests.scoring.running import answers_of, in_order, lines_of
from tests.scoring.telling import KEYS, born, tell

POLICIES: tuple[int | str, ...] = ("yinchuan-2026", 45)


@pytest.fixture(scope="module")
def house(clone: Callable[[], str]) -> str:
    return clone()


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckDBEngine]:
    with DuckDBEngine(threads=1) as engine:
        yield engine


@cache
def policy_of(name: int | str) -> Policy:
    return draw_policy(Random(name), name) if isinstance(name, int) else load_shipped(name)


@dataclass(frozen=True)
class Linked:
    """A world with links: some told late, some undone, one told again."""

    world: World
    links: tuple[SameAs, ...]

    def expected(self, policy: Policy, question: Question) -> Any:
        return answer(policy, question, self.world.records, self.world.registry, self.world.listings, links=self.links)


def draw_linked(rng: Random, policy: Policy) -> Linked:
    links: list[SameAs] = []
    for duplicate in rng.sample(KEYS[3:], 4):
        kept, known = rng.choice(KEYS[:3]), rng.randrange(1, LATEST_SEQ + 1)
        undone = rng.choice((None, None, known + 1, known + 2))
        links.append(SameAs(duplicate, kept, known, undone))
        if undone is not None and rng.random() < 0.5:
            links.append(SameAs(duplicate, rng.choice(KEYS[:3]), undone, None))
    return Linked(draw_world(rng, KEYS, Vocabulary.of(policy)), tuple(links))


@pytest.mark.parametrize("name", POLICIES)
@settings(phases=[Phase.generate], max_examples=4, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None)
@given(seed=st.integers(0, 2**32))
def test_live_answers_and_lines_of_kept_entries_are_the_plain_oracles(house: str, name: int | str, seed: int) -> None:
    policy, rng = policy_of(name), Random(seed)
    told = draw_linked(rng, policy)
    tell(house, told.world, told.links)
    questions = draw_questions(rng, KEYS[:3], 8)
    with connect(house) as connection:
        found = explain_many(connection, Rules(policy, policy_hash(policy)), questions)
    for question, explained in zip(questions, found, strict=True):
        expected, lines = told.expected(policy, question)
        assert explained.answer.model_copy(update={"next_change_on": None}) == expected, question
        assert in_order(explained.lines) == in_order(lines), question


@pytest.mark.parametrize("name", POLICIES)
@settings(phases=[Phase.generate], max_examples=3, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_batch_reads_what_kept_entries_bear_and_leaves_duplicates_out(house: str, duck: DuckDBEngine, name: int | str, seed: int) -> None:
    policy, rng = policy_of(name), Random(seed)
    told = draw_linked(rng, policy)
    tell(house, told.world, told.links)
    needs = needs_of(policy)
    for seq, after in ((rng.randrange(1, LATEST_SEQ + 1), None), (LATEST_SEQ, None), (LATEST_SEQ, KEYS[0])):
        day = date(2024, 6, 1)
        statements = {
            "questions": questions_statement(Scope(), as_of=day, known_seq=seq, after=after),
            "records": batch_records(needs.quantities, needs.details, known_seq=seq, after=after),
            "registry": batch_registry(known_seq=seq, after=after),
            "listings": batch_listings(known_seq=seq, after=after),
        }
        for relation, statement in statements.items():
            with read_arrow(house, statement) as reader:
                duck.load({relation: reader})
        answers = answers_of(policy, duck.run(policy, "answers").to_pylist())
        lines = lines_of(policy, duck.run(policy, "lines").to_pylist(), len(answers))
        gone = {
            link.duplicate for link in told.links if link.known_seq <= seq and (link.superseded_seq is None or link.superseded_seq > seq)
        }
        assert [one.enterprise_key for one in answers] == [
            key for key in KEYS if born(key) <= seq and key not in gone and key > (after or 0)
        ]
        for one, explained in zip(answers, lines, strict=True):
            expected, expected_lines = told.expected(policy, Question(enterprise_key=one.enterprise_key, as_of=day, known_seq=seq))
            assert one.model_copy(update={"next_change_on": None}) == expected
            assert explained == in_order(expected_lines)


@settings(phases=[Phase.generate], max_examples=4, derandomize=True, suppress_health_check=list(HealthCheck), deadline=None)
@given(seed=st.integers(0, 2**32))
def test_both_ends_of_a_difference_bear_what_was_linked_by_then(house: str, seed: int) -> None:
    policy, rng = policy_of("yinchuan-2026"), Random(seed)
    told = draw_linked(rng, policy)
    tell(house, told.world, told.links)
    rules = Rules(policy, policy_hash(policy))
    before, after = Corner(rules, date(2023, 6, 1), 2), Corner(rules, date(2024, 6, 1), LATEST_SEQ)
    with connect(house) as connection:
        for key in KEYS[:3]:
            stops = split_live(connection, key, before, after)
            for corner, stop in ((before, stops[0]), (after, stops[-1])):
                expected, _ = told.expected(policy, Question(enterprise_key=key, as_of=corner.as_of, known_seq=corner.known_seq))
                end = stop.answer
                assert (end.total_x100, end.grade, end.lists) == (
                    expected.total_x100,
                    expected.grade,
                    expected.lists,
                )


def test_the_next_change_looks_at_what_duplicates_bring(house: str) -> None:
    policy, rng = policy_of("yinchuan-2026"), Random(11)
    told = draw_linked(rng, policy)
    tell(house, told.world, told.links)
    questions = draw_questions(rng, KEYS[:3], 3)
    with connect(house) as connection:
        found = explain_many(connection, Rules(policy, policy_hash(policy)), questions)
    for question, explained in zip(questions, found, strict=True):
        until = date.fromordinal(question.as_of.toordinal() + 400)
        borne = _borne(told, question)
        changes = next_change(policy, question, borne.records, borne.registry, borne.listings, until=until)
        told_on = explained.answer.next_change_on
        assert changes is None or (told_on is not None and told_on <= changes), question


def _borne(told: Linked, question: Question) -> World:
    """The world as it were if everything had been told of the kept entry."""
    seq = question.known_seq
    moved = {
        link.duplicate: link.kept
        for link in told.links
        if link.known_seq <= seq and (link.superseded_seq is None or link.superseded_seq > seq)
    }
    records = tuple(_moved(fact, moved) for fact in told.world.records)
    listings = tuple(_moved(span, moved) for span in told.world.listings)
    return World(records, told.world.registry, listings)


def _moved(fact: Any, moved: dict[int, int]) -> Any:
    return type(fact)(**(vars(fact) | {"enterprise_key": moved.get(fact.enterprise_key, fact.enterprise_key)}))
