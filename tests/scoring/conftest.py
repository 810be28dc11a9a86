"""Policies drawn by chance and policies shipped, compiled once for all tests, with one world of facts told to both engines."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import psycopg
import pytest

from data.policy_files import load_shipped
from models.policies import Policy
from models.results import Answer, Line, Question
from tests.conftest import Server
from tests.scoring.drawing import Vocabulary, World, draw_questions, draw_world
from tests.scoring.drawn_policies import draw_policy
from tests.scoring.running import Row, Running, answers_of, lines_of

QUICK: tuple[int | str, ...] = (45, 30, 8, "yinchuan-2026")
"""Seeds of drawn policies and names of shipped ones. Few, since each takes seconds; together they use most of the language."""
SLOW: tuple[int | str, ...] = (
    38,
    54,
    5,
    18,
    60,
    12,
    31,
    29,
    83,
    "yinchuan-2019",
    "examples/food-hygiene-rating",
    "examples/toronto-dinesafe",
)
ENTERPRISES = range(1, 51)


@dataclass
class Told:
    """A policy, a world, questions about it, and what DuckDB gave."""

    running: Running
    words: Vocabulary
    world: World
    questions: list[Question]

    @property
    def policy(self) -> Policy:
        return self.running.policy

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        return self.running.on_duckdb(self.world, self.questions)

    @cached_property
    def answers(self) -> list[Answer]:
        return answers_of(self.policy, self.rows["answers"])

    @cached_property
    def lines(self) -> list[list[Line]]:
        return lines_of(self.policy, self.rows["lines"], len(self.questions))


@pytest.fixture(scope="session")
def postgres(server: Server) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.url) as opened:
        yield opened


def _policy_of(name: int | str) -> Policy:
    return draw_policy(Random(name), name) if isinstance(name, int) else load_shipped(name)


@pytest.fixture(scope="session", params=[*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def told(request: pytest.FixtureRequest, postgres: psycopg.Connection[Any]) -> Iterator[Told]:
    rng = Random(1)
    policy = _policy_of(request.param)
    words = Vocabulary.of(policy)
    with Running(policy, postgres) as running:
        yield Told(running, words, draw_world(rng, ENTERPRISES, words), draw_questions(rng, ENTERPRISES, 5))
