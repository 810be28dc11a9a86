"""A rehearsal's findings, read off the splits that DuckDB holds: lists, migration, distributions, groups, and what each rule moved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from models.differences import STOPS, Part
from models.indicators import decimals
from models.law import Clause
from models.policies import Policy
from models.rehearsals import (
    NAMED_AT_MOST,
    Bin,
    ClauseMove,
    Distribution,
    Group,
    GroupRow,
    ListCell,
    ListOutcome,
    Move,
    Mover,
    PartTotal,
    RehearsalEnd,
    Report,
)
from models.results import ListStanding
from models.shapes import Bilingual
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.total import line_codes
from scoring.runs.canonical import sum_hashes
from scoring.runs.splitting import Corner
from scoring.runs.splitting_all import count_parts, keep_sums, lists_of

BINS = 25
SIDES = ("told", "after")
"""The stops that are compared: the version in force and the draft, on the same day over the same facts."""
AGES = ((1, "under_1"), (3, "1_to_3"), (5, "3_to_5"), (10, "5_to_10"))
OLDEST = "10_and_more"


@dataclass(frozen=True)
class Titles:
    """How regions, industries, sizes and ages are called; what has no name is called by its code."""

    of: Mapping[str, Any]

    def title(self, by: str, code: str | None) -> Bilingual:
        find = self.of.get(by)
        found = find(code) if find is not None else None
        return found if found is not None else Bilingual(zh=code or "—", en=code or "-")


def describe_enterprises(duck: DuckDBEngine, after: Corner) -> None:
    """Lay beside each split what the registry says of the enterprise on the day; leaves the table `rehearsed`, one row per enterprise.

    Columns: those of `split`, for each list `list_LIST_by` (the last cause that changed what its rule says), then region (six digits),
    industry (division), size, age.
    """
    day = f"DATE '{after.as_of.isoformat()}'"
    ages = " ".join(f"WHEN registered_on + INTERVAL {years} YEAR > {day} THEN '{name}'" for years, name in AGES)
    columns = [row["column_name"] for row in duck.query("DESCRIBE split").to_pylist()]
    names = [name.removeprefix("list_").removesuffix("_after") for name in columns if name.startswith("list_") and name.endswith("_after")]
    ways = list(zip(Part, pairwise(STOPS), strict=True))
    by = []
    for name in names:
        turns = " ".join(f"WHEN list_{name}_{a} <> list_{name}_{b} THEN '{part}'" for part, (a, b) in reversed(ways))
        by.append(f"CASE {turns} END AS list_{name}_by")
    duck.execute(
        f"CREATE OR REPLACE TABLE rehearsed AS SELECT {', '.join(['s.*', *by, 'r.region', 'r.industry', 'r.size', 'r.age'])} FROM split s"
        f" LEFT JOIN (SELECT enterprise_key, region[1:6] AS region, industry[1:2] AS industry, size,"
        f" CASE WHEN registered_on IS NULL THEN NULL {ages} ELSE '{OLDEST}' END AS age FROM registry"
        f" WHERE superseded_seq IS NULL AND valid_from <= {day} AND (valid_until IS NULL OR valid_until > {day})) r USING (enterprise_key)"
    )


def report_of(duck: DuckDBEngine, before: Corner, after: Corner, *, ends: tuple[RehearsalEnd, ...], titles: Titles) -> Report:
    """Read the report off `rehearsed`; `ends` are what the answers before, under the version in force and under the draft rest on.

    Answers two stops once more line by line, for what each rule gives.
    """
    policy, draft = before.rules.policy, after.rules.policy
    at_day = Corner(before.rules, after.as_of, before.known_seq)
    keep_sums(duck, at_day, step=4, name="sums_against")
    keep_sums(duck, after, step=4, name="sums_draft")
    lists = lists_of(policy, draft)
    counts = count_parts(duck)
    first, against, last = ends
    return Report(
        before=first,
        against=against,
        draft=last,
        enterprises=counts.enterprises,
        new=counts.new,
        parts=tuple(
            PartTotal(part=one.part, up=one.up, down=one.down, points=decimals(one.points_x100), grades=one.grades) for one in counts.parts
        ),
        lists=tuple(_list(duck, name, policy, draft) for name in lists),
        grades_against=grades_of(policy),
        grades_draft=grades_of(draft),
        moves_without_policy=_moves(duck, "before", "told"),
        moves_by_policy=_moves(duck, "told", "after"),
        distributions=(_distribution(duck, policy, "told"), _distribution(duck, draft, "after")),
        groups=tuple(_group(duck, by, lists, titles) for by in ("region", "industry", "size", "age")),
        clauses=_clauses(duck, policy, draft),
        rows_digest=_rows_digest(duck),
    )


def grades_of(policy: Policy) -> tuple[str, ...]:
    """The names a policy's answers may carry: the ladder best first, then labels."""
    ladder = [rung.grade for rung in policy.grades]
    others = [direct.grade for direct in policy.direct_grades] + [label.label for label in policy.not_rated]
    return tuple(dict.fromkeys((*ladder, *others)))


