"""A run's answers as a file: one row per enterprise, with every indicator's count and points."""

from pathlib import Path

import pyarrow as pa

from models.policies import Policy
from scoring.engines.duckdb import DuckDBEngine
from scoring.plan.total import line_codes


def gather_rows(duck: DuckDBEngine, policy: Policy) -> None:
    """Add the rows of the part that the engine holds to those that `write_rows` writes."""
    codes = line_codes(policy)[: len(policy.indicators) + len(policy.direct_grades)]
    pivot = ", ".join(
        f"coalesce(sum(count) FILTER (item = {n}), 0)::BIGINT AS count_{code},"
        f" (coalesce(sum(points_x100) FILTER (item = {n}), 0)::DECIMAL(18, 0) / 100)::DECIMAL(18, 2) AS points_{code}"
        for n, code in enumerate(codes)
    )
    shown = [f"coalesce(t.count_{c}, 0) AS count_{c}, coalesce(t.points_{c}, 0)::DECIMAL(18, 2) AS points_{c}" for c in codes]
    lists = [f"a.covered_{c.code}" for c in policy.coverage] + [f"a.list_{r.list}" for r in policy.lists]
    rows = (
        f"WITH t AS (SELECT question, {pivot} FROM plan_totals GROUP BY question)"
        f" SELECT a.enterprise_key, (a.score_x100::DECIMAL(18, 0) / 100)::DECIMAL(18, 2) AS score, a.grade, a.ladder_grade, a.is_rated,"
        f" {', '.join(shown + lists)}, a.next_change_on, a.as_of, a.known_seq FROM answers a LEFT JOIN t USING (question)"
    )
    duck.execute(f"CREATE TEMP TABLE IF NOT EXISTS file_rows AS {rows} LIMIT 0")
    duck.execute(f"INSERT INTO file_rows {rows}")


def write_rows(duck: DuckDBEngine, identifiers: pa.RecordBatchReader, out: Path) -> None:
    """Write the rows of all parts to Parquet, ordered by enterprise key.

    Columns: scheme, value, score (decimal), grade, ladder_grade, is_rated, `count_CODE` and `points_CODE` of each
    indicator and direct grade, `covered_CODE`, `list_LIST`, next_change_on, as_of, known_seq.
    """
    duck.load({"identifiers": identifiers})
    path = str(out).replace("'", "''")
    duck.execute(
        "COPY (SELECT i.scheme, i.value, r.* EXCLUDE enterprise_key FROM file_rows r JOIN identifiers i USING (enterprise_key)"
        f" ORDER BY r.enterprise_key) TO '{path}' (FORMAT parquet)"
    )
