"""Which database the service uses, and the ways to talk to it: sessions that read, sessions that write, a pool for hot reads, COPY."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy
from psycopg import conninfo
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from data import embedded
from models.errors import CreditError

OLDEST_MAJOR = 15
OPENING_S = 60.0
DRIVER = "postgresql+psycopg"

# Named here, so that the floors above need not know the libraries that they come from.
Engine = sqlalchemy.Engine
Connection = psycopg.Connection[Any]
AsyncConnection = psycopg.AsyncConnection[Any]
Pool = AsyncConnectionPool[psycopg.AsyncConnection[DictRow]]


class BadAddress(CreditError):
    """DATABASE_URL or QCREDIT_SPARK_JDBC is no address of a PostgreSQL database."""

    code = "database.bad_url"


class Unreachable(CreditError):
    """The database does not answer."""

    code = "database.unreachable"


class TooOld(CreditError):
    """The database server lacks what the service builds on."""

    code = "database.too_old"


@dataclass(frozen=True)
class Limits:
    """How long one connection may take; None is without end."""

    statement_s: float | None
    lock_s: float | None
    idle_in_transaction_s: float | None

    def options(self) -> dict[str, str]:
        """The limits as settings of PostgreSQL, in milliseconds, 0 for none."""
        seconds = {
            "statement_timeout": self.statement_s,
            "lock_timeout": self.lock_s,
            "idle_in_transaction_session_timeout": self.idle_in_transaction_s,
        }
        return {name: str(round((limit or 0) * 1000)) for name, limit in seconds.items()}


REQUEST = Limits(statement_s=30, lock_s=5, idle_in_transaction_s=60)  # somebody waits for the answer
JOB = Limits(statement_s=None, lock_s=60, idle_in_transaction_s=None)  # runs, deliveries, migrations: long work, short locks


@dataclass(frozen=True)
class Database:
    """An address, as libpq writes it, and the folder if the server is our own; `started` says that finding it brought the server up."""

    url: str
    folder: Path | None = None
    started: bool = False
    jdbc: str | None = field(default=None, repr=False)
    """The address under which the machines of Spark reach the same database, as their driver writes it; it may hold a password."""

    def describe(self) -> str:
        """One phrase for start-up: product, version and place, never a password. Raises `Unreachable` and `TooOld`."""
        with connect(self.url) as connection:
            version = str(connection.info.parameter_status("server_version")).split(" ")[0]
            if connection.info.server_version // 10000 < OLDEST_MAJOR:
                raise TooOld(f"The database server is PostgreSQL {version}. The service needs {OLDEST_MAJOR} or newer.")
        place = f"in {_as_seen_from_here(self.folder)}" if self.folder else f"at {place_of(self.url)}"
        return f"{'embedded ' if self.folder else ''}PostgreSQL {version} {place}"


def locate(environ: Mapping[str, str] = os.environ, *, durable: bool = True) -> Database:
    """The database that the environment names: DATABASE_URL, or the embedded one in QCREDIT_VAR (`./var`), started if need be.

    QCREDIT_SPARK_JDBC says how Spark reaches it.
    """
    jdbc = environ.get("QCREDIT_SPARK_JDBC", "").strip() or None
    if jdbc is not None and not jdbc.startswith("jdbc:postgresql:"):
        raise BadAddress("QCREDIT_SPARK_JDBC is no address of PostgreSQL's JDBC driver. Write it as jdbc:postgresql://host:5432/database.")
    if named := environ.get("DATABASE_URL", "").strip():
        return Database(normalise(named), jdbc=jdbc)
    folder = embedded_folder(environ)
    found = embedded.ensure_running(folder, durable=durable)
    return Database(found.url, folder=folder, started=found.started, jdbc=jdbc)


@contextmanager
def hold(environ: Mapping[str, str] = os.environ, *, durable: bool = True) -> Iterator[Database]:
    """The database of the environment for a while; on leaving, an embedded server that this started stops if nobody else uses it.

    Connections left open count as use, the caller's own too: dispose of engines before leaving.
    """
    found = locate(environ, durable=durable)
    try:
        yield found
    finally:
        if found.started and found.folder:
            embedded.stop(found.folder, only_if_unused=True)


def var_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where this machine keeps what belongs to the service: `./var`, unless QCREDIT_VAR names another folder."""
    return Path(environ.get("QCREDIT_VAR", "").strip() or "var")


def embedded_folder(environ: Mapping[str, str] = os.environ) -> Path:
    return var_folder(environ) / "postgres"


