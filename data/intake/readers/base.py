"""What every reader gives and what it may refuse: a header, then rows one by one, and limits that hostile files cannot pass."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import ClassVar, NamedTuple, Self

from data.intake.cleaning import Cell
from models.errors import Malformed


class Format(StrEnum):
    """The formats that are read."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a delivered file and its parts may be; a file beyond them is refused as a whole, before it takes the memory."""

    rows: int = 20_000_000
    columns: int = 500
    cell_chars: int = 1_000_000
    line_bytes: int = 8 << 20
    unpacked_bytes: int = 2 << 30
    shared_text_bytes: int = 128 << 20
    ratio: int = 300
    row_group_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the sender or the profile knows about the file; what is None is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    limits: Limits = field(default_factory=Limits)


class RowFault(NamedTuple):
    """A row that could not be taken apart; the rows around it could."""

    code: str
    message: str


Row = tuple[int, list[Cell] | RowFault]
"""The row's number as a spreadsheet shows it (the header is row 1), and its cells in the header's order."""


@dataclass(slots=True)
class Rows:
    """A file being read: its header, then its rows. Close it, or use it in a `with`."""

    format: Format
    header: tuple[str, ...]
    rows: Iterator[Row]
    encoding: str | None = None
    close: Callable[[], None] = lambda: None

    def __iter__(self) -> Iterator[Row]:
        return self.rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class FileError(Malformed):
    """A delivered file cannot be read as a whole; nothing of it is taken over."""

    code: ClassVar[str] = "file.malformed"


class EmptyFile(FileError):
    """There is nothing in the file, or no header."""

    code = "file.empty"


class WrongFileType(FileError):
    """The file is something else than its name or the request says."""

    code = "file.wrong_type"


class PasswordProtected(FileError):
    """The workbook opens only with a password."""

    code = "file.password"


class DamagedFile(FileError):
    """The file is cut short or damaged."""

    code = "file.damaged"


class UnpackedTooLarge(FileError):
    """The file would unpack to far more than it seems."""

    code = "file.unpacked_size"


class WrongEncoding(FileError):
    """Bytes that are no text in the file's encoding."""

    code = "file.encoding"


class NulByte(FileError):
    """A NUL in a text file: it is no text, or was damaged."""

    code = "file.nul"


class CellTooLarge(FileError):
    """One cell is larger than any cell of a record can be."""

    code = "file.cell_too_large"


class TooManyColumns(FileError):
    """More columns than a delivery can have."""

    code = "file.too_many_columns"


class TooManyRows(FileError):
    """More rows than one delivery can have."""

    code = "file.too_many_rows"


class DuplicateHeader(FileError):
    """Two columns bear the same name."""

    code = "file.duplicate_header"


class EmptyHeader(FileError):
    """A column without a name."""

    code = "file.empty_header"


class BrokenQuotes(FileError):
    """A quotation mark that nothing closes, or that closes too early."""

    code = "file.quotes"


class WhichSheet(FileError):
    """The workbook has several sheets with data, or not the one asked for."""

    code = "file.sheet"


class ColumnType(FileError):
    """A column of lists, structures or bytes, which no cell can hold."""

    code = "file.column_type"


def column_key(name: str) -> str:
    """Give the form under which two spellings of a column's name are equal: narrowed, without blanks, case or brackets' width."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split()).replace("\ufeff", "").replace("\u200b", "")


def letters_of(index: int) -> str:
    """Give the letters under which spreadsheets show the column at a zero-based index."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def header_of(cells: Sequence[Cell], limits: Limits) -> tuple[str, ...]:
    """Check a header and give its names; raises EmptyFile, EmptyHeader, DuplicateHeader, TooManyColumns."""
    names = ["" if cell is None else str(cell).strip(" \t\r\n\u3000\ufeff") for cell in cells]
    while names and not names[-1]:  # spreadsheets leave empty columns behind
        names.pop()
    if not names:
        raise EmptyFile("The file has no header. Its first row must name the columns.")
    if len(names) > limits.columns:
        raise TooManyColumns(
            f"The file has {len(names):,} columns; at most {limits.columns} are read. Deliver only the columns of the profile."
        )
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if not name:
            raise EmptyHeader(f"Column {letters_of(index)} has no name in the header. Name it, or remove the column.")
        if (key := column_key(name)) in seen:
            raise DuplicateHeader(
                f"The columns {letters_of(seen[key])} and {letters_of(index)} are both named '{name[:60]}'. Rename or remove one: "
                "which of the two counts is not guessed."
            )
        seen[key] = index
    return tuple(names)


def first_from(rows: Iterator[Row], header_row: int) -> list[Cell]:
    """Take rows up to the header, skipping titles above it; raises EmptyFile when there is none."""
    for number, cells in rows:
        if number >= header_row and isinstance(cells, list):
            return cells
    raise EmptyFile(f"The file has no header in row {header_row}. That row must name the columns.")


def counted(rows: Iterator[Row], limits: Limits) -> Iterator[Row]:
    """Pass rows on until there are more than the limit allows."""
    for count, row in enumerate(rows):
        if count >= limits.rows:
            raise TooManyRows(f"The file has more than {limits.rows:,} rows. Deliver it in parts.")
        yield row
