"""What becomes of each staged record: whose it is, and how it stands to what is known. Set-based, over the tables of `data.stores.staged`.

Verdicts: accepted, revised (a later revision of a known record), unchanged, repeated (an equal row stood before it), older (the source's
mark, or a newer delivery, has overtaken it), queued (whose it is cannot be told with certainty), rejected.
"""

from typing import Any

import psycopg

MARK_ORDER = "CASE WHEN {0} ~ '^[0-9]{{1,18}}$' THEN lpad({0}, 18, '0') ELSE {0} END COLLATE \"C\""
"""Marks that are numbers are ordered as numbers, others by their characters."""

# A name counts on the days on which it is borne; None at either end is open.
_BORNE_THAT_DAY = (
    "n.superseded_seq IS NULL AND (n.valid_from IS NULL OR n.valid_from <= s.occurred_on)"
    " AND (n.valid_until IS NULL OR s.occurred_on < n.valid_until)"
)
_BY_NAME = f"""
CREATE TEMPORARY TABLE by_name ON COMMIT DROP AS
SELECT s.staged_no, count(DISTINCT n.enterprise_key) AS bearers, min(n.enterprise_key) AS enterprise_key
FROM staged AS s JOIN enterprise_name AS n ON n.name_key = s.name_key AND {_BORNE_THAT_DAY}
WHERE s.scheme IS NULL AND s.name_key IS NOT NULL AND s.forced_key IS NULL
GROUP BY s.staged_no
"""
_JUDGED = f"""
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
SELECT s.staged_no, s.row_no, s.record_key, CASE WHEN s.scheme IS NOT NULL THEN s.name_key END AS name_key, matched.enterprise_key,
    c.revision AS current_revision, c.enterprise_key AS current_enterprise_key,
    CASE
        WHEN c.source <> s.source OR c.source_ref <> s.source_ref THEN 'collision'
        WHEN c.content_hash = s.content_hash THEN 'unchanged'
        WHEN {MARK_ORDER.format("s.source_mark")} < {MARK_ORDER.format("c.source_mark")} THEN 'older'
        WHEN c.known_seq > %(reread_seq)s::bigint AND c.delivery_id <> %(reread_id)s::bigint THEN 'overtaken'
        WHEN matched.enterprise_key IS NULL THEN 'queued'
        WHEN c.record_key IS NULL THEN 'accepted'
        ELSE 'revised'
    END AS verdict
FROM staged AS s
LEFT JOIN enterprise_identifier AS i ON i.scheme = s.scheme AND i.value = s.value AND i.superseded_seq IS NULL AND s.forced_key IS NULL
LEFT JOIN by_name AS b ON b.staged_no = s.staged_no AND b.bearers = 1
CROSS JOIN LATERAL (SELECT coalesce(s.forced_key, i.enterprise_key, b.enterprise_key) AS enterprise_key) AS matched
LEFT JOIN record AS c ON c.record_key = s.record_key AND c.superseded_seq IS NULL
"""
# Several identifiers in one record must not name two enterprises; those that are not known say nothing.
_SEVERAL = """
UPDATE judged AS j
SET enterprise_key = CASE WHEN several.named = 1 THEN several.enterprise_key END,
    verdict = CASE WHEN several.named > 1 THEN 'disagreeing' WHEN j.current_revision IS NULL THEN 'accepted' ELSE 'revised' END
FROM (
    SELECT s.staged_no, count(DISTINCT i.enterprise_key) AS named, min(i.enterprise_key) AS enterprise_key
    FROM staged AS s
    CROSS JOIN LATERAL (
        SELECT s.scheme, s.value UNION ALL SELECT other ->> 0, other ->> 1 FROM jsonb_array_elements(s.others) AS other
    ) AS given (scheme, value)
    JOIN enterprise_identifier AS i ON i.scheme = given.scheme AND i.value = given.value AND i.superseded_seq IS NULL
    WHERE s.others IS NOT NULL AND s.forced_key IS NULL
    GROUP BY s.staged_no
) AS several
WHERE several.staged_no = j.staged_no AND j.verdict IN ('accepted', 'revised', 'queued')
"""
# The identifier says one enterprise. A name that it never bore and another one bears on that day contradicts; any other name is noted.
_UNUSUAL = """
CREATE TEMPORARY TABLE unusual ON COMMIT DROP AS
SELECT j.staged_no FROM judged AS j
WHERE j.verdict IN ('accepted', 'revised') AND j.name_key IS NOT NULL AND NOT EXISTS (
    SELECT FROM enterprise_name AS n WHERE n.enterprise_key = j.enterprise_key AND n.name_key = j.name_key AND n.superseded_seq IS NULL
)
"""
_CONTRADICTED = f"""
UPDATE judged AS j SET verdict = 'contradicted'
FROM unusual AS u JOIN staged AS s USING (staged_no)
WHERE u.staged_no = j.staged_no AND s.forced_key IS NULL
    AND EXISTS (SELECT FROM enterprise_name AS n WHERE n.name_key = s.name_key AND {_BORNE_THAT_DAY})
"""
_NOTE_UNUSUAL = """
INSERT INTO found (row_no, outcome, value, code, message)
SELECT s.row_no, 'note', s.name, 'match.unusual_name',
    'The identifier ' || s.scheme || ' ' || s.value
        || ' decides whose record this is; its enterprise was never known here under the name given.'
FROM unusual AS u JOIN judged AS j USING (staged_no) JOIN staged AS s USING (staged_no)
WHERE j.verdict IN ('accepted', 'revised') AND s.forced_key IS NULL
ORDER BY s.staged_no LIMIT %s
"""
_DOUBLED = "CREATE TEMPORARY TABLE doubled ON COMMIT DROP AS SELECT record_key FROM staged GROUP BY record_key HAVING count(*) > 1"
# Of rows with one reference the newest mark counts; if two of the newest say different things, neither is believed.
_CONTRADICTIONS = f"""
WITH rows AS (
    SELECT s.staged_no, s.row_no, s.record_key, s.source_ref, s.content_hash, coalesce({MARK_ORDER.format("s.source_mark")}, '') AS mark
    FROM staged AS s JOIN doubled USING (record_key)
), ranked AS (
    SELECT *, max(mark) OVER key AS newest, min(source_ref) OVER key <> max(source_ref) OVER key AS collides,
        min(content_hash) OVER (key_mark) <> max(content_hash) OVER (key_mark) AS differs
    FROM rows WINDOW key AS (PARTITION BY record_key), key_mark AS (PARTITION BY record_key, mark)
)
UPDATE judged AS j
SET verdict = CASE WHEN r.collides THEN 'collision' WHEN r.mark < r.newest THEN 'older' ELSE 'contradiction' END
FROM ranked AS r
WHERE r.staged_no = j.staged_no AND (r.collides OR r.mark < r.newest OR r.differs)
"""
_REPEATS = """
WITH ranked AS (
    SELECT j.staged_no, row_number() OVER (PARTITION BY j.record_key ORDER BY j.staged_no) AS place
    FROM judged AS j JOIN doubled USING (record_key) WHERE j.verdict IN ('accepted', 'revised', 'queued', 'contradicted', 'disagreeing')
)
UPDATE judged AS j SET verdict = 'repeated' FROM ranked AS r WHERE r.staged_no = j.staged_no AND r.place > 1
"""
_EXPLAINED = """
WITH clash AS MATERIALIZED (
    SELECT record_key, left(string_agg(row_no::text, ', ' ORDER BY row_no), 200) AS rows FROM judged
    WHERE verdict = 'contradiction' GROUP BY record_key
)
INSERT INTO found (row_no, outcome, column_name, value, code, message, suggestion)
SELECT s.row_no, x.outcome, x.column_name, x.value, x.code, x.message, x.suggestion
FROM judged AS j JOIN staged AS s USING (staged_no) LEFT JOIN clash AS c ON c.record_key = j.record_key
CROSS JOIN LATERAL (
    SELECT 'rejected', 'source_ref', s.source_ref, 'record.contradiction',
        'Several rows of this delivery say different things of ' || s.source_ref || ': rows ' || c.rows || '. None of them was taken.',
        'Keep the row that is right, or give the rows different references or marks of order.'
    WHERE j.verdict = 'contradiction'
    UNION ALL
    SELECT 'rejected', 'source_ref', s.source_ref, 'record.key_collision',
        'The reference ' || s.source_ref || ' has by chance the same key as another reference.', 'Give the record another reference.'
    WHERE j.verdict = 'collision'
    UNION ALL
    SELECT 'rejected', NULL, s.source_ref, 'row.not_half',
        'Another record of this row was rejected, and a row is taken whole or not at all.', NULL
    WHERE j.verdict = 'sibling'
    UNION ALL
    SELECT 'rejected', NULL, s.source_ref, 'queue.refused_before',
        'An officer has refused this very record when it waited for its enterprise: ' || coalesce((
            SELECT q.settled_why FROM queue_item AS q WHERE q.record_key = j.record_key ORDER BY q.queue_id DESC LIMIT 1
        ), ''), 'Correct the record before sending it again.'
    WHERE j.verdict = 'rejected'
    UNION ALL
    SELECT 'note', 'source_mark', s.source_mark, 'record.older',
        'A later revision of ' || s.source_ref || ' is known; this older one changes nothing.', NULL
    WHERE j.verdict = 'older'
    UNION ALL
    SELECT 'note', NULL, s.source_ref, 'record.overtaken',
        'A newer delivery has revised ' || s.source_ref || '; reading the old file again changes nothing.', NULL
    WHERE j.verdict = 'overtaken'
) AS x (outcome, column_name, value, code, message, suggestion)
WHERE j.verdict IN ('contradiction', 'collision', 'sibling', 'rejected', 'older', 'overtaken')
"""
_REJECTING = "('rejected', 'collision', 'contradiction')"
# A row is taken whole or not at all.
_WHOLE_ROWS = f"""
UPDATE judged SET verdict = 'sibling'
WHERE verdict NOT IN {_REJECTING} AND row_no IN (SELECT row_no FROM judged WHERE verdict IN {_REJECTING})
"""
# What an officer refused stays refused while the source says the same.
_REFUSED_BEFORE = """
UPDATE judged AS j SET verdict = 'rejected'
FROM staged AS s
WHERE s.staged_no = j.staged_no AND j.verdict IN ('queued', 'contradicted', 'disagreeing') AND EXISTS (
    SELECT FROM queue_item AS q WHERE q.record_key = j.record_key AND q.content_hash = s.content_hash AND q.state = 'rejected'
        AND q.queue_id = (SELECT max(queue_id) FROM queue_item AS last WHERE last.record_key = j.record_key)
)
"""


