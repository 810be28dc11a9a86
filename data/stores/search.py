"""Search of enterprises: by code, by name, former name or part of either; best first, under one total order."""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import dict_row

from data.database import ReadSession, driver_connection

LEAST_SIMILARITY = 0.3
"""Of trigrams: one wrong character in a name of six still finds it."""

# Three ways in, each over an index: the number, the name as it stands or a part of it, and names that look alike. Each enterprise keeps
# its best rank: 0 a code, 1 the whole present name, 2 a whole former name, 3 and 4 the beginning, 5 and 6 a part, 7 what looks alike.
_BY_CODE = """
SELECT enterprise_key, 0 AS rank, 0::real AS distance, value AS matched
FROM enterprise_identifier WHERE superseded_seq IS NULL AND scheme = ANY(%(schemes)s) AND value = ANY(%(codes)s)
"""
_BY_NAME = """
SELECT enterprise_key,
    CASE WHEN name_key = %(text)s THEN 1 WHEN starts_with(name_key, %(text)s) THEN 3 WHEN name_key LIKE %(part)s THEN 5 ELSE 7 END
        + CASE WHEN valid_until IS NOT NULL AND valid_until <= %(today)s AND name_key LIKE %(part)s THEN 1 ELSE 0 END AS rank,
    name_key <-> %(text)s AS distance, name AS matched
FROM enterprise_name
WHERE superseded_seq IS NULL AND (name_key LIKE %(part)s OR name_key %% %(text)s)
ORDER BY rank, distance, enterprise_key LIMIT %(reach)s
"""
_LISTED = """EXISTS (SELECT FROM listing l WHERE l.enterprise_key = ANY (ARRAY(SELECT same_entries(b.enterprise_key)))
    AND l.state <> 'ended' AND l.starts_on <= %(today)s
    AND (l.ends_on IS NULL OR l.ends_on > %(today)s) AND NOT (l.colour = 'red' AND EXISTS (
        SELECT FROM honour_refusal h WHERE h.enterprise_key = l.enterprise_key AND h.resumed_at IS NULL)))"""
"""An entry that others may be shown."""
_SEARCH = f"""
WITH hits AS (({_BY_CODE}) UNION ALL ({_BY_NAME})),
best AS (
    SELECT DISTINCT ON (enterprise_key) enterprise_key, rank, distance, matched FROM hits
    ORDER BY enterprise_key, rank, distance, matched COLLATE "C"
)
SELECT b.enterprise_key, b.rank, b.distance, b.matched, e.founding_scheme AS scheme, e.founding_value AS value, n.name,
    f.region, f.industry, f.state, coalesce(f.is_natural_person, false) AS is_natural_person,
    {_LISTED} AS is_listed
FROM best b JOIN enterprise e USING (enterprise_key)
LEFT JOIN LATERAL (SELECT name FROM enterprise_name n WHERE n.enterprise_key = b.enterprise_key AND n.superseded_seq IS NULL
    ORDER BY (n.valid_until IS NULL OR n.valid_until > %(today)s) DESC, n.valid_from DESC NULLS LAST, n.name COLLATE "C" LIMIT 1) n ON true
LEFT JOIN LATERAL (SELECT region, industry, state, is_natural_person FROM registry_fact f WHERE f.enterprise_key = b.enterprise_key
    AND f.superseded_seq IS NULL AND f.valid_from <= %(today)s ORDER BY f.valid_from DESC LIMIT 1) f ON true
WHERE %(with_natural_persons)s OR NOT coalesce(f.is_natural_person, false) OR {_LISTED}
ORDER BY b.rank, b.distance, b.enterprise_key
OFFSET %(skip)s LIMIT %(limit)s
"""
REACH = 2_000
"""How many names one search weighs; a part so short that more names have it finds the best of these."""


def search(
    session: ReadSession,
    text: str,
    *,
    codes: Sequence[str],
    schemes: Sequence[str],
    today: Any,
    with_natural_persons: bool,
    skip: int,
    limit: int,
) -> list[dict[str, Any]]:
    """One page of enterprises whose code or name fits; `text` is a name key, `codes` are its possible readings as a number."""
    asked = {
        "text": text,
        "part": f"%{_literally(text)}%",
        "codes": list(codes),
        "schemes": list(schemes),
        "today": today,
        "with_natural_persons": with_natural_persons,
        "skip": skip,
        "limit": limit,
        "reach": REACH,
    }
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", (str(LEAST_SIMILARITY),))
        return cursor.execute(_SEARCH, asked).fetchall()


def _literally(text: str) -> str:
    """A text for LIKE that means itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
