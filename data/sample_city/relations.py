"""The sample city as relations: rows of our own tables, without the way through intake. For measurements on millions of records."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.sample_city.enterprises import blocks, tables_of
from data.sample_city.records import record_tables

DEFAULT_SEED = 640100


def generate_relations(size: int, seed: int = DEFAULT_SEED) -> Iterator[tuple[str, pa.Table]]:
    """Tables by name, in parts, each name many times: `enterprise` and its facts before the `record` parts of the same block.

    Columns are those of the tables in `models.tables`; JSON columns are text. All is known at 1, but for corrections and withdrawals
    of about one record in sixty, which are known at 2 and close the revision before them.
    """
    for block in blocks(size, seed):
        yield from tables_of(block).items()
        for table in record_tables(block, seed):
            yield "record", table


def write_relations(folder: Path, size: int, seed: int = DEFAULT_SEED) -> dict[str, int]:
    """Write one Parquet file per table and give the number of rows of each."""
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pq.ParquetWriter] = {}
    counts: dict[str, int] = {}
    try:
        for name, part in generate_relations(size, seed):
            if name not in writers:
                writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", part.schema, compression="zstd", compression_level=1)
            writers[name].write_table(part)
            counts[name] = counts.get(name, 0) + part.num_rows
    finally:
        for writer in writers.values():
            writer.close()
    return counts
