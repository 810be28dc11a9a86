"""Parsed records to lines of COPY, with their keys and the hash of what the source said."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from json import dumps
from json.encoder import encode_basestring as _quoted
from typing import Any, Final

from data.intake.parsed import ParsedRecord
from data.stores.staged import RECORD_FIELDS
from models.identifiers import key_of, name_key

_ALWAYS: Final = {"capacity": "party", "is_withdrawn": "f", "quantities_x10000": "{}", "detail": "{}"}
_EMPTY: Final = [_ALWAYS.get(field, "") for field in RECORD_FIELDS]
_PLACE: Final = {field: place for place, field in enumerate(RECORD_FIELDS)}
_REF, _MARK, _EVENT = (_PLACE[field] for field in ("source_ref", "source_mark", "event_ref"))
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def written_object(value: dict[str, Any]) -> str:
    """A flat JSON object with sorted keys; five times as quick as the general encoder, which counts a million times."""
    parts = [f"{_quoted(key)}:{_quoted(inner) if type(inner) is str else inner}" for key, inner in sorted(value.items())]
    return "{" + ",".join(parts) + "}"


_WRITTEN: Final[dict[type, Callable[[Any], str]]] = {
    str: str,
    date: date.isoformat,
    bool: {True: "t", False: "f"}.__getitem__,
    dict: written_object,
}


class RecordLines:
    """Makes the lines of one source, numbered from one."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._count = 0

    @property
    def count(self) -> int:
        return self._count

    def line_of(self, row_no: int, record: ParsedRecord) -> bytes:
        """Give the record as one line of text COPY for STAGED_FIELDS, in which an empty cell is NULL."""
        self._count += 1
        cells = _EMPTY.copy()
        for field, value in record.fields.items():
            if value is not None:
                cells[_PLACE[field]] = value if type(value) is str else _WRITTEN[type(value)](value)
        if cells[_MARK]:
            cells[_MARK] = order_mark(cells[_MARK])
        record_key = key_of(self._source, cells[_REF])
        event_key = key_of(self._source, cells[_EVENT]) if cells[_EVENT] else record_key
        scheme, number = record.identifiers[0] if record.identifiers else ("", "")
        others = dumps(record.identifiers[1:]) if len(record.identifiers) > 1 else ""
        name = record.name or ""
        key = name_key(name) if name else ""
        hash_ = content_hash([scheme, number, others, key, *cells[1:]])
        line = [str(self._count), str(row_no), str(record_key), str(event_key), str(hash_), scheme, number, others, name, key, *cells]
        return copy_line(line)


def copy_line(cells: Sequence[str]) -> bytes:
    """Join cells to a line of text COPY with `NULL ''`; only the rare line that needs it is escaped cell by cell."""
    line = "\t".join(cells)
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") != len(cells) - 1:
        line = "\t".join([cell.translate(_ESCAPES) for cell in cells])
    return (line + "\n").encode()


def content_hash(cells: Sequence[str]) -> int:
    """Give 63 bits of the hash of all that a source said; fields that a later version appends leave it as it is while they are empty."""
    said = "\x1f".join(cells).rstrip("\x1f")
    return int.from_bytes(sha256(said.encode()).digest()[:8], "big") >> 1


@lru_cache(maxsize=1 << 14)
def order_mark(mark: str) -> str:
    """Give a source's mark of order in a form whose text order is its order: instants in UTC, the rest as it stands."""
    if mark.isdigit() or len(mark) < 10:
        return mark
    try:
        instant = datetime.fromisoformat(mark)
    except ValueError:
        return mark
    if len(mark) == 10:
        return mark
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="microseconds")
