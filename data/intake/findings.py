"""What is to be told of rows, spooled while the file is read: problems, notes and the cells they stand in."""

import json
from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any, Final, Self

import psycopg

from data.intake.cleaning import BadValue, Cell, text_of
from data.intake.parsed import ParsedRow, Parsing
from data.intake.personal_data import without_personal_data
from data.intake.staging import copy_line
from data.stores.deliveries import found_rows, store_cells
from models.deliveries import Problem

_IN_MEMORY: Final = 8 << 20
_CELL_LIMIT: Final = 4000


class Findings:
    """Spools findings to disk, since one COPY at a time can run on a connection and a bad file may hold a million of them."""

    def __init__(self) -> None:
        self._found = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # closed with this object
        self._cells = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # likewise
        self.rejected = 0
        self.noted = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._found.close()
        self._cells.close()

    def reject(self, row: ParsedRow, problems: Iterable[Problem]) -> None:
        """Keep why a row was rejected, with its cells."""
        self.rejected += 1
        self._write(row, "rejected", problems)

    def note(self, row: ParsedRow) -> None:
        """Keep what accompanies a row that goes in."""
        self.noted += 1
        self._write(row, "note", row.notes)

    def _write(self, row: ParsedRow, outcome: str, problems: Iterable[Problem]) -> None:
        for problem in problems:
            value = without_personal_data(problem.value[:_CELL_LIMIT])[0] if problem.value else ""
            line = (str(row.row_no), outcome, problem.column or "", value, problem.code, problem.message, problem.suggestion or "")
            self._found.write(copy_line(line))
        self._cells.write(cells_line(row.row_no, row.cells))

    def store(self, connection: psycopg.Connection[Any]) -> None:
        """Bring what was spooled into the temporary tables."""
        self._found.seek(0)
        with connection.cursor().copy("COPY found FROM STDIN (NULL '')") as copy:
            while part := self._found.read(1 << 16):
                copy.write(part)
        self._cells.seek(0)
        store_cells(connection, iter(lambda: self._cells.read(1 << 16), b""))


def fetch_missing_cells(connection: psycopg.Connection[Any], parsing: Parsing) -> None:
    """Read the file a second time for the cells of rows that only matching found something to say about."""
    wanted = found_rows(connection)
    row_no = next(wanted, None)
    if row_no is None:
        return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        for number, cells in parsing.cells():
            if number == row_no:
                spool.write(cells_line(number, cells))
                row_no = next(wanted, None)
            if row_no is None:
                break
        wanted.close()
        spool.seek(0)
        store_cells(connection, iter(lambda: spool.read(1 << 16), b""))


def cells_line(row_no: int, cells: Sequence[Cell]) -> bytes:
    """A row's cells as text, without personal data, as one line for the table of cells."""
    return copy_line((str(row_no), json.dumps(list(_shown(cells)), ensure_ascii=False)))


def _shown(cells: Sequence[Cell]) -> Iterator[str | None]:
    for cell in cells:
        try:
            text = text_of(cell, frozenset([""]))
        except BadValue:  # half a character pair or the like: shown as far as text can
            text = str(cell).encode("utf-8", "replace").decode().replace("\x00", "")
        yield text and without_personal_data(text[:_CELL_LIMIT])[0]
