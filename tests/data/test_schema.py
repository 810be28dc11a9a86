from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text

from data import schema
from data.database import connect, make_engine
from data.schema import EXTENSIONS, Newer, NotMigrated, check_schema, find_drift, migrate


def test_a_migrated_database_is_accepted_and_has_its_extensions(database: str) -> None:
    engine = make_engine(database)
    check_schema(engine)
    with engine.connect() as connection:
        assert set(EXTENSIONS) <= set(connection.scalars(text("SELECT extname FROM pg_extension")))
    engine.dispose()


def test_tables_and_migrations_say_the_same(database: str) -> None:
    engine = make_engine(database)
    assert find_drift(engine) == []
    engine.dispose()


def test_an_empty_database_is_refused_with_the_command_that_helps(empty_database: str) -> None:
    engine = make_engine(empty_database)
    with pytest.raises(NotMigrated, match=r"is empty, .* Run `qcredit db migrate`") as refused:
        check_schema(engine)
    assert refused.value.code == "database.not_migrated"
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(database: str) -> None:
    with connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'fromthefuture'")
    engine = make_engine(database)
    with pytest.raises(Newer, match="a newer version migrated it") as refused:
        check_schema(engine)
    assert refused.value.code == "database.newer"
    engine.dispose()


def test_migrating_twice_or_at_once_changes_nothing_more(empty_database: str) -> None:
    with ThreadPoolExecutor(2) as callers:
        list(callers.map(migrate, [empty_database] * 2))
    migrate(empty_database)
    engine = make_engine(empty_database)
    check_schema(engine)
    engine.dispose()


def test_a_migration_gives_way_instead_of_queueing_for_ever(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "WAIT_FOR_OTHERS_S", 1)
    with psycopg.connect(empty_database) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (schema.MIGRATION_LOCK,))
        with pytest.raises(schema.Busy, match="Run `qcredit db migrate` again"):
            migrate(empty_database)
