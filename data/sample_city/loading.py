"""A sample city put straight into the tables, for measurements: without intake, without triggers, indexes built at the end."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv
from psycopg import sql

from data.database import JOB, connect
from data.sample_city.records import MOMENTS
from data.sample_city.relations import DEFAULT_SEED, generate_relations
from data.sample_city.vocabulary import AGENCIES
from models.errors import Refused

TABLES = ("enterprise", "enterprise_identifier", "enterprise_name", "registry_fact", "enterprise_link", "record")


class NotEmpty(Refused):
    """A sample city is loaded into an empty database only."""

    code = "sample_city.not_empty"


def load_relations(url: str, size: int, seed: int = DEFAULT_SEED) -> dict[str, int]:
    """Load a city into a migrated, empty database and give the rows of each table. Raises `NotEmpty`.

    Knowledge stands at 2 afterwards, at the instants of the generator and not of the clock. Needs a role that may switch triggers off.
    """
    counts = dict.fromkeys(TABLES, 0)
    with connect(url, limits=JOB) as connection:
        _refuse_unless_empty(connection)
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute("SET synchronous_commit = off")
        _write_frame(connection)
        with _without_indexes(connection):
            for name, part in generate_relations(size, seed):
                _copy(connection, name, part)
                counts[name] += part.num_rows
        connection.commit()
    with connect(url, limits=JOB, autocommit=True) as connection:
        connection.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    return counts


def _refuse_unless_empty(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute("SELECT known_seq FROM knowledge_head").fetchone()
    if row is None or row[0] != 0:
        raise NotEmpty("This database already holds something. Load the sample city into an empty, migrated database.")


def _write_frame(connection: psycopg.Connection[Any]) -> None:
    """The agencies, one delivery of each, and the two moments of knowledge."""
    connection.execute("UPDATE knowledge SET committed_at = %s WHERE known_seq = 0", (MOMENTS[0],))
    for known_seq in (1, 2):
        connection.execute("INSERT INTO knowledge VALUES (%s, %s, 'delivery', 'sample city')", (known_seq, MOMENTS[known_seq]))
    connection.execute("UPDATE knowledge_head SET known_seq = 2, committed_at = %s", (MOMENTS[2],))
    connection.execute("INSERT INTO stored_file VALUES ('sample-city', 0, %s)", (MOMENTS[1],))
    for number, agency in enumerate(AGENCIES, 1):
        connection.execute(
            "INSERT INTO source (code, title_zh, title_en, kinds, created_at) VALUES (%s, %s, %s, %s, %s)",
            (agency.code, agency.zh, agency.en, list(agency.kinds), MOMENTS[0]),
        )
        connection.execute(
            "INSERT INTO delivery (delivery_id, source, profile, profile_version, profile_hash, mode, columns, idempotency_key, file_name,"
            " file_sha256, state, counts, rows_done, received_at, received_from, published_at, known_seq, absent)"
            " OVERRIDING SYSTEM VALUE VALUES (%s, %s, 'native', 1, '-', 'delta', '[]', 'sample-city', 'sample-city', 'sample-city',"
            " 'published', '{}', 0, %s, 'operator', %s, 1, '[]')",
            (number, agency.code, MOMENTS[1], MOMENTS[1]),
        )
    connection.execute("SELECT setval(pg_get_serial_sequence('delivery', 'delivery_id'), %s)", (len(AGENCIES),))


@contextmanager
def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Drop what no constraint needs, and the keys that nothing refers to; make them again at the end."""
    indexes = connection.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.schemaname = current_schema() AND i.tablename = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexname::regclass)",
        (list(TABLES),),
    ).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    connection.execute("ALTER TABLE record DROP CONSTRAINT pk_record")
    yield
    connection.execute("ALTER TABLE record ADD CONSTRAINT pk_record PRIMARY KEY (record_key, revision)")
    for _, definition in indexes:
        connection.execute(definition)


def _copy(connection: psycopg.Connection[Any], table: str, part: pa.Table) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, part.column_names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), columns)
    written = io.BytesIO()
    pa.csv.write_csv(part, written, pa.csv.WriteOptions(include_header=False))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(written.getbuffer())
