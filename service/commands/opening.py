"""How a command reaches the database: located, checked for its schema, and closed again; writing commits once at the end."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from data.database import JOB, Database, ReadSession, WriteSession, locate, make_engine, read_session, write_session
from data.schema import check_schema
from models.access import Actor, Role

OPERATOR = Actor(holder="operator", role=Role.ADMIN)
"""Who acts at the command line unless a command names an officer with `--as`."""


def acting(name: str | None) -> Actor:
    """The officer named with `--as`, or the operator."""
    return Actor(holder=name, role=Role.REGULATOR) if name else OPERATOR


def opened() -> Database:
    """The database of this environment, its schema checked. Raises `database.not_migrated` and `database.newer`."""
    found = locate()
    engine = make_engine(found.url, limits=JOB, size=1)
    try:
        check_schema(engine)
    finally:
        engine.dispose()
    return found


@contextmanager
def reading() -> Iterator[ReadSession]:
    """A session that sees one state of the database."""
    engine = make_engine(opened().url, limits=JOB, size=2)
    try:
        with read_session(engine) as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def writing() -> Iterator[WriteSession]:
    """A session in one transaction: committed when the command is through, undone when it fails."""
    engine = make_engine(opened().url, limits=JOB, size=2)
    try:
        with write_session(engine) as session:
            yield session
            session.commit()
    finally:
        engine.dispose()


def quiet_migrations() -> None:
    """Keep Alembic's own log lines off the terminal."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
