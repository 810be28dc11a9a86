"""An incremental run finds what a full one finds, whatever happened before, and its publication does the same."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.results import RunKind
from models.tables.runs import Run
from scoring.runs import parts
from tests.scoring.runs.history import History

FOUND = ("policy_hash", "as_of", "known_seq", "questions", "answered", "changed", "digest", "counts", "migration")


def found(run: Run) -> dict[str, object]:
    return {name: getattr(run, name) for name in FOUND}


@settings(max_examples=4, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_an_incremental_run_equals_a_full_one_whatever_happened_before(clone: Callable[[], str], seed: int) -> None:
    live_through(clone(), Random(seed))


@settings(max_examples=2, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_it_also_does_where_so_many_are_due_that_their_facts_are_read_here(clone: Callable[[], str], seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LIVE", 0)
        live_through(clone(), Random(seed))


def live_through(url: str, rng: Random) -> None:
    """Let a history go on and run in it several times, in full and incrementally from the same facts; some of the runs are published."""
    with History(url, rng) as history:
        published: Run | None = None
        for _ in range(5):
            for _ in range(rng.randrange(4)):
                history.step()
            full, incremental = history.run(RunKind.FULL), history.run(RunKind.INCREMENTAL)
            assert found(incremental) == found(full)
            assert history.answers(incremental) == history.answers(full)
            if published is not None and (published.policy_hash, published.changes_on) == (full.policy_hash, full.changes_on):
                assert (incremental.base_run_id, incremental.why_full) == (published.run_id, None)
            assert history.try_publishing(incremental) == history.try_publishing(full)
            if rng.random() < 0.3:
                history.step()  # facts that become known before the publication
            if rng.random() < 0.8:
                published = rng.choice((incremental, incremental, full))
                history.publish(published)