def _list(duck: DuckDBEngine, name: str, policy: Policy, draft: Policy) -> ListOutcome:
    rules = {rule.list: rule for rule in (*policy.lists, *draft.lists)}
    own = next((rule for rule in draft.lists if rule.list == name), None)
    cells = duck.query(
        f"SELECT list_{name}_told AS against, list_{name}_after AS draft, count(*) AS enterprises FROM rehearsed GROUP BY ALL ORDER BY ALL"
    ).to_pylist()
    counted = {what: sum(cell["enterprises"] for cell in cells if cell["draft"] == what) for what in ("enter", "leave")}
    return ListOutcome(
        list=name,
        title=rules[name].title,
        clause=own.clause if own else None,
        decided_by=own.decided_by if own else None,
        cells=tuple(ListCell.model_validate(cell) for cell in cells),
        entering=counted["enter"],
        leaving=counted["leave"],
        enters=_movers(duck, name, ListStanding.ENTER),
        leaves=_movers(duck, name, ListStanding.LEAVE),
    )


def _movers(duck: DuckDBEngine, name: str, standing: ListStanding) -> tuple[Mover, ...]:
    rows = duck.query(
        f"SELECT scheme, value, score_after_x100 AS score, grade_after AS grade, list_{name}_by AS by FROM rehearsed"
        f" WHERE list_{name}_after = '{standing}' ORDER BY scheme, value LIMIT {NAMED_AT_MOST}"
    ).to_pylist()
    return tuple(Mover.model_validate(row | {"score": decimals(row["score"])}) for row in rows)


def _moves(duck: DuckDBEngine, before: str, after: str) -> tuple[Move, ...]:
    # Who is new had no grade before.
    known = "WHERE NOT is_new" if before == "before" else ""
    rows = duck.query(
        f"SELECT grade_{before} AS before, grade_{after} AS after, count(*) AS enterprises FROM rehearsed {known} GROUP BY ALL ORDER BY ALL"
    )
    return tuple(Move.model_validate(row) for row in rows.to_pylist())


