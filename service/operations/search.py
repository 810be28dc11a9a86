"""Search enterprises by code, name, former name or part of a name."""

from datetime import date
from typing import Any

from data.database import ReadSession
from data.stores import lookups
from data.stores.search import search as search_names
from models.access import Actor
from models.errors import Malformed
from models.identifiers import name_key

SHORTEST = 2
DEEPEST = 2_000


class TooShort(Malformed):
    """One character finds too much to be of use."""

    code = "search.too_short"


class TooDeep(Malformed):
    """A search is ranked, and nobody reads that far."""

    code = "search.too_deep"


def search(session: ReadSession, text: str, *, actor: Actor, today: date, skip: int, limit: int) -> list[dict[str, Any]]:
    """One page of hits, best first. Natural persons are found by the public only while a listing names them."""
    key = name_key(text)
    if len(key) < SHORTEST:
        raise TooShort(f"Search for at least {SHORTEST} characters of a name, or for a whole code.")
    if skip + limit > DEEPEST:
        raise TooDeep(f"A search goes {DEEPEST} hits deep. Say more of the name, or use the exports of lists.")
    schemes, codes = lookups.possible_codes(session, text)
    return search_names(
        session,
        key,
        codes=codes,
        schemes=schemes,
        today=today,
        with_natural_persons=not actor.is_outside,
        skip=skip,
        limit=limit,
    )
