"""Runs, the answers they keep, and the standings that plain look-ups read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.rows import scalar_row
from psycopg.types.json import Jsonb
from sqlmodel import col, select

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.relations import not_duplicate
from models.errors import NotFound
from models.tables.runs import Run

ANSWER_COLUMNS = (
    "answer_hash",
    "total_x100",
    "score_x100",
    "grade",
    "ladder_grade",
    "is_rated",
    "records_known",
    "covered",
    "lists",
    "next_change_on",
)
"""The columns of `AnswerColumns`, in the order files bring them."""

_LISTED = ", ".join(ANSWER_COLUMNS)
_TAKEN = ", ".join(f"a.{name}" for name in ANSWER_COLUMNS)
_REPLACED = ", ".join(f"{name} = excluded.{name}" for name in ANSWER_COLUMNS)
_OVERWRITTEN = ", ".join(f"{name} = excluded.{name}" for name in (*ANSWER_COLUMNS, "policy_hash", "policy", "as_of", "known_seq", "run_id"))


class UnknownRun(NotFound):
    """No run has this number."""

    code = "run.not_found"


@dataclass(frozen=True)
class Scope:
    """Which enterprises a run asks about; nothing given is all. Regions and industries match by prefix."""

    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    enterprise_keys: tuple[int, ...] = ()

    @property
    def is_full(self) -> bool:
        return not (self.regions or self.industries or self.enterprise_keys)

    def shown(self) -> dict[str, Any]:
        """As the run's row keeps it."""
        if self.is_full:
            return {"all": True}
        parts = {"regions": self.regions, "industries": self.industries, "enterprise_keys": self.enterprise_keys}
        return {name: list(values) for name, values in parts.items() if values}

    @classmethod
    def read(cls, shown: Mapping[str, Any]) -> "Scope":
        """From what the run's row keeps."""
        return cls(**{name: tuple(values) for name, values in shown.items() if name != "all"})


def add_run(session: WriteSession, run: Run) -> int:
    """Insert a run and give its number."""
    session.add(run)
    session.flush()
    assert run.run_id is not None
    return run.run_id


def get_run(session: ReadSession, run_id: int) -> Run:
    """Read one run. Raises `UnknownRun`."""
    run = session.get(Run, run_id)
    if run is None:
        raise UnknownRun(f"There is no run {run_id}. /v1/runs shows the latest ones.")
    return run


def list_runs(session: ReadSession, *, before: int | None = None, limit: int = 50) -> Sequence[Run]:
    """Read one page of runs, newest first."""
    page = select(Run).order_by(col(Run.run_id).desc()).limit(limit)
    if before is not None:
        page = page.where(col(Run.run_id) < before)
    return session.exec(page).all()


def questions_statement(scope: Scope, *, as_of: date, known_seq: int, after: int | None = None, among: str | None = None) -> str:
    """The SQL of a run's questions: every enterprise known by then and in scope, numbered in the order of its key.

    Those `after` a key, or those `among` the keys of a table of the same transaction. An entry known to be a duplicate is asked about
    under the one that is kept.
    """
    conditions = [f"e.known_seq <= {int(known_seq)}", not_duplicate(known_seq)]
    if after is not None:
        conditions.append(f"e.enterprise_key > {int(after)}")
    if among is not None:
        conditions.append(f"e.enterprise_key IN (SELECT enterprise_key FROM {among})")
    if scope.enterprise_keys:
        conditions.append(f"e.enterprise_key = ANY (ARRAY[{', '.join(str(int(k)) for k in scope.enterprise_keys)}]::bigint[])")
    facts = [
        f"r.{column} LIKE ANY (ARRAY[{', '.join(_prefix(p) for p in prefixes)}])"
        for column, prefixes in (("region", scope.regions), ("industry", scope.industries))
        if prefixes
    ]
    if facts:
        conditions.append(
            "EXISTS (SELECT FROM registry_fact r WHERE r.enterprise_key = e.enterprise_key"
            f" AND r.known_seq <= {int(known_seq)} AND (r.superseded_seq IS NULL OR r.superseded_seq > {int(known_seq)})"
            f" AND r.valid_from <= '{as_of.isoformat()}' AND (r.valid_until IS NULL OR r.valid_until > '{as_of.isoformat()}')"
            f" AND {' AND '.join(facts)})"
        )
    return (
        f"SELECT row_number() OVER (ORDER BY e.enterprise_key) - 1 AS question, e.enterprise_key, '{as_of.isoformat()}'::date AS as_of,"
        f" {int(known_seq)}::bigint AS known_seq FROM enterprise e WHERE {' AND '.join(conditions)}"
    )


