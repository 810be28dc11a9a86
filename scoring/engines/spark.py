"""Spark: the same plan on all cores of one machine or of many, reading and writing Parquet; needs the extra `spark` and Java 17.

The steps of a plan that are read several times are kept as Parquet files between jobs. Spark would otherwise paste each into its readers:
the plan of one policy then grows to a hundred megabytes of text, and planning it takes longer than running it.
"""

import os
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

from models.errors import Refused
from models.policies import Policy
from scoring.engines import jdbc
from scoring.engines.base import ORDER, SHAPES
from scoring.plan.build import build
from scoring.plan.stages import needed

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

BATCH_ROWS = 100_000
SETTINGS = {
    # Days are days: no zone may move them on their way through a timestamp.
    "spark.sql.session.timeZone": "UTC",
    # A sum that leaves 64 bits is an error, never another number.
    "spark.sql.ansi.enabled": "true",
    # Rules name columns that two relations share; case decides nothing.
    "spark.sql.caseSensitive": "true",
}
"""What every session is set to that answers here."""


class NoSpark(Refused):
    """The engine is asked for where it is not installed."""

    code = "engine.no_spark"


@dataclass(frozen=True)
class Statements:
    """One policy as Spark's SQL: its steps in their order, and what each shape reads of them."""

    steps: Mapping[str, str]
    kept: frozenset[str]
    """Steps that are read more than once."""
    needed: Mapping[str, tuple[str, ...]]
    last: Mapping[str, str]
    """By shape: the final statement, cast to the declared types and in the order of the full key."""


def start(*, master: str = "local[*]", memory: str = "4GB", settings: Mapping[str, str] | None = None) -> "SparkSession":
    """Start a session, or join the one that `spark-submit` or SPARK_REMOTE speaks of, for which master and memory are said there.

    Raises `NoSpark`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of pandas 3, which nothing here hands to Spark
            from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError as error:
        raise NoSpark(
            "The engine spark is not installed here. Install it with `pip install 'qcredit[spark]'` and a Java 17 runtime,"
            " or choose the engine duckdb, which gives the same answers."
        ) from error
    builder: Any = SparkSession.builder
    for name, value in (SETTINGS | dict(settings or {})).items():
        builder = builder.config(name, value)
    if "SPARK_REMOTE" not in os.environ and "PYSPARK_GATEWAY_PORT" not in os.environ:
        builder = builder.master(master).config("spark.driver.memory", _java_size(memory)).config("spark.ui.enabled", "false")
        builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.log.level", "ERROR")
        # The rules of a policy become methods longer than the 8,000 bytes that Java else only interprets.
        builder = builder.config("spark.driver.extraJavaOptions", "-XX:-DontCompileHugeMethods")
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
    if "SPARK_REMOTE" not in os.environ and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise NoSpark("The engine spark needs a Java 17 runtime, and `java` is not found. Install one, or choose the engine duckdb.")
    found: SparkSession = builder.getOrCreate()
    for name, value in SETTINGS.items():
        found.conf.set(name, value)
    return found


class SparkEngine:
    """Holds the four input relations and answers under any policy over them; every engine gives the same rows in the same order.

    `folder` is where relations, steps and answers stand as Parquet: with several machines, one that all of them reach. The session is the
    engine's own while it lasts: it names the relations and steps there.
    """

    name = "spark"

    def __init__(self, session: "SparkSession", *, folder: Path) -> None:
        self._session = session
        self._folder = folder.absolute()
        self._ready: tuple[str, set[str]] = ("", set())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self._folder / "steps", ignore_errors=True)

    def load(self, relations: Mapping[str, pa.Table | pa.RecordBatchReader | Path]) -> None:
        """Take relations under their names; Arrow tables and readers are written to the folder, Parquet is read where it is."""
        for name, relation in relations.items():
            path = relation if isinstance(relation, Path) else self._put(name, relation)
            self._session.read.parquet(str(path)).createOrReplaceTempView(name)
        self._ready = ("", set())

    def refuse_other_database(self, address: str, statement: str, *, expected: str) -> None:
        """Raises `engine.other_database` unless the statement gives there what it gives here, and what `load_database` raises."""
        with jdbc.told():
            found = jdbc.read_one(self._session, address, statement)
        if found != expected:
            raise jdbc.OtherDatabase(
                "QCREDIT_SPARK_JDBC leads to another database than the run's, or to a copy that has not come as far. Name the database that"
                " DATABASE_URL names, not a replica of it."
            )

    def load_database(self, address: str, name: str, statement: str, schema: ibis.Schema) -> None:
        """Have the executors read one relation from PostgreSQL into the folder, once, however many steps read it there.

        `address` is JDBC's. Raises `engine.no_jdbc_driver` and `engine.database_unread`.
        """
        path = self._folder / name
        with jdbc.told():
            rows = jdbc.read(self._session, address, statement, schema)
            rows.selectExpr(*_cast_columns(schema)).write.mode("overwrite").parquet(str(path))
        self.load({name: path})

    def run(self, policy: Policy, shape: str) -> pa.Table:
        out = self._folder / f"{shape}.out"
        self.write(policy, shape, out)
        return pa.concat_tables([pq.read_table(file) for file in files_of(out)])

    def stream(self, policy: Policy, shape: str) -> Iterator[pa.RecordBatch]:
        out = self._folder / f"{shape}.out"
        self.write(policy, shape, out)
        for file in files_of(out):
            yield from pq.ParquetFile(file).iter_batches(BATCH_ROWS)

    def write(self, policy: Policy, shape: str, out: Path) -> None:
        """Run one shape and write it as a folder of Parquet files, whose names tell the order of their rows."""
        text = policy.model_dump_json()
        statements = compile_steps(text)
        self._prepare(text, statements, shape)
        self._session.sql(statements.last[shape]).write.mode("overwrite").parquet(str(out.absolute()))

    def _prepare(self, text: str, statements: Statements, shape: str) -> None:
        """Name the steps that a shape needs, and carry out those that are kept; what another shape has readied is not done again."""
        if self._ready[0] != text:
            self._ready = (text, set())
        ready = self._ready[1]
        for name in statements.needed[shape]:
            if name in ready:
                continue
            step = self._session.sql(statements.steps[name])
            if name in statements.kept:
                path = str(self._folder / "steps" / name)
                step.write.mode("overwrite").parquet(path)
                step = self._session.read.schema(step.schema).parquet(path)
            step.createOrReplaceTempView(name)
            ready.add(name)

    def _put(self, name: str, relation: pa.Table | pa.RecordBatchReader) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / f"{name}.parquet"
        with pq.ParquetWriter(file, relation.schema, compression="zstd", compression_level=1) as writer:
            for batch in relation.to_batches() if isinstance(relation, pa.Table) else relation:
                writer.write_batch(batch)
        return file


def files_of(folder: Path) -> list[Path]:
    """The Parquet files that Spark wrote, in the order of their rows."""
    return sorted(folder.glob("part-*.parquet"))


class _Compiler(PySparkCompiler):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's own, but for whole numbers: it writes them bare, Spark takes those for 32 bits, and a product of points would not fit."""

    def visit_DefaultLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802
        if dtype.is_int64():
            return self.cast(value, dtype)
        return super().visit_DefaultLiteral(op, value=value, dtype=dtype)


