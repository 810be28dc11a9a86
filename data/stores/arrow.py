"""Rows out of the database as Arrow, and prepared files into it: the two bulk ways, for runs and exports."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import adbc_driver_postgresql.dbapi
import psycopg
import pyarrow as pa
from psycopg import sql

from data.database import WriteSession, driver_connection

READ_BYTES = 1 << 20


@contextmanager
def read_arrow(url: str, statement: str) -> Iterator[pa.RecordBatchReader]:
    """Stream the rows of a statement as Arrow batches; memory holds a few batches only."""
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        yield cursor.fetch_record_batch()


class Snapshot:
    """Reads several things of one state of the database, as Arrow tables; may keep temporary tables of its own meanwhile."""

    def __init__(self, cursor: adbc_driver_postgresql.dbapi.Cursor) -> None:
        self._cursor = cursor

    def execute(self, statement: str) -> None:
        self._cursor.execute(statement)

    def table(self, statement: str) -> pa.Table:
        self._cursor.execute(statement)
        return self._cursor.fetch_arrow_table()


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Open a snapshot; what is done in it is undone at the end."""
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield Snapshot(cursor)
        connection.rollback()


def copy_csv(session: WriteSession, table: str, columns: Sequence[str], file: Path) -> None:
    """Append a CSV file (no header, empty unquoted is null) to a table of ours."""
    target = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
    connection: psycopg.Connection = driver_connection(session)
    with file.open("rb") as source, connection.cursor() as cursor, cursor.copy(target) as copy:
        while block := source.read(READ_BYTES):
            copy.write(block)
