"""CSV and its kin: comma, semicolon or tab, quoted cells, any size."""

import csv
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO, Final

from data.intake.cleaning import Cell
from data.intake.readers.base import BrokenQuotes, CellTooLarge, FileError, Format, ReadOptions, Row, Rows, counted, first_from, header_of
from data.intake.readers.encodings import detect_encoding, text_lines, text_pieces

DELIMITERS: Final = ",\t;"
_SAMPLE_LINES: Final = 40


def open_delimited(file: BinaryIO, options: ReadOptions) -> Rows:
    """Begin to read a CSV: its encoding and delimiter are told from a sample, its header checked."""
    encoding, skip = detect_encoding(file, options.encoding)
    lines = text_lines(text_pieces(file, encoding, skip=skip), options.limits)
    sample = list(islice(lines, _SAMPLE_LINES)) if options.delimiter is None else []
    delimiter = options.delimiter or _delimiter_of(sample[options.header_row - 1 :])
    csv.field_size_limit(options.limits.cell_chars)  # the module keeps one limit for the whole process: ours is the same everywhere
    reader: Iterator[list[Cell]] = csv.reader(chain(sample, lines), delimiter=delimiter, strict=True)  # type: ignore[assignment]  # text is a Cell
    rows = _rows(reader, options)
    header = header_of(first_from(rows, options.header_row), options.limits)
    return Rows(Format.CSV, header, counted(rows, options.limits), encoding=encoding)


def _rows(reader: Iterator[list[Cell]], options: ReadOptions) -> Iterator[Row]:
    number = 0
    try:
        for cells in reader:
            number += 1
            if any(cells):
                yield number, cells
    except csv.Error as error:
        if "field larger" in str(error):
            raise CellTooLarge(
                f"Row {number + 1:,} has a cell of more than {options.limits.cell_chars:,} characters. "
                "Look for a document pasted into a cell, or a quotation mark that is never closed."
            ) from None
        raise BrokenQuotes(
            f"Row {number + 1:,} has a quotation mark out of place: a cell that begins with one "
            "must end with one, and one inside is written twice."
        ) from None
    except FileError as error:
        error.args = (f"{error} (row {number + 1:,})",)
        raise


def _delimiter_of(sample: list[str]) -> str:
    """Choose the delimiter that parts the first lines most evenly; a comma where nothing parts them."""
    best, choice = (0.0, 1), ","
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if any(cells)]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            even = sum(width == widths[0] for width in widths) / len(widths)
            best, choice = max((best, choice), ((even, widths[0]), delimiter), key=lambda found: found[0])
    return choice