def entries_statement(*, before: int, after: int) -> str:
    """The SQL of all enterprises known at the later of two numbers, without duplicates, and whether they are new since the earlier."""
    return (
        f"SELECT e.enterprise_key, e.known_seq > {int(before)} AS is_new FROM enterprise e"
        f" WHERE e.known_seq <= {int(after)} AND {not_duplicate(after)}"
    )


def _prefix(value: str) -> str:
    if not value.isalnum():
        raise ValueError(value)  # scopes are validated at the door; this only keeps a careless caller from writing SQL
    return f"'{value}%'"


STANDINGS_STATEMENT = "SELECT enterprise_key, answer_hash, grade, policy, run_id IS NULL AS is_refreshed FROM standing"
"""What a run compares its answers with."""


def promote(session: WriteSession, run_id: int) -> int:
    """Make a run's answers the standings and write the history of what changed; gives how many standings changed.

    A standing that rests on later knowledge or a later day than the run (a delivery refreshed it meanwhile) is left as it is; what
    the run says of it is kept beside it. Afterwards every standing that a run set says what this run says.
    """
    with driver_connection(session).cursor(row_factory=scalar_row) as cursor:
        (changed,) = cursor.execute(
            f"""
            WITH of_run AS (SELECT run_id, policy_hash, policy, as_of, known_seq FROM run WHERE run_id = %(run)s),
            fresh AS (
                SELECT a.enterprise_key, {_TAKEN}, r.policy_hash, r.policy, r.as_of, r.known_seq, r.run_id,
                    (s.answer_hash, s.policy_hash) IS DISTINCT FROM (a.answer_hash, r.policy_hash) AS is_other
                FROM run_answer a CROSS JOIN of_run r LEFT JOIN standing s USING (enterprise_key)
                WHERE a.run_id = %(run)s
                  AND (s.enterprise_key IS NULL OR (s.known_seq <= r.known_seq AND s.as_of <= r.as_of))
                  AND (s.run_id IS NULL OR (s.answer_hash, s.policy_hash) IS DISTINCT FROM (a.answer_hash, r.policy_hash))
                  AND NOT EXISTS (SELECT FROM enterprise_link d
                      WHERE d.from_key = a.enterprise_key AND d.kind = 'same_as' AND d.superseded_seq IS NULL)
            ),
            history AS (
                INSERT INTO result (enterprise_key, {_LISTED}, policy_hash, as_of, known_seq, run_id)
                SELECT enterprise_key, {_LISTED}, policy_hash, as_of, known_seq, run_id FROM fresh WHERE is_other ON CONFLICT DO NOTHING
            ),
            stored AS (
                INSERT INTO standing (enterprise_key, {_LISTED}, policy_hash, policy, as_of, known_seq, run_id)
                SELECT enterprise_key, {_LISTED}, policy_hash, policy, as_of, known_seq, run_id FROM fresh
                ORDER BY enterprise_key  -- a run's publication and a delivery lock standings in one order
                ON CONFLICT (enterprise_key) DO UPDATE SET {_OVERWRITTEN}
                WHERE standing.known_seq <= excluded.known_seq AND standing.as_of <= excluded.as_of
                RETURNING 1
            )
            SELECT (SELECT count(*) FROM stored) - (SELECT count(*) FROM fresh WHERE NOT is_other)
            """,
            {"run": run_id},
        ).fetchall()
        # A statement of its own sees what deliveries refreshed while the one above waited for them.
        cursor.execute(
            "DELETE FROM run_standing AS kept USING run"
            " WHERE run.run_id = %(run)s AND (EXISTS (SELECT FROM standing s WHERE s.enterprise_key = kept.enterprise_key"
            " AND s.run_id IS NOT NULL) OR EXISTS (SELECT FROM enterprise_link d WHERE d.from_key = kept.enterprise_key"
            " AND d.kind = 'same_as' AND d.known_seq <= run.known_seq AND coalesce(d.superseded_seq > run.known_seq, true)))",
            {"run": run_id},
        )
        cursor.execute(
            f"INSERT INTO run_standing (enterprise_key, {_LISTED}) SELECT a.enterprise_key, {_TAKEN} FROM run_answer a"
            " WHERE a.run_id = %(run)s AND a.enterprise_key IN (SELECT enterprise_key FROM standing WHERE run_id IS NULL"
            " UNION SELECT from_key FROM enterprise_link WHERE kind = 'same_as' AND superseded_seq IS NULL)"
            f" ORDER BY enterprise_key ON CONFLICT (enterprise_key) DO UPDATE SET {_REPLACED}",
            {"run": run_id},
        )
        return int(changed)


