"""Runs at once, during intake and during the publication of a policy: each answers for its own known_at, and one is published."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from random import Random

import pytest

from models.results import RunKind
from models.tables.runs import Run
from scoring.runs.running import carry_out
from service.operations.publish_run import Overtaken
from service.operations.recalculate import Request, order_run
from tests.scoring.runs.history import OPERATOR, History

SAME = ("policy_hash", "as_of", "known_seq", "changes_on", "questions", "digest", "counts")


@pytest.fixture
def history(clone: Callable[[], str]) -> Iterator[History]:
    """A city with facts and a published run."""
    with History(clone(), Random(11)) as found:
        for _ in range(6):
            found.deliver()
        found.publish(found.run(RunKind.FULL))
        yield found


def order(history: History, **asked: object) -> int:
    request = Request(**({"as_of": history.day, "family": "yinchuan", "engine": "postgres", "part_size": 5} | asked))  # type: ignore[arg-type]  # a test's choice
    return order_run(history.database, request, actor=OPERATOR)


def found(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in SAME}


def alone(history: History, run: Run) -> Run:
    """The same question, asked again later when nobody else is at work."""
    return history.look(history.carry(order(history, as_of=run.as_of, known_at=run.known_at)))


@pytest.mark.parametrize("kind", list(RunKind))
def test_two_runs_at_once_answer_each_for_itself_and_one_is_published(history: History, kind: RunKind) -> None:
    one = order(history, kind=kind)
    history.deliver()
    other = order(history, as_of=history.day + timedelta(days=1), kind=kind)
    with ThreadPoolExecutor(2) as both:
        assert list(both.map(lambda run_id: carry_out(history.database, run_id), (one, other))) == ["finished", "finished"]
    first, second = history.look(one), history.look(other)
    assert first.known_seq < second.known_seq
    assert found(first) == found(alone(history, first))
    assert found(second) == found(alone(history, second))
    history.publish(first)
    with pytest.raises(Overtaken, match="Another run was published"):
        history.publish(second)


@pytest.mark.parametrize("kind", list(RunKind))
def test_a_run_during_intake_answers_for_what_was_known_as_it_was_ordered(history: History, kind: RunKind) -> None:
    history.deliver()
    run_id, told = order(history, kind=kind), []

    def tell(phase: str, _: int) -> None:
        if phase in ("reading", "evaluating", "storing"):
            told.append(phase)
            history.deliver()

    assert carry_out(history.database, run_id, tell=tell) == "finished"
    assert set(told) == {"reading", "evaluating", "storing"}
    run = history.look(run_id)
    assert found(run) == found(alone(history, run))
    history.publish(run)  # asks again for everybody of whom something became known since
    after = history.run(RunKind.INCREMENTAL)
    assert after.base_run_id == run_id
    assert found(after) == found(history.run(RunKind.FULL))


@pytest.mark.parametrize("kind", list(RunKind))
def test_a_run_during_the_publication_of_a_policy_answers_under_the_rules_of_its_order(history: History, kind: RunKind) -> None:
    run_id = order(history, kind=kind)

    def tell(phase: str, _: int) -> None:
        if phase == "evaluating":
            history.amend(date(2026, 3, 1))

    assert carry_out(history.database, run_id, tell=tell) == "finished"
    run = history.look(run_id)
    assert found(run) == found(alone(history, run))
    later = history.run(kind)
    assert (run.changes_on, later.changes_on) == (date(2026, 4, 1), date(2026, 3, 1))
    if kind is RunKind.INCREMENTAL:
        assert (run.why_full, later.base_run_id) == (None, None)
        assert "another day" in (later.why_full or "")
