"""Policies drawn by chance, compiled once for all tests, with one world of facts told to both engines."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

import psycopg
import pytest

from models.policies import Policy
from models.results import Answer, Line, Question
from tests.conftest import Server
from tests.scoring.drawing import World, draw_questions, draw_world
from tests.scoring.drawn_policies import draw_policy
from tests.scoring.running import Row, Running, answers_of, lines_of

SEEDS = (45, 30, 8, 38, 54)
"""Few, since each takes seconds; between them they use most constructs of the language."""
MORE_SEEDS = (5, 18, 60, 12, 31, 29, 83, 23, 13, 9)
ENTERPRISES = range(1, 51)


@dataclass
class Told:
    """A policy, a world, questions about it, and what DuckDB gave."""

    running: Running
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


@pytest.fixture(scope="session", params=[*SEEDS, *(pytest.param(seed, marks=pytest.mark.slow) for seed in MORE_SEEDS)])
def told(request: pytest.FixtureRequest, postgres: psycopg.Connection[Any]) -> Iterator[Told]:
    seed: int = request.param
    rng = Random(seed + 1)
    with Running(draw_policy(Random(seed), seed), postgres) as running:
        yield Told(running, draw_world(rng, ENTERPRISES), draw_questions(rng, ENTERPRISES, 5))
