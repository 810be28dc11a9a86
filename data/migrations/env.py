"""Alembic's entry: runs migrations on the connection it is given, or on the database that the environment names."""

from alembic import context
from sqlalchemy import Connection, create_engine, make_url
from sqlmodel import SQLModel

import models.tables.all  # noqa: F401  # every table registers itself with the metadata
from data.database import DRIVER, locate


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    engine = create_engine(make_url(locate().url).set(drivername=DRIVER))
    with engine.connect() as own:
        run(own)
    engine.dispose()
