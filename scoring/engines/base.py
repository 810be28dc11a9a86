"""What an engine is: it answers a relation of questions under one compiled policy. Spark or another joins by the same protocol."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from models.policies import Policy
from scoring.plan.build import build
from scoring.plan.relations import Needs
from scoring.plan.stages import needed

SHAPES = ("answers", "lines", "totals")
"""The relations a plan gives; see `scoring.plan.build.Plan`."""

ORDER = {"answers": "question", "lines": "question, line, item, record_key, valid_until, points_x100", "totals": "question, item"}
"""The full key by which each shape is ordered, last of all."""


@dataclass(frozen=True)
class Compiled:
    """One policy as SQL of one dialect, reading tables named questions, records, registry and listings."""

    dialect: str
    needs: Needs
    sql: Mapping[str, str]
    """By shape: answers, lines, totals."""
    columns: Mapping[str, tuple[tuple[str, str], ...]]
    """By shape: the declared columns with their types, to which an engine casts back what it widens."""


class Engine(Protocol):
    """Runs a compiled policy over questions; every engine gives the same rows in the same order."""

    name: str

    def run(self, policy: Policy, shape: str) -> pa.Table:
        """Give one shape of the plan for the questions the engine holds."""
        ...

    def stream(self, policy: Policy, shape: str) -> Iterator[pa.RecordBatch]:
        """The same in batches of bounded size."""
        ...


def compile_policy(policy: Policy, dialect: str, *, read_again: frozenset[str] | None = None) -> Compiled:
    """Turn a policy into SQL of one dialect: the plan's steps as common table expressions of their names.

    Takes a second or two, so a process remembers the latest ones. Steps that are read several times are kept in between but for
    those in `read_again`, which the engine is to compute at each use; None leaves all that to the engine.
    """
    return _compile(policy.model_dump_json(), dialect, read_again)


@lru_cache(maxsize=64)
def _compile(text: str, dialect: str, read_again: frozenset[str] | None) -> Compiled:
    plan = build(Policy.model_validate_json(text))
    steps = {name: str(ibis.to_sql(step, dialect=dialect, pretty=False)) for name, step in plan.steps.items()}
    sql = {}
    for shape in SHAPES:
        last: ir.Table = getattr(plan, shape)
        body = str(ibis.to_sql(last, dialect=dialect, pretty=False))
        names = needed(plan.steps, last)
        text = " ".join([*(steps[name] for name in names), body])
        parts = [f"{name} AS {_keeping(name, text, read_again)}({steps[name]})" for name in names]
        sql[shape] = f"WITH {', '.join(parts)} {body}"
    columns = {shape: tuple((name, str(kind).lstrip("!")) for name, kind in getattr(plan, shape).schema().items()) for shape in SHAPES}
    return Compiled(dialect, plan.needs, sql, columns)


def _keeping(name: str, text: str, read_again: frozenset[str] | None) -> str:
    if read_again is None:
        return ""
    if name in read_again:
        return "NOT MATERIALIZED "
    return "MATERIALIZED " if len(re.findall(rf'(?:FROM|JOIN) "{name}"', text)) > 1 else ""


def arrow_schema(compiled: Compiled, shape: str) -> pa.Schema:
    """The declared columns of a shape as Arrow types."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in compiled.columns[shape]])


_ARROW = {"int64": pa.int64(), "int32": pa.int32(), "string": pa.string(), "date": pa.date32(), "boolean": pa.bool_()}


@lru_cache
def plan_version() -> str:
    """Hash over the plan's code and the compilers beneath it: what a kept compilation is valid for."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent.parent / "plan"
    for file in sorted([*folder.glob("*.py"), Path(__file__)]):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    for package in ("ibis-framework", "sqlglot"):
        digest.update(f"{package} {metadata.version(package)}".encode())
    return digest.hexdigest()[:24]
