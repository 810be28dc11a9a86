"""The relations of a plan as Parquet, for engines on other machines: written from the database in one pass, answered without it."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.stores import runs
from data.stores.arrow import read_arrow
from data.stores.relations import batch_listings, batch_records, batch_registry
from models.errors import Malformed
from models.policies import Policy
from scoring.engines import spark
from scoring.engines.base import plan_version
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.relations import LISTINGS, QUESTIONS, REGISTRY, needs_of, records_schema
from scoring.runs.answering import Rules
from scoring.runs.canonical import canonical_sql, sum_hashes, until_next_version

FORMAT = "qcredit-export-1"
BUCKETS = 16
ROWS_AT_ONCE = 65_536
"""Rows a bucket gathers before they are written: with sixteen of them, some hundred megabytes at most."""

Progress = Callable[[str, int], None]


class NotAnExport(Malformed):
    """The folder holds no export that can be read here."""

    code = "export.unreadable"


def write_export(
    url: str, rules: Rules, *, as_of: date, known_seq: int, folder: Path, tell: Progress, buckets: int = BUCKETS
) -> dict[str, Any]:
    """Write questions, records, registry and listings, the policy and a manifest; gives the manifest.

    Each relation is a folder of `buckets` files; an enterprise is in the same one everywhere, by its key modulo their number. Memory holds
    the rows that buckets gather. The manifest comes last: a folder without one is half written.
    """
    policy = rules.policy
    needs = needs_of(policy)
    statements = {
        "questions": runs.questions_statement(runs.Scope(), as_of=as_of, known_seq=known_seq),
        "records": batch_records(needs.quantities, needs.details, known_seq=known_seq),
        "registry": batch_registry(known_seq=known_seq),
        "listings": batch_listings(known_seq=known_seq),
    }
    schemas = {"questions": QUESTIONS, "records": records_schema(needs), "registry": REGISTRY, "listings": LISTINGS}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").unlink(missing_ok=True)
    relations = {}
    for name, statement in statements.items():
        schema = schemas[name].to_pyarrow()
        with read_arrow(url, statement) as reader:
            relations[name] = _write_relation(reader, schema, folder / name, buckets, partial(tell, name))
    manifest = {
        "format": FORMAT,
        "policy": policy.name,
        "policy_hash": rules.policy_hash,
        "as_of": as_of.isoformat(),
        "changes_on": rules.changes_on.isoformat() if rules.changes_on is not None else None,
        "known_seq": known_seq,
        "buckets": buckets,
        "plan_version": plan_version(),
        "relations": relations,
    }
    (folder / "policy.json").write_text(policy.model_dump_json(), encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return manifest


def _write_relation(
    reader: pa.RecordBatchReader, schema: pa.Schema, folder: Path, buckets: int, tell: Callable[[int], None]
) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.parquet"):
        old.unlink()
    files = [folder / f"bucket-{n:04}.parquet" for n in range(buckets)]
    writers = [pq.ParquetWriter(file, schema, compression="zstd", compression_level=1) for file in files]
    waiting: list[list[pa.RecordBatch]] = [[] for _ in files]
    held, rows, total = [0] * buckets, [0] * buckets, 0
    try:
        for batch in _cast(reader, schema):
            for number, part in _split(batch, buckets):
                waiting[number].append(part)
                held[number] += part.num_rows
                rows[number] += part.num_rows
                if held[number] >= ROWS_AT_ONCE:
                    writers[number].write_table(pa.Table.from_batches(waiting[number], schema))
                    waiting[number], held[number] = [], 0
            total += batch.num_rows
            tell(total)
        for writer, parts in zip(writers, waiting, strict=True):
            writer.write_table(pa.Table.from_batches(parts, schema))
    finally:
        for writer in writers:
            writer.close()
    columns = [{"name": field.name, "type": str(field.type)} for field in schema]
    shown = [{"file": f.name, "rows": n, "sha256": _sha256(f)} for f, n in zip(files, rows, strict=True)]
    return {"rows": total, "columns": columns, "files": shown}


def _cast(reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in reader:
        yield from pa.Table.from_batches([batch]).select(schema.names).cast(schema).to_batches()


def _split(batch: pa.RecordBatch, buckets: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of each bucket that has any."""
    key = batch.column("enterprise_key")
    bucket = pc.subtract(key, pc.multiply(pc.divide(key, buckets), buckets))
    for number in pc.unique(bucket).to_pylist():
        yield number, batch.filter(pc.equal(bucket, number))


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def answer_export(folder: Path, *, out: Path, engine: str, memory_limit: str) -> tuple[int, str]:
    """Answer the questions of an export into a folder of Parquet; gives how many there are, and the digest that a run of them has.

    Needs no database; every file is held against the manifest first; answers that the folder held are replaced. Raises `NotAnExport` and
    `engine.no_spark`.
    """
    manifest, policy = _read_manifest(folder)
    answers = out / "answers"
    answers.mkdir(parents=True, exist_ok=True)
    for old in answers.glob("*.parquet"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory(prefix="qcredit-answers-") as spill,
        DuckDBEngine(memory_limit=memory_limit, spill=Path(spill)) as duck,
    ):
        if engine == "spark":
            with spark.SparkEngine(spark.start(memory=memory_limit), folder=out) as on_spark:
                on_spark.load({name: folder / name for name in manifest["relations"]})
                on_spark.write(policy, "answers", answers)
        else:
            duck.load({name: folder / name / "*.parquet" for name in manifest["relations"]})
            target = str(answers / "part-00000.parquet").replace("'", "''")
            duck.execute(f"COPY ({duck.statement(policy, 'answers')}) TO '{target}' (FORMAT parquet)")
        duck.load({"answers": answers / "*.parquet"})
        return _digest(duck, policy, manifest)


def _digest(duck: DuckDBEngine, policy: Policy, manifest: dict[str, Any]) -> tuple[int, str]:
    switch = manifest["changes_on"]
    rows = until_next_version(
        "answers", as_of=date.fromisoformat(manifest["as_of"]), changes_on=None if switch is None else date.fromisoformat(switch)
    )
    total = sum_hashes(duck.batches(f"SELECT unhex(sha256({canonical_sql(policy)})) AS h FROM ({rows})"))
    return duck.count("answers"), format(total, "064x")


def _read_manifest(folder: Path) -> tuple[dict[str, Any], Policy]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotAnExport(f"{folder} has no manifest.json that can be read. Write the export again with `qcredit export`.") from error
    if manifest.get("format") != FORMAT:
        raise NotAnExport(f"{folder} is of the format {manifest.get('format')!r}; this version reads {FORMAT}. Write the export again.")
    for name, relation in manifest["relations"].items():
        for told in relation["files"]:
            file = folder / name / told["file"]
            if not file.exists() or _sha256(file) != told["sha256"]:
                raise NotAnExport(f"{file} is missing or not what the manifest says. Copy it again, or write the export again.")
    return manifest, Policy.model_validate_json((folder / "policy.json").read_text(encoding="utf-8"))
