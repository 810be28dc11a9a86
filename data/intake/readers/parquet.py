"""Parquet: typed columns, read batch by batch."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.intake.readers.base import (
    CellTooLarge,
    ColumnType,
    DamagedFile,
    Format,
    Limits,
    ReadOptions,
    Row,
    Rows,
    UnpackedTooLarge,
    counted,
    header_of,
)

_BATCH_ROWS: Final = 4096


def open_parquet(file: BinaryIO, options: ReadOptions) -> Rows:
    """Begin to read a Parquet file; columns of lists, structures or bytes are refused."""
    file.seek(0)
    try:
        parquet = pq.ParquetFile(file)
        schema = parquet.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise DamagedFile(f"The Parquet file cannot be opened; it was probably cut short ({str(error)[:120]}). Write it anew.") from None
    header = header_of(schema.names, options.limits)
    for field in schema:
        if not _is_cell(field.type):
            raise ColumnType(f"The column '{field.name}' holds {field.type}; text, numbers, dates and yes/no are read. Leave it out.")
    for group in range(parquet.metadata.num_row_groups):
        size = parquet.metadata.row_group(group).total_byte_size
        if size > options.limits.row_group_bytes:
            raise UnpackedTooLarge(
                f"A row group unpacks to {size >> 20:,} MB; at most {options.limits.row_group_bytes >> 20} MB are read. Write smaller ones."
            )
    return Rows(Format.PARQUET, header, counted(_rows(parquet, options.limits), options.limits))


def _rows(parquet: pq.ParquetFile, limits: Limits) -> Iterator[Row]:
    number = 1
    try:
        for batch in parquet.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
            columns = [_values(name, column, limits) for name, column in zip(batch.schema.names, batch.columns, strict=True)]
            for cells in zip(*columns, strict=True):
                number += 1
                yield number, list(cells)
    except (pa.ArrowException, OSError) as error:
        raise DamagedFile(f"The Parquet file is damaged after row {number:,} ({str(error)[:120]}). Write it anew.") from None


def _values(name: str, column: pa.Array, limits: Limits) -> list[object]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        longest = pc.max(pc.utf8_length(column)).as_py() or 0
        if longest > limits.cell_chars:
            raise CellTooLarge(f"The column '{name}' has a cell of {longest:,} characters; at most {limits.cell_chars:,} are read.")
    elif pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    values: list[object] = column.to_pylist()
    return values


def _is_cell(kind: pa.DataType) -> bool:
    types = pa.types
    if types.is_dictionary(kind):
        return _is_cell(kind.value_type)
    return any(
        is_one(kind)
        for is_one in (
            types.is_string,
            types.is_large_string,
            types.is_integer,
            types.is_floating,
            types.is_decimal,
            types.is_boolean,
            types.is_date,
            types.is_timestamp,
            types.is_time,
            types.is_null,
        )
    )
