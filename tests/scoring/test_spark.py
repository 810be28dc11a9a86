"""Spark gives the rows that DuckDB gives, in the same order, and a run on it has the same digest. One session for all: it takes seconds."""

import os
import secrets
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data import embedded
from data.database import Database, make_engine, read_session, write_session
from data.embedded_home import Home
from data.policy_files import SHIPPED
from data.sample_city.loading import load_relations
from data.schema import migrate
from data.stores import runs
from data.stores.arrow import read_arrow
from data.stores.relations import batch_listings, batch_records, batch_registry
from models.access import Actor, Role
from models.policies import Policy
from models.results import Question
from models.tables.runs import Run
from scoring.engines import jdbc, spark
from scoring.engines.base import SHAPES
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.relations import LISTINGS, QUESTIONS, REGISTRY, needs_of, records_schema
from scoring.runs.exporting import answer_export
from service.operations.export_relations import ExportRequest, export_relations
from service.operations.publish_policy import publish_policy
from service.operations.recalculate import Request, recalculate
from tests.law_cases import all_cases, policy_of
from tests.scoring.drawing import Vocabulary, World, draw_questions, draw_world
from tests.scoring.drawn_policies import draw_policy
from tests.scoring.running import rows_of

pytestmark = [
    pytest.mark.spark,
    pytest.mark.xdist_group("spark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java runtime is found, which Spark needs"),
]
JAR = Path("/usr/share/java/postgresql.jar")
"""Where Debian's libpostgresql-jdbc-java lays the driver."""
needs_driver = pytest.mark.skipif(not JAR.exists(), reason=f"no {JAR} (Debian's libpostgresql-jdbc-java), by which Spark reads PostgreSQL")
POLICIES: tuple[int | str, ...] = (*sorted({case.policy for case in all_cases()}), 45)
FIRST = 1_000_000
"""Enterprises drawn by chance come behind those of the law cases."""
SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    # Some hundred rows are read sooner than code for them is compiled.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
OPERATOR = Actor(holder="operator", role=Role.ADMIN)
DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    found = spark.start(master="local[2]", memory="1GB", settings=SMALL | ({"spark.jars": str(JAR)} if JAR.exists() else {}))
    yield found
    found.stop()


def _policy_of(name: int | str) -> Policy:
    return draw_policy(Random(name), name) if isinstance(name, int) else policy_of(name)


def _told(policy: Policy, name: int | str) -> tuple[World, list[Question]]:
    """The law cases of a policy, each an enterprise of its own, and enterprises drawn by chance, with questions about all."""
    rng, words = Random(3), Vocabulary.of(policy)
    keys = range(FIRST, FIRST + 60)
    drawn, questions = draw_world(rng, keys, words), draw_questions(rng, keys, 4)
    cases = list(enumerate((case for case in all_cases() if case.policy == name), start=1))
    world = World(
        (*drawn.records, *(fact for key, case in cases for fact in case.facts(key))),
        (*drawn.registry, *(case.span(key) for key, case in cases)),
        (*drawn.listings, *(entry for key, case in cases for entry in case.entries(key))),
    )
    questions += [Question(enterprise_key=key, as_of=day, known_seq=1) for key, case in cases for day, _ in case.asked()]
    return world, questions


@pytest.mark.parametrize("name", POLICIES)
def test_spark_gives_the_rows_of_duckdb_in_the_same_order(name: int | str, session: Any, tmp_path: Path) -> None:
    policy = _policy_of(name)
    world, questions = _told(policy, name)
    needs = needs_of(policy)
    schemas = {"questions": QUESTIONS, "records": records_schema(needs), "registry": REGISTRY, "listings": LISTINGS}
    rows = rows_of(needs, world, questions)
    relations = {part: pa.Table.from_pylist(rows[part], schema.to_pyarrow()) for part, schema in schemas.items()}
    with DuckDBEngine(threads=1) as duck, spark.SparkEngine(session, folder=tmp_path) as engine:
        duck.load(relations)
        engine.load(relations)
        for shape in SHAPES:
            expected = duck.run(policy, shape)
            assert expected.num_rows > 0
            assert engine.run(policy, shape).cast(expected.schema).equals(expected), shape


def test_without_the_extra_the_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)  # as where it is not installed
    with pytest.raises(spark.NoSpark, match=r"pip install 'qcredit\[spark\]'"):
        spark.start()


@pytest.fixture(scope="module")
def city(clone: Callable[[], str]) -> Database:
    found = Database(clone())
    _settle(found)
    return found


def _settle(empty: Database) -> None:
    load_relations(empty.url, 300)
    engine = make_engine(empty.url)
    with write_session(engine) as opened:
        for name in ("yinchuan-2019.yaml", "yinchuan-2026.yaml"):
            publish_policy(opened, text=(SHIPPED / name).read_text(encoding="utf-8"), file=name, today=DAY, actor=OPERATOR)
        opened.commit()
    engine.dispose()


