"""A recount finds nothing where standings are right, also after incremental runs, and names whom something happened to."""

from collections.abc import Callable
from random import Random

import pytest

from data.database import connect
from models.results import RunKind
from service.operations.recount import BadSample, NothingToRecount, RecountAsked, recount
from tests.scoring.runs.history import OPERATOR, History


def test_a_recount_agrees_until_a_standing_is_tampered_with(clone: Callable[[], str]) -> None:
    with History(clone(), Random(5)) as history:
        with pytest.raises(NothingToRecount):
            recount(history.database, RecountAsked(), actor=OPERATOR)
        for kind in (RunKind.FULL, RunKind.INCREMENTAL):
            for _ in range(4):
                history.deliver()
            history.publish(history.run(kind))
        history.deliver()  # standings that a delivery refreshed are not the run's
        found = recount(history.database, RecountAsked(sample=100, seed=7), actor=OPERATOR)
        assert found is not None
        assert (found.asked, found.differing) == (12, 0)
        with connect(history.database.url) as connection:
            connection.execute("UPDATE standing SET grade = 'made up' WHERE enterprise_key = 3")
            connection.execute("UPDATE run_standing SET grade = 'made up' WHERE enterprise_key = 3")
        again = recount(history.database, RecountAsked(sample=100), actor=OPERATOR)
        assert again is not None
        assert [difference["enterprise_key"] for difference in again.differences] == [3]
        assert again.run_id == found.run_id
        with connect(history.database.url) as connection:
            connection.execute("UPDATE standing SET next_change_on = '2031-01-01', covered = '{}' WHERE enterprise_key = 4")
            connection.execute("UPDATE run_standing SET next_change_on = '2031-01-01', covered = '{}' WHERE enterprise_key = 4")
        third = recount(history.database, RecountAsked(sample=100), actor=OPERATOR)
        assert third is not None
        (made_up, beside) = third.differences
        assert (made_up["said"]["grade"], made_up["found"].keys()) == ("made up", {"grade"})
        assert beside["said"].keys() == beside["found"].keys() == {"covered", "next_change_on"}
        assert (beside["said"]["next_change_on"], beside["said"]["covered"]) == ("2031-01-01", {})
        assert recount(history.database, RecountAsked(), actor=OPERATOR, stop=lambda: True) is None


def test_a_sample_has_a_size_that_can_be_drawn(clone: Callable[[], str]) -> None:
    with History(clone(), Random(5)) as history, pytest.raises(BadSample, match="between 1"):
        recount(history.database, RecountAsked(sample=0), actor=OPERATOR)
