"""The same question has one answer: on every engine, in any company and order, and by the slow plain oracle."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scoring.conftest import Told
from tests.scoring.drawing import World, draw_questions, draw_world
from tests.scoring.running import answers_of, by_the_oracle, lines_of


def test_both_engines_give_the_same_rows_in_the_same_order(told: Told) -> None:
    assert told.running.on_postgres(told.world, told.questions) == told.rows


def test_the_plain_oracle_gives_the_same_answers_and_lines(told: Told) -> None:
    answers, lines = by_the_oracle(told.policy, told.world, told.questions)
    got = [answer.model_copy(update={"next_change_on": None}) for answer in told.answers]
    for question, *given_and_expected in zip(told.questions, got, answers, told.lines, lines, strict=True):
        answer, expected, explained, expected_lines = given_and_expected
        assert (answer, explained) == (expected, expected_lines), question


def test_the_order_of_records_and_questions_never_matters(told: Told) -> None:
    rng = Random(5)
    order = rng.sample(range(len(told.questions)), len(told.questions))
    facts = [rng.sample(rows, len(rows)) for rows in (told.world.records, told.world.registry, told.world.listings)]
    shuffled = World(*(tuple(rows) for rows in facts))  # type: ignore[arg-type]  # three relations, one loop
    questions = [told.questions[n] for n in order]
    rows = told.running.on_duckdb(shuffled, questions, ("answers", "lines"))
    assert answers_of(told.policy, rows["answers"]) == [told.answers[n] for n in order]
    assert lines_of(told.policy, rows["lines"], len(order)) == [told.lines[n] for n in order]


def test_a_question_asked_alone_is_answered_as_in_a_batch(told: Told) -> None:
    number = max(range(len(told.questions)), key=lambda n: len(told.lines[n]))
    for asks in (told.running.on_duckdb, told.running.on_postgres):
        rows = asks(told.world, [told.questions[number]], ("answers", "lines"))
        assert answers_of(told.policy, rows["answers"]) == [told.answers[number]]
        assert lines_of(told.policy, rows["lines"], 1) == [told.lines[number]]


@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False))
def test_small_histories_agree_too(told: Told, rng: Random) -> None:
    world = draw_world(rng, (1, 2), told.words)
    questions = draw_questions(rng, (1, 2, 3), 3)
    rows = told.running.on_duckdb(world, questions, ("answers", "lines"))
    assert told.running.on_postgres(world, questions, ("answers", "lines")) == rows
    answers, lines = by_the_oracle(told.policy, world, questions)
    assert [a.model_copy(update={"next_change_on": None}) for a in answers_of(told.policy, rows["answers"])] == answers
    assert lines_of(told.policy, rows["lines"], len(questions)) == lines