@pytest.fixture(scope="module")
def tcp_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The same city on a server that listens on loopback and asks for a password, as one that machines of Spark reach does."""
    place = tmp_path_factory.mktemp("tcp") / "postgres"
    place.mkdir()
    home, word = Home.make(place), secrets.token_hex(8)
    programs, secret = home.programs(), home.path / "secret"
    secret.write_text(word)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    make: list[str | Path] = [programs / "initdb", "-D", home.data, "-U", "qcredit", "--auth=scram-sha-256", f"--pwfile={secret}"]
    home.data.mkdir(mode=0o700)
    os.chown(home.data, home.account.uid, home.account.gid)
    start: list[str | Path] = [programs / "pg_ctl", "start", "-w", "-D", home.data, "-l", home.data / "server.log", "-o"]
    listen = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c fsync=off"
    try:
        for command in ([*make, "--encoding=UTF8", "--no-sync"], [*start, listen]):
            done = home.account.run(command)
            assert done.returncode == 0, done.stdout
        found = Database(
            f"postgresql://qcredit:{word}@127.0.0.1:{port}/postgres",
            jdbc=f"jdbc:postgresql://127.0.0.1:{port}/postgres?user=qcredit&password={word}",
        )
        migrate(found.url)
        _settle(found)
        yield found
    finally:
        home.account.run([programs / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", home.data])
        embedded.remove(place)


@pytest.mark.parametrize("policy", ["yinchuan/2019", "yinchuan/2026"])
def test_a_run_on_spark_has_the_digest_of_one_on_duckdb(policy: str, city: Database, session: Any, tmp_path: Path) -> None:
    asked = Request(as_of=DAY, family="yinchuan", policy=policy, part_size=120)
    one, other = (_run_of(city, recalculate(city, replace(asked, engine=name), actor=OPERATOR)) for name in ("duckdb", "spark"))
    assert one.digest == other.digest is not None
    assert (one.counts, one.answered) == (other.counts, 300)
    if policy == "yinchuan/2026":
        export_relations(city, ExportRequest(tmp_path / "city", DAY, "yinchuan", policy), tell=lambda _name, _rows: None)
        assert answer_export(tmp_path / "city", out=tmp_path / "out", engine="spark", memory_limit="1GB") == (300, one.digest)


@needs_driver
def test_a_run_whose_facts_spark_reads_by_jdbc_has_the_digest_of_one_on_duckdb(tcp_city: Database, session: Any) -> None:
    asked = Request(as_of=DAY, family="yinchuan", policy="yinchuan/2026", part_size=120)
    one, other = (_run_of(tcp_city, recalculate(tcp_city, replace(asked, engine=name), actor=OPERATOR)) for name in ("duckdb", "spark"))
    assert one.digest == other.digest is not None
    assert (one.counts, one.answered) == (other.counts, 300)


@needs_driver
def test_a_run_does_not_read_another_database_by_jdbc(tcp_city: Database, city: Database, session: Any) -> None:
    asked = Request(as_of=DAY, family="yinchuan", policy="yinchuan/2026", engine="spark")
    with pytest.raises(jdbc.OtherDatabase, match="DATABASE_URL"):
        recalculate(replace(city, jdbc=tcp_city.jdbc), asked, actor=OPERATOR)


@needs_driver
def test_relations_read_by_jdbc_are_those_read_here_with_numbers_and_days(tcp_city: Database, session: Any, tmp_path: Path) -> None:
    needs, known = needs_of(policy_of("yinchuan-2026")), 2
    statements = {
        "questions": (runs.questions_statement(runs.Scope(), as_of=DAY, known_seq=known), QUESTIONS),
        "records": (batch_records(needs.quantities, needs.details, known_seq=known), records_schema(needs)),
        "registry": (batch_registry(known_seq=known), REGISTRY),
        "listings": (batch_listings(known_seq=known), LISTINGS),
    }
    with spark.SparkEngine(session, folder=tmp_path) as engine:
        for name, (statement, schema) in statements.items():
            engine.load_database(tcp_city.jdbc or "", name, statement, schema)
            with read_arrow(tcp_city.url, statement) as reader:
                expected = reader.read_all().select(schema.names).cast(schema.to_pyarrow())
            files = spark.files_of(tmp_path / name)
            found = pa.concat_tables([pq.read_table(file) for file in files]).cast(expected.schema)
            order = [(column, "ascending") for column in schema.names]
            assert found.sort_by(order).equals(expected.sort_by(order)), name
            if name != "listings":
                assert (expected.num_rows > 0, len(files)) == (True, jdbc.PARTITIONS), name


def test_a_driver_that_nobody_brought_is_said_with_the_way_to_bring_it(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jdbc, "DRIVER", "org.postgresql.DriverThatNobodyBrought")  # the session of all tests may have the true one
    with pytest.raises(jdbc.NoDriver, match="--jars"), spark.SparkEngine(session, folder=tmp_path) as engine:
        engine.load_database("jdbc:postgresql://127.0.0.1:9/none", "registry", batch_registry(known_seq=1), REGISTRY)


@needs_driver
def test_a_database_that_refuses_spark_is_told_without_the_password(tcp_city: Database, session: Any, tmp_path: Path) -> None:
    address = f"{tcp_city.jdbc}-not"
    with pytest.raises(jdbc.DatabaseUnread, match="connect to the database") as told, spark.SparkEngine(session, folder=tmp_path) as engine:
        engine.load_database(address, "registry", batch_registry(known_seq=1), REGISTRY)
    assert address.rpartition("=")[2] not in str(told.value)


def _run_of(city: Database, run_id: int) -> Run:
    engine = make_engine(city.url)
    with read_session(engine) as opened:
        found = runs.get_run(opened, run_id)
    engine.dispose()
    return found