def normalise(address: str) -> str:
    """Any usual spelling of a PostgreSQL address as libpq, ADBC and DuckDB read it. Raises `BadAddress`, which repeats no password."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise BadAddress("DATABASE_URL cannot be read. Write it as postgresql://user:password@host:5432/database.") from None
    if url.drivername.partition("+")[0] not in {"postgresql", "postgres"}:
        raise BadAddress(
            f"DATABASE_URL names `{url.drivername}`, and the service keeps its data in PostgreSQL only. "
            "Write it as postgresql://user:password@host:5432/database, or leave it out to use the embedded server."
        )
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def place_of(url: str) -> str:
    """Host, port and database of an address, fit to be shown."""
    parts = conninfo.conninfo_to_dict(url)
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"{host}{port}/{parts.get('dbname') or parts.get('user') or ''}"


class ReadSession(Session):
    """Reads one consistent state of the database; PostgreSQL refuses every write in it."""


class WriteSession(ReadSession):
    """Reads and writes in one transaction, which the edge commits."""


class RehearsalSession(WriteSession):
    """Sees one snapshot, may write to try something out, and never keeps it."""

    def commit(self) -> None:
        raise TypeError("what is rehearsed is never kept; use a WriteSession")


def make_engine(url: str, *, limits: Limits = REQUEST, size: int = 5) -> Engine:
    """An engine with its pool of connections; make one per process and kind of work, and dispose of it at the end."""
    return create_engine(
        make_url(url).set(drivername=DRIVER),
        connect_args=connection_arguments(url, limits=limits),
        pool_size=size,
        max_overflow=size,
        pool_pre_ping=True,  # a restarted server costs one retry, not one failed request
    )


def read_session(engine: Engine) -> ReadSession:
    """A session whose transactions are READ ONLY and see one snapshot throughout."""
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return ReadSession(reading, expire_on_commit=False)


def write_session(engine: Engine) -> WriteSession:
    return WriteSession(engine, expire_on_commit=False)


def rehearsal_session(engine: Engine) -> RehearsalSession:
    return RehearsalSession(engine.execution_options(isolation_level="REPEATABLE READ"), expire_on_commit=False)


def driver_connection(session: ReadSession) -> psycopg.Connection[Any]:
    """The psycopg connection under a session, in the session's transaction: for COPY beside the session's own statements."""
    inner = session.connection().connection.driver_connection
    assert isinstance(inner, psycopg.Connection)
    return inner


def connect(url: str, *, limits: Limits = JOB, autocommit: bool = False) -> psycopg.Connection[Any]:
    """A psycopg connection of one's own, for COPY and long work. Raises `Unreachable`."""
    try:
        return psycopg.connect(url, autocommit=autocommit, **connection_arguments(url, limits=limits))
    except psycopg.OperationalError as fault:
        reason = str(fault).strip().splitlines()[-1]
        raise Unreachable(
            f"The database {place_of(url)} does not answer: {reason}. "
            "Start it, or correct DATABASE_URL; without it the embedded one is used."
        ) from fault


@asynccontextmanager
async def read_pool(
    url: str,
    *,
    size: int = 8,
    limits: Limits = REQUEST,
    settings: Mapping[str, str] | None = None,
    warm: Callable[[AsyncConnection], Awaitable[None]] | None = None,
) -> AsyncIterator[Pool]:
    """A pool for the hot reads: READ ONLY, one statement per transaction, rows as dicts, `settings` such as `plan_cache_mode` on each.

    All connections are open before the first is asked for. `warm` has each of them, also one that replaces a lost one, before it is handed
    out: statements are planned once a connection, and nobody who asks should wait for it.
    """
    asked = {"default_transaction_read_only": "on"} | dict(settings or {})
    pool: Pool = AsyncConnectionPool(
        url,
        kwargs={"autocommit": True, "row_factory": dict_row, **connection_arguments(url, limits=limits, settings=asked)},
        configure=warm,
        min_size=size,
        max_size=size,
        open=False,
        timeout=10,
    )
    try:
        await pool.open(wait=True, timeout=OPENING_S)
        yield pool
    finally:
        await pool.close()


def connection_arguments(url: str, *, limits: Limits, settings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a connection of the driver is opened with, for pools of others too; the settings of the address stay, and ours follow them."""
    ours = limits.options() | {"timezone": "UTC", "client_encoding": "UTF8"} | dict(settings or {})
    given = str(conninfo.conninfo_to_dict(url).get("options") or "")
    options = " ".join(f"-c {name}={value}" for name, value in ours.items())
    return {"options": f"{given} {options}".strip(), "application_name": "qcredit"}


def _as_seen_from_here(folder: Path) -> str:
    absolute = folder.absolute()
    return f"./{absolute.relative_to(Path.cwd())}" if absolute.is_relative_to(Path.cwd()) else str(absolute)
