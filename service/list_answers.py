"""What the service says of lists: which there are, one page of one, and exports that nobody's spreadsheet executes."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic_core import to_json

from models.listings import ListingState
from models.shapes import Bilingual, Shape
from service.enterprise_answers import EnterpriseNamed, ListingShown

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A cell that begins so is a formula to a spreadsheet."""
COLUMNS = (
    "list", "scheme", "value", "name", "colour", "state", "origin", "basis", "act", "article", "authority", "decision_no", "decided_on",
    "starts_on", "ends_on", "ends_when", "reason",
)  # fmt: skip


class ListShown(Shape):
    """A list, and how many entries hold on it today; `ask` says where to ask for a list that is not held here."""

    code: str
    title: Bilingual
    keeper: Bilingual | None
    entries: int
    ask: Bilingual | None


class Lists(Shape):
    lists: tuple[ListShown, ...]


class Listed(Shape):
    """One entry of a list, with who stands on it."""

    enterprise: EnterpriseNamed
    listing: ListingShown


class ListPage(Shape):
    """One page of a list as of a day, in the order of its entries' numbers."""

    list: str
    title: Bilingual
    as_of: date
    known_at: datetime
    entries: tuple[Listed, ...]
    next: int | None
    """The `after` of the next page; null at the end."""


class EntryState(Shape):
    """The state of one entry on a day."""

    listing_id: int
    state: ListingState


class StatePage(Shape):
    """The states of a list's entries on a day, as known at an instant, ended ones too; by the entries' numbers."""

    list: str
    as_of: date
    known_at: datetime
    entries: tuple[EntryState, ...]
    next: int | None
    """The `after` of the next page; null at the end."""


def neutral(cell: object) -> str:
    """A cell's text, with an apostrophe before what a spreadsheet would execute."""
    text = "" if cell is None else str(cell)
    return "'" + text if text.startswith(DANGEROUS) else text


def csv_lines(entries: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The export of a list as CSV."""
    return as_csv(COLUMNS, map(cells_of, entries))


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Rows as CSV in UTF-8, with the mark that spreadsheets need to read it as such, and nothing in it that they would execute."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow([neutral(column) for column in columns])
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
        if buffer.tell() > 65_536:
            yield _drained(buffer)
    yield _drained(buffer)


def ndjson_lines(head: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The export as NDJSON: first what it is and where the log stood, then one entry a line."""
    block = [to_json({"snapshot": head})]
    for entry in entries:
        block.append(to_json(entry))
        if len(block) >= 500:
            yield b"\n".join(block) + b"\n"
            block = []
    if block:
        yield b"\n".join(block) + b"\n"


def cells_of(entry: Mapping[str, Any]) -> list[Any]:
    """An entry as a row under `COLUMNS`."""
    who, listing = entry["enterprise"], entry["listing"]
    clause = listing["clause"] or {}
    flat = {**listing, **who, "act": clause.get("act"), "article": clause.get("article")}
    return [flat[name] for name in COLUMNS]


def _drained(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
