"""The schema's version: bring a database to it, and refuse one that has another."""

from functools import cache
from pathlib import Path

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from data.database import DRIVER, JOB, connect, place_of
from models.errors import CreditError
from models.tables import all as _every_table  # noqa: F401  # each table registers itself with the metadata

EXTENSIONS = ("btree_gin", "btree_gist", "pg_trgm")
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x71637265646974  # "qcredit": the key of the advisory lock that one migration holds
WAIT_FOR_OTHERS_S = 300
WAIT_FOR_TABLES_S = 10  # a migration queueing for a table makes everybody queue behind it


class NotMigrated(CreditError):
    """The database has no schema yet, or an older one."""

    code = "database.not_migrated"


class Newer(CreditError):
    """A later version of the service has migrated the database."""

    code = "database.newer"


class Busy(CreditError):
    """A migration could not get its locks in time."""

    code = "database.busy"


class ExtensionMissing(CreditError):
    """The database's role may not create an extension that the schema needs."""

    code = "database.extension_missing"


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database to a revision, one migration per transaction; a second caller waits for the first and finds nothing to do."""
    with connect(url, limits=JOB):
        pass  # a server that does not answer is told in our own words
    engine = create_engine(make_url(url).set(drivername=DRIVER), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            _set_lock_timeout(connection, WAIT_FOR_OTHERS_S)
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            _set_lock_timeout(connection, WAIT_FOR_TABLES_S)
            _create_extensions(connection)
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except DBAPIError as fault:
        if isinstance(fault.orig, psycopg.errors.LockNotAvailable):
            raise Busy(
                f"The migration of {place_of(url)} waited too long for a lock and changed nothing more. "
                "Run `qcredit db migrate` again at a quieter time."
            ) from fault
        raise
    finally:
        engine.dispose()  # ends the connection, and with it the advisory lock


def check_schema(engine: Engine) -> None:
    """Refuse a database whose schema this version of the service does not know. Raises `NotMigrated` or `Newer`."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
        place = place_of(connection.engine.url.set(drivername="postgresql").render_as_string(hide_password=True))
    head = newest_revision()
    if tuple(found) == (head,):
        return
    if unknown := [revision for revision in found if revision not in known_revisions()]:
        raise Newer(
            f"The database {place} is at revision {', '.join(unknown)}, which this version of the service does not know: "
            "a newer version migrated it. "
            "Start that version, or restore a backup made before the upgrade."
        )
    stands = f"at revision {', '.join(found)}" if found else "empty"
    raise NotMigrated(f"The database {place} is {stands}, and this version of the service needs revision {head}. Run `qcredit db migrate`.")


def find_drift(engine: Engine) -> list[str]:
    """What the tables in `models.tables` say that the migrations do not, or the other way round; empty when both agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return [str(difference) for difference in compare_metadata(context, SQLModel.metadata)]


@cache
def known_revisions() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


@cache
def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _set_lock_timeout(connection: Connection, seconds: int) -> None:
    connection.execute(text("SELECT set_config('lock_timeout', :limit, false)"), {"limit": f"{seconds}s"})


def _create_extensions(connection: Connection) -> None:
    """Create what is missing; asked first, since an existing extension needs no right to create it."""
    present = set(connection.scalars(text("SELECT extname FROM pg_extension")))
    for name in EXTENSIONS:
        if name in present:
            continue
        try:
            connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
        except DBAPIError as fault:
            raise ExtensionMissing(
                f"The extension {name} is missing and cannot be created with this role ({fault.orig}). "
                f"Ask the database's administrator to run: CREATE EXTENSION {name};"
            ) from fault
