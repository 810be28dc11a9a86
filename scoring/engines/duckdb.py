"""DuckDB, in process: the whole city or province as a batch, within a memory limit, spilling to disk beyond it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from models.policies import Policy
from scoring.engines.base import ORDER, Compiled, compile_policy

BATCH_ROWS = 100_000
READ_AGAIN = frozenset({"known"})
"""Joining ten million records once more for each use is cheaper than keeping them all in between (measured: half the memory). All else
that is read several times is kept by order: DuckDB would rather inline most of it, and read the records eight times (21 CPU-seconds
against 10).
"""


class DuckDBEngine:
    """Holds the four input relations and answers under any policy over them.

    Relations are Arrow tables or readers, or paths of Parquet files; a reader is copied in, since it can be read only once.
    """

    name = "duckdb"

    def __init__(self, *, memory_limit: str = "4GB", threads: int | None = None, spill: Path | None = None) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {"memory_limit": memory_limit, "preserve_insertion_order": False}
        if threads is not None:
            settings["threads"] = threads
        if spill is not None:
            settings["temp_directory"] = str(spill)
        self._connection = duckdb.connect(":memory:", config=settings)
        self._connection.execute("SET enable_progress_bar = false")  # runs tell their progress themselves
        self._prepared: set[tuple[str, str, str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def load(self, relations: Mapping[str, pa.Table | pa.RecordBatchReader | Path]) -> None:
        """Take relations under their names (questions, records, registry, listings, or any other for `query`)."""
        for name, relation in relations.items():
            if isinstance(relation, Path):
                pattern = str(relation).replace("'", "''")
                self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{pattern}')")
            else:
                self._take(relation, f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")

    def write(self, reader: pa.RecordBatchReader, file: Path) -> None:
        """Lay what a reader gives in a Parquet file, to be read again without memory holding it."""
        path = str(file).replace("'", "''")
        self._take(reader, f"COPY (SELECT * FROM incoming) TO '{path}' (FORMAT parquet)")

    def _take(self, relation: pa.Table | pa.RecordBatchReader, statement: str) -> None:
        """Run a statement over what comes in; what its reader raises is raised, not an error of DuckDB about it."""
        faults: list[BaseException] = []
        is_reader = isinstance(relation, pa.RecordBatchReader)
        self._connection.register("incoming", _watched(relation, faults) if is_reader else relation)
        try:
            self._connection.execute(statement)
        except duckdb.Error:
            if faults:
                raise faults[0] from None
            raise
        finally:
            self._connection.unregister("incoming")

    def run(self, policy: Policy, shape: str) -> pa.Table:
        return self._connection.sql(self.statement(policy, shape)).to_arrow_table()

    def stream(self, policy: Policy, shape: str) -> Iterator[pa.RecordBatch]:
        yield from self._connection.sql(self.statement(policy, shape)).to_arrow_reader(BATCH_ROWS)

    def keep(self, policy: Policy, shape: str, name: str) -> None:
        """Run a shape once and keep its rows as a table, to be read several times by `query`."""
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} AS {self.statement(policy, shape)}")

    def fill(self, policy: Policy, shape: str, name: str) -> None:
        """`keep` for relations that are exchanged row by row in between: it is planned once and run again, which saves half a second."""
        if (policy.name, shape, name) not in self._prepared:
            columns = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in self._compiled(policy).columns[shape])
            self._connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
            self._connection.execute(f"PREPARE fill_{name} AS INSERT INTO {name} {self.statement(policy, shape)}")
            self._prepared.add((policy.name, shape, name))
        self._connection.execute(f"DELETE FROM {name}")
        self._connection.execute(f"EXECUTE fill_{name}")

    def query(self, statement: str) -> pa.Table:
        """Rows of any statement over what the engine holds."""
        return self._connection.sql(statement).to_arrow_table()

    def count(self, rows: str) -> int:
        """How many rows a table has, or those of it that a WHERE after its name leaves."""
        return int(self.query(f"SELECT count(*) AS n FROM {rows}").column("n")[0].as_py())

    def batches(self, statement: str, rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """`query` in batches of at most so many rows."""
        yield from self._connection.sql(statement).to_arrow_reader(rows)

    def execute(self, statement: str) -> None:
        """Run a statement that gives no rows, such as a COPY to a file."""
        self._connection.execute(statement)

    def statement(self, policy: Policy, shape: str) -> str:
        """The SQL of one shape, cast to its declared types: DuckDB widens sums to 128 bits and days to timestamps."""
        compiled = self._compiled(policy)
        columns = ", ".join(f"{name}::{_TYPES[kind]} AS {name}" for name, kind in compiled.columns[shape])
        return f"SELECT {columns} FROM ({compiled.sql[shape]}) ORDER BY {ORDER[shape]}"

    @staticmethod
    def _compiled(policy: Policy) -> Compiled:
        return compile_policy(policy, "duckdb", read_again=READ_AGAIN)


_TYPES = {"int64": "BIGINT", "int32": "INTEGER", "string": "VARCHAR", "date": "DATE", "boolean": "BOOLEAN"}


def _watched(reader: pa.RecordBatchReader, faults: list[BaseException]) -> pa.RecordBatchReader:
    """The same batches; what reading them raises is noted."""

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except GeneratorExit:  # nobody reads on
            raise
        except BaseException as fault:
            faults.append(fault)
            raise

    return pa.RecordBatchReader.from_batches(reader.schema, batches())
