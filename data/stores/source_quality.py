"""How well a source delivers: its lateness against the legal delays, the fields it fills, the rows that were rejected or wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import sql
from psycopg.rows import class_row, dict_row

from data.database import ReadSession, driver_connection

_KNOWN = "r.known_seq <= %(seq)s AND (r.superseded_seq IS NULL OR r.superseded_seq > %(seq)s) AND NOT r.is_withdrawn"
# The day a record was told is the day its first delivery came, not the day somebody here settled it.
# What was due before the source first delivered anything is history: it was loaded, not late.
_LATENESS = """
WITH began AS (
    SELECT min((received_at AT TIME ZONE 'Asia/Shanghai')::date) AS day FROM delivery WHERE source = %(source)s
),
clock AS MATERIALIZED (SELECT * FROM unnest(%(days)s::date[], %(dues)s::date[]) AS c(day, due_on)),
told AS (
    SELECT c.due_on, (d.received_at AT TIME ZONE 'Asia/Shanghai')::date AS told_on, c.due_on < began.day AS is_history
    FROM record AS r CROSS JOIN began
    JOIN record AS first ON first.record_key = r.record_key AND first.revision = 1
    JOIN delivery AS d ON d.delivery_id = first.delivery_id
    LEFT JOIN clock AS c ON c.day = r.{anchor}
    WHERE r.source = %(source)s AND r.kind = %(kind)s AND {known} AND r.{anchor} BETWEEN %(first)s AND %(as_of)s
)
SELECT count(*) AS records,
    count(*) FILTER (WHERE is_history) AS history,
    count(*) FILTER (WHERE NOT is_history AND told_on <= due_on) AS in_time,
    count(*) FILTER (WHERE NOT is_history AND told_on > due_on) AS late,
    count(*) FILTER (WHERE due_on IS NULL) AS beyond_calendar,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY told_on - due_on) FILTER (WHERE NOT is_history AND told_on > due_on) AS late_days_half,
    max(told_on - due_on) FILTER (WHERE NOT is_history AND told_on > due_on) AS late_days_most
FROM told
"""


@dataclass(frozen=True)
class Lateness:
    """Records of one kind by when they were told; `late_days_*` are calendar days after the legal day, of the late ones."""

    records: int
    history: int
    in_time: int
    late: int
    beyond_calendar: int
    late_days_half: int | None
    late_days_most: int | None


@dataclass(frozen=True)
class Period:
    """The days looked at, and the number up to which it was known."""

    first: date
    as_of: date
    known_seq: int


def count_lateness(session: ReadSession, source: str, *, kind: str, anchor: str, dues: Mapping[date, date], period: Period) -> Lateness:
    """Count a source's records whose `anchor` lies in the period; `dues` gives the last legal day for each such day it knows."""
    values = _values(source, period) | {"kind": kind, "days": list(dues), "dues": list(dues.values())}
    statement = sql.SQL(_LATENESS).format(anchor=sql.Identifier(anchor), known=sql.SQL(_KNOWN))
    with driver_connection(session).cursor(row_factory=class_row(Lateness)) as cursor:
        found = cursor.execute(statement, values).fetchone()
    assert found is not None
    return found


def count_filled(session: ReadSession, source: str, *, kind: str, fields: Sequence[str], period: Period) -> dict[str, int]:
    """How many records of the period carry each field; under `records`, how many there are. Records are of the period by `occurred_on`."""
    counted = [
        sql.SQL("count({}) AS {}").format(
            sql.SQL("nullif(r.detail ->> {}, '')").format(sql.Literal(name.removeprefix("detail.")))
            if name.startswith("detail.")
            else sql.Identifier("r", name),
            sql.Identifier(name),
        )
        for name in fields
    ]
    statement = sql.SQL(
        "SELECT {} FROM record AS r WHERE r.source = %(source)s AND r.kind = %(kind)s AND {}"
        " AND r.occurred_on BETWEEN %(first)s AND %(as_of)s"
    ).format(sql.SQL(", ").join([sql.SQL("count(*) AS records"), *counted]), sql.SQL(_KNOWN))
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        found: dict[str, Any] | None = cursor.execute(statement, _values(source, period) | {"kind": kind}).fetchone()
    assert found is not None
    return {name: int(value) for name, value in found.items()}


def count_rows(session: ReadSession, source: str, *, period: Period) -> dict[str, Any]:
    """Rows of the deliveries that came in the period, as they ended, and what waits today."""
    of_period = "(received_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN %(first)s AND %(as_of)s"
    statement = f"""
    SELECT count(*) AS deliveries, coalesce(sum((counts ->> 'rows_read')::bigint), 0)::bigint AS rows_read,
        coalesce(sum((counts ->> 'rejected')::bigint), 0)::bigint AS rejected,
        coalesce(sum((counts ->> 'queued')::bigint), 0)::bigint AS queued, max(received_at) AS last_received_at,
        (SELECT count(*) FROM queue_item WHERE source = %(source)s AND state = 'open') AS waiting
    FROM delivery WHERE source = %(source)s AND state = 'published' AND {of_period}
    """
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(statement, _values(source, period)).fetchone()
    assert found is not None
    return dict(found)


def _values(source: str, period: Period) -> dict[str, Any]:
    return {"source": source, "first": period.first, "as_of": period.as_of, "seq": period.known_seq}
