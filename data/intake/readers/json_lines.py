"""JSON Lines, or one JSON list of objects; nested objects and short lists become columns with dotted names (`enterprise.0.value`)."""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO, Final, NoReturn

from data.intake.cleaning import Cell
from data.intake.readers.base import (
    CellTooLarge,
    DamagedFile,
    EmptyFile,
    Format,
    Limits,
    ReadOptions,
    Row,
    RowFault,
    Rows,
    TooManyColumns,
    counted,
)
from data.intake.readers.encodings import detect_encoding, text_lines, text_pieces

_DEPTH: Final = 4
_LONGEST_LIST: Final = 20
_BETWEEN = re.compile(r"[\s,]*")
Object = dict[str, Cell]


class _Faulty(ValueError):
    pass


def open_json_lines(file: BinaryIO, options: ReadOptions) -> Rows:
    """Begin to read JSON; a first pass over the file gathers the columns, since objects may leave keys out."""
    encoding, skip = detect_encoding(file, options.encoding)

    def objects() -> Iterator[tuple[int, Object | RowFault]]:
        return _objects(text_pieces(file, encoding, skip=skip), options.limits)

    header = _columns(objects(), options.limits)
    return Rows(Format.JSONL, header, counted(_rows(objects(), header), options.limits), encoding=encoding)


def rows_of_objects(objects: Iterable[dict[str, Any]], limits: Limits | None = None) -> Rows:
    """Give objects that are in memory already (a request's batch) as rows, numbered from 1."""
    limits = limits or Limits()
    flat = [_flattened(item, limits) for item in objects]
    header = tuple(dict.fromkeys(key for item in flat if isinstance(item, dict) for key in item))
    rows: Iterator[Row] = (
        (number, item if isinstance(item, RowFault) else [item.get(key) for key in header]) for number, item in enumerate(flat, 1)
    )
    return Rows(Format.JSONL, header, rows)


def _objects(pieces: Iterator[str], limits: Limits) -> Iterator[tuple[int, Object | RowFault]]:
    head = ""
    for piece in pieces:
        head += piece
        if head.strip():
            break
    rest = chain([head], pieces)
    if head.lstrip().startswith("["):
        yield from _listed(rest, limits)
        return
    for number, text in enumerate(text_lines(rest, limits), 1):
        if text.strip():
            yield number, _parsed(text, limits)


def _listed(pieces: Iterator[str], limits: Limits) -> Iterator[tuple[int, Object | RowFault]]:
    """Take the objects of one list as they come; what breaks the list is a fault of the file."""
    decode = json.JSONDecoder(parse_float=Decimal).raw_decode
    text, number = next(pieces), 0
    place = text.index("[") + 1
    while True:
        place = _end_of_blank(text, place)
        if text.startswith("]", place):
            return
        try:
            value, end = decode(text, place)
        except (ValueError, RecursionError) as error:
            more = next(pieces, None)
            if more is None:
                raise DamagedFile(f"The JSON list breaks off or is broken after object {number:,}: {str(error)[:100]}.") from None
            if len(text) - place > limits.line_bytes:
                raise CellTooLarge(f"Object {number + 1:,} is longer than {limits.line_bytes >> 20} MB, or not closed.") from None
            text, place = text[place:] + more, 0
            continue
        number += 1
        yield (
            number,
            _parsed(text[place:end], limits)
            if isinstance(value, dict)
            else RowFault("row.json", "The list holds something else than objects."),
        )
        place = end


def _end_of_blank(text: str, place: int) -> int:
    found = _BETWEEN.match(text, place)
    return found.end() if found else place


def _columns(objects: Iterator[tuple[int, Object | RowFault]], limits: Limits) -> tuple[str, ...]:
    columns: dict[str, None] = {}
    seen = False
    for number, parsed in objects:
        seen = True
        if isinstance(parsed, dict) and not parsed.keys() <= columns.keys():
            columns.update(dict.fromkeys(parsed))
            if len(columns) > limits.columns:
                raise TooManyColumns(f"Up to row {number:,} there are {len(columns):,} different keys; at most {limits.columns} are read.")
    if not seen:
        raise EmptyFile("The file is empty. Write one JSON object a line.")
    return tuple(columns)


def _rows(objects: Iterator[tuple[int, Object | RowFault]], header: tuple[str, ...]) -> Iterator[Row]:
    for number, parsed in objects:
        yield number, parsed if isinstance(parsed, RowFault) else [parsed.get(key) for key in header]


def _parsed(text: str, limits: Limits) -> Object | RowFault:
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_without_doubles)
    except _Faulty as error:
        return RowFault("row.json", str(error))
    except (ValueError, RecursionError, ArithmeticError) as error:
        return RowFault("row.json", f"The line is no JSON object: {str(error)[:100]}.")
    if not isinstance(value, dict):
        return RowFault("row.json", "The line is JSON, but no object. Write it as {...}.")
    return _flattened(value, limits)


def _flattened(value: dict[str, Any], limits: Limits, prefix: str = "", depth: int = 1) -> Object | RowFault:
    flat: Object = {}
    for key, item in value.items():
        match item:
            case dict() if depth < _DEPTH:
                inner = _flattened(item, limits, f"{prefix}{key}.", depth + 1)
                if isinstance(inner, RowFault):
                    return inner
                flat |= inner
            case list() if all(isinstance(part, str | int | Decimal) for part in item):
                flat[prefix + key] = "；".join(map(str, item)) or None
            case list() if depth < _DEPTH and len(item) <= _LONGEST_LIST:
                places = {str(place): part for place, part in enumerate(item)}
                inner = _flattened(places, limits, f"{prefix}{key}.", depth + 1)
                if isinstance(inner, RowFault):
                    return inner
                flat |= inner
            case dict() | list():
                return RowFault("row.nested", f"'{prefix}{key}' holds too deep a structure or too long a list; a row is nearly flat.")
            case str() if len(item) > limits.cell_chars:
                raise CellTooLarge(
                    f"'{prefix}{key}' holds more than {limits.cell_chars:,} characters. Look for a document pasted into a field."
                )
            case _:
                flat[prefix + key] = item
    return flat


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise _Faulty(f"The key '{double[:60]}' stands twice in one object; which of the two counts is not guessed.")
    return value


def _no_constant(name: str) -> NoReturn:
    raise _Faulty(f"{name} is no number. Leave the field out if it is not known.")
