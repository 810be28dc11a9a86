"""Files as no reader likes them, made in code so that no binary lies in the repository. All content is invented."""

import io
import struct
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
SHEET = "xl/worksheets/sheet1.xml"


def workbook(rows: Iterable[Sequence[Any]], *, more_sheets: Sequence[Sequence[Sequence[Any]]] = (), **options: Any) -> bytes:
    """Write a workbook with one sheet of rows, and further sheets if given; dates get a date format."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": 'yyyy"年"m"月"d"日" hh:mm'})
    for content in (rows, *more_sheets):
        sheet = book.add_worksheet()
        for number, row in enumerate(content):
            for column, value in enumerate(row):
                match value:
                    case datetime():
                        sheet.write_datetime(number, column, value, moment)
                    case date():
                        sheet.write_datetime(number, column, value, day)
                    case str():
                        sheet.write_string(number, column, value)
                    case _:
                        sheet.write(number, column, value)
    book.close()
    return buffer.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """Replace one part of a workbook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, part if member == name else old.read(member))
    return buffer.getvalue()


def sheet_of(cells: str) -> bytes:
    """Write a sheet's XML around rows."""
    return (
        f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'.encode()
    )


def truncated_workbook() -> bytes:
    """A workbook cut short on the way."""
    whole = workbook([["a", "b"], *([f"x{number}", "y"] for number in range(500))])
    return whole[: len(whole) * 2 // 3]


def flipped_workbook() -> bytes:
    """A workbook with some bytes of its sheet overwritten."""
    whole = bytearray(workbook([["a", "b"], *([f"x{number}", number] for number in range(2000))]))
    place = whole.index(SHEET.encode()) + len(SHEET) + 200
    whole[place : place + 40] = bytes(40)
    return bytes(whole)


def protected_workbook() -> bytes:
    """What a workbook with a password looks like from outside: a compound document with an encrypted package."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(478)
    names = [name.encode("utf-16-le") for name in ("Root Entry", "EncryptionInfo", "EncryptedPackage")]
    return header + b"".join(name.ljust(64, b"\0") + struct.pack("<H", len(name) + 2) + bytes(62) for name in names) + bytes(1024)


def old_workbook() -> bytes:
    """What an .xls looks like from outside."""
    names = [name.encode("utf-16-le") + bytes(64) for name in ("Root Entry", "Workbook")]
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(names) + bytes(1024)


def zip_bomb(*, megabytes: int = 12) -> bytes:
    """A workbook whose sheet is small packed and large unpacked."""
    filler = "<c/>" * ((megabytes << 20) // 4)
    return with_part(workbook([["a"], ["b"]]), SHEET, sheet_of(_ROW + f'<row r="2">{filler}</row>'))


def lying_directory() -> bytes:
    """A workbook whose directory says that the sheet is smaller than it is."""
    content = workbook([["a"], *([f"value {number}"] for number in range(3000))])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo(SHEET).file_size
    return content.replace(struct.pack("<L", size), struct.pack("<L", 500))


def entity_bomb() -> bytes:
    """A workbook whose sheet declares entities that multiply."""
    entities = b'<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    return with_part(workbook([["a"]]), SHEET, entities + sheet_of(_ROW.replace(">a<", ">&b;<")))


def far_corner_workbook() -> bytes:
    """A workbook of two cells, the second in the last column of the last row."""
    last = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>z</t></is></c></row>'
    return with_part(workbook([["a"]]), SHEET, sheet_of(_ROW + last))


def dangling_text() -> bytes:
    """A workbook whose cell points to a shared text that is not there."""
    return with_part(workbook([["a"]]), SHEET, sheet_of('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'))


class OneHugeCell(io.RawIOBase):
    """A CSV with one cell of `size` bytes, made while it is read; counts how much was asked for."""

    def __init__(self, size: int, *, quoted: bool = False) -> None:
        quote = b'"' if quoted else b""
        self._head = b"name,text\nA," + quote
        self._size = size
        self._tail = quote + b"\nB,short\n"
        self._place = 0
        self.furthest = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._place = offset if whence == 0 else self._place + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        total = len(self._head) + self._size + len(self._tail)
        end = total if size < 0 else min(total, self._place + size)
        start, self._place = self._place, max(self._place, end)
        self.furthest = max(self.furthest, self._place)
        pieces = b""
        if start < len(self._head):
            pieces += self._head[start:end]
        body_end = len(self._head) + self._size
        pieces += b"x" * max(0, min(end, body_end) - max(start, len(self._head)))
        if end > body_end:
            pieces += self._tail[max(0, start - body_end) : end - body_end]
        return pieces


def parquet(**columns: Any) -> BinaryIO:
    """Write a Parquet file of columns."""
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return io.BytesIO(buffer.getvalue())
