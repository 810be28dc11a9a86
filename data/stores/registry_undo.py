"""Undoing a registry delivery: what it wrote is closed, what it closed comes back, except where later facts rest on it."""

from dataclasses import dataclass
from typing import Any

import psycopg

from data.stores.knowledge import Drawn

_TABLES = {
    "registry_fact": (
        "enterprise_key",
        "enterprise_key, valid_from, valid_until, type, state, region, industry, size, registered_on, is_natural_person, other",
    ),
    "enterprise_name": ("enterprise_key", "enterprise_key, name, name_key, valid_from, valid_until"),
    "enterprise_identifier": ("enterprise_key", "scheme, value, enterprise_key"),
    "enterprise_link": ("from_key", "from_key, to_key, kind, valid_from, valid_until"),
}
# Kept as they are: enterprises of which a later number changed this sort of fact, and those founded here that records are about.
_KEPT = """
SELECT {owner} FROM {table} WHERE known_seq > %(published)s OR superseded_seq > %(published)s
UNION SELECT e.enterprise_key FROM enterprise AS e WHERE e.known_seq = %(published)s AND (
    EXISTS (SELECT FROM record AS r WHERE r.enterprise_key = e.enterprise_key AND r.superseded_seq IS NULL AND NOT r.is_withdrawn)
    OR EXISTS (SELECT FROM listing AS l WHERE l.enterprise_key = e.enterprise_key AND l.state <> 'ended'))
"""
_CLOSE = """
UPDATE {table} SET superseded_seq = %(seq)s
WHERE known_seq = %(published)s AND superseded_seq IS NULL AND {owner} NOT IN ({kept})
"""
_RESTORE = """
INSERT INTO {table} ({columns}, known_seq) SELECT {columns}, %(seq)s FROM {table}
WHERE superseded_seq = %(published)s AND {owner} NOT IN ({kept})
"""
_COUNT_KEPT = """
SELECT count(*) FROM enterprise AS e WHERE e.known_seq = %(published)s AND EXISTS (
    SELECT FROM enterprise_identifier AS i WHERE i.enterprise_key = e.enterprise_key AND i.superseded_seq IS NULL)
"""


@dataclass(frozen=True)
class UndoneRegistry:
    """Enterprises that are no longer known, rows of facts that came back, and enterprises founded here that stay for their records."""

    withdrawn: int
    restored: int
    kept: int


def undo_registry(connection: psycopg.Connection[Any], drawn: Drawn, *, published_seq: int) -> UndoneRegistry:
    """Reverse what a registry delivery published under `published_seq`, under a number of its own."""
    moment = {"seq": drawn.known_seq, "published": published_seq}
    withdrawn = restored = 0
    for table, (owner, columns) in _TABLES.items():
        connection.execute("DROP TABLE IF EXISTS pg_temp.kept")
        connection.execute(f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS {_KEPT.format(table=table, owner=owner)}", moment)
        parts = {"table": table, "owner": owner, "columns": columns, "kept": f"SELECT {owner} FROM kept"}
        closed = connection.execute(_CLOSE.format(**parts), moment).rowcount
        restored += connection.execute(_RESTORE.format(**parts), moment).rowcount
        withdrawn += closed if table == "enterprise_identifier" else 0
    row = connection.execute(_COUNT_KEPT, moment).fetchone()
    return UndoneRegistry(withdrawn=withdrawn, restored=restored, kept=int(row[0]) if row else 0)
