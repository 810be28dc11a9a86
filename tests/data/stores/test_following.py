"""Any interleaving of writers and of a reader's rounds ends with exactly the current lists."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg.rows import tuple_row

from data.database import WriteSession, driver_connection
from data.stores import changes, checkpoints, knowledge, listings, trees
from data.stores.listings import AlreadyListed, IllegalMove, RedAndBlack, Step
from models.copies import Copy
from models.listings import Cause
from tests.entries import add_enterprise, add_policy, add_run, black, red

FIRST = date(2026, 1, 1)
CURRENT = """
SELECT listing.list, founding_value FROM listing JOIN enterprise USING (enterprise_key) WHERE state <> 'ended' AND run_id = %s ORDER BY 1, 2
"""


class Following(RuleBasedStateMachine):
    """Two writers whose transactions come in any order, a signer that comes now and then, and a reader that takes some lines at a time."""

    session: WriteSession

    @initialize()
    def found(self) -> None:
        self.outer = self.session.begin_nested()
        for key in range(1, 6):
            add_enterprise(self.session, key)
        self.run_id = add_run(self.session, add_policy(self.session))
        self.entries: list[int] = []
        self.copy = Copy()
        self.forgotten = 0

    def teardown(self) -> None:
        if hasattr(self, "outer"):
            self.outer.rollback()

    def write(self, act: Any) -> list[int]:
        part = self.session.begin_nested()
        try:
            drawn = knowledge.draw(self.session, "decision")
            moves = act(drawn.known_seq)
            changes.append(self.session, moves, known_seq=drawn.known_seq)
            driver_connection(self.session).execute("SET CONSTRAINTS ALL IMMEDIATE")
            driver_connection(self.session).execute("SET CONSTRAINTS ALL DEFERRED")
        except (RedAndBlack, AlreadyListed, IllegalMove):
            part.rollback()
            return []
        part.commit()
        return [move.listing_id for move in moves]

    @rule(keys=st.sets(st.integers(1, 5), min_size=1, max_size=3), is_red=st.booleans())
    def enter(self, keys: set[int], is_red: bool) -> None:
        new = [(red if is_red else black)(key, run_id=self.run_id, starts_on=FIRST) for key in sorted(keys)]
        self.entries += self.write(lambda seq: listings.enter(self.session, new, known_seq=seq))

    @rule(data=st.data(), cause=st.sampled_from([Cause.REMOVED, Cause.REPAIRED, Cause.ANNULLED, Cause.REVIEW_OPENED, Cause.REVIEW_CLOSED]))
    def move(self, data: st.DataObject, cause: Cause) -> None:
        if self.entries:
            entry = data.draw(st.sampled_from(self.entries))
            self.write(lambda seq: listings.move(self.session, [Step(entry, cause, FIRST + timedelta(days=9))], known_seq=seq))

    @rule()
    def forget_what_ended(self) -> None:
        with driver_connection(self.session).cursor(row_factory=tuple_row) as cursor:
            seqs = cursor.execute("SELECT seq FROM change_detail JOIN listing USING (listing_id) WHERE state = 'ended'").fetchall()
        changes.empty_details(self.session, [seq for (seq,) in seqs], why="over")

    @rule()
    def sign(self) -> None:
        trees.catch_up(self.session)

    @rule(limit=st.integers(1, 5))
    def read_some(self, limit: int) -> None:
        for line in changes.read_until(self.session, self.copy.seq, until=self.copy.seq + limit):
            self.copy.take([line])

    @rule()
    def hear_what_was_forgotten(self) -> None:
        for row in checkpoints.forgotten_after(self.session, self.forgotten, limit=1_000):
            self.copy.forget(row["seq"])
            self.forgotten = row["number"]

    @invariant()
    def a_reader_that_catches_up_holds_the_lists_and_has_the_root(self) -> None:
        if not hasattr(self, "copy"):
            return
        reader = Copy(self.copy.epoch, self.copy.seq, self.copy.hash, dict(self.copy.lines), list(self.copy.peaks or []))
        reader.take(changes.read_all(self.session, after=reader.seq))
        roots = trees.catch_up(self.session)
        assert (reader.seq, reader.lists_root(), reader.log_root()) == (roots.seq, roots.lists_root, roots.log_root)
        held = sorted(
            (line["body"]["list"], line["body"]["enterprise"]["value"])
            for line in reader.lines.values()
            if line["body"] is not None and line["body"]["after"]["state"] != "ended"
        )
        assert held == driver_connection(self.session).execute(CURRENT, (self.run_id,)).fetchall()


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_any_interleaving_of_writers_and_readers_ends_with_the_current_lists(db: WriteSession) -> None:
    class OnThisDatabase(Following):
        session = db

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)),
    )


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_a_line_about_an_entry_that_had_ended_leaves_the_root_of_the_lists(db: WriteSession) -> None:
    class OnThisDatabase(Following):
        session = db

    state = OnThisDatabase()
    state.found()
    state.enter(is_red=False, keys={1, 2})
    for cause in (Cause.REMOVED, Cause.ANNULLED):
        step = Step(state.entries[0], cause, FIRST + timedelta(days=9))
        state.write(lambda seq, step=step: listings.move(db, [step], known_seq=seq))
        state.a_reader_that_catches_up_holds_the_lists_and_has_the_root()