def judge(
    connection: psycopg.Connection[Any], *, by_name: bool, several: bool, reread: tuple[int, int] | None = None, notes_limit: int = 1000
) -> int:
    """Fill `judged` from `staged` and what is known, note the first unusual names in `found`, and say how many names were unusual.

    `by_name` and `several` say that some records have no identifier, or more than one. `reread` is the delivery that is read again and
    the `known_seq` under which it was published.
    """
    run = connection.execute
    run("ANALYZE staged (staged_no, record_key, scheme, value, name_key, others)")
    run(_BY_NAME if by_name else "CREATE TEMPORARY TABLE by_name (staged_no bigint, bearers bigint, enterprise_key bigint) ON COMMIT DROP")
    run(_JUDGED, {"reread_id": reread and reread[0], "reread_seq": reread and reread[1]})
    run("ANALYZE judged")
    if several:
        run(_SEVERAL)
    unusual = run(_UNUSUAL).rowcount
    if unusual:
        unusual -= run(_CONTRADICTED).rowcount
        run(_NOTE_UNUSUAL, (notes_limit,))
    run("DROP TABLE unusual")
    if run(_DOUBLED).rowcount:
        run(_CONTRADICTIONS)
    run(_REFUSED_BEFORE)
    run(_WHOLE_ROWS)
    run(_REPEATS)
    run(_EXPLAINED)
    run("DROP TABLE doubled")
    return unusual