_COMPILER = _Compiler()


def _sql(expression: ir.Table) -> str:
    return str(_COMPILER.to_sqlglot(expression.unbind()).sql(dialect=_COMPILER.dialect))


@lru_cache(maxsize=16)
def compile_steps(text: str) -> Statements:
    """Turn a policy, given as JSON, into Spark's SQL, step by step."""
    plan = build(Policy.model_validate_json(text))
    steps = {name: _sql(step) for name, step in plan.steps.items()}
    wanted: dict[str, tuple[str, ...]] = {}
    last: dict[str, str] = {}
    for shape in SHAPES:
        rows: ir.Table = getattr(plan, shape)
        wanted[shape] = tuple(needed(plan.steps, rows))
        last[shape] = f"SELECT {', '.join(_cast_columns(rows.schema()))} FROM ({_sql(rows)}) ORDER BY {ORDER[shape]}"
    whole = " ".join([*steps.values(), *last.values()])
    kept = frozenset(name for name in steps if len(re.findall(rf"(?:FROM|JOIN) `{name}`", whole)) > 1)
    return Statements(steps, kept, wanted, last)


def _cast_columns(schema: ibis.Schema) -> list[str]:
    return [f"CAST({name} AS {_TYPES[str(kind).lstrip('!')]}) AS {name}" for name, kind in schema.items()]


_TYPES = {"int64": "BIGINT", "int32": "INT", "string": "STRING", "date": "DATE", "boolean": "BOOLEAN"}


def _java_size(memory: str) -> str:
    """A size as Java writes it: 4GB is 4g."""
    return re.sub(r"([KMGT])i?B$", lambda found: found[1].lower(), memory.strip(), flags=re.IGNORECASE)
