"""A panel: one row per enterprise and day, as a policy answers it from what was known then, with what came to pass in the months after.

All days are questions of one relation, answered by the plan that answers every other question. Facts are read once for all of them.
"""

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from data.stores.arrow import read_arrow
from data.stores.panels import duplicates_statement, enterprises_statement
from data.stores.relations import batch_listings, batch_records, batch_registry
from models.errors import Refused
from models.panels import Knowledge, Outcome
from models.policies import Policy
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.conditions import matches
from scoring.plan.relations import Needs, needs_of, records_schema
from scoring.plan.total import line_codes
from scoring.runs.answering import Rules
from scoring.runs.canonical import add_hashes, canonical_sql
from scoring.runs.running import versions

FORMAT = "panel-1"
AT_ONCE = 1_500_000
"""Rows of one part: its answers, and the sort that puts its rows in order, stay within 4 GB on the shipped policies (measured)."""
BATCH_ROWS = 50_000
HASH = "row_hash"
REGISTRY = ("state", "type", "region", "industry", "size")

Tell = Callable[[str, int], None]
"""Called with a phase and the rows done."""


class Stopped(Refused):
    """Whoever asked for it stopped it."""

    code = "panel.stopped"


class Empty(Refused):
    """Nobody can be asked about on any of the days."""

    code = "panel.empty"


@dataclass(frozen=True)
class Window:
    """The months after a day: an outcome is looked for on the days after it up to `until`; unknown where that is not over yet."""

    months: int
    until: date
    is_over: bool


@dataclass(frozen=True)
class PanelDay:
    """One day of a panel, the number up to which it was known, and its windows, the same for every day."""

    as_of: date
    known_seq: int
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True)
class PanelOrder:
    """What a panel is asked: `known_seq` and `known_at` are the panel's own, up to which its outcomes are known."""

    rules: Rules
    days: tuple[PanelDay, ...]
    knowledge: Knowledge
    known_seq: int
    known_at: datetime
    outcomes: tuple[Outcome, ...]
    out: Path
    memory_limit: str = "4GB"
    at_once: int = AT_ONCE


@dataclass(frozen=True)
class PanelMade:
    """What a panel came to."""

    rows: int
    enterprises: int
    digest: str


def write_panel(url: str, order: PanelOrder, *, tell: Tell, stop: Callable[[], bool]) -> PanelMade:
    """Read, answer and write; the file appears under its name when it is whole. Raises `panel.stopped` and `panel.empty`.

    Rows stand in the order of scheme, value and day. The digest is the sum of their SHA-256, as that of a run.
    """
    unfinished = order.out.with_name(f".{order.out.name}.{os.getpid()}.unfinished")
    try:
        with (
            tempfile.TemporaryDirectory(prefix="qcredit-panel-") as folder,
            DuckDBEngine(memory_limit=order.memory_limit, spill=Path(folder)) as duck,
        ):
            tell("reading", 0)
            _read(duck, url, order)
            made = _write(duck, order, unfinished, tell=tell, stop=stop)
        unfinished.replace(order.out)
    finally:
        unfinished.unlink(missing_ok=True)
    tell("finished", made.rows)
    return made


def _read(duck: DuckDBEngine, url: str, order: PanelOrder) -> None:
    """Everything known at any of the days, once, and the days on which an outcome came to pass."""
    needs = needs_of(order.rules.policy)
    own = _needs_of(order.outcomes)
    quantities = tuple(sorted({*needs.quantities, *own.quantities}))
    details = tuple(sorted({*needs.details, *own.details}))
    last, first = order.known_seq, min(day.known_seq for day in order.days)
    statements = {
        "known_enterprises": enterprises_statement(known_seq=order.known_seq),
        "duplicates": duplicates_statement(known_seq=order.known_seq),
        "registry": batch_registry(known_seq=last, since_seq=first),
        "listings": batch_listings(known_seq=last, since_seq=first),
        "all_records": batch_records(quantities, details, known_seq=last, since_seq=first),
    }
    for name, statement in statements.items():
        with read_arrow(url, statement) as reader:
            duck.load({name: reader})
    lay_out(duck, order)


