import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from data.database import WriteSession, driver_connection, make_engine, read_pool, read_session, write_session
from data.stores.knowledge import BeforeBeginning, InFuture, NotSettled, draw, resolve, resolve_async


def test_numbers_and_instants_go_up_together(db: WriteSession) -> None:
    drawn = [draw(db, "delivery", str(n)) for n in range(5)]
    assert [d.known_seq for d in drawn] == list(range(drawn[0].known_seq, drawn[0].known_seq + 5))
    instants = [d.committed_at for d in drawn]
    assert instants == sorted(set(instants))


def test_an_instant_gives_the_highest_number_known_by_then(db: WriteSession) -> None:
    first, second = draw(db, "delivery"), draw(db, "settlement")
    assert resolve(db, first.committed_at) == first
    assert resolve(db, second.committed_at - timedelta(microseconds=1)) == first
    assert resolve(db, None) == second


def test_the_future_and_the_time_before_the_beginning_cannot_be_asked(db: WriteSession) -> None:
    with pytest.raises(InFuture):
        resolve(db, datetime.now(UTC) + timedelta(minutes=5))
    with pytest.raises(BeforeBeginning):
        resolve(db, datetime(2001, 1, 1, tzinfo=UTC))


def test_an_instant_is_not_settled_while_a_writer_is_at_work(database: str) -> None:
    engine = make_engine(database)
    with write_session(engine) as writer, read_session(engine) as reader:
        draw(writer, "delivery")
        instant = datetime.now(UTC)
        with pytest.raises(NotSettled, match="Ask again in a moment"):
            resolve(reader, instant)
        reader.rollback()
        assert resolve(reader, None).known_seq == 0
        writer.commit()
        reader.rollback()
        assert resolve(reader, instant).known_seq == 1
    engine.dispose()


def test_a_writer_that_committed_behind_a_snapshot_is_noticed(database: str) -> None:
    engine = make_engine(database)
    with write_session(engine) as writer, read_session(engine) as reader:
        draw(writer, "delivery")
        writer.flush()
        instant = datetime.now(UTC)
        assert resolve(reader, None).known_seq == 0  # the snapshot is taken while the writer is at work
        writer.commit()
        with pytest.raises(NotSettled):
            resolve(reader, instant)
    engine.dispose()


def test_quiet_instants_are_settled_for_readers_of_the_pool(database: str) -> None:
    async def ask() -> int:
        async with read_pool(database, size=2) as pool, pool.connection() as connection:
            return (await resolve_async(connection, datetime.now(UTC))).known_seq

    assert asyncio.run(ask()) == 0


def test_numbers_drawn_by_many_writers_have_no_gap(database: str) -> None:
    engine = make_engine(database, size=8)

    def work() -> None:
        for turn in range(10):
            with write_session(engine) as session:
                draw(session, "delivery")
                if turn % 3:
                    session.commit()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with write_session(engine) as session:
        rows = driver_connection(session).execute("SELECT known_seq FROM knowledge ORDER BY committed_at").fetchall()
    assert [seq for (seq,) in rows] == list(range(37))
    engine.dispose()
