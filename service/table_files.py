"""Tables as files: workbooks that nobody's spreadsheet executes, and Parquet."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import xlsxwriter
from pyarrow import parquet

from service.list_answers import neutral

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"
MOST_ROWS = 1_000_000
"""A sheet has little more; whoever needs more takes NDJSON or Parquet."""


def as_xlsx(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """One sheet of text; cells that a spreadsheet would execute are neutralised, and links are none."""
    buffer = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    sheet = book.add_worksheet("qcredit")
    for number, cells in enumerate([columns, *rows]):
        for place, cell in enumerate(cells):
            sheet.write_string(number, place, neutral(cell))
    book.close()
    return buffer.getvalue()


def as_parquet(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Columns of text, null where there is nothing; numbers of lines as integers."""
    held = list(rows)
    data = {}
    for place, name in enumerate(columns):
        cells = [row[place] for row in held]
        is_number = all(cell is None or isinstance(cell, int) for cell in cells) and any(cell is not None for cell in cells)
        texts = cells if is_number else [None if cell is None else str(cell) for cell in cells]
        data[name] = pa.array(texts, pa.int64() if is_number else pa.string())
    buffer = io.BytesIO()
    parquet.write_table(pa.table(data), buffer, compression="zstd")
    return buffer.getvalue()
