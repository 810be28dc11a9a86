"""Exports: what a run reads as files, and the same digest from them without the database."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from data.database import Database, make_engine, read_session, write_session
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from data.stores import runs
from models.access import Actor, Role
from scoring.runs.exporting import BUCKETS, NotAnExport, answer_export
from service.operations.export_relations import ExportRequest, export_relations
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import Request, recalculate

OPERATOR = Actor(holder="operator", role=Role.ADMIN)
DAY = date(2026, 6, 30)
SIZE = 200


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Database:
    found = Database(clone())
    load_relations(found.url, SIZE)
    engine = make_engine(found.url)
    with write_session(engine) as opened:
        text = (SHIPPED / "yinchuan-2026.yaml").read_text(encoding="utf-8")
        publish_policy(opened, text=text, file="yinchuan-2026", today=date(2026, 1, 1), actor=OPERATOR)
        opened.commit()
    engine.dispose()
    return found


def _quiet(_name: str, _rows: int) -> None:
    pass


def test_an_export_has_the_digest_of_a_run_and_every_row_in_the_bucket_of_its_enterprise(city: Database, tmp_path: Path) -> None:
    run_id = recalculate(city, Request(as_of=DAY, family="yinchuan"), actor=OPERATOR)
    engine = make_engine(city.url)
    with read_session(engine) as session:
        digest = runs.get_run(session, run_id).digest
    engine.dispose()
    manifest = export_relations(city, ExportRequest(tmp_path / "city", DAY, "yinchuan"), tell=_quiet)
    assert answer_export(tmp_path / "city", out=tmp_path / "out", engine="duckdb", memory_limit="1GB") == (SIZE, digest)
    for name, relation in manifest["relations"].items():
        files = [pq.read_table(tmp_path / "city" / name / told["file"]) for told in relation["files"]]
        assert [table.num_rows for table in files] == [told["rows"] for told in relation["files"]]
        for number, table in enumerate(files):
            assert {key % BUCKETS for key in table.column("enterprise_key").to_pylist()} <= {number}


def test_answers_left_by_another_engine_are_not_counted_again(city: Database, tmp_path: Path) -> None:
    export_relations(city, ExportRequest(tmp_path / "city", DAY, "yinchuan"), tell=_quiet)
    once = answer_export(tmp_path / "city", out=tmp_path / "out", engine="duckdb", memory_limit="1GB")
    (file,) = (tmp_path / "out" / "answers").iterdir()
    file.rename(file.with_name("part-00000-as-spark-names-it.snappy.parquet"))
    assert answer_export(tmp_path / "city", out=tmp_path / "out", engine="duckdb", memory_limit="1GB") == once
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["answers", "part-00000.parquet"]


def test_an_export_that_was_altered_is_refused_by_the_file(city: Database, tmp_path: Path) -> None:
    export_relations(city, ExportRequest(tmp_path, DAY, "yinchuan"), tell=_quiet)
    (tmp_path / "registry" / "bucket-0003.parquet").write_bytes(b"")
    with pytest.raises(NotAnExport, match=r"bucket-0003\.parquet"):
        answer_export(tmp_path, out=tmp_path / "out", engine="duckdb", memory_limit="1GB")
