"""The difference between two days split by cause, for every enterprise at once, in DuckDB; see `models.differences` for the way.

Only those of which something became known in between are asked at the steps between; for all others those stops are the same answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data.stores.arrow import read_arrow
from data.stores.runs import entries_statement, identifiers_statement
from data.stores.stepping import stepped_listings, stepped_records, stepped_registry
from models.differences import STEPS, STOPS, Part
from models.policies import Policy
from scoring.engines.base import compile_policy
from scoring.engines.duckdb import READ_AGAIN, DuckDBEngine
from scoring.plan.relations import RECORDS, needs_of
from scoring.runs.splitting import Corner

Tell = Callable[[str, int], None]
"""Called with the stop that is being answered, or what else is done, and how many enterprises that is."""

KNOWN_IN_BETWEEN = ("withdrawn", "corrected", "told")
_STEP_OF = dict(zip(STOPS, STEPS, strict=True))


def read_stepped(duck: DuckDBEngine, url: str, folder: Path, before: Corner, after: Corner) -> None:
    """Bring the facts of both moments into the engine; records go through a file, so that memory holds one answer at a time.

    Leaves the relations `facts`, `registry` and `listings`, `enterprises` (all known at the later moment, `is_new` when not at the earlier
    one, with one identifier), and `touched`: those of which a fact differs between the moments.
    """
    needs = [needs_of(corner.rules.policy) for corner in (before, after)]
    quantities = sorted({name for need in needs for name in need.quantities})
    details = sorted({name for need in needs for name in need.details})
    moments = {"before": str(before.known_seq), "after": str(after.known_seq)}
    file = folder / "records.parquet"
    with read_arrow(url, stepped_records(quantities, details, **moments)) as reader:
        duck.write(reader, file)
    duck.load({"facts": file})
    statements = {
        "registry": stepped_registry(**moments),
        "listings": stepped_listings(**moments),
        "known": entries_statement(before=before.known_seq, after=after.known_seq),
        "identifiers": identifiers_statement(known_seq=after.known_seq),
    }
    for name, statement in statements.items():
        with read_arrow(url, statement) as reader:
            duck.load({name: reader})
    arrange(duck)


def arrange(duck: DuckDBEngine) -> None:
    """Join who is known with their identifiers, and find the enterprises of which a fact differs between the moments."""
    duck.execute("CREATE OR REPLACE TABLE enterprises AS SELECT * FROM known JOIN identifiers USING (enterprise_key)")
    differs = "WHERE known_seq <> 1 OR superseded_seq IS NOT NULL"
    of = " UNION ".join(f"SELECT enterprise_key FROM {name} {differs}" for name in ("facts", "registry", "listings"))
    # An enterprise without its registry row is none that anybody could ask about.
    duck.execute(f"CREATE OR REPLACE TABLE touched AS SELECT enterprise_key FROM ({of}) SEMI JOIN enterprises USING (enterprise_key)")


def split_all(duck: DuckDBEngine, before: Corner, after: Corner, *, tell: Tell) -> None:
    """Walk the way for every enterprise; leaves the table `split`, one row per enterprise.

    Columns: enterprise_key, scheme, value, is_new, `score_STOP_x100`, `grade_STOP`, `is_rated_STOP`, `list_LIST_STOP` for each stop, and
    `PART_x100` for each part: their sum is the later score minus the earlier one.
    """
    lists = lists_of(before.rules.policy, after.rules.policy)
    touched = duck.count("touched")
    for stop in STOPS:
        corner = after if stop == "after" else before
        as_of = before.as_of if stop == "before" else after.as_of
        previous = STOPS[STOPS.index(stop) - 1]
        is_same = (
            (stop == "aged" and before.as_of == after.as_of)
            or (stop in KNOWN_IN_BETWEEN and not touched)
            or (stop == "after" and before.rules.policy_hash == after.rules.policy_hash)
        )
        if is_same:
            duck.execute(f"CREATE OR REPLACE TABLE stop_{stop} AS FROM stop_{previous}")
            continue
        of = "touched" if stop in KNOWN_IN_BETWEEN else "enterprises"
        tell(stop, touched if of == "touched" else duck.count("enterprises"))
        ask(duck, corner.rules.policy, of=of, as_of=as_of.isoformat(), step=_STEP_OF[stop])
        shown = _shown(corner.rules.policy, lists)
        answers = f"SELECT {shown} FROM ({duck.statement(corner.rules.policy, 'answers')})"
        if of == "touched":
            answers += f" UNION ALL BY NAME SELECT * FROM stop_{previous} ANTI JOIN touched USING (enterprise_key)"
        duck.execute(f"CREATE OR REPLACE TABLE stop_{stop} AS {answers}")
    duck.execute(f"CREATE OR REPLACE TABLE split AS {_joined(lists)}")


def ask(duck: DuckDBEngine, policy: Policy, *, of: str, as_of: str, step: int) -> None:
    """Lay the questions of one stop, and the records as the policy reads them, under the names the plan knows."""
    duck.execute(
        "CREATE OR REPLACE TABLE questions AS SELECT row_number() OVER (ORDER BY enterprise_key) - 1 AS question, enterprise_key,"
        f" DATE '{as_of}' AS as_of, {step}::BIGINT AS known_seq FROM {of}"
    )
    needs = needs_of(policy)
    columns = [*RECORDS, *(f"q_{name}" for name in needs.quantities), *(f"d_{name}" for name in needs.details)]
    duck.execute(f"CREATE OR REPLACE VIEW records AS SELECT {', '.join(columns)} FROM facts")


def keep_sums(duck: DuckDBEngine, corner: Corner, *, step: int, name: str) -> None:
    """Answer a stop line by line, and keep what each rule gives each enterprise.

    Leaves a table: enterprise_key, `item` (its place in `line_codes`), `count` of lines, `points_x100`; caps and the freeze are items too.
    """
    policy = corner.rules.policy
    ask(duck, policy, of="enterprises", as_of=corner.as_of.isoformat(), step=step)
    lines = compile_policy(policy, "duckdb", read_again=READ_AGAIN).sql["lines"]
    sums = f"SELECT question, item::INTEGER AS item, count(*) AS count, sum(points_x100)::BIGINT AS points_x100 FROM ({lines}) GROUP BY ALL"
    duck.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT q.enterprise_key, s.item, s.count, s.points_x100"
        f" FROM ({sums}) s JOIN questions q USING (question)"
    )


def lists_of(*policies: Policy) -> tuple[str, ...]:
    """The lists that any of the policies has a rule for, in their order."""
    return tuple(dict.fromkeys(rule.list for policy in policies for rule in policy.lists))


def _shown(policy: Policy, lists: tuple[str, ...]) -> str:
    """Of an answer what is compared; a list that the policy has no rule for is off."""
    own = lists_of(policy)
    shown = [f"list_{name}" if name in own else f"'off' AS list_{name}" for name in lists]
    return ", ".join(["enterprise_key", "score_x100", "grade", "is_rated", *shown])


def _joined(lists: tuple[str, ...]) -> str:
    columns = ["e.enterprise_key", "e.scheme", "e.value", "e.is_new"]
    for stop in STOPS:
        columns += [f"{stop}.score_x100 AS score_{stop}_x100", f"{stop}.grade AS grade_{stop}", f"{stop}.is_rated AS is_rated_{stop}"]
        columns += [f"{stop}.list_{name} AS list_{name}_{stop}" for name in lists]
    for part, (earlier, later) in zip(Part, pairwise(STOPS), strict=True):
        columns.append(f"{later}.score_x100 - {earlier}.score_x100 AS {part}_x100")
    joins = " ".join(f"JOIN stop_{stop} {stop} USING (enterprise_key)" for stop in STOPS)
    return f"SELECT {', '.join(columns)} FROM enterprises e {joins}"


@dataclass(frozen=True)
class PartCount:
    """What one cause did to all together: enterprises whose score it moved, up and down, and whose grade it changed."""

    part: Part
    up: int
    down: int
    points_x100: int
    grades: int


@dataclass(frozen=True)
class Counts:
    """A table of splits in numbers."""

    enterprises: int
    new: int
    parts: tuple[PartCount, ...]


def count_parts(duck: DuckDBEngine) -> Counts:
    """Count what each cause did."""
    counts = ["count(*) AS enterprises", "count(*) FILTER (is_new) AS new"]
    for part, (earlier, later) in zip(Part, pairwise(STOPS), strict=True):
        counts += [
            f"count(*) FILTER ({part}_x100 > 0) AS {part}_up",
            f"count(*) FILTER ({part}_x100 < 0) AS {part}_down",
            f"coalesce(sum({part}_x100), 0)::BIGINT AS {part}_sum",
            f"count(*) FILTER (grade_{earlier} <> grade_{later}) AS {part}_grades",
        ]
    (row,) = duck.query(f"SELECT {', '.join(counts)} FROM split").to_pylist()
    parts = tuple(PartCount(part, row[f"{part}_up"], row[f"{part}_down"], row[f"{part}_sum"], row[f"{part}_grades"]) for part in Part)
    return Counts(row["enterprises"], row["new"], parts)


def write_split(duck: DuckDBEngine, out: Path, *, more: Mapping[str, str] | None = None, source: str = "split") -> None:
    """Write the split to Parquet, ordered by identifier, scores and parts as decimals; `more` are further columns by name."""
    names = [row["column_name"] for row in duck.query(f"DESCRIBE {source}").to_pylist()]
    shown = [
        f"({name}::DECIMAL(18, 0) / 100)::DECIMAL(18, 2) AS {name.removesuffix('_x100')}" if name.endswith("_x100") else name
        for name in names
        if name != "enterprise_key"
    ]
    shown += [f"{expression} AS {name}" for name, expression in (more or {}).items()]
    path = str(out).replace("'", "''")
    duck.execute(f"COPY (SELECT {', '.join(shown)} FROM {source} ORDER BY scheme, value) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
