"""Figures of the city's targets, counted from the records known at a sequence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from psycopg.rows import class_row
from sqlmodel import col, select

from data.database import ReadSession, WriteSession, driver_connection
from models.tables.targets import TargetCount
from models.targets import Target

# One pass over the records, whatever the number of targets; the day's region of whom an event is about is looked up once per event.
_CELLS = """
WITH target AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(targets)s::jsonb)
        AS t(code text, kind text, counted text[], reached text[], detail jsonb, without jsonb, by text)
),
told AS (
    SELECT t.code, r.source, r.event_key, x.day, r.enterprise_key, r.capacity,
        CASE WHEN t.reached = '{}' THEN coalesce(r.concluded_on <= %(as_of)s, false) ELSE r.outcome = ANY (t.reached) END AS reached
    FROM record AS r JOIN target AS t ON t.kind = r.kind
    CROSS JOIN LATERAL (SELECT CASE t.by WHEN 'occurred_on' THEN r.occurred_on WHEN 'concluded_on' THEN r.concluded_on
        WHEN 'decided_on' THEN r.decided_on ELSE r.published_on END AS day) AS x
    WHERE r.kind = ANY (%(kinds)s) AND r.known_seq <= %(seq)s AND (r.superseded_seq IS NULL OR r.superseded_seq > %(seq)s)
        AND NOT r.is_withdrawn AND x.day BETWEEN %(first)s AND %(as_of)s
        AND (t.counted = '{}' OR r.outcome = ANY (t.counted))
        AND NOT EXISTS (SELECT FROM jsonb_each(t.detail) AS d WHERE NOT coalesce(d.value ? (r.detail ->> d.key), false))
        AND NOT EXISTS (SELECT FROM jsonb_each(t.without) AS d WHERE d.value ? (r.detail ->> d.key))
),
event AS (
    SELECT code, source, event_key, max(day) AS day, bool_and(reached) AS reached,
        (array_agg(enterprise_key ORDER BY (capacity <> 'sampled_unit'), enterprise_key))[1] AS enterprise_key
    FROM told GROUP BY code, source, event_key
)
SELECT code AS target, source, left(f.region, 6) AS district, date_trunc('month', day)::date AS month,
    count(*) AS counted, count(*) FILTER (WHERE reached) AS reached
FROM event LEFT JOIN LATERAL (
    SELECT region FROM registry_fact AS f
    WHERE f.enterprise_key = event.enterprise_key AND f.known_seq <= %(seq)s AND (f.superseded_seq IS NULL OR f.superseded_seq > %(seq)s)
        AND f.valid_from <= %(as_of)s AND (f.valid_until IS NULL OR f.valid_until > %(as_of)s)
    LIMIT 1
) AS f ON true
GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True)
class Cell:
    """Events of one target, source, district (six digits; None where the registry does not say) and month."""

    target: str
    source: str
    district: str | None
    month: date
    counted: int
    reached: int


def count_cells(
    session: ReadSession,
    targets: Sequence[Target],
    *,
    first: date,
    as_of: date,
    known_seq: int,
) -> list[Cell]:
    """Count the events of each target from `first` to `as_of`: one pass over the records, a second to a million of them (measured)."""
    said = [one.model_dump(mode="json", include={"code", "kind", "counted", "reached", "detail", "without", "by"}) for one in targets]
    values = {
        "targets": json.dumps(said),
        "kinds": sorted({one.kind.value for one in targets}),
        "first": first,
        "as_of": as_of,
        "seq": known_seq,
    }
    with driver_connection(session).cursor(row_factory=class_row(Cell)) as cursor:
        return sorted(
            cursor.execute(_CELLS, values).fetchall(), key=lambda cell: (cell.target, cell.source, cell.district or "", cell.month)
        )


@dataclass(frozen=True)
class Counting:
    """The cells of one year up to a day, and what was known when they were counted."""

    as_of: date
    known_seq: int
    known_at: datetime
    cells: tuple[Cell, ...]
    quality: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By source: how it delivers, in the names of the API; only of what is kept."""


def keep_counting(session: WriteSession, counting: Counting) -> None:
    """Keep a counting for its day, in place of an earlier one."""
    cells = [asdict(cell) | {"month": cell.month.isoformat()} for cell in counting.cells]
    session.merge(
        TargetCount(
            as_of=counting.as_of, known_seq=counting.known_seq, known_at=counting.known_at, cells=cells, quality=dict(counting.quality)
        )
    )
    session.flush()


def latest_counting(session: ReadSession) -> Counting | None:
    """The kept counting of the latest day, or None."""
    row = session.exec(select(TargetCount).order_by(col(TargetCount.as_of).desc()).limit(1)).first()
    if row is None:
        return None
    cells = tuple(Cell(**(cell | {"month": date.fromisoformat(cell["month"])})) for cell in row.cells)
    return Counting(as_of=row.as_of, known_seq=row.known_seq, known_at=row.known_at, cells=cells, quality=row.quality)