def lay_out(duck: DuckDBEngine, order: PanelOrder) -> None:
    """Number the enterprises, note the days, and find when outcomes came to pass.

    duck: holds known_enterprises, duplicates, and all_records, registry and listings as the plan declares them, told by any of the days.
    """
    duck.execute("CREATE TABLE enterprises AS SELECT row_number() OVER (ORDER BY scheme, value) - 1 AS no, * FROM known_enterprises")
    duck.load({"days": _days_table(order)})
    known = f"known_seq <= {order.known_seq} AND (superseded_seq IS NULL OR superseded_seq > {order.known_seq})"
    moves = [
        f"SELECT enterprise_key, {clock} AS seq FROM {relation} WHERE {clock} > {order.days[0].known_seq}"
        for relation in ("all_records", "registry", "listings")
        for clock in ("known_seq", "superseded_seq")
    ]
    duck.execute(f"CREATE TABLE moved AS {' UNION '.join(moves)}")
    duck.execute("CREATE TABLE happened (enterprise_key BIGINT, outcome INTEGER, on_day DATE)")
    for number, outcome in enumerate(order.outcomes):
        if outcome.records is not None:
            relation = ibis.table(records_schema(_needs_of((outcome,))), name="all_records")
            found = relation.filter(matches(relation, outcome.records), ~relation.is_withdrawn)
            rows = str(
                ibis.to_sql(found.select("enterprise_key", "known_seq", "superseded_seq", on_day=found.concluded_on), dialect="duckdb")
            )
        else:
            rows = f"SELECT enterprise_key, known_seq, superseded_seq, starts_on AS on_day FROM listings WHERE colour = '{outcome.entry}'"
        duck.execute(
            f"INSERT INTO happened SELECT DISTINCT enterprise_key, {number}, on_day FROM ({rows}) WHERE on_day IS NOT NULL AND {known}"
        )


def _needs_of(outcomes: tuple[Outcome, ...]) -> Needs:
    filters = [outcome.records for outcome in outcomes if outcome.records is not None]
    quantities = sorted({limit.name for wanted in filters for limit in wanted.quantities})
    details = sorted({name for wanted in filters for name in wanted.detail})
    return Needs(tuple(quantities), tuple(details), (), (), (), (), ())


def _days_table(order: PanelOrder) -> pa.Table:
    rows = [
        {"day_no": number, "as_of": day.as_of, "known_seq": day.known_seq}
        | {f"until_{w.months}": w.until for w in day.windows}
        | {f"over_{w.months}": w.is_over for w in day.windows}
        for number, day in enumerate(order.days)
    ]
    return pa.Table.from_pylist(rows)


