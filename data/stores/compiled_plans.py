"""Compiled plans, kept because compiling a policy takes about a second."""

from typing import Any

import psycopg
from psycopg.rows import tuple_row


def find_plan(connection: psycopg.Connection[Any], *, policy_hash: str, engine: str, plan_version: str) -> str | None:
    """The kept compilation, or None."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT sql FROM compiled_plan WHERE policy_hash = %s AND engine = %s AND plan_version = %s",
            (policy_hash, engine, plan_version),
        )
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def keep_plan(connection: psycopg.Connection[Any], *, policy_hash: str, engine: str, plan_version: str, sql: str) -> None:
    """Keep a compilation and drop those of older code; two that keep the same at once do no harm."""
    connection.execute(
        "DELETE FROM compiled_plan WHERE policy_hash = %s AND engine = %s AND plan_version <> %s", (policy_hash, engine, plan_version)
    )
    connection.execute(
        "INSERT INTO compiled_plan (policy_hash, engine, plan_version, sql) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (policy_hash, engine, plan_version, sql),
    )
