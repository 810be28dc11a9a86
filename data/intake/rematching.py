"""Waiting records matched anew: when the registry comes to know their enterprise, or an officer says whose they are."""

from collections.abc import Sequence
from typing import Any

import psycopg

from data.database import WriteSession, driver_connection
from data.stores.deliveries import count_verdicts
from data.stores.judging import judge
from data.stores.knowledge import Drawn
from data.stores.queue import settle_matched
from data.stores.records import publish_judged
from data.stores.staged import stage_queued, staging_tables


def waiting_sources(connection: psycopg.Connection[Any]) -> list[str]:
    """The sources of which records wait."""
    return [
        source for (source,) in connection.execute("SELECT DISTINCT source FROM queue_item WHERE state = 'open' ORDER BY source").fetchall()
    ]


def rematch_waiting(session: WriteSession, drawn: Drawn, *, why: str) -> int:
    """Publish the waiting records whose enterprise can now be told with certainty, and mark them settled; gives how many.

    The caller holds the registry, the sources and the clock.
    """
    connection = driver_connection(session)
    with staging_tables(connection, delivery_id=0, source=""):
        if not stage_queued(connection, None):
            return 0
        verdicts = _judge(connection)
        publish_judged(connection, drawn, revised=verdicts.get("revised", 0))
        settle_matched(connection, why=why)
    return verdicts.get("accepted", 0) + verdicts.get("revised", 0)


def publish_attached(session: WriteSession, drawn: Drawn, queue_ids: Sequence[int], enterprise_key: int) -> str:
    """Publish a waiting record as the enterprise's own and say what became of it: accepted, revised, unchanged, older."""
    connection = driver_connection(session)
    with staging_tables(connection, delivery_id=0, source=""):
        stage_queued(connection, queue_ids, forced_key=enterprise_key)
        verdicts = _judge(connection)
        publish_judged(connection, drawn, revised=verdicts.get("revised", 0))
    return next(iter(verdicts))


def _judge(connection: psycopg.Connection[Any]) -> dict[str, int]:
    judge(connection, by_name=True, several=True, notes_limit=0)
    return count_verdicts(connection)