def _write(duck: DuckDBEngine, order: PanelOrder, file: Path, *, tell: Tell, stop: Callable[[], bool]) -> PanelMade:
    total = duck.count("enterprises")
    step = max(1, order.at_once // len(order.days))
    rows = enterprises = digest = 0
    writer: pq.ParquetWriter | None = None
    try:
        for first in range(0, total, step):
            if stop():
                raise Stopped("The panel was stopped before it was whole; no file is left. Ask for it again when it is wanted.")
            answer_part(duck, order, first=first, after=first + step)
            enterprises += duck.count("(SELECT DISTINCT no FROM asked)")
            for batch in duck.batches(rows_statement(order), BATCH_ROWS):
                digest = add_hashes(digest, b"".join(batch.column(HASH).to_pylist()))
                shown = batch.drop_columns([HASH])
                if writer is None:
                    writer = pq.ParquetWriter(file, shown.schema, compression="zstd")
                writer.write_batch(shown)
                rows += batch.num_rows
            tell("answering", rows)
        if writer is None:
            raise Empty("No enterprise was known and registered on any of these days. Ask for later days, or with --known now.")
        made = PanelMade(rows=rows, enterprises=enterprises, digest=format(digest, "064x"))
        writer.add_key_value_metadata({"qcredit.panel": json.dumps(manifest(order, made), ensure_ascii=False)})
    finally:
        if writer is not None:
            writer.close()
    return made


def answer_part(duck: DuckDBEngine, order: PanelOrder, *, first: int, after: int) -> None:
    """Answer for the enterprises numbered from `first` up to `after`: table `asked` (who was there on which day) and `answered`.

    A day after the first asks only about those whose answer can have changed: what they rest on moved, or `next_change_on` has come.
    """
    held = "r.valid_from <= d.as_of AND (r.valid_until IS NULL OR r.valid_until > d.as_of)"
    facts = ", ".join(f"max(r.{name}) FILTER ({held}) AS {name}" for name in (*REGISTRY, "registered_on"))
    duck.execute(f"CREATE OR REPLACE TABLE part AS SELECT * FROM enterprises WHERE no >= {first} AND no < {after}")
    duck.execute("CREATE OR REPLACE TABLE records AS SELECT r.* FROM all_records r SEMI JOIN part USING (enterprise_key)")
    duck.execute(
        f"CREATE OR REPLACE TABLE facts_of_day AS SELECT e.no, d.day_no, min(coalesce(r.registered_on, r.valid_from)) AS began, {facts}"
        " FROM part e JOIN registry r USING (enterprise_key) JOIN days d"
        " ON r.known_seq <= d.known_seq AND (r.superseded_seq IS NULL OR r.superseded_seq > d.known_seq) GROUP BY ALL"
    )
    duck.execute(
        # Who was registered later was not there to be asked about, whatever is known of it by now; nor who was known as a duplicate then.
        "CREATE OR REPLACE TABLE asked AS SELECT e.no, e.enterprise_key, e.scheme, e.value, d.*, f.* EXCLUDE (no, day_no, began),"
        " lag(d.known_seq) OVER (PARTITION BY e.no ORDER BY d.day_no) AS seq_before"
        " FROM part e CROSS JOIN days d LEFT JOIN facts_of_day f ON f.no = e.no AND f.day_no = d.day_no"
        " WHERE e.known_seq <= d.known_seq AND (f.began IS NULL OR f.began <= d.as_of) AND NOT EXISTS (SELECT 1 FROM duplicates l"
        " WHERE l.enterprise_key = e.enterprise_key AND l.known_seq <= d.known_seq"
        " AND (l.superseded_seq IS NULL OR l.superseded_seq > d.known_seq))"
    )
    duck.execute("DROP TABLE IF EXISTS answered")
    for number in range(len(order.days)):
        duck.execute(f"CREATE OR REPLACE TABLE questions AS {_questions_statement(number)}")
        duck.keep(order.rules.policy, "answers", "plan_answers")
        duck.keep(order.rules.policy, "totals", "plan_totals")
        target = "CREATE TABLE answered AS" if number == 0 else "INSERT INTO answered"
        duck.execute(f"{target} {_answered_statement(order.rules.policy, number)}")


def _questions_statement(number: int) -> str:
    """Whom a day asks about: `seq_before` is what was known on the last day on which the enterprise was there to be asked about."""
    asked = f"SELECT a.no AS question, a.enterprise_key, a.as_of, a.known_seq FROM asked a WHERE a.day_no = {number}"
    if number == 0:
        return asked
    return (
        f"{asked} AND NOT EXISTS (SELECT 1 FROM (SELECT no, max_by(holds_until, day_no) AS holds_until FROM answered GROUP BY no) v"
        " WHERE v.no = a.no AND v.holds_until > a.as_of)"
        f" UNION {asked} AND EXISTS (SELECT 1 FROM moved m"
        " WHERE m.enterprise_key = a.enterprise_key AND m.seq > a.seq_before AND m.seq <= a.known_seq)"
    )


def _answered_statement(policy: Policy, number: int) -> str:
    """The answers just given as rows of `answered`: whose, from which day on, until when, and what."""
    codes = _codes(policy)
    totals = ", ".join(
        f"sum(count) FILTER (item = {n})::BIGINT AS count_{c}, sum(points_x100) FILTER (item = {n})::BIGINT AS points_{c}"
        for n, c in enumerate(codes)
    )
    counted = ", ".join(f"coalesce(t.count_{c}, 0) AS count_{c}, coalesce(t.points_{c}, 0) AS points_{c}" for c in codes)
    # The totals as they are, a few to an enterprise: hashing a hundred columns of zeros costs more than the plan.
    text = "string_agg(item || ':' || count || ':' || points_x100, ',' ORDER BY item)"
    return (
        f"SELECT a.question AS no, {number} AS day_no, coalesce(a.next_change_on, DATE '9999-12-31') AS holds_until,"
        f" a.* EXCLUDE (question, as_of, known_seq), {counted}, {canonical_sql(policy)} || '|' || coalesce(t.told, '') AS told"
        f" FROM plan_answers a LEFT JOIN (SELECT question, {totals}, {text} AS told FROM plan_totals GROUP BY question) t USING (question)"
    )


def rows_statement(order: PanelOrder) -> str:
    """The rows of the part that was answered, in their order, with the SHA-256 of each as `row_hash`.

    Score and points leave as floating numbers, which statistics take and grades never do.
    """
    policy, windows = order.rules.policy, order.days[0].windows
    shown = ["a.scheme", "a.value", "a.as_of", "a.known_seq"]
    shown += [f"a.{name} AS registry_{name}" for name in REGISTRY]
    shown += ["a.registered_on", "date_diff('day', a.registered_on, a.as_of)::INTEGER AS days_registered"]
    shown += ["v.records_known", "v.score_x100 / 100::DOUBLE AS score", "v.grade", "v.ladder_grade", "v.is_rated"]
    for cover in policy.coverage:
        shown += [f"v.covered_{cover.code}", f"date_diff('day', v.covered_{cover.code}, a.as_of)::INTEGER AS days_since_{cover.code}"]
    for code in _codes(policy):
        shown += [f"v.count_{code}", f"v.points_{code} / 100::DOUBLE AS points_{code}"]
    told = ["a.scheme", "a.value", "a.as_of", *(f"a.{name}" for name in REGISTRY), "a.registered_on", "v.told"]
    joins = []
    if policy.lists:
        joins.append(f"LEFT JOIN ({_lists_statement(policy)}) l ON l.no = a.no AND l.day_no = a.day_no")
        flags = {f"on_{rule.list}": f"coalesce(l.on_{rule.list}, false)" for rule in policy.lists}
        shown += [f"{flag} AS {name}" for name, flag in flags.items()]
        shown += [f"v.list_{rule.list} AS meets_{rule.list}" for rule in policy.lists]
        told += flags.values()
    if order.outcomes and windows:
        joins.append(f"LEFT JOIN ({_outcomes_statement(order)}) h ON h.no = a.no AND h.day_no = a.day_no")
        for number, outcome in enumerate(order.outcomes):
            for w in windows:
                seen = f"CASE WHEN a.over_{w.months} THEN coalesce(h.seen_{number}_{w.months}, 0)::TINYINT END"
                shown.append(f"{seen} AS {outcome.code}_{w.months}m")
                told.append(seen)
    row = " || '|' || ".join(f"coalesce(({part})::VARCHAR, '')" for part in told)
    return (
        f"SELECT {', '.join(shown)}, unhex(sha256('{FORMAT}|' || {row})) AS {HASH} FROM asked a ASOF JOIN answered v"
        f" ON a.no = v.no AND a.day_no >= v.day_no {' '.join(joins)} ORDER BY a.no, a.day_no"
    )


def _lists_statement(policy: Policy) -> str:
    flags = ", ".join(f"bool_or(s.list = '{rule.list}') AS on_{rule.list}" for rule in policy.lists)
    return (
        f"SELECT q.no, q.day_no, {flags} FROM asked q JOIN listings s ON s.enterprise_key = q.enterprise_key"
        " AND s.known_seq <= q.known_seq AND (s.superseded_seq IS NULL OR s.superseded_seq > q.known_seq)"
        " AND s.starts_on <= q.as_of AND (s.ends_on IS NULL OR s.ends_on > q.as_of) GROUP BY q.no, q.day_no"
    )


def _outcomes_statement(order: PanelOrder) -> str:
    """Whether each outcome came to pass in each window: only days after the day itself count."""
    months = [window.months for window in order.days[0].windows]
    seen = ", ".join(
        f"max((h.outcome = {number} AND h.on_day <= q.until_{m})::TINYINT) AS seen_{number}_{m}"
        for number in range(len(order.outcomes))
        for m in months
    )
    return (
        f"SELECT q.no, q.day_no, {seen} FROM asked q"
        f" JOIN happened h ON h.enterprise_key = q.enterprise_key AND h.on_day > q.as_of AND h.on_day <= q.until_{max(months)}"
        " GROUP BY q.no, q.day_no"
    )


def _codes(policy: Policy) -> tuple[str, ...]:
    return line_codes(policy)[: len(policy.indicators) + len(policy.direct_grades)]


def manifest(order: PanelOrder, made: PanelMade) -> dict[str, Any]:
    """What a panel rests on, as its file carries it under `qcredit.panel`."""
    return {
        "format": FORMAT,
        "policy": order.rules.policy.name,
        "policy_hash": order.rules.policy_hash,
        "knowledge": str(order.knowledge),
        "known_at": order.known_at.isoformat(),
        "known_seq": order.known_seq,
        "days": [
            {
                "as_of": day.as_of.isoformat(),
                "known_seq": day.known_seq,
                "windows": [{"months": w.months, "until": w.until.isoformat(), "is_over": w.is_over} for w in day.windows],
            }
            for day in order.days
        ],
        "outcomes": [outcome.model_dump(mode="json", exclude_defaults=True) for outcome in order.outcomes],
        "rows": made.rows,
        "enterprises": made.enterprises,
        "digest": made.digest,
        "versions": versions(),
    }
