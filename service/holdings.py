"""What is held here and what must be asked elsewhere, kept for a few seconds since every answer says it."""

import time

from pydantic_core import to_json

from data.codes.known_lists import known_lists
from data.database import Pool
from data.stores import lookups
from models.glossary import KIND_TITLES
from models.records import Kind
from models.shapes import Bilingual
from service.enterprise_answers import Held

FRESH_FOR_S = 5.0
ASK_THE_COMPETENT = Bilingual(zh="向主管部门查询", en="ask the competent authority")


class HoldingsBoard:
    """One process's notice of what is held; at most `FRESH_FOR_S` old."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._read_at = float("-inf")
        self.held: tuple[Held, ...] = ()
        self.as_json = b"[]"

    async def refresh(self) -> None:
        """Read again if the notice is old; one request does it, the others go on with what is there."""
        before, now = self._read_at, time.monotonic()
        if now - before < FRESH_FOR_S:
            return
        if self.held:
            self._read_at = now
        try:
            async with self._pool.connection() as connection:
                found = await lookups.holdings(connection, list(known_lists()))
        except BaseException:
            self._read_at = before
            raise
        self.held = held_of(found)
        self.as_json = to_json(self.held)
        self._read_at = time.monotonic()


def held_of(found: lookups.Holdings) -> tuple[Held, ...]:
    """Every known list and every kind of record, held here or not."""
    lists = []
    for known in known_lists().values():
        ours, held = known.ask is None, known.ask is None or known.code in found.lists
        current_to = found.grown_at if ours else found.kinds.get(Kind.LISTING) if held else None
        lists.append(
            Held(
                what="list",
                code=known.code,
                title=known.title,
                held=held,
                current_to=current_to,
                ask=None if held else known.ask,
                named_by=known.named_by,
            )
        )
    kinds = [
        Held(
            what="kind",
            code=kind,
            title=KIND_TITLES[kind],
            held=found.kinds.get(kind) is not None,
            current_to=found.kinds.get(kind),
            ask=None if found.kinds.get(kind) else ASK_THE_COMPETENT,
            named_by=None,
        )
        for kind in Kind
    ]
    return (*lists, *kinds)
