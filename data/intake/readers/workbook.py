"""XLSX, row by row: the sheet is parsed as it unpacks, so that memory holds one row and the shared texts, never the sheet.

A general spreadsheet library keeps the whole sheet, and a stray cell in the last column of the last row makes it reserve the
area between (see docs/decisions). Sizes are counted while unpacking, not believed from the archive's directory.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final
from xml.parsers import expat

from data.intake.readers.base import (
    DamagedFile,
    Format,
    Limits,
    PasswordProtected,
    ReadOptions,
    Rows,
    UnpackedTooLarge,
    WhichSheet,
    WrongFileType,
    counted,
    first_from,
    header_of,
)
from data.intake.readers.sheets import SheetParser, date_styles, shared_texts

_CHUNK: Final = 128 << 10
_MEMBERS: Final = 5_000
_RATIO_FROM: Final = 8 << 20  # small members may well be repetitive


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    member: str
    is_visible: bool


def open_workbook(file: BinaryIO, options: ReadOptions) -> Rows:
    """Begin to read a workbook's one sheet with data, or the sheet that the options name."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DamagedFile(f"The workbook cannot be opened; it was probably cut short on the way ({error}). Send it again.") from None
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise PasswordProtected("The archive is protected with a password. Save the workbook without one.")
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MEMBERS or unpacked > options.limits.unpacked_bytes:
        raise UnpackedTooLarge(
            f"The workbook would unpack to {unpacked >> 20:,} MB in {len(members):,} parts; "
            f"at most {options.limits.unpacked_bytes >> 20:,} MB are read. "
            "Deliver it as CSV or Parquet."
        )
    opened = _Workbook(archive, options.limits)
    sheet, uses_1904 = opened.choose(options.sheet)
    parser = SheetParser(opened.shared(), opened.date_styles(), options.limits, uses_1904=uses_1904)
    rows = parser.rows(opened.pieces(sheet.member))
    header = header_of(first_from(rows, options.header_row), options.limits)
    return Rows(Format.XLSX, header, counted(rows, options.limits), close=archive.close)


class _Workbook:
    """The parts of an opened archive, each unpacked under the limits."""

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self._names = {name.lstrip("/").lower(): name for name in archive.namelist()}

    def pieces(self, member: str, *, at_most: int | None = None) -> Iterator[bytes]:
        """Unpack one part piece by piece; raises UnpackedTooLarge and DamagedFile."""
        limit = at_most or self._limits.unpacked_bytes
        unpacked = 0
        try:
            info = self._archive.getinfo(self._names[member.lower()])
            with self._archive.open(info) as part:
                while piece := part.read(_CHUNK):
                    unpacked += len(piece)
                    if unpacked > limit or (unpacked > _RATIO_FROM and unpacked > info.compress_size * self._limits.ratio):
                        raise UnpackedTooLarge(
                            f"The part {member} of the workbook unpacks to more than {unpacked >> 20:,} MB "
                            f"from {info.compress_size >> 10:,} KB. "
                            "It may be made to harm; if it is genuine, deliver the data as CSV or Parquet."
                        )
                    yield piece
        except KeyError:
            raise DamagedFile(f"The workbook lacks its part {member}. Save it anew as .xlsx.") from None
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
            raise DamagedFile(f"The workbook is damaged in its part {member} ({error}). Send it again.") from None

    def has(self, member: str) -> bool:
        return member.lower() in self._names

    def shared(self) -> list[str]:
        member = "xl/sharedStrings.xml"
        return shared_texts(self.pieces(member, at_most=self._limits.shared_text_bytes), self._limits) if self.has(member) else []

    def date_styles(self) -> frozenset[str]:
        return date_styles(self.pieces("xl/styles.xml", at_most=_CHUNK * 512)) if self.has("xl/styles.xml") else frozenset()

    def choose(self, wanted: str | None) -> tuple[_Sheet, bool]:
        """Find the sheet to read and whether its days count from 1904; raises WhichSheet, WrongFileType."""
        sheets, uses_1904 = self._sheets()
        if wanted is not None:
            named = [sheet for sheet in sheets if sheet.name.strip() == wanted]
            if not named:
                raise WhichSheet(f"The workbook has no sheet '{wanted}'. It has: {', '.join(sheet.name for sheet in sheets)}.")
            return named[0], uses_1904
        filled = [sheet for sheet in sheets if sheet.is_visible and self._has_cells(sheet)]
        if len(filled) > 1:
            raise WhichSheet(
                f"Several sheets hold data: {', '.join(sheet.name for sheet in filled)}. "
                "Deliver one file for each, or name the sheet in the profile."
            )
        if not sheets:
            raise WrongFileType("The workbook has no sheet.")
        return (filled or sheets)[0], uses_1904

    def _has_cells(self, sheet: _Sheet) -> bool:
        rest = b""
        for piece in self.pieces(sheet.member):
            window = rest + piece
            if b"<v>" in window or b"<is>" in window or b":v>" in window or b":is>" in window:
                return True
            rest = window[-8:]
        return False

    def _sheets(self) -> tuple[list[_Sheet], bool]:
        if not self.has("xl/workbook.xml"):
            raise WrongFileType("The archive is no XLSX workbook. Save the table as .xlsx or CSV.")
        targets: dict[str, str] = {}
        _walk(
            self.pieces("xl/_rels/workbook.xml.rels"),
            lambda name, at: targets.update({at["Id"]: at["Target"]}) if name == "Relationship" else None,
        )
        sheets: list[_Sheet] = []
        dates: list[bool] = []

        def take(name: str, at: dict[str, str]) -> None:
            if name == "workbookPr":
                dates.append(at.get("date1904", "0") in ("1", "true"))
            elif name == "sheet":
                target = targets.get(next((value for key, value in at.items() if key.endswith(":id")), ""), "")
                if "worksheets" in target.lower():
                    member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                    sheets.append(_Sheet(at.get("name", ""), member, at.get("state", "visible") == "visible"))

        _walk(self.pieces("xl/workbook.xml"), take)
        return sheets, any(dates)


def _walk(pieces: Iterator[bytes], take: Callable[[str, dict[str, str]], object]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, at: take(name.rpartition(":")[2], at)
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, KeyError) as error:
        raise DamagedFile(f"The workbook is damaged ({error}). Save it anew as .xlsx.") from None


def refuse_doctype(*_: object) -> None:
    raise DamagedFile("The workbook's XML declares a document type, which no spreadsheet writes. Save it anew as .xlsx.")
