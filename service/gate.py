"""The gate of the house: nothing of the lists goes out to others while publication is stopped."""

import time

from data.database import Pool
from data.stores import publication
from models.access import Actor, Role
from service.operations.publication import refuse_stopped

INSIDE = frozenset({Role.REGULATOR, Role.AUDITOR, Role.ADMIN})
"""Who goes on working while publication is stopped: they find out what was wrong."""
FRESH_FOR_S = 1.0
"""Using the switch takes effect within this time on every worker, and a look-up need not ask each time."""


class Gate:
    """How the switch stands, read a second ago at most."""

    def __init__(self, pool: Pool) -> None:
        """Reads nothing before somebody wants to go out."""
        self._pool = pool
        self._read_at = 0.0
        self._stands: publication.Stands | None = None

    async def let_out(self, actor: Actor) -> None:
        """Raises `publication.stopped` for everybody outside the house."""
        if actor.role in INSIDE:
            return
        if self._stands is None or time.monotonic() - self._read_at >= FRESH_FOR_S:
            began = time.monotonic()
            async with self._pool.connection() as connection:
                self._stands = await publication.stands_async(connection)
            self._read_at = began
        refuse_stopped(self._stands)
