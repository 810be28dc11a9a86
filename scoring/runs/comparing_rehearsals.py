"""Two rehearsals of the same day and facts beside each other: what one draft does that the other does not."""

from pathlib import Path

from models.rehearsals import ClausePair, Comparison, ListPair, Move, Report
from scoring.engines.duckdb import DuckDBEngine


def compare(duck: DuckDBEngine, one: Report, other: Report, files: tuple[Path, Path]) -> Comparison:
    """Compare two reports and their files, enterprise by enterprise; both must rest on one day and one state of knowledge."""
    duck.load({"one": files[0], "other": files[1]})
    both = "FROM one JOIN other USING (scheme, value)"
    moves = duck.query(
        f"SELECT one.grade_after AS before, other.grade_after AS after, count(*) AS enterprises {both} GROUP BY ALL ORDER BY ALL"
    ).to_pylist()
    sides = {"one": {outcome.list for outcome in one.lists}, "other": {outcome.list for outcome in other.lists}}
    pairs = []
    for name in sorted(sides["one"] | sides["other"]):
        for standing in ("enter", "leave"):
            # A rehearsal that knows no such list lets nobody enter or leave it.
            a, b = (f"{side}.list_{name}_after = '{standing}'" if name in lists else "false" for side, lists in sides.items())
            (row,) = duck.query(
                f"SELECT count(*) FILTER (a AND b) AS both, count(*) FILTER (a AND NOT b) AS only_one,"
                f" count(*) FILTER (b AND NOT a) AS only_other FROM (SELECT {a} AS a, {b} AS b {both})"
            ).to_pylist()
            pairs.append(ListPair(list=name, standing=standing, **row))
    (counted,) = duck.query(
        f"SELECT count(*) AS enterprises, count(*) FILTER (one.score_after <> other.score_after) AS scores,"
        f" count(*) FILTER (one.grade_after <> other.grade_after) AS grades {both}"
    ).to_pylist()
    return Comparison(
        one=one.draft,
        other=other.draft,
        enterprises=counted["enterprises"],
        scores_differ=counted["scores"],
        grades_differ=counted["grades"],
        moves=tuple(Move.model_validate(row) for row in moves),
        lists=tuple(pairs),
        clauses=_clauses(one, other),
    )


def _clauses(one: Report, other: Report) -> tuple[ClausePair, ...]:
    """The rules that give other sums or hold for other numbers of enterprises under the two drafts."""
    sides = [{move.code: move for move in report.clauses} for report in (one, other)]
    pairs = []
    for code in dict.fromkeys((*sides[0], *sides[1])):
        first, second = (side.get(code) for side in sides)
        title = first or second
        assert title is not None
        told = [(side.held_draft, side.points_draft) if side else (0, "0.00") for side in (first, second)]
        if told[0] != told[1]:
            pairs.append(
                ClausePair(
                    code=code,
                    title=title.title,
                    held_one=told[0][0],
                    held_other=told[1][0],
                    points_one=told[0][1],
                    points_other=told[1][1],
                )
            )
    return tuple(pairs)
