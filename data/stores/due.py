"""What an incremental run starts from: the latest published run, the enterprises whose answer can differ from it, and what it says of them.

Of an enterprise the latest published run says what stands in `run_standing`, or else what its standing says if a run set it: after a
publication every standing that a run set says what that run says (see `data.stores.runs.promote`).
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from data.stores.arrow import Snapshot, snapshot
from data.stores.relations import not_duplicate
from data.stores.runs import ANSWER_COLUMNS, STANDINGS_STATEMENT, Scope, questions_statement
from models.tables.runs import Run

TOUCHED_SINCE = """
SELECT enterprise_key FROM record WHERE record_key IN (SELECT record_key FROM record WHERE known_seq > {seq})
UNION SELECT enterprise_key FROM registry_fact WHERE known_seq > {seq} OR superseded_seq > {seq}
UNION SELECT enterprise_key FROM listing_span WHERE known_seq > {seq} OR superseded_seq > {seq}
UNION SELECT unnest(ARRAY[from_key, to_key]) FROM enterprise_link WHERE known_seq > {seq} OR superseded_seq > {seq}
"""
"""Entries of which anything that an answer rests on became known after a number, duplicates as themselves."""

_LATEST = """
SELECT run_id, policy_hash, policy, as_of, known_seq, changes_on, questions, versions->>'plan' AS plan_version,
    counts::text AS counts, digest,
    EXISTS (SELECT FROM run_part WHERE run_part.run_id = run.run_id) AS has_parts,
    EXISTS (SELECT FROM run AS other WHERE other.state = 'published' AND other.as_of > run.as_of) AS is_behind
FROM run WHERE state = 'published' ORDER BY published_at DESC, run_id DESC LIMIT 1
"""
# Of a duplicate the entry that is kept is due too, whatever is known of the link today.
_DUE = """
CREATE TEMPORARY TABLE due AS
WITH touched AS (
    {touched}
    UNION SELECT enterprise_key FROM enterprise WHERE known_seq > {base_seq}
    UNION SELECT enterprise_key FROM standing WHERE run_id IS NULL
    UNION SELECT enterprise_key FROM standing WHERE next_change_on <= '{as_of}'
)
SELECT enterprise_key FROM touched
UNION SELECT to_key FROM enterprise_link JOIN touched ON from_key = enterprise_key WHERE kind = 'same_as'
"""
_STANDINGS = f"{STANDINGS_STATEMENT} JOIN due USING (enterprise_key)"
_SAID = ", ".join(f"{name}::text" if name in ("covered", "lists") else name for name in ANSWER_COLUMNS)
_BEFORE = f"""
SELECT enterprise_key, {_SAID} FROM run_standing JOIN due USING (enterprise_key)
UNION ALL
SELECT enterprise_key, {_SAID} FROM standing JOIN due USING (enterprise_key)
WHERE run_id IS NOT NULL AND NOT EXISTS (SELECT FROM run_standing AS kept WHERE kept.enterprise_key = standing.enterprise_key)
"""


@dataclass(frozen=True)
class Base:
    """The published run that an incremental one takes the other answers over from."""

    run_id: int
    questions: int
    digest: str
    grades: dict[str, int]
    lists: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Due:
    """Whom an incremental run asks about, and what was said of them."""

    base: Base
    questions: pa.Table
    """As `questions_statement` gives them."""
    standing: pa.Table
    """As STANDINGS_STATEMENT gives them."""
    before: pa.Table
    """enterprise_key and ANSWER_COLUMNS of the base, documents as text; also of entries that are duplicates now, and not asked about."""


def find_due(url: str, run: Run, *, plan_version: str) -> Due | str:
    """Read what an incremental run starts from, of one state of the database; or say why it has to ask about everyone."""
    with snapshot(url) as seen:
        latest = seen.table(_LATEST).to_pylist()
        if not latest:
            return "No run is published yet."
        base: dict[str, Any] = latest[0]
        why = _why_not(base, run, plan_version)
        if why is not None:
            return why
        seq = int(base["known_seq"])
        seen.execute(_DUE.format(touched=TOUCHED_SINCE.format(seq=seq), base_seq=seq, as_of=run.as_of.isoformat()))
        seen.execute("ANALYZE due")
        number = seen.table("SELECT count(*) AS n FROM due").to_pylist()[0]["n"]
        if number > run.part_size:
            return f"Of {number} enterprises the answer may have changed since run {base['run_id']}, more than one part of {run.part_size}."
        return _read(seen, run, base)


@dataclass(frozen=True)
class Sample:
    """Some enterprises that the latest published run answered, and what it says of them."""

    run_id: int
    policy_hash: str
    changes_on: date | None
    questions: list[dict[str, Any]]
    """enterprise_key, as_of and known_seq, as the run asked."""
    said: dict[int, dict[str, Any]]
    """By enterprise: ANSWER_COLUMNS, documents as text."""


def draw_sample(url: str, *, number: int, seed: int) -> Sample | None:
    """Choose enterprises by a seed among all that the latest published run answered; None before there is one that can be told apart."""
    with snapshot(url) as seen:
        latest = seen.table(_LATEST).to_pylist()
        if not latest or not latest[0]["has_parts"] or latest[0]["is_behind"]:
            return None
        base, seq = latest[0], int(latest[0]["known_seq"])
        seen.execute(
            f"CREATE TEMPORARY TABLE due AS SELECT enterprise_key FROM enterprise e WHERE known_seq <= {seq} AND {not_duplicate(seq)}"
            f" ORDER BY hashint8extended(enterprise_key, {int(seed)}), enterprise_key LIMIT {int(number)}"
        )
        asked = questions_statement(Scope(), as_of=base["as_of"], known_seq=seq, among="due")
        return Sample(
            run_id=base["run_id"],
            policy_hash=base["policy_hash"],
            changes_on=base["changes_on"],
            questions=seen.table(asked).to_pylist(),
            said={row["enterprise_key"]: row for row in seen.table(_BEFORE).to_pylist()},
        )


def _why_not(base: dict[str, Any], run: Run, plan_version: str) -> str | None:
    number = base["run_id"]
    if base["policy_hash"] != run.policy_hash:
        return f"Run {number}, the latest published, is under {base['policy']}."
    if base["changes_on"] != run.changes_on:
        return f"Since run {number} another day is known on which another version of the policy takes over."
    if base["plan_version"] != plan_version or not base["has_parts"]:
        return f"Run {number}, the latest published, was answered by another version of the code."
    if base["known_seq"] > run.known_seq or base["as_of"] > run.as_of or base["is_behind"]:
        return f"Run {number}, the latest published, knew more, or there is a published run as of a later day."
    return None


def _read(seen: Snapshot, run: Run, base: dict[str, Any]) -> Due:
    counts = json.loads(base["counts"])
    return Due(
        base=Base(base["run_id"], base["questions"], base["digest"], counts["grades"], counts["lists"]),
        questions=seen.table(questions_statement(Scope(), as_of=run.as_of, known_seq=run.known_seq, among="due")),
        standing=seen.table(_STANDINGS),
        before=seen.table(_BEFORE),
    )