@dataclass(frozen=True)
class FreshAnswer:
    """One refreshed answer, ready to be stored; `values` in the order of ANSWER_COLUMNS, documents as dictionaries."""

    enterprise_key: int
    values: tuple[Any, ...]


def store_refreshed(
    session: WriteSession, answers: Sequence[FreshAnswer], *, policy: str, policy_hash: str, as_of: date, known_seq: int
) -> int:
    """Store live answers as standings where they differ, with their history; gives how many differed."""
    rows = [(a.enterprise_key, *(Jsonb(v) if isinstance(v, dict) else v for v in a.values)) for a in answers]
    connection = driver_connection(session)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS refreshed ON COMMIT DROP AS SELECT enterprise_key, {_LISTED} FROM standing WITH NO DATA"
        )
        cursor.execute("TRUNCATE refreshed")
        with cursor.copy(f"COPY refreshed (enterprise_key, {_LISTED}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"""
            WITH fresh AS (
                SELECT a.* FROM refreshed a LEFT JOIN standing s USING (enterprise_key)
                WHERE s.enterprise_key IS NULL
                   OR (s.known_seq <= %(seq)s AND (s.answer_hash, s.policy_hash) IS DISTINCT FROM (a.answer_hash, %(hash)s))
            ),
            history AS (
                INSERT INTO result (enterprise_key, {_LISTED}, policy_hash, as_of, known_seq, run_id)
                SELECT enterprise_key, {_LISTED}, %(hash)s, %(day)s, %(seq)s, NULL FROM fresh ON CONFLICT DO NOTHING
            )
            INSERT INTO standing (enterprise_key, {_LISTED}, policy_hash, policy, as_of, known_seq, run_id)
            SELECT enterprise_key, {_LISTED}, %(hash)s, %(policy)s, %(day)s, %(seq)s, NULL FROM fresh
            ORDER BY enterprise_key  -- a run's publication and a delivery lock standings in one order
            ON CONFLICT (enterprise_key) DO UPDATE SET {_OVERWRITTEN} WHERE standing.known_seq <= excluded.known_seq
            """,
            {"seq": known_seq, "hash": policy_hash, "day": as_of, "policy": policy},
        )
        return cursor.rowcount


def identifiers_statement(*, known_seq: int) -> str:
    """The SQL of one identifier per enterprise, the one it was founded with, for files that leave the house."""
    return f"SELECT enterprise_key, founding_scheme AS scheme, founding_value AS value FROM enterprise WHERE known_seq <= {int(known_seq)}"