def _distribution(duck: DuckDBEngine, policy: Policy, stop: str) -> Distribution:
    low, high = duck.query(f"SELECT min(score_{stop}_x100) AS low, max(score_{stop}_x100) AS high FROM rehearsed").to_pylist()[0].values()
    if low is None:
        return Distribution(policy=policy.name, bins=(), deciles=())
    # Whole points, so that the edges can be read.
    width = max(-(-(high - low) // BINS // 100) * 100, 100)
    start = low // width * width
    rows = {
        row["place"]: row["n"]
        for row in duck.query(
            f"SELECT ((score_{stop}_x100 - {start}) // {width})::INTEGER AS place, count(*) AS n FROM rehearsed GROUP BY ALL"
        ).to_pylist()
    }
    bins = (Bin(lower=decimals(start + place * width), enterprises=rows.get(place, 0)) for place in range(max(rows) + 1))
    tenths = ", ".join(str(n / 10) for n in range(1, 10))
    (deciles,) = duck.query(f"SELECT quantile_disc(score_{stop}_x100, [{tenths}]) AS d FROM rehearsed").to_pylist()
    return Distribution(policy=policy.name, bins=tuple(bins), deciles=tuple(decimals(value) for value in deciles["d"]))


def _group(duck: DuckDBEngine, by: str, lists: Iterable[str], titles: Titles) -> Group:
    counted = [
        f"count(*) FILTER (list_{name}_after = '{standing}') AS {standing}_{name}"
        for name in lists
        for standing in (ListStanding.ENTER, ListStanding.LEAVE)
    ]
    medians = [f"quantile_disc(score_{stop}_x100, 0.5) AS median_{stop}" for stop in SIDES]
    rows = duck.query(
        f"SELECT {by} AS value, count(*) AS enterprises, count(*) FILTER (grade_told <> grade_after) AS grades_changed,"
        f" {', '.join([*counted, *medians])} FROM rehearsed GROUP BY {by} ORDER BY {by} NULLS LAST"
    ).to_pylist()
    return Group.model_validate(
        {
            "by": by,
            "rows": [
                GroupRow(
                    value=row["value"],
                    title=titles.title(by, row["value"]),
                    enterprises=row["enterprises"],
                    grades_changed=row["grades_changed"],
                    entering={name: row[f"enter_{name}"] for name in lists if row[f"enter_{name}"]},
                    leaving={name: row[f"leave_{name}"] for name in lists if row[f"leave_{name}"]},
                    median_against=decimals(row["median_told"]),
                    median_draft=decimals(row["median_after"]),
                )
                for row in rows
            ],
        }
    )


def _clauses(duck: DuckDBEngine, policy: Policy, draft: Policy) -> tuple[ClauseMove, ...]:
    """Every rule of either version that gives anybody anything, those that move most enterprises first."""
    rules: dict[str, tuple[Bilingual, Clause | None]] = {}
    for one in (policy, draft):
        for part in (one.indicators, one.caps, one.direct_grades):
            rules |= {item.code: (item.title, item.clause) for item in part}
    sides = []
    for name, one in (("against", policy), ("draft", draft)):
        codes = ", ".join(f"({number}, '{code}')" for number, code in enumerate(line_codes(one)))
        sides.append(f"SELECT enterprise_key, code, count, points_x100 FROM sums_{name} JOIN (VALUES {codes}) c(item, code) USING (item)")
    rows = duck.query(
        "SELECT coalesce(a.code, d.code) AS code,"
        " count(*) FILTER ((a.points_x100, a.count) IS DISTINCT FROM (d.points_x100, d.count)) AS enterprises,"
        " count(*) FILTER (coalesce(d.points_x100, 0) > coalesce(a.points_x100, 0)) AS up,"
        " count(*) FILTER (coalesce(d.points_x100, 0) < coalesce(a.points_x100, 0)) AS down,"
        " count(a.code) AS held_against, count(d.code) AS held_draft,"
        " coalesce(sum(a.points_x100), 0)::BIGINT AS points_against, coalesce(sum(d.points_x100), 0)::BIGINT AS points_draft"
        f" FROM ({sides[0]}) a FULL JOIN ({sides[1]}) d ON a.enterprise_key = d.enterprise_key AND a.code = d.code"
        " GROUP BY 1 ORDER BY enterprises DESC, code"
    ).to_pylist()
    return tuple(
        ClauseMove(
            **{name: row[name] for name in ("code", "enterprises", "up", "down", "held_against", "held_draft")},
            title=rules.get(row["code"], (Bilingual(zh=row["code"], en=row["code"]), None))[0],
            clause=rules.get(row["code"], (None, None))[1],
            points_against=decimals(row["points_against"]),
            points_draft=decimals(row["points_draft"]),
        )
        for row in rows
    )


def _rows_digest(duck: DuckDBEngine) -> str:
    names = [row["column_name"] for row in duck.query("DESCRIBE rehearsed").to_pylist()]
    row = " || '|' || ".join(f"coalesce({name}::VARCHAR, '')" for name in names)
    return format(sum_hashes(duck.batches(f"SELECT unhex(sha256({row})) AS h FROM rehearsed")), "064x")
