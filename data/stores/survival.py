"""Spans between the failures of one enterprise, for statistics."""

from datetime import date

from data.database import ReadSession, driver_connection

# One failure per enterprise and day: several findings of one visit are one. The day is that of the fact, not of its paper. What a duplicate
# did was done by the entry that is kept.
_SPANS = """
WITH told AS (
    SELECT DISTINCT coalesce(link.to_key, r.enterprise_key) AS enterprise_key, r.occurred_on AS day
    FROM record AS r LEFT JOIN enterprise_link AS link ON link.from_key = r.enterprise_key AND link.kind = 'same_as'
        AND link.known_seq <= %(seq)s AND (link.superseded_seq IS NULL OR link.superseded_seq > %(seq)s)
    WHERE r.kind = %(kind)s AND r.outcome = ANY (%(outcomes)s) AND (%(severities)s::text[] = '{}' OR r.severity = ANY (%(severities)s))
        AND r.known_seq <= %(seq)s AND (r.superseded_seq IS NULL OR r.superseded_seq > %(seq)s) AND NOT r.is_withdrawn
        AND r.concluded_on IS NOT NULL AND r.occurred_on <= %(until)s
),
closed AS (
    SELECT enterprise_key, min(valid_from) AS day FROM registry_fact
    WHERE known_seq <= %(seq)s AND (superseded_seq IS NULL OR superseded_seq > %(seq)s) AND state <> 'in_business' GROUP BY enterprise_key
),
spans AS (
    SELECT told.enterprise_key, told.day, lead(told.day) OVER (PARTITION BY told.enterprise_key ORDER BY told.day) AS again,
        row_number() OVER (PARTITION BY told.enterprise_key ORDER BY told.day) AS nth, closed.day AS closed_on
    FROM told LEFT JOIN closed USING (enterprise_key)
)
SELECT nth, coalesce(again, least(%(until)s, closed_on)) - day AS days, again IS NOT NULL AS is_repeat FROM spans
WHERE coalesce(again, least(%(until)s, closed_on)) > day AND (%(every)s OR nth = 1) ORDER BY 1, 2, 3
"""


def list_spans(
    session: ReadSession,
    *,
    kind: str,
    outcomes: list[str],
    severities: list[str],
    until: date,
    known_seq: int,
    every: bool,
) -> list[tuple[int, int, bool]]:
    """From each failure to the next: which of an enterprise's failures it was, days, and whether another came by `until`.

    Who left business is looked for no longer than that. `every` takes all failures, otherwise the first of each enterprise alone.
    """
    asked = {"kind": kind, "outcomes": outcomes, "severities": severities, "until": until, "seq": known_seq, "every": every}
    return [(nth, days, is_repeat) for nth, days, is_repeat in driver_connection(session).execute(_SPANS, asked).fetchall()]
