import asyncio

import pytest
from sqlalchemy import text

from data.database import Limits, Unreachable, WriteSession, connect, make_engine, read_pool, read_session
from data.failures import DATABASE_ERRORS, Failure, failure_of
from data.stores.arrow import read_arrow


def fail(session: WriteSession, statement: str, **values: object) -> Failure:
    with pytest.raises((*DATABASE_ERRORS, UnicodeEncodeError)) as failed:
        session.execute(text(statement), values)
    return failure_of(failed.value)


def test_what_no_text_can_hold_is_the_requests_fault(db: WriteSession) -> None:
    assert fail(db, "SELECT CAST(:value AS text)", value="a\0b") is Failure.UNSTORABLE
    assert fail(db, "SELECT CAST(:value AS text)", value="\ud800") is Failure.UNSTORABLE
    assert fail(db, "SELECT CAST(:value AS int)", value=2**40) is Failure.UNSTORABLE


def test_a_statement_that_took_too_long_may_work_later(database: str) -> None:
    engine = make_engine(database, limits=Limits(statement_s=0.05, lock_s=None, idle_in_transaction_s=None))
    with read_session(engine) as session, pytest.raises(DATABASE_ERRORS) as failed:
        session.execute(text("SELECT pg_sleep(5)"))
    assert failure_of(failed.value) is Failure.UNAVAILABLE
    engine.dispose()


def test_a_lost_connection_may_work_later(database: str) -> None:
    with connect(database) as lost, connect(database, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (lost.info.backend_pid,))
        with pytest.raises(DATABASE_ERRORS) as failed:
            lost.execute("SELECT 1")
    assert failure_of(failed.value) is Failure.UNAVAILABLE


def test_a_database_that_does_not_answer_may_work_later() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/missing"
    with pytest.raises(Unreachable) as failed:
        connect(nowhere)
    assert failure_of(failed.value) is Failure.UNAVAILABLE
    with pytest.raises(Exception, match="refused") as in_bulk, read_arrow(nowhere, "SELECT 1"):
        pass
    assert failure_of(in_bulk.value) is Failure.UNAVAILABLE


def test_a_pool_without_a_free_connection_may_work_later(database: str) -> None:
    async def ask_twice() -> None:
        async with read_pool(database, size=1) as pool, pool.connection():
            with pytest.raises(DATABASE_ERRORS) as failed:
                await pool.getconn(timeout=0.05)
            assert failure_of(failed.value) is Failure.UNAVAILABLE

    asyncio.run(ask_twice())


def test_a_statement_of_ours_that_is_wrong_is_our_fault(db: WriteSession) -> None:
    assert fail(db, "SELECT nothing FROM nowhere") is Failure.OURS
