"""What a process left behind is read by the service itself; what somebody works on, or what failed, is left alone."""

import asyncio
import io
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from data.database import JOB, make_engine, write_session
from data.intake.profiles import load_profile
from data.stores.deliveries import hold_delivery
from models.deliveries import Mode
from models.tables.runs import Standing
from service.jobs.resuming import follow_left_behind, keep_resuming, resume_left_behind
from service.operations.publish_delivery import publish_delivery
from service.operations.receive_delivery import receive_delivery
from tests.counter import OFFICER, SOURCE, A, ask, csv_of, facts, open_counter, row
from tests.entries import add_policy

AT_ONCE = timedelta(0)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = make_engine(database, limits=JOB, size=3)
    with write_session(engine) as session:
        open_counter(session)
        session.commit()
    yield engine
    engine.dispose()


def leave_behind(engine: Engine, content: bytes) -> int:
    """Receive a file and read it not: what a process that was killed in between leaves."""
    with write_session(engine) as session:
        return receive_delivery(
            session,
            file=io.BytesIO(content),
            file_name="f.csv",
            profile=load_profile("native"),
            source=SOURCE,
            mode=Mode.DELTA,
            idempotency_key=None,
            actor=OFFICER,
        )


def test_what_was_left_behind_is_taken_up_once(engine: Engine) -> None:
    number = leave_behind(engine, csv_of([row("1")]))
    assert resume_left_behind(engine) == []  # too young: somebody is most likely about to read it
    assert resume_left_behind(engine, older_than=AT_ONCE) == [number]
    assert resume_left_behind(engine, older_than=AT_ONCE) == []
    with write_session(engine) as session:
        assert len(facts(session)) == 1


def test_what_another_process_works_on_is_left_to_it(engine: Engine) -> None:
    number = leave_behind(engine, csv_of([row("1")]))
    with write_session(engine) as other:
        hold_delivery(other, number)
        assert resume_left_behind(engine, older_than=AT_ONCE) == []


def test_standings_follow_facts_whose_process_was_killed_before_they_did(engine: Engine) -> None:
    number = leave_behind(engine, csv_of([row("1", A)]))
    with write_session(engine) as session:
        policy_hash = add_policy(session)
        (key,) = ask(session, "SELECT enterprise_key FROM enterprise WHERE founding_value = %s", A)[0]
        session.add(standing(key, policy_hash, records_known=0))
        session.commit()
        delivery = hold_delivery(session, number)
        publish_delivery(session, delivery, load_profile("native"))
        session.commit()  # and here the process dies
        assert follow_left_behind(engine) == []  # too young: the process is most likely about to
        assert follow_left_behind(engine, older_than=AT_ONCE) == [delivery.known_seq]
        assert ask(session, "SELECT policy, records_known FROM standing") == [("yinchuan/of-tests", 1)]
        session.rollback()
        assert follow_left_behind(engine, older_than=AT_ONCE) == []


def standing(key: int, policy_hash: str, *, records_known: int) -> Standing:
    return Standing(
        enterprise_key=key,
        policy_hash=policy_hash,
        policy="yinchuan/of-tests",
        as_of=date(2026, 1, 1),
        known_seq=0,
        answer_hash=1,
        total_x100=8_000,
        score_x100=8_000,
        grade="A",
        ladder_grade="A",
        is_rated=True,
        records_known=records_known,
        covered={},
        lists={},
    )


def test_a_file_that_cannot_be_read_fails_once_and_holds_up_no_other(engine: Engine) -> None:
    broken = leave_behind(engine, b"a,a\n1,2\n")
    whole = leave_behind(engine, csv_of([row("1")]))
    assert resume_left_behind(engine, older_than=AT_ONCE) == [whole]
    with write_session(engine) as session:
        assert ask(session, "SELECT state FROM delivery WHERE delivery_id = %s", broken) == [("failed",)]


def test_the_service_does_it_by_itself(engine: Engine) -> None:
    number = leave_behind(engine, csv_of([row("1")]))
    with write_session(engine) as session:
        ask_state = "SELECT state FROM delivery WHERE delivery_id = %s"
        session.connection().exec_driver_sql("UPDATE delivery SET received_at = received_at - interval '5 minutes'")
        session.commit()

        async def wait() -> None:
            async with keep_resuming(engine, first_after_s=0, every_s=0.05):
                for _ in range(200):
                    await asyncio.sleep(0.05)
                    session.rollback()
                    if ask(session, ask_state, number) == [("published",)]:
                        return

        asyncio.run(wait())
        assert ask(session, ask_state, number) == [("published",)]
