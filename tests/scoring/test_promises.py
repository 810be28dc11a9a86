"""What every policy promises, whatever it says: sums that add up, knowledge that stays put, days on which nothing changes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from models.results import Answer, LineKind, Question
from tests.oracle.facts import Fact, ListingSpan, RegistrySpan
from tests.scoring.conftest import ENTERPRISES, Told
from tests.scoring.drawing import LATEST_SEQ, World, draw_fact
from tests.scoring.running import answers_of, lines_of

F = TypeVar("F", Fact, RegistrySpan, ListingSpan)


def test_lines_sum_to_the_score_before_it_is_held_to_the_scale(told: Told) -> None:
    scale = told.policy.scale
    for answer, lines in zip(told.answers, told.lines, strict=True):
        assert scale.start + sum(line.points_x100 for line in lines) == answer.total_x100
        assert answer.score_x100 == min(max(answer.total_x100, scale.lowest), scale.highest)


def test_totals_are_the_lines_of_each_rule_together(told: Told) -> None:
    counted: dict[tuple[int, int], list[int]] = {}
    for row in told.rows["lines"]:
        if row["line"] not in (LineKind.CAP, LineKind.FROZEN):
            counted.setdefault((row["question"], row["item"]), []).append(row["points_x100"])
    assert {(row["question"], row["item"]): (row["count"], row["points_x100"]) for row in told.rows["totals"]} == {
        key: (len(points), sum(points)) for key, points in counted.items()
    }


def test_a_withdrawn_record_changes_nothing(told: Told) -> None:
    rng = Random(6)
    withdrawn = tuple(
        replace(
            draw_fact(rng, enterprise_key=key, record_key=9_000_000 + key, event_key=rng.choice((key * 100, 7)), words=told.words),
            is_withdrawn=True,
        )
        for key in ENTERPRISES
    )
    more = replace(told.world, records=told.world.records + withdrawn)
    assert told.running.on_duckdb(more, told.questions, ("answers",))["answers"] == told.rows["answers"]


def test_what_is_told_later_changes_no_answer_about_what_was_known(told: Told) -> None:
    for seq in (1, LATEST_SEQ // 2):
        world = World(
            tuple(_as_known(told.world.records, seq)),
            tuple(_as_known(told.world.registry, seq)),
            tuple(_as_known(told.world.listings, seq)),
        )
        asked = [n for n, question in enumerate(told.questions) if question.known_seq == seq]
        rows = told.running.on_duckdb(world, [told.questions[n] for n in asked], ("answers", "lines"))
        assert answers_of(told.policy, rows["answers"]) == [told.answers[n] for n in asked]
        assert lines_of(told.policy, rows["lines"], len(asked)) == [told.lines[n] for n in asked]


def _as_known(facts: Iterable[F], seq: int) -> Iterable[F]:
    """The relation as it stood when `seq` was the last thing told."""
    for fact in facts:
        if fact.known_seq <= seq:
            still = fact.superseded_seq is None or fact.superseded_seq > seq
            yield replace(fact, superseded_seq=None) if still else fact


def test_nothing_changes_by_itself_before_the_day_that_is_named(told: Told) -> None:
    rng = Random(7)
    chosen = rng.sample(range(len(told.questions)), 25)
    walks: list[tuple[Answer, Question]] = []
    for first in (told.answers[n] for n in chosen):
        assert first.next_change_on is None or first.next_change_on > first.as_of
        asked = Question(enterprise_key=first.enterprise_key, as_of=first.as_of, known_seq=first.known_seq)
        walks += [(first, asked.model_copy(update={"as_of": day})) for day in _days_before(first)]
    later = answers_of(told.policy, told.running.on_duckdb(told.world, [q for _, q in walks], ("answers",))["answers"])
    for (first, _), answer in zip(walks, later, strict=True):
        assert answer.model_copy(update={"as_of": first.as_of}) == first, answer.as_of


def _days_before(first: Answer) -> Iterable[date]:
    """Every day of the next year, then every third week, and the last day of all."""
    last = first.next_change_on or date(2033, 1, 1)
    day = first.as_of + timedelta(days=1)
    while day < last:
        yield day
        day += timedelta(days=1 if (day - first.as_of).days < 366 else 21)
    yield max(last - timedelta(days=1), first.as_of)
