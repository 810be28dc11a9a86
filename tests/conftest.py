"""A real database for every test: one embedded server per checkout and user, a migrated template in it, and copies of that template.

The server lives in the temporary folder and is shared by all test processes; the last one to leave stops it. Its data survives, so that
the next run finds its template ready. Whatever a killed run left behind, the next one clears.
"""

import hashlib
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy import Engine, NullPool, create_engine, make_url

from data import embedded
from data.database import DRIVER, WriteSession
from data.schema import migrate

# A property holds or does not; how long it takes on a busy machine says nothing of it.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

ROOT = Path(__file__).parent.parent
TEMPLATE_LOCK = 7_001


def server_folder() -> Path:
    """One folder per checkout and user, so that checkouts never share a template."""
    mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"qcredit-tests-{os.geteuid()}-{mark}"


def template_name() -> str:
    """A name that changes with the migrations, so that an outdated template is never copied."""
    migrations = sorted((ROOT / "data" / "migrations").rglob("*.py"))
    digest = hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in migrations))
    return f"template_{digest.hexdigest()[:16]}"


class Server:
    """The shared server, with the connection that keeps it up while this process needs it."""

    def __init__(self, url: str, lease: psycopg.Connection) -> None:
        self.url = url
        self.lease = lease

    def url_of(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def run(self, statement: str, **names: str) -> None:
        self.lease.execute(sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()}))

    def has(self, name: str) -> bool:
        return self.lease.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None

    def clear_leftovers(self) -> None:
        """Drop the databases of test processes that are gone, and templates of other migrations that are more than a day old."""
        for (name,) in self.lease.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%%'").fetchall():
            if not Path(f"/proc/{name.split('_')[1]}").exists():
                self.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)
        old = "(pg_stat_file('base/' || oid || '/PG_VERSION')).modification < now() - interval '1 day'"
        for (name,) in self.lease.execute(f"SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%%' AND {old}").fetchall():
            if name != template_name():
                self.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)

    def make_template(self) -> str:
        name = template_name()
        self.lease.execute("SELECT pg_advisory_lock(%s)", (TEMPLATE_LOCK,))
        try:
            if not self.has(name):
                self.clear_leftovers()
                half_made = f"{name}_new"
                self.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=half_made)
                self.run("CREATE DATABASE {name}", name=half_made)
                migrate(self.url_of(half_made))
                self.run("ALTER DATABASE {half_made} RENAME TO {name}", half_made=half_made, name=name)
        finally:
            self.lease.execute("SELECT pg_advisory_unlock(%s)", (TEMPLATE_LOCK,))
        return name


def lease_server(folder: Path) -> Server:
    """Start or join the server; another process may stop it between finding and joining it, so a few tries are due."""
    for _ in range(20):
        url = embedded.ensure_running(folder, durable=False).url
        admin = make_url(url).set(database="postgres").render_as_string(hide_password=False)
        try:
            return Server(url, psycopg.connect(admin, autocommit=True))
        except psycopg.OperationalError:
            time.sleep(0.2)
    raise RuntimeError(f"the test server in {folder} starts and vanishes; read {folder}/server.log")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    folder = server_folder()
    found = lease_server(folder)
    try:
        found.clear_leftovers()
        yield found
    finally:
        found.lease.close()
        embedded.stop(folder, only_if_unused=True)


@pytest.fixture(scope="session")
def clone(server: Server) -> Iterator[Callable[[], str]]:
    """Gives the address of a fresh, migrated database at each call; all are dropped at the end."""
    template = server.make_template()
    made: list[str] = []

    def make() -> str:
        name = f"test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        server.run("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY", name=name, template=template)
        made.append(name)
        return server.url_of(name)

    yield make
    for name in made:
        server.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)


@pytest.fixture
def empty_database(server: Server) -> Iterator[str]:
    """The address of a database without a schema."""
    name = f"test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    server.run("CREATE DATABASE {name}", name=name)
    yield server.url_of(name)
    server.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)


@pytest.fixture
def database(clone: Callable[[], str], server: Server) -> Iterator[str]:
    """The address of a fresh, migrated database for a test that commits; dropped after it."""
    url = clone()
    yield url
    server.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=str(make_url(url).database))


@pytest.fixture(scope="session")
def shared_engine(clone: Callable[[], str]) -> Iterator[Engine]:
    engine = create_engine(make_url(clone()).set(drivername=DRIVER), poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def db(shared_engine: Engine) -> Iterator[WriteSession]:
    """A session on a migrated database; whatever the test does in it, commits included, is undone."""
    with shared_engine.connect() as connection:
        transaction = connection.begin()
        with WriteSession(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        transaction.rollback()
