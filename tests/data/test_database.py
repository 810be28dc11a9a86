import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import InternalError, OperationalError

from data import embedded
from data.database import (
    BadAddress,
    Database,
    Limits,
    Unreachable,
    WriteSession,
    connect,
    driver_connection,
    embedded_folder,
    hold,
    locate,
    make_engine,
    normalise,
    read_pool,
    read_session,
    write_session,
)

SHORT = Limits(statement_s=0.05, lock_s=0.05, idle_in_transaction_s=60)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    made = make_engine(database)
    yield made
    made.dispose()


def test_a_read_session_refuses_writes(engine: Engine) -> None:
    with read_session(engine) as session, pytest.raises(InternalError, match="read-only transaction"):
        session.execute(text("CREATE TABLE notes (line text)"))


def test_a_write_session_writes_after_a_read_session_used_the_same_connection(engine: Engine) -> None:
    with read_session(engine) as session:
        session.execute(text("SELECT 1"))
    with write_session(engine) as session:
        session.execute(text("CREATE TABLE notes (line text)"))
        session.commit()
    with read_session(engine) as session:
        assert session.scalar(text("SELECT count(*) FROM notes")) == 0


def test_a_read_session_sees_one_state_throughout(engine: Engine) -> None:
    with write_session(engine) as writer, read_session(engine) as reader:
        writer.execute(text("CREATE TABLE notes (line text)"))
        writer.commit()
        assert reader.scalar(text("SELECT count(*) FROM notes")) == 0
        writer.execute(text("INSERT INTO notes VALUES ('later')"))
        writer.commit()
        assert reader.scalar(text("SELECT count(*) FROM notes")) == 0
        reader.rollback()
        assert reader.scalar(text("SELECT count(*) FROM notes")) == 1


def test_a_statement_ends_at_its_limit(database: str) -> None:
    engine = make_engine(database, limits=SHORT)
    with read_session(engine) as session, pytest.raises(OperationalError, match="statement timeout"):
        session.execute(text("SELECT pg_sleep(5)"))
    engine.dispose()


def test_a_connection_speaks_utc(engine: Engine) -> None:
    with read_session(engine) as session:
        assert session.scalar(text("SHOW timezone")) == "UTC"


def test_copy_shares_the_transaction_of_its_session(engine: Engine) -> None:
    with write_session(engine) as session:
        session.execute(text("CREATE TABLE notes (line text)"))
        with driver_connection(session).cursor().copy("COPY notes FROM STDIN") as copy:
            copy.write_row(("one",))
        assert session.scalar(text("SELECT count(*) FROM notes")) == 1
        session.rollback()
        assert session.scalar(text("SELECT to_regclass('notes')")) is None


def test_the_pool_for_hot_reads_refuses_writes_and_keeps_its_settings(database: str) -> None:
    async def ask() -> None:
        async with read_pool(database, size=2, settings={"plan_cache_mode": "force_generic_plan"}) as pool, pool.connection() as connection:
            found = await (await connection.execute("SELECT current_setting('plan_cache_mode') AS mode")).fetchone()
            assert found == {"mode": "force_generic_plan"}
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await connection.execute("CREATE TABLE notes (line text)")

    asyncio.run(ask())


def test_a_restarted_server_costs_a_session_nothing(database: str) -> None:
    engine = make_engine(database)
    with read_session(engine) as session:
        backend = session.scalar(text("SELECT pg_backend_pid()"))
    with connect(database, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (backend,))
    with read_session(engine) as session:
        assert session.scalar(text("SELECT 1")) == 1
    engine.dispose()


@pytest.mark.parametrize("spelling", ["postgres://u:p@h:5433/d", "postgresql://u:p@h:5433/d", "postgresql+psycopg://u:p@h:5433/d"])
def test_every_usual_spelling_of_an_address_is_understood(spelling: str) -> None:
    assert normalise(spelling) == "postgresql://u:p@h:5433/d"


@pytest.mark.parametrize(
    "wrong", ["mysql://u:secret@h/d", "sqlite:///x.db", "not an address with secret", "postgresql://u:secret@h:port/d"]
)
def test_another_address_is_refused_without_repeating_its_password(wrong: str) -> None:
    with pytest.raises(BadAddress) as refused:
        normalise(wrong)
    assert "secret" not in str(refused.value)
    assert "postgresql://user:password@host:5432/database" in str(refused.value)


def test_a_named_database_is_used_as_it_is_named(database: str) -> None:
    found = locate({"DATABASE_URL": database})
    assert found == Database(database)
    assert found.describe().startswith("PostgreSQL 18.")


def test_a_description_shows_no_password(database: str) -> None:
    assert "hidden" not in Database(database.replace("qcredit@", "qcredit:hidden@")).describe()


def test_the_address_for_spark_stands_beside_the_other_and_is_never_repeated(database: str) -> None:
    given = "jdbc:postgresql://h:5432/d?user=u&password=secret"
    found = locate({"DATABASE_URL": database, "QCREDIT_SPARK_JDBC": given})
    assert (found.url, found.jdbc) == (database, given)
    assert "secret" not in repr(found)
    with pytest.raises(BadAddress, match="QCREDIT_SPARK_JDBC") as refused:
        locate({"DATABASE_URL": database, "QCREDIT_SPARK_JDBC": given.removeprefix("jdbc:")})
    assert "secret" not in str(refused.value)


def test_without_an_address_the_embedded_server_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        found = locate({}, durable=False)
        assert found.started
        assert found.describe().startswith("embedded PostgreSQL 18.")
        assert found.describe().endswith(" in ./var/postgres")
    finally:
        embedded.remove(tmp_path / "var" / "postgres")


def test_whoever_brought_the_embedded_server_up_stops_it_and_nobody_else_does(tmp_path: Path) -> None:
    here = {"QCREDIT_VAR": str(tmp_path)}
    try:
        with hold(here, durable=False) as first, hold(here) as second:
            assert (first.started, second.started) == (True, False)
        assert embedded.find_url(tmp_path / "postgres") is None
    finally:
        embedded.remove(tmp_path / "postgres")


def test_the_embedded_server_follows_its_variable(tmp_path: Path) -> None:
    assert embedded_folder({"QCREDIT_VAR": str(tmp_path)}) == tmp_path / "postgres"
    assert embedded_folder({"QCREDIT_VAR": " "}) == Path("var/postgres")


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1/missing does not answer") as refused:
        connect("postgresql://u:secret@127.0.0.1:1/missing")
    assert "secret" not in str(refused.value)


def test_what_a_test_commits_in_its_session_is_undone(db: WriteSession) -> None:
    assert db.scalar(text("SELECT to_regclass('left_behind')")) is None
    db.execute(text("CREATE TABLE left_behind (line text)"))
    db.commit()
    db.rollback()
    assert db.scalar(text("SELECT count(*) FROM left_behind")) == 0


def test_a_test_finds_nothing_of_another(db: WriteSession) -> None:
    test_what_a_test_commits_in_its_session_is_undone(db)
