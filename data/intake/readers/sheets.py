"""The XML inside a workbook: shared texts, which styles are dates, and a sheet's rows as they come."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from xml.parsers import expat

from data.intake.cleaning import Cell
from data.intake.readers.base import CellTooLarge, DamagedFile, Limits, Row, TooManyColumns

_DATE_FORMATS: Final = frozenset([*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58])
_NO_DATE_PARTS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_LAST_COLUMN: Final = 16_384


def shared_texts(pieces: Iterator[bytes], limits: Limits) -> list[str]:
    """Read the table of shared texts; runs of rich text are joined, reading aids (phonetic runs) left out."""
    table = _SharedTexts(limits)
    parser = _parser()
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = table.start, table.data, table.end
    for piece in pieces:
        _feed(parser, piece)
    _feed(parser, b"", last=True)
    return table.texts


class _SharedTexts:
    def __init__(self, limits: Limits) -> None:
        self.texts: list[str] = []
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._takes = False
        self._is_aid = False

    def start(self, name: str, _: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "si":
                self._parts, self._length = [], 0
            case "rPh":
                self._is_aid = True
            case "t":
                self._takes = not self._is_aid

    def data(self, text: str) -> None:
        if self._takes:
            self._parts.append(text)
            self._length += len(text)
            if self._length > self._limits.cell_chars:
                raise too_large(self._limits)

    def end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "si":
                self.texts.append(unescaped("".join(self._parts)))
            case "rPh":
                self._is_aid = False
            case "t":
                self._takes = False


def date_styles(pieces: Iterator[bytes]) -> frozenset[str]:
    """Tell which cell styles, by their index as text, show a number as a day."""
    formats: dict[str, str] = {}
    styles: list[bool] = []
    inside = {"cellXfs": False}

    def start(name: str, at: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "numFmt":
            formats[at.get("numFmtId", "")] = at.get("formatCode", "")
        elif name == "cellXfs":
            inside["cellXfs"] = True
        elif name == "xf" and inside["cellXfs"]:
            number = at.get("numFmtId", "0")
            styles.append(_shows_a_day(formats[number]) if number in formats else number.isdigit() and int(number) in _DATE_FORMATS)

    def end(name: str) -> None:
        if name.rpartition(":")[2] == "cellXfs":
            inside["cellXfs"] = False

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    for piece in pieces:
        _feed(parser, piece)
    _feed(parser, b"", last=True)
    return frozenset(str(index) for index, is_day in enumerate(styles) if is_day)


class SheetParser:
    """Turns a sheet's XML into rows; cells keep their place also where the sheet leaves some out."""

    def __init__(self, shared: list[str], days: frozenset[str], limits: Limits, *, uses_1904: bool) -> None:
        self._shared = shared
        self._days = days
        self._limits = limits
        self._epoch_shift = 1462 if uses_1904 else 0
        self._columns: dict[str, int] = {}
        self._done: list[Row] = []
        self._number = 0
        self._cells: list[Cell] = []
        self._column = 0
        self._sort = "n"
        self._style = ""
        self._parts: list[str] = []
        self._length = 0
        self._takes = False
        self._is_aid = False

    def rows(self, pieces: Iterator[bytes]) -> Iterator[Row]:
        """Parse piece by piece and hand out the rows that are complete; empty rows are left out."""
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        for piece in pieces:
            _feed(parser, piece)
            if self._done:
                yield from self._done
                self._done.clear()
        _feed(parser, b"", last=True)
        yield from self._done

    def _start(self, name: str, at: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            reference = at.get("r")
            self._column = self._column_of(reference) if reference else self._column + 1
            self._sort = at.get("t", "n")
            self._style = at.get("s", "")
            self._parts = []
            self._length = 0
        elif name in ("v", "t"):
            self._takes = not self._is_aid
        elif name == "row":
            number = at.get("r", "")
            self._number = int(number) if number.isdigit() and len(number) < 9 else self._number + 1
            self._cells = []
            self._column = -1
        elif name == "rPh":
            self._is_aid = True

    def _data(self, text: str) -> None:
        if self._takes:
            self._parts.append(text)
            self._length += len(text)
            if self._length > self._limits.cell_chars:
                raise too_large(self._limits, row=self._number)

    def _end(self, name: str) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            if self._parts:
                self._place(self._value("".join(self._parts)))
        elif name in ("v", "t"):
            self._takes = False
        elif name == "row":
            if self._cells:
                self._done.append((self._number, self._cells))
        elif name == "rPh":
            self._is_aid = False

    def _place(self, value: Cell) -> None:
        cells = self._cells
        gap = self._column - len(cells)
        if gap > 0:
            cells.extend([None] * gap)
        if gap < 0:
            raise DamagedFile(f"The cells of row {self._number:,} are out of order. Save the workbook anew as .xlsx.")
        cells.append(value)

    def _value(self, text: str) -> Cell:
        match self._sort:
            case "s":
                if not (text.strip().isdigit() and int(text) < len(self._shared)):
                    raise DamagedFile(
                        f"Row {self._number:,} points to a shared text that the workbook does not have. Save it anew as .xlsx."
                    )
                return self._shared[int(text)]
            case "n":
                return self._number_value(text)
            case "b":
                return text.strip() == "1"
        return unescaped(text)

    def _number_value(self, text: str) -> Cell:
        try:
            number = int(text) if text.isdigit() and len(text) < 20 else float(text)
        except ValueError:
            return text
        if self._style in self._days and 1 <= number + self._epoch_shift < 2_958_466:
            return _moment(number + self._epoch_shift)
        return number

    def _column_of(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        column = self._columns.get(letters)
        if column is None:
            column = 0
            for letter in letters.upper():
                column = column * 26 + ord(letter) - 64
            if not (letters.isalpha() and letters.isascii() and 1 <= column <= _LAST_COLUMN):
                raise TooManyColumns(f"Row {self._number:,} has a cell '{reference[:20]}' beyond the last column of a sheet.")
            column = self._columns[letters] = column - 1
        return column


def too_large(limits: Limits, *, row: int | None = None) -> CellTooLarge:
    """Make the refusal of a cell beyond the limit."""
    where = f"Row {row:,} has a cell" if row else "There is a cell"
    return CellTooLarge(f"{where} of more than {limits.cell_chars:,} characters. Look for a document pasted into a cell.")


def unescaped(text: str) -> str:
    """Undo the way workbooks write characters that XML cannot hold (`_x000D_`)."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _moment(serial: float) -> date | datetime | float:
    days, fraction = divmod(serial, 1)
    if days == 60:
        return serial  # Excel's false leap day: cleaning says so
    day = date(1899, 12, 31 if days < 60 else 30) + timedelta(int(days))
    if not fraction:
        return day
    return datetime(day.year, day.month, day.day) + timedelta(seconds=round(fraction * 86_400))  # noqa: DTZ001 - sheets know no zones


def _shows_a_day(code: str) -> bool:
    first = _NO_DATE_PARTS.sub("", code.split(";", maxsplit=1)[0]).lower()
    return ("y" in first or "d" in first or "年" in code or "日" in code) and "general" not in first


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise DamagedFile("The workbook's XML declares a document type, which no spreadsheet writes. Save it anew as .xlsx.")


def _feed(parser: expat.XMLParserType, piece: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(piece, last)
    except expat.ExpatError as error:
        raise DamagedFile(f"The workbook is damaged: its XML breaks off or is broken ({error}). Save it anew as .xlsx.") from None
