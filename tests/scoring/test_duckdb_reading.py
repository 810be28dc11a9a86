"""What goes wrong while rows come in is told as what it was, not as an error of DuckDB."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from scoring.engines.duckdb import DuckDBEngine

SCHEMA = pa.schema([("enterprise_key", pa.int64())])


class Leaving(BaseException):
    """As the process of a worker raises it that stops."""


def broken_off() -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch([[1, 2]], schema=SCHEMA)
        raise Leaving("the process stops")

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


def test_what_a_reader_raises_is_raised(tmp_path: Path) -> None:
    with DuckDBEngine() as duck:
        with pytest.raises(Leaving):
            duck.load({"records": broken_off()})
        with pytest.raises(Leaving):
            duck.write(broken_off(), tmp_path / "records.parquet")
        duck.load({"records": pa.RecordBatchReader.from_batches(SCHEMA, [pa.record_batch([[1, 2]], schema=SCHEMA)])})
        assert duck.query("SELECT count(*) AS n FROM records").to_pylist() == [{"n": 2}]
