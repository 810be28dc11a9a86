"""Show a list as of a day, by page or as a whole; what may be shown is judged today."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from data.codes.known_lists import known_lists, list_title
from data.database import ReadSession, driver_connection
from data.stores import listings, standings
from data.stores.knowledge import Drawn
from models.access import Actor, Role
from models.errors import NotFound
from service.list_answers import ListShown

STAFF = frozenset({Role.REGULATOR, Role.AUDITOR, Role.ADMIN})
AT_ONCE = 1_000

Entry = dict[str, Any]
"""`Listed` before it is validated."""


class NoSuchList(NotFound):
    """No list has this code."""

    code = "list.not_found"


def list_lists(session: ReadSession, *, today: date) -> list[ListShown]:
    """The lists known here with their entries of today, those of this service first."""
    counts = standings.count_listed(session, today=today)
    codes = [*known_lists(), *sorted(counts.keys() - known_lists().keys())]
    shown = []
    for code in codes:
        known = known_lists().get(code)
        keeper, ask = (known.keeper, None if code in counts else known.ask) if known else (None, None)
        shown.append(ListShown(code=code, title=list_title(code), keeper=keeper, entries=counts.get(code, 0), ask=ask))
    return shown


def get_list(session: ReadSession, code: str, *, today: date) -> None:
    """Refuse a list that nobody knows. Raises `list.not_found`."""
    if code not in known_lists() and code not in standings.count_listed(session, today=today):
        raise NoSuchList(f"There is no list {code}. /v1/lists names those there are.")


def show_page(
    session: ReadSession, code: str, *, actor: Actor, as_of: date, known: Drawn, today: date, after: int = 0, limit: int = 100
) -> tuple[list[Entry], int | None]:
    """One page of a list, and where the next one begins; entries that may not be shown any more are left out, so a page may be short."""
    rows = listings.listed_as_of(session, code, as_of=as_of, known_seq=known.known_seq, after=after, limit=limit)
    who = listings.identities(driver_connection(session), {row["enterprise_key"] for row in rows})
    entries = [_entry(row, who[row["enterprise_key"]]) for row in rows if actor.role in STAFF or _may_be_shown(row, today=today)]
    return entries, rows[-1]["listing_id"] if len(rows) == limit else None


def show_announced(session: ReadSession, code: str, *, today: date, after: int = 0, limit: int = 100) -> tuple[list[Entry], int | None]:
    """One page of the entries announced today (公示), to which anybody may object, and where the next one begins."""
    rows = listings.announced(session, code, day=today, after=after, limit=limit)
    who = listings.identities(driver_connection(session), {row["enterprise_key"] for row in rows})
    entries = [_entry(row, who[row["enterprise_key"]]) for row in rows]
    return entries, rows[-1]["listing_id"] if len(rows) == limit else None


def show_all(session: ReadSession, code: str, *, actor: Actor, as_of: date, known: Drawn, today: date) -> Iterator[Entry]:
    """Every entry of a list, read by page within one transaction."""
    after: int | None = 0
    while after is not None:
        page, after = show_page(session, code, actor=actor, as_of=as_of, known=known, today=today, after=after, limit=AT_ONCE)
        yield from page


def _may_be_shown(row: listings.Row, *, today: date) -> bool:
    return row["state"] != "ended" and not row["is_declined"] and (row["ends_on"] is None or row["ends_on"] > today)


def _entry(row: listings.Row, who: tuple[str, str, str | None]) -> Entry:
    scheme, value, name = who
    listing = {field: row[field] for field in LISTING_FIELDS} | {"title": list_title(row["list"]), "ends_on": row["holds_until"]}
    return {"enterprise": {"scheme": scheme, "value": value, "name": name}, "listing": listing}


LISTING_FIELDS = (
    "listing_id", "list", "colour", "state", "origin", "basis", "clause", "authority", "decision_no", "decided_on", "starts_on", "ends_on",
    "ends_when", "reason", "ended_on", "end_cause",
)  # fmt: skip
