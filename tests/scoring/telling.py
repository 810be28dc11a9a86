"""A drawn world of facts put where the house keeps them, so that it is read by the house's own SQL."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import psycopg

from data.database import connect
from tests.oracle.facts import SameAs
from tests.scoring.drawing import World

KEYS = range(1, 9)
FIXED = {"source": "s", "delivery_id": 1, "row_no": 1, "content_hash": 0, "recorded_at": "2020-01-01T00:00:00Z"}


def tell(url: str, world: World, links: Sequence[SameAs] = ()) -> None:
    """Put a world's facts where the house keeps them, as they stand in the clock."""
    with connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("TRUNCATE record, registry_fact, listing_span, enterprise_link, enterprise CASCADE")
        for key in KEYS:
            # The last of them comes in late, after the earlier of most pairs of moments.
            _insert(
                connection,
                "enterprise",
                {"enterprise_key": key, "founding_scheme": "x", "founding_value": str(key), "known_seq": born(key)},
            )
        for number, fact in enumerate(world.records):
            given = {f.name: getattr(fact, f.name) for f in fields(fact) if f.name not in ("quantities", "details")}
            more = {"revision": number, "source_ref": str(fact.record_key), "quantities_x10000": json.dumps(fact.quantities)}
            closed = {"superseded_at": FIXED["recorded_at"] if fact.superseded_seq is not None else None}
            _insert(connection, "record", FIXED | given | more | closed | {"detail": json.dumps(fact.details)})
        for registry in world.registry:
            _insert(connection, "registry_fact", vars(registry) | {"is_natural_person": False, "other": "{}"})
        for number, entry in enumerate(world.listings):
            _insert(connection, "listing_span", vars(entry) | {"listing_id": number, "part": 0})
        for link in links:
            known = {"known_seq": link.known_seq, "superseded_seq": link.superseded_seq}
            _insert(connection, "enterprise_link", {"from_key": link.duplicate, "to_key": link.kept, "kind": "same_as"} | known)
        connection.commit()


def born(key: int) -> int:
    return 3 if key == KEYS[-1] else 1


def _insert(connection: psycopg.Connection[Any], table: str, row: dict[str, Any]) -> None:
    names = ", ".join(row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))
