"""Whatever happens to entries in whatever order, the log tells all of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from data.database import WriteSession, driver_connection
from data.stores import changes, knowledge, listings, stays
from data.stores.listing_states import states_on
from data.stores.listings import AlreadyListed, IllegalMove, RedAndBlack, Step
from data.stores.stays import Act
from models.access import Actor, Role
from models.changes import FeedLine, listed_on, replay, state_on
from models.listings import Cause, ListingState
from service.operations.entering import supersede_red
from service.operations.expire import expire
from tests.entries import add_enterprise, add_policy, add_run, black, red

FIRST = date(2024, 1, 1)
CLOCK = Actor(holder="night job", role=Role.ADMIN)
days = st.integers(0, 800).map(lambda n: FIRST + timedelta(days=n))
terms = st.none() | st.integers(1, 500)
enterprises = st.integers(1, 4)


class Lists(RuleBasedStateMachine):
    """Entries of four enterprises on a red and a black list, moved at random; each rule is a transaction of its own."""

    entries = Bundle("entries")
    session: WriteSession

    @initialize()
    def found(self) -> None:
        self.outer = self.session.begin_nested()
        self.start = changes.head(self.session)
        for key in range(1, 5):
            add_enterprise(self.session, key)
        self.run_id = add_run(self.session, add_policy(self.session))
        self.snapshots: list[tuple[int, int]] = []

    def teardown(self) -> None:
        if hasattr(self, "outer"):
            self.outer.rollback()

    def write(self, act: Any) -> list[int]:
        """Do something under one number, with its lines; what is refused leaves nothing behind."""
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
        self.snapshots.append((drawn.known_seq, changes.head(self.session).seq))
        return [move.listing_id for move in moves if move.cause is Cause.ENTERED]

    @rule(target=entries, key=enterprises, starts_on=days, term=terms, is_red=st.booleans(), announced=st.integers(0, 20))
    def enter(self, key: Any, starts_on: Any, term: Any, is_red: Any, announced: Any) -> Any:
        new = (red if is_red else black)(
            key,
            run_id=self.run_id,
            decided_on=starts_on - timedelta(days=announced),
            state=ListingState.ANNOUNCED if announced else ListingState.IN_FORCE,
            starts_on=starts_on,
            ends_on=starts_on + timedelta(days=term) if term else None,
            ends_when=None if term else "the licence is given back",
        )

        def act(seq: Any) -> Any:
            before = [] if is_red else supersede_red(self.session, [new], known_seq=seq)
            return before + listings.enter(self.session, [new], known_seq=seq)

        made = self.write(act)
        return made[0] if made else None

    @rule(entry=entries, day=days, cause=st.sampled_from([Cause.REMOVED, Cause.REPAIRED, Cause.ANNULLED, Cause.REVIEW_OPENED]))
    def move(self, entry: int, day: Any, cause: Cause) -> Any:
        if entry is not None:
            self.write(lambda seq: listings.move(self.session, [Step(entry, cause, day)], known_seq=seq))

    @rule(entry=entries, day=days, act=st.sampled_from(list(Act)))
    def stay(self, entry: int, day: Any, act: Act) -> Any:
        def stayed(seq: int) -> Any:
            about = {"authority": "court", "document_no": "5", "reason": "suit", "recorded_by": "anna"}
            stays.keep_stay(self.session, listing_id=entry, act=act, effective_on=day, known_seq=seq, **about)
            cause = Cause.STAYED if act is Act.STAY else Cause.STAY_LIFTED
            return listings.move(self.session, [Step(entry, cause, day)], known_seq=seq)

        if entry is not None:
            self.write(stayed)

    @rule(entry=entries, longer=st.integers(1, 300))
    def correct(self, entry: int, longer: Any) -> Any:
        if entry is not None:
            row = listings.get_listing(self.session, entry)
            step = Step(entry, Cause.CORRECTED, row["starts_on"], ends_on=row["starts_on"] + timedelta(days=longer))
            self.write(lambda seq: listings.move(self.session, [step], known_seq=seq))

    @rule(day=days)
    def expire(self, day: Any) -> Any:
        expire(self.session, as_of=day, actor=CLOCK)
        self.snapshots.append((knowledge.resolve(self.session, None).known_seq, changes.head(self.session).seq))

    @rule(key=enterprises, day=days)
    def deregister(self, key: Any, day: Any) -> Any:
        connection = driver_connection(self.session)
        seq = knowledge.draw(self.session, "registry").known_seq
        connection.execute("UPDATE registry_fact SET superseded_seq = %s WHERE enterprise_key = %s AND superseded_seq IS NULL", (seq, key))
        connection.execute(
            "INSERT INTO registry_fact (enterprise_key, valid_from, known_seq, state, is_natural_person, other)"
            " VALUES (%s, %s, %s, 'deregistered', false, '{}')",
            (key, day, seq),
        )

    @invariant()
    def the_log_tells_the_lists(self) -> Any:
        if not hasattr(self, "start"):
            return
        lines = changes.changes_after(self.session, self.start.seq, limit=10_000)
        assert [line.seq for line in lines] == list(range(self.start.seq + 1, self.start.seq + 1 + len(lines)))
        stored = driver_connection(self.session).execute(
            "SELECT listing_id, state, starts_on, ends_on, ended_on, end_cause FROM listing WHERE run_id = %s ORDER BY 1", (self.run_id,)
        )
        told = [body.after for _, body in sorted(replay(lines).items())]
        assert [(e.state, e.starts_on, e.ends_on, e.ended_on, e.end_cause) for e in told] == [row[1:] for row in stored]
        for offset in (0, 200, 500, 900):
            self.same_as_of(lines, FIRST + timedelta(days=offset))

    def same_as_of(self, lines: Any, day: Any) -> None:
        """The list of a day is what a plain replay gives: as known now, and as known when the log was shorter."""
        for known_seq, seq in self.snapshots[-1:] + self.snapshots[: len(self.snapshots) // 2][-1:]:
            shorter = replay(line for line in lines if line.seq <= seq)
            told = sorted((body.list, body.enterprise.value) for body in listed_on(shorter, day))
            stored = sorted(
                (name, f"E{row['enterprise_key']}")
                for name in ("red", "black")
                for row in listings.listed_as_of(self.session, name, as_of=day, known_seq=known_seq)
            )
            assert stored == told
            self.same_states(lines, day, known_seq=known_seq, seq=seq)

    def same_states(self, lines: Any, day: Any, *, known_seq: int, seq: int) -> None:
        """So is the state of each entry on that day."""
        by_entry: dict[int, list[FeedLine]] = {}
        root: dict[int, int] = {}
        for line in lines:
            root[line.seq] = line.seq if line.replaces_seq is None else root[line.replaces_seq]
            if line.seq <= seq:
                by_entry.setdefault(root[line.seq], []).append(line)
        told = sorted(state for one in by_entry.values() if (state := state_on(one, day)) is not None)
        stored = sorted(s for name in ("red", "black") for s in states_on(self.session, name, day=day, known_seq=known_seq).values())
        assert stored == told

    @invariant()
    def nobody_is_red_and_black_on_one_day(self) -> Any:
        if not hasattr(self, "start"):
            return
        seq = knowledge.resolve(self.session, None).known_seq
        for offset in range(0, 1400, 100):
            day = FIRST + timedelta(days=offset)
            both = [
                {row["enterprise_key"] for row in listings.listed_as_of(self.session, name, as_of=day, known_seq=seq)}
                for name in ("red", "black")
            ]
            assert not both[0] & both[1]


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_replaying_the_log_gives_the_lists_of_every_day(db: WriteSession) -> None:
    class OnThisDatabase(Lists):
        session = db

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)),
    )
    assert changes.verify_chain(db).seq == 0
