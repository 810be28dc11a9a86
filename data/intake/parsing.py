"""A file opened through a profile: the stream of parsed rows that storing takes over (`data.intake.parsed.Parsing`).

    with open_parsing(path, load_profile("native")) as parsing:
        for row in parsing.rows():
            ...

A file that cannot be read at all raises CreditError; a row that cannot be read is a row with problems.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

from data.intake.cleaning import Cell
from data.intake.columns import Header, without_persons
from data.intake.converters import Reading
from data.intake.parsed import ParsedRow
from data.intake.profiles import LoadedProfile, Profile
from data.intake.readers.base import Format, ReadOptions, RowFault, Rows
from data.intake.readers.json_lines import rows_of_objects
from data.intake.readers.opening import open_rows
from data.intake.record_rows import RecordRows
from data.intake.registry_rows import EnterpriseRows
from models.deliveries import Problem

Source = Path | BinaryIO | Sequence[dict[str, Any]]


class RowReader(Protocol):
    """Reads one row; made once per file."""

    def read(self, row_no: int, cells: list[Cell]) -> ParsedRow:
        """Read one row; what is wrong with it is in its problems."""
        ...


class ProfileParsing:
    """One file (or batch of objects) under one profile; may be read any number of times."""

    def __init__(
        self, source: Path | BinaryIO | Sequence[dict[str, Any]], loaded: LoadedProfile, *, name: str | None, declared: Format | None
    ) -> None:
        self._source = source
        self._loaded = loaded
        self._name = name
        self._declared = declared
        with self._open() as rows:
            self._columns = rows.header
            self.format = rows.format
            self.encoding = rows.encoding
            header = self._header(rows)
            self._reader(header)
            self.unread_columns = tuple(
                self._columns[index] for index in header.unread() if self._columns[index] not in loaded.profile.ignore
            )
            """Columns of the file that the profile neither reads nor leaves out on purpose."""

    @property
    def columns(self) -> Sequence[str]:
        """The headers as delivered."""
        return self._columns

    @property
    def profile(self) -> LoadedProfile:
        """The profile in use, with its version and hash."""
        return self._loaded

    def rows(self) -> Iterator[ParsedRow]:
        """Read the file from its beginning, as a stream."""
        with self._open() as rows:
            read = self._reader(self._header(rows)).read
            for row_no, cells in rows:
                if isinstance(cells, RowFault):
                    problem = Problem(row_no=row_no, column=None, value=None, code=cells.code, message=cells.message)
                    yield ParsedRow(row_no, (), problems=[problem])
                else:
                    yield read(row_no, cells)

    def cells(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Read the file again without parsing; cells of columns not read are empty, personal data is masked."""
        with self._open() as rows:
            header = self._header(rows)
            self._reader(header)
            unread = header.unread()
            for row_no, cells in rows:
                if isinstance(cells, RowFault):
                    yield row_no, ()
                    continue
                for index in unread:
                    if index < len(cells):
                        cells[index] = None
                yield row_no, without_persons(cells)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing to close: each reading closes its own file."""

    def _open(self) -> Rows:
        if isinstance(self._source, Sequence):
            return rows_of_objects(self._source)
        rule = self._profile.file
        options = ReadOptions(encoding=rule.encoding, delimiter=rule.delimiter, sheet=rule.sheet, header_row=rule.header_row)
        return open_rows(self._source, name=self._name, declared=self._declared, options=options)

    def _header(self, rows: Rows) -> Header:
        return Header(rows.header, Reading(self._profile))

    def _reader(self, header: Header) -> RowReader:
        pads = self.format is not Format.CSV
        if self._profile.target == "enterprises":
            return EnterpriseRows(self._profile, header, pads=pads)
        return RecordRows(self._profile, header, pads=pads)

    @property
    def _profile(self) -> Profile:
        return self._loaded.profile


def open_parsing(
    file: Path | BinaryIO, loaded: LoadedProfile, *, name: str | None = None, declared: Format | None = None
) -> ProfileParsing:
    """Open a delivered file through a profile; raises CreditError for what is wrong with the file as a whole.

    `name` is the file's name at the sender's (its ending is held against its content), `declared` the format a request states.
    """
    return ProfileParsing(file, loaded, name=name, declared=declared)


def parse_objects(objects: Iterable[dict[str, Any]], loaded: LoadedProfile) -> ProfileParsing:
    """Parse a batch of JSON objects, as a request brings it, through a profile; rows are numbered from 1."""
    return ProfileParsing(list(objects), loaded, name=None, declared=None)
