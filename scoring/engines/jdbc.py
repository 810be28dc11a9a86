"""PostgreSQL as the machines of Spark read it: each takes some of the enterprises, over a connection of its own.

The driver is a file that whoever runs Spark brings, as Spark takes files: `spark-submit --jars`, `spark.jars`, PYSPARK_SUBMIT_ARGS.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import ibis

from models.errors import Refused

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

PARTITIONS = 16
"""Connections at most at once; an export has as many buckets, and an enterprise is in the same one."""
DRIVER = "org.postgresql.Driver"
FETCH_ROWS = "10000"


class NoDriver(Refused):
    """Spark is to read the database and has no driver for it."""

    code = "engine.no_jdbc_driver"


class DatabaseUnread(Refused):
    """The machines of Spark do not get what they ask the database for."""

    code = "engine.database_unread"


class OtherDatabase(Refused):
    """Spark would read another database than the one whose enterprises are asked about, or a copy that is behind it."""

    code = "engine.other_database"


def read(session: "SparkSession", address: str, statement: str, schema: ibis.Schema) -> "DataFrame":
    """The rows of a statement, which have an `enterprise_key`, in partitions by its remainder; days come as ISO text.

    The remainder is asked for outside the statement, so that one which numbers its rows numbers all of them in every partition. Each
    partition reads in a transaction of its own: the statement has to name the sequence up to which facts count, then all see the same.
    """
    # Days as text: as dates they would pass through the zone of each Java machine.
    columns = ", ".join(f"{name}::text AS {name}" if kind.is_date() else name for name, kind in schema.items())
    return session.read.jdbc(
        address,
        f"(SELECT {columns} FROM ({statement}) AS whole) AS relation",
        predicates=[f"enterprise_key % {PARTITIONS} = {n}" for n in range(PARTITIONS)],
        properties={"driver": DRIVER, "fetchsize": FETCH_ROWS, "readOnly": "true", "ApplicationName": "qcredit-spark"},
    )


def read_one(session: "SparkSession", address: str, statement: str) -> str | None:
    """The one value, a text, that a statement gives there."""
    (row,) = session.read.jdbc(address, f"({statement}) AS one", properties={"driver": DRIVER}).collect()
    return None if row[0] is None else str(row[0])


@contextmanager
def told() -> Iterator[None]:
    """Say what is wrong with driver or database in a sentence instead of a page of Java. Raises `NoDriver` and `DatabaseUnread`."""
    from py4j.protocol import Py4JError  # noqa: PLC0415  # of the extra `spark`
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        if re.search(rf"ClassNotFound\w*:?\s.*{re.escape(DRIVER)}", text):
            raise NoDriver(
                f"Spark is to read the database (QCREDIT_SPARK_JDBC), and its driver {DRIVER} is not found. Bring the file with"
                " `spark-submit --jars FILE`, or with PYSPARK_SUBMIT_ARGS='--jars FILE pyspark-shell'; Debian's package"
                " libpostgresql-jdbc-java holds it as /usr/share/java/postgresql.jar. Without QCREDIT_SPARK_JDBC no driver is needed."
            ) from error
        if said := re.search(r"\[FAILED_JDBC[^\n]+|org\.postgresql\.util\.PSQLException: [^\n]+", text):
            raise DatabaseUnread(
                f"Spark does not read the database that QCREDIT_SPARK_JDBC names: {said[0]}. Correct address, account and password, and see"
                " that the server listens where Spark is; or leave it out: then what is known goes through this process."
            ) from error
        raise
