"""The same question has one answer: on every engine, in any company and order, and by the slow plain oracle."""

from collections.abc import Iterator
from random import Random
from typing import Any

import psycopg
import pytest

from tests.conftest import Server
from tests.scoring.drawing import draw_questions, draw_world
from tests.scoring.drawn_policies import draw_policy
from tests.scoring.running import Running, answers_of, by_the_oracle, lines_of

SEEDS = range(8)
ENTERPRISES = range(1, 61)


@pytest.fixture(scope="module")
def connection(server: Server) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(server.url) as opened:
        yield opened


@pytest.fixture(scope="module", params=SEEDS)
def running(request: pytest.FixtureRequest, connection: psycopg.Connection[Any]) -> Running:
    return Running(draw_policy(Random(request.param), request.param), connection)


def test_both_engines_and_the_oracle_give_the_same_answers_and_lines(running: Running) -> None:
    rng = Random(1)
    world = draw_world(rng, ENTERPRISES)
    questions = draw_questions(rng, ENTERPRISES, 5)
    rows = running.on_duckdb(world, questions)
    assert running.on_postgres(world, questions) == rows

    answers, lines = by_the_oracle(running.policy, world, questions)
    given = [answer.model_copy(update={"next_change_on": None}) for answer in answers_of(running.policy, rows["answers"])]
    explained = lines_of(running.policy, rows["lines"], len(questions))
    for question, expected, got, expected_lines, got_lines in zip(questions, answers, given, lines, explained, strict=True):
        assert (got, got_lines) == (expected, expected_lines), question
