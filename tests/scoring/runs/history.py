"""Histories drawn by chance, told to a real database: deliveries, corrections, withdrawals, moves, registry changes, runs and days."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any, Self

from psycopg.types.json import Jsonb

from data.database import Database, WriteSession, driver_connection, make_engine, write_session
from data.policy_files import SHIPPED, load_policy, load_shipped, policy_hash
from data.stores import knowledge, policies, records, runs
from models.access import Actor, Role
from models.identifiers import Identifier
from models.results import RunKind
from models.tables.runs import Run
from scoring.runs.refreshing import refresh
from scoring.runs.running import carry_out
from service.operations.choose_rules import choose_rules
from service.operations.publish_run import Published, publish_run
from service.operations.recalculate import Request, recalculate
from service.operations.same_entries import IsChain, NotLinked, join_entries, part_entries
from tests.entries import add_enterprise, add_record
from tests.oracle.facts import Fact
from tests.scoring.drawing import Vocabulary, draw_fact

OPERATOR = Actor(holder="operator", role=Role.ADMIN)
NOW = "yinchuan-2019"
LATER = "yinchuan-2026"
FIRST_DAY = date(2026, 2, 1)
SWITCH = date(2026, 4, 1)
"""The day on which the later version takes over."""
LAST_DAY = date(2026, 11, 20)
WORDS = tuple(Vocabulary.of(load_shipped(name)) for name in (NOW, LATER))

# What publishing left, apart from the numbers of runs and of rows.
_LEFT = (
    "SELECT to_jsonb(s) - 'run_id' || jsonb_build_object('of_run', run_id IS NOT NULL) FROM standing s ORDER BY enterprise_key",
    "SELECT to_jsonb(s) FROM run_standing s ORDER BY enterprise_key",
    "SELECT to_jsonb(r) - 'run_id' FROM result r ORDER BY enterprise_key, known_seq, as_of, policy_hash",
    "SELECT jsonb_build_array(enterprise_key, list, direction, state, policy_hash, answer - 'run_id') FROM proposal ORDER BY 1",
    "SELECT jsonb_build_array(enterprise_key, list, state, origin, starts_on, ends_on, ended_on, end_cause, basis) FROM listing ORDER BY 1",
    "SELECT jsonb_build_array(enterprise_key, grade, policy, noticed_on, ended_on) FROM grade_notice ORDER BY 1",
)


class History:
    """A city of some enterprises and what happens to it; every draw comes from `rng`."""

    def __init__(self, url: str, rng: Random) -> None:
        self.database, self._rng = Database(url), rng
        self._engine = make_engine(url, size=2)
        self.day = FIRST_DAY
        self._keys = list(range(1, 13))
        self._facts: list[Fact] = []
        with write_session(self._engine) as session:
            for key in self._keys:
                add_enterprise(session, key)
                self._name(session, key, 0)
            self._publish_policy(session, NOW)
            session.commit()
        self._is_later_known = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def step(self) -> None:
        """Let something happen."""
        often = (self.deliver, self.deliver, self.deliver, self._pass_days, self._pass_days)
        self._rng.choice((*often, self._register, self._found, self.legislate, self._join))()

    def run(self, kind: RunKind) -> Run:
        asked = Request(as_of=self.day, family="yinchuan", kind=kind, engine="postgres")
        return self.look(recalculate(self.database, asked, actor=OPERATOR))

    def carry(self, run_id: int) -> int:
        """Carry an ordered run out."""
        carry_out(self.database, run_id)
        return run_id

    def look(self, run_id: int) -> Run:
        with write_session(self._engine) as session:
            return runs.get_run(session, run_id)

    def answers(self, run: Run) -> list[tuple[Any, ...]]:
        """The answers that a run kept."""
        with write_session(self._engine) as session:
            statement = "SELECT to_jsonb(a) - 'run_id' FROM run_answer a WHERE run_id = %s ORDER BY enterprise_key"
            return driver_connection(session).execute(statement, (run.run_id,)).fetchall()

    def try_publishing(self, run: Run) -> tuple[Published, list[Any]]:
        """What publishing a run does and leaves behind; undone afterwards."""
        with write_session(self._engine) as session:
            done = self._publish(session, run)
            left = [driver_connection(session).execute(statement).fetchall() for statement in _LEFT]
            session.rollback()
        return done, left

    def publish(self, run: Run) -> None:
        with write_session(self._engine) as session:
            self._publish(session, run)
            session.commit()

    def _publish(self, session: WriteSession, run: Run) -> Published:
        assert run.run_id is not None
        done = publish_run(session, run.run_id, actor=OPERATOR, noticed_on=self.day)
        return done.model_copy(update={"run_id": 0})

    def _publish_policy(self, session: WriteSession, name: str, changed: Mapping[str, str] | None = None) -> None:
        text = (SHIPPED / f"{name}.yaml").read_text()
        for old, new in (changed or {}).items():
            text = text.replace(old, new, 1)
        # The steps that a policy goes before its publication are not what these histories are about, so their guard is off.
        policy = load_policy(text, file=name)
        if policies.find_policy(session, policy.family, policy.version) is not None:
            return
        seq = knowledge.draw(session, "policy", policy.name).known_seq
        driver_connection(session).execute("SET LOCAL session_replication_role = replica")
        policies.add_policy(session, policy, policy_hash=policy_hash(policy), text=text, published_by="operator", known_seq=seq)
        driver_connection(session).execute("SET LOCAL session_replication_role = origin")

    def deliver(self) -> None:
        """Some records come, are corrected, withdrawn, brought back, or turn out to be another enterprise's."""
        with write_session(self._engine) as session:
            seq = knowledge.draw(session, "delivery").known_seq
            for place in self._rng.sample(range(len(self._facts)), min(len(self._facts), self._rng.randrange(3))):
                self._revise(session, seq, place)
            for _ in range(self._rng.randrange(4)):
                self._bring(session, seq)
            session.commit()
        self._follow(seq)

    def _bring(self, session: WriteSession, seq: int) -> None:
        number = len(self._facts) + 1
        key = self._rng.choice(self._keys)
        words = self._rng.choice(WORDS)
        fact = draw_fact(self._rng, enterprise_key=key, record_key=number, event_key=self._rng.choice((number, key)), words=words)
        self._facts.append(fact)
        self._store(session, fact, seq)

    def _revise(self, session: WriteSession, seq: int, place: int) -> None:
        old = self._facts[place]
        other = draw_fact(self._rng, enterprise_key=old.enterprise_key, record_key=old.record_key, event_key=old.event_key, words=WORDS[0])
        fact = self._rng.choice(
            (
                other,
                replace(old, is_withdrawn=not old.is_withdrawn),
                replace(old, enterprise_key=self._rng.choice(self._keys)),
                replace(old, repaired_on=self.day + timedelta(days=self._rng.randrange(-60, 60))),
            )
        )
        self._facts[place] = fact
        self._store(session, fact, seq, revises=old.record_key)

    def _store(self, session: WriteSession, fact: Fact, seq: int, **how: Any) -> None:
        apart = ("kind", "outcome", "enterprise_key", "known_seq", "superseded_seq", "quantities", "details")
        said = {name: value for name, value in vars(fact).items() if name not in apart}
        said |= {"quantities_x10000": Jsonb(fact.quantities), "detail": Jsonb(fact.details), "source_ref": str(fact.record_key)}
        add_record(session, fact.enterprise_key, fact.kind, fact.outcome, known_seq=seq, **said, **how)

    def _register(self) -> None:
        """The state of an enterprise changes from a day on; its branch may be another's."""
        with write_session(self._engine) as session:
            seq = knowledge.draw(session, "delivery").known_seq
            key, since = self._rng.choice(self._keys), self.day - timedelta(days=self._rng.randrange(40))
            connection = driver_connection(session)
            connection.execute(
                "UPDATE registry_fact SET superseded_seq = %s WHERE enterprise_key = %s AND superseded_seq IS NULL", (seq, key)
            )
            state = self._rng.choice(("in_business", "deregistered", "revoked"))
            for begins, ends, said in (("2010-01-01", since, "in_business"), (since, None, state)):
                connection.execute(
                    "INSERT INTO registry_fact (enterprise_key, valid_from, valid_until, known_seq, state, is_natural_person, other)"
                    " VALUES (%s, %s, %s, %s, %s, false, '{}')",
                    (key, begins, ends, seq, said),
                )
            session.commit()
        self._follow(seq)

    def _found(self) -> None:
        """An enterprise is founded, and becomes known with a delivery."""
        key = len(self._keys) + 1
        with write_session(self._engine) as session:
            seq = knowledge.draw(session, "delivery").known_seq
            driver_connection(session).execute("INSERT INTO enterprise VALUES (%s, 'test-number', %s, %s)", (key, f"E{key}", seq))
            self._name(session, key, seq)
            session.commit()
        self._keys.append(key)
        self._follow(seq)

    def _name(self, session: WriteSession, key: int, seq: int) -> None:
        driver_connection(session).execute(
            "INSERT INTO enterprise_identifier (scheme, value, known_seq, enterprise_key) VALUES ('test-number', %s, %s, %s)",
            (f"E{key}", seq, key),
        )

    def _join(self) -> None:
        """Two entries turn out to be one enterprise, or not to be after all; refused where they are linked otherwise."""
        kept, duplicate = (Identifier(scheme="test-number", value=f"E{key}") for key in self._rng.sample(self._keys[:4], 2))
        with write_session(self._engine) as session:
            try:
                self._rng.choice((join_entries, part_entries))(session, kept=kept, duplicate=duplicate, reason="so", actor=OPERATOR)
            except (IsChain, NotLinked):
                return
            session.commit()

    def _pass_days(self) -> None:
        day = min(LAST_DAY, self.day + timedelta(days=self._rng.choice((0, 1, 7, 30, 60))))
        if day >= SWITCH:
            self.legislate()
        self.day = day

    def legislate(self) -> None:
        """The next version of the policy is published, for a day that may have come."""
        if not self._is_later_known:
            with write_session(self._engine) as session:
                self._publish_policy(session, LATER)
                session.commit()
            self._is_later_known = True

    def amend(self, since: date) -> None:
        """A version of the same rules is published that begins in between."""
        with write_session(self._engine) as session:
            self._publish_policy(
                session, NOW, {"version: '2019'": "version: '2019b'", "in_force_from: 2019-02-22": f"in_force_from: {since}"}
            )
            session.commit()

    def _follow(self, seq: int) -> None:
        """Standings follow a delivery: at once, as of a later day than the last run's, or not yet."""
        if self._rng.random() < 0.2:
            return
        with write_session(self._engine) as session:
            if not records.has_standings(session):
                return
            ahead = self.day + timedelta(days=self._rng.choice((0, 0, 1, 20)))
            day = ahead if ahead < SWITCH or self._is_later_known else self.day
            known = knowledge.resolve(session, None).known_seq
            touched = records.touched_enterprises(driver_connection(session), seq)
            refresh(session, choose_rules(session, family="yinchuan", as_of=day, known_seq=known), touched, as_of=day, known_seq=known)
            session.commit()
