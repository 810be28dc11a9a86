"""A run's answers as a file: one row per enterprise, with every indicator's count and points."""

from pathlib import Path

from models.policies import Policy
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.total import line_codes


def write_answers(duck: DuckDBEngine, policy: Policy, out: Path) -> None:
    """Write answers held by the engine to Parquet, ordered by enterprise key.

    Columns: scheme, value, score (decimal), grade, ladder_grade, is_rated, `count_CODE` and `points_CODE` of each
    indicator and direct grade, `covered_CODE`, `list_LIST`, next_change_on, as_of, known_seq.
    """
    codes = line_codes(policy)[: len(policy.indicators) + len(policy.direct_grades)]
    pivot = ", ".join(
        f"coalesce(sum(count) FILTER (item = {n}), 0)::BIGINT AS count_{code},"
        f" (coalesce(sum(points_x100) FILTER (item = {n}), 0)::DECIMAL(18, 0) / 100)::DECIMAL(18, 2) AS points_{code}"
        for n, code in enumerate(codes)
    )
    shown = [f"coalesce(t.count_{c}, 0) AS count_{c}, coalesce(t.points_{c}, 0)::DECIMAL(18, 2) AS points_{c}" for c in codes]
    lists = [f"a.covered_{c.code}" for c in policy.coverage] + [f"a.list_{r.list}" for r in policy.lists]
    path = str(out).replace("'", "''")
    duck.execute(
        f"COPY (WITH t AS (SELECT question, {pivot} FROM plan_totals GROUP BY question)"
        f" SELECT i.scheme, i.value, (a.score_x100::DECIMAL(18, 0) / 100)::DECIMAL(18, 2) AS score, a.grade, a.ladder_grade, a.is_rated,"
        f" {', '.join(shown + lists)}, a.next_change_on, a.as_of, a.known_seq"
        f" FROM answers a JOIN identifiers i USING (enterprise_key) LEFT JOIN t USING (question) ORDER BY a.enterprise_key)"
        f" TO '{path}' (FORMAT parquet)"
    )
