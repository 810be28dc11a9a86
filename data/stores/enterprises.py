"""Enterprises and their registry facts under both clocks: placing what a registry file says, and writing only what differs.

Temporary tables, alive for one transaction: `staged_enterprise` with `more_identifier`, `former_name`, `staged_link` (what the file says),
`placed` (which enterprise each row is about), and one plan per kind of fact (what would change).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from data.stores.knowledge import Drawn
from models.identifiers import key_of, name_key

STAGED_ENTERPRISE = (
    "staged_no bigint", "row_no integer", "founding_key bigint", "content_hash bigint", "scheme text", "value text", "name text",
    "name_key text", "name_from date", "name_until date", "type text", "state text", "region text", "industry text", "size text",
    "state_on date", "registered_on date", "valid_from date", "is_natural_person boolean", "other jsonb",
)  # fmt: skip
SIDE_TABLES = {
    "more_identifier": ("staged_no bigint", "scheme text", "value text"),
    "former_name": ("staged_no bigint", "name text", "name_key text", "valid_from date", "valid_until date"),
    "staged_link": ("staged_no bigint", "kind text", "scheme text", "value text", "valid_from date", "valid_until date"),
}
_TABLES = ("staged_enterprise", *SIDE_TABLES, "placed", "identifier_plan", "name_plan", "fact_plan", "fact_pieces", "link_plan", "changed")
_FIRST_DAY = "date '0001-01-01'"

_PLACED = """
CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
SELECT e.staged_no, e.row_no, e.content_hash, coalesce(i.enterprise_key, m.first, e.founding_key) AS enterprise_key,
    x.enterprise_key IS NULL AND i.enterprise_key IS NULL AND m.first IS NULL AS is_new,
    CASE WHEN m.first <> m.last OR m.first <> i.enterprise_key THEN 'disagreeing'
        WHEN i.enterprise_key IS NULL AND m.first IS NULL AND (x.founding_scheme, x.founding_value) <> (e.scheme, e.value) THEN 'collision'
        ELSE 'taken' END AS verdict
FROM staged_enterprise AS e
LEFT JOIN enterprise_identifier AS i ON i.scheme = e.scheme AND i.value = e.value AND i.superseded_seq IS NULL
LEFT JOIN enterprise AS x ON x.enterprise_key = e.founding_key
LEFT JOIN (
    SELECT more.staged_no, min(known.enterprise_key) AS first, max(known.enterprise_key) AS last
    FROM more_identifier AS more JOIN enterprise_identifier AS known
        ON known.scheme = more.scheme AND known.value = more.value AND known.superseded_seq IS NULL
    GROUP BY more.staged_no
) AS m ON m.staged_no = e.staged_no
"""
_DOUBLED = """
WITH ranked AS (
    SELECT staged_no, row_number() OVER (PARTITION BY enterprise_key ORDER BY staged_no) AS place,
        min(content_hash) OVER (PARTITION BY enterprise_key) <> max(content_hash) OVER (PARTITION BY enterprise_key) AS differs
    FROM placed
    WHERE verdict = 'taken' AND enterprise_key IN (SELECT enterprise_key FROM placed GROUP BY enterprise_key HAVING count(*) > 1)
)
UPDATE placed AS p SET verdict = CASE WHEN r.differs THEN 'contradiction' ELSE 'repeated' END
FROM ranked AS r WHERE r.staged_no = p.staged_no AND (r.differs OR r.place > 1)
"""
_SHARED = """
WITH given AS (
    SELECT staged_no, scheme, value FROM more_identifier UNION ALL SELECT staged_no, scheme, value FROM staged_enterprise
), shared AS (
    SELECT g.scheme, g.value FROM given AS g JOIN placed AS p USING (staged_no) WHERE p.verdict = 'taken'
    GROUP BY g.scheme, g.value HAVING count(DISTINCT p.enterprise_key) > 1
)
UPDATE placed AS p SET verdict = 'shared'
FROM given AS g JOIN shared USING (scheme, value) WHERE g.staged_no = p.staged_no AND p.verdict = 'taken'
"""
# The verdicts are named once more, so that the list of rows is put together for these only: over all rows it would be quadratic.
_TELL = """
WITH clash AS MATERIALIZED (
    SELECT enterprise_key, left(string_agg(row_no::text, ', ' ORDER BY row_no), 200) AS rows FROM placed
    WHERE verdict = 'contradiction' GROUP BY enterprise_key
)
INSERT INTO found (row_no, outcome, column_name, value, code, message, suggestion)
SELECT e.row_no, 'rejected', e.scheme, e.value,
    CASE p.verdict WHEN 'disagreeing' THEN 'registry.identifiers_disagree' WHEN 'collision' THEN 'registry.key_collision'
        WHEN 'shared' THEN 'registry.identifier_twice' ELSE 'registry.contradiction' END,
    CASE p.verdict WHEN 'disagreeing' THEN 'The identifiers of this row belong to different enterprises.'
        WHEN 'collision' THEN 'The identifier has by chance the same key as another one.'
        WHEN 'shared' THEN 'Two enterprises of this file claim one identifier. Neither row was taken.'
        ELSE 'Several rows of this file say different things of one enterprise: rows ' || c.rows || '. None of them was taken.' END,
    CASE p.verdict WHEN 'disagreeing' THEN 'Split the row, or correct the identifier that is wrong.'
        WHEN 'collision' THEN 'Name another identifier first.' WHEN 'shared' THEN 'Correct the identifier of one of them.'
        ELSE 'Keep the row that is right.' END
FROM placed AS p JOIN staged_enterprise AS e USING (staged_no) LEFT JOIN clash AS c ON c.enterprise_key = p.enterprise_key
WHERE p.verdict NOT IN ('taken', 'repeated')
"""
_IDENTIFIER_PLAN = """
CREATE TEMPORARY TABLE identifier_plan ON COMMIT DROP AS
SELECT DISTINCT p.enterprise_key, g.scheme, g.value
FROM placed AS p JOIN (
    SELECT staged_no, scheme, value FROM staged_enterprise UNION ALL SELECT staged_no, scheme, value FROM more_identifier
) AS g USING (staged_no)
WHERE p.verdict = 'taken' AND NOT EXISTS (
    SELECT FROM enterprise_identifier AS i WHERE i.scheme = g.scheme AND i.value = g.value AND i.superseded_seq IS NULL
)
"""
# One row per name to be written, with the row it closes. A new name ends the old one on the day it began, or on the day we heard of it.
_NAME_PLAN = """
CREATE TEMPORARY TABLE name_plan ON COMMIT DROP AS
WITH said AS (
    SELECT p.enterprise_key, p.staged_no, e.name, e.name_key, e.name_from, e.name_until, n.name AS old_name, n.name_key AS old_key,
        n.valid_from AS old_from, n.known_seq AS old_seq, coalesce(e.name_from, %(day)s::date) AS renamed_on
    FROM placed AS p JOIN staged_enterprise AS e USING (staged_no)
    LEFT JOIN enterprise_name AS n ON n.enterprise_key = p.enterprise_key AND n.superseded_seq IS NULL AND n.valid_until IS NULL
    WHERE p.verdict = 'taken'
), renamed AS (
    SELECT * FROM said WHERE name IS NOT NULL AND (
        old_name IS NULL OR old_name <> name OR (name_from IS NOT NULL AND name_from IS DISTINCT FROM old_from)
    )
), former AS (
    SELECT s.enterprise_key, f.name, f.name_key, f.valid_from,
        coalesce(
            f.valid_until, s.name_from, CASE WHEN s.name IS NULL OR s.name = s.old_name THEN s.old_from END, %(day)s::date
        ) AS valid_until,
        k.known_seq AS old_seq
    FROM said AS s JOIN former_name AS f USING (staged_no)
    LEFT JOIN enterprise_name AS k ON k.enterprise_key = s.enterprise_key AND k.name = f.name AND k.superseded_seq IS NULL
    WHERE k.name IS NULL OR (
        f.valid_until IS NOT NULL AND (f.valid_from, f.valid_until) IS DISTINCT FROM (coalesce(k.valid_from, f.valid_from), k.valid_until)
    )
), written AS (
    SELECT 1 AS rank, enterprise_key, name, name_key, valid_from, valid_until, name AS closes_name, old_seq AS closes FROM former
    UNION ALL
    SELECT 2, enterprise_key, name, name_key,
        CASE WHEN old_name IS NULL OR old_name = name THEN name_from
            WHEN old_key = name_key THEN coalesce(name_from, old_from) ELSE renamed_on END,
        name_until, old_name, CASE WHEN old_key = name_key THEN old_seq END
    FROM renamed
    UNION ALL
    SELECT 3, enterprise_key, old_name, old_key, old_from, renamed_on, old_name, old_seq FROM renamed WHERE old_key <> name_key
)
SELECT DISTINCT ON (enterprise_key, name) * FROM written ORDER BY enterprise_key, name, rank
"""
# What the registry says now, laid over what it said last (`l`, the open span): nothing said erases nothing.
# `starts_on` is where the new span begins; `from_on` where known spans are rewritten: earlier when the day of a state is corrected.
_FACT_PLAN = f"""
CREATE TEMPORARY TABLE fact_plan ON COMMIT DROP AS
WITH said AS (
    SELECT p.enterprise_key, l.enterprise_key IS NULL AS is_first, l.state AS old_state, e.state_on, e.valid_from,
        coalesce(e.type, l.type) AS type, coalesce(e.state, l.state, 'in_business') AS state, coalesce(e.region, l.region) AS region,
        coalesce(e.industry, l.industry) AS industry, coalesce(e.size, l.size) AS size,
        coalesce(e.registered_on, l.registered_on) AS registered_on,
        e.is_natural_person OR coalesce(l.is_natural_person, false) AS is_natural_person,
        coalesce(l.other, '{{}}'::jsonb) || e.other AS other, l.type AS old_type, l.region AS old_region,
        l.industry AS old_industry, l.size AS old_size, l.registered_on AS old_registered_on, l.is_natural_person AS was_natural_person,
        l.other AS old_other, run.started_on, run.before
    FROM placed AS p JOIN staged_enterprise AS e USING (staged_no)
    LEFT JOIN registry_fact AS l ON l.enterprise_key = p.enterprise_key AND l.superseded_seq IS NULL AND l.valid_until IS NULL
    LEFT JOIN LATERAL (
        SELECT coalesce(max(d.valid_until) FILTER (WHERE d.state <> l.state), min(d.valid_from)) AS started_on,
            (array_agg(d.state ORDER BY d.valid_from DESC) FILTER (WHERE d.state <> l.state))[1] AS before
        FROM registry_fact AS d WHERE d.enterprise_key = l.enterprise_key AND d.superseded_seq IS NULL
            AND e.state_on IS NOT NULL AND e.state = l.state AND l.state <> 'in_business'
    ) AS run ON true
    WHERE p.verdict = 'taken'
), differing AS (
    SELECT *, started_on IS NOT NULL AND state_on <> started_on AS is_corrected FROM said
    WHERE is_first OR (started_on IS NOT NULL AND state_on <> started_on)
        OR (type, state, region, industry, size, registered_on, is_natural_person, other) IS DISTINCT FROM
            (old_type, old_state, old_region, old_industry, old_size, old_registered_on, was_natural_person, old_other)
)
SELECT enterprise_key, type, state, region, industry, size, registered_on, is_natural_person, other, is_first, is_corrected, started_on,
    coalesce(before, 'in_business') AS before,
    CASE
        WHEN is_first AND state = 'in_business' THEN coalesce(valid_from, registered_on, {_FIRST_DAY})
        WHEN is_first THEN coalesce(state_on, valid_from, %(day)s::date)
        WHEN is_corrected THEN state_on
        WHEN state <> old_state THEN coalesce(state_on, valid_from, %(day)s::date)
        ELSE coalesce(valid_from, %(day)s::date)
    END AS starts_on
FROM differing
"""
# The pieces of known spans that stay true before the new one, and before the first dated end of an enterprise, its time in business.
_FACT_PIECES = f"""
CREATE TEMPORARY TABLE fact_pieces ON COMMIT DROP AS
SELECT c.enterprise_key, c.valid_from, least(c.valid_until, p.starts_on) AS valid_until, c.type,
    CASE WHEN p.is_corrected AND c.valid_from >= p.started_on THEN p.before ELSE c.state END AS state,
    c.region, c.industry, c.size, c.registered_on, c.is_natural_person, c.other, c.known_seq AS closes
FROM fact_plan AS p JOIN registry_fact AS c ON c.enterprise_key = p.enterprise_key AND c.superseded_seq IS NULL
WHERE c.valid_until IS NULL OR c.valid_until > CASE WHEN p.is_corrected THEN least(p.starts_on, p.started_on) ELSE p.starts_on END
UNION ALL
SELECT p.enterprise_key, coalesce(p.registered_on, {_FIRST_DAY}), p.starts_on, p.type, 'in_business', p.region, p.industry, p.size,
    p.registered_on, p.is_natural_person, p.other, NULL
FROM fact_plan AS p WHERE p.is_first AND p.state <> 'in_business' AND coalesce(p.registered_on, {_FIRST_DAY}) < p.starts_on
"""
_LINK_PLAN = """
CREATE TEMPORARY TABLE link_plan ON COMMIT DROP AS
SELECT DISTINCT ON (p.enterprise_key, t.enterprise_key, l.kind) l.staged_no, p.enterprise_key AS from_key, t.enterprise_key AS to_key,
    l.kind, l.scheme, l.value, l.valid_from, l.valid_until, k.known_seq AS closes,
    k.from_key IS NULL OR (k.valid_from, k.valid_until) IS DISTINCT FROM
        (coalesce(l.valid_from, k.valid_from), coalesce(l.valid_until, k.valid_until)) AS is_written
FROM staged_link AS l JOIN placed AS p USING (staged_no)
LEFT JOIN LATERAL (
    SELECT i.enterprise_key FROM enterprise_identifier AS i WHERE i.scheme = l.scheme AND i.value = l.value AND i.superseded_seq IS NULL
    UNION ALL SELECT n.enterprise_key FROM identifier_plan AS n WHERE n.scheme = l.scheme AND n.value = l.value
    LIMIT 1
) AS t ON true
LEFT JOIN enterprise_link AS k
    ON k.from_key = p.enterprise_key AND k.to_key = t.enterprise_key AND k.kind = l.kind AND k.superseded_seq IS NULL
WHERE p.verdict = 'taken' AND t.enterprise_key IS DISTINCT FROM p.enterprise_key
ORDER BY p.enterprise_key, t.enterprise_key, l.kind, l.staged_no
"""
_TELL_LINKS = """
INSERT INTO found (row_no, outcome, column_name, value, code, message, suggestion)
SELECT e.row_no, 'note', l.scheme, l.value, 'registry.link_unknown',
    'The enterprise that this row is linked to (' || l.kind || ') is not known here.', 'Deliver it, and this row again after it.'
FROM link_plan AS l JOIN staged_enterprise AS e USING (staged_no) WHERE l.to_key IS NULL
"""
_CHANGED = """
CREATE TEMPORARY TABLE changed ON COMMIT DROP AS
SELECT enterprise_key FROM fact_plan UNION SELECT enterprise_key FROM name_plan UNION SELECT enterprise_key FROM identifier_plan
UNION SELECT from_key FROM link_plan WHERE to_key IS NOT NULL AND is_written
"""
_APPLY = (
    """INSERT INTO enterprise (enterprise_key, founding_scheme, founding_value, known_seq)
    SELECT p.enterprise_key, e.scheme, e.value, %(seq)s FROM placed AS p JOIN staged_enterprise AS e USING (staged_no)
    WHERE p.is_new AND p.verdict = 'taken' ORDER BY p.enterprise_key""",
    """INSERT INTO enterprise_identifier (scheme, value, known_seq, enterprise_key)
    SELECT scheme, value, %(seq)s, enterprise_key FROM identifier_plan ORDER BY scheme, value""",
    """UPDATE enterprise_name AS n SET superseded_seq = %(seq)s FROM name_plan AS p
    WHERE n.enterprise_key = p.enterprise_key AND n.name = p.closes_name AND n.known_seq = p.closes AND n.superseded_seq IS NULL""",
    """INSERT INTO enterprise_name (enterprise_key, name, known_seq, name_key, valid_from, valid_until)
    SELECT enterprise_key, name, %(seq)s, name_key, valid_from, valid_until FROM name_plan
    WHERE valid_until IS NULL OR valid_from IS NULL OR valid_from < valid_until ORDER BY enterprise_key, name""",
    """UPDATE registry_fact AS f SET superseded_seq = %(seq)s FROM fact_pieces AS p
    WHERE f.enterprise_key = p.enterprise_key AND f.valid_from = p.valid_from AND f.known_seq = p.closes AND f.superseded_seq IS NULL""",
    """INSERT INTO registry_fact (enterprise_key, valid_from, known_seq, valid_until, type, state, region, industry, size, registered_on,
        is_natural_person, other)
    SELECT enterprise_key, valid_from, %(seq)s, valid_until, type, state, region, industry, size, registered_on, is_natural_person, other
    FROM fact_pieces WHERE valid_from < valid_until
    UNION ALL
    SELECT enterprise_key, starts_on, %(seq)s, NULL, type, state, region, industry, size, registered_on, is_natural_person, other
    FROM fact_plan ORDER BY 1, 2""",
    """UPDATE enterprise_link AS k SET superseded_seq = %(seq)s FROM link_plan AS l
    WHERE l.is_written AND k.from_key = l.from_key AND k.to_key = l.to_key AND k.kind = l.kind AND k.known_seq = l.closes""",
    """INSERT INTO enterprise_link (from_key, to_key, kind, known_seq, valid_from, valid_until)
    SELECT from_key, to_key, kind, %(seq)s, valid_from, valid_until FROM link_plan WHERE to_key IS NOT NULL AND is_written""",
)


@contextmanager
def registry_tables(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Make the tables that take the file's rows, for the rest of this transaction."""
    _drop(connection)
    for name, columns in (("staged_enterprise", STAGED_ENTERPRISE), *SIDE_TABLES.items()):
        connection.execute(f"CREATE TEMPORARY TABLE {name} ({', '.join(columns)}) ON COMMIT DROP")
    yield
    _drop(connection)


def _drop(connection: psycopg.Connection[Any]) -> None:
    connection.execute("DROP TABLE IF EXISTS " + ", ".join(f"pg_temp.{name}" for name in _TABLES))


def copy_statement(table: str) -> sql.Composed:
    """The COPY that fills one of the tables with lines of text in which an empty cell is NULL."""
    return sql.SQL("COPY {} FROM STDIN (NULL '')").format(sql.Identifier(table))


def place_enterprises(connection: psycopg.Connection[Any], *, has_more: bool) -> None:
    """Tell which enterprise each row is about, and refuse rows that contradict each other or what is known."""
    for table in ("staged_enterprise", *SIDE_TABLES):
        connection.execute(f"ANALYZE {table}")
    connection.execute(_PLACED)
    connection.execute("ANALYZE placed")
    connection.execute(_DOUBLED)
    if has_more:
        connection.execute(_SHARED)
    connection.execute(_TELL)


def plan_changes(connection: psycopg.Connection[Any], *, heard_on: date) -> int:
    """Find what would change, and for how many enterprises. `heard_on` dates a change of which the registry says no day."""
    for statement in (_IDENTIFIER_PLAN, _NAME_PLAN, _FACT_PLAN, _FACT_PIECES, _LINK_PLAN, _TELL_LINKS):
        connection.execute(statement, {"day": heard_on})
    for table in ("identifier_plan", "name_plan", "fact_plan", "fact_pieces", "link_plan"):
        connection.execute(f"ANALYZE {table}")
    return connection.execute(_CHANGED).rowcount


def apply_changes(connection: psycopg.Connection[Any], drawn: Drawn) -> None:
    """Close what is superseded and write what is new, all under one `known_seq`."""
    for statement in _APPLY:
        connection.execute(statement, {"seq": drawn.known_seq})


def count_placed(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows by outcome: accepted are enterprises new here, revised those of which anything changed."""
    statement = """
    SELECT count(*) FILTER (WHERE p.verdict = 'taken' AND p.is_new),
        count(*) FILTER (WHERE (p.verdict = 'taken' AND NOT p.is_new AND c.enterprise_key IS NULL) OR p.verdict = 'repeated'),
        count(*) FILTER (WHERE p.verdict = 'taken' AND NOT p.is_new AND c.enterprise_key IS NOT NULL),
        count(*) FILTER (WHERE p.verdict NOT IN ('taken', 'repeated'))
    FROM placed AS p LEFT JOIN changed AS c USING (enterprise_key)
    """
    row = connection.execute(statement).fetchone()
    assert row is not None
    return dict(zip(("accepted", "unchanged", "revised", "rejected"), row, strict=True))


def find_by_identifier(connection: psycopg.Connection[Any], scheme: str, value: str) -> int | None:
    """The key of the enterprise that bears an identifier now."""
    statement = "SELECT enterprise_key FROM enterprise_identifier WHERE scheme = %s AND value = %s AND superseded_seq IS NULL"
    row = connection.execute(statement, (scheme, value)).fetchone()
    return int(row[0]) if row else None


def found_enterprise(connection: psycopg.Connection[Any], drawn: Drawn, *, scheme: str, value: str, name: str) -> int:
    """Write down an enterprise that an officer vouches for; the registry's facts may follow. Gives its key."""
    key = key_of(scheme, value)
    connection.execute(
        "INSERT INTO enterprise (enterprise_key, founding_scheme, founding_value, known_seq) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (key, scheme, value, drawn.known_seq),
    )
    connection.execute(
        "INSERT INTO enterprise_identifier (scheme, value, known_seq, enterprise_key) VALUES (%s, %s, %s, %s)",
        (scheme, value, drawn.known_seq, key),
    )
    connection.execute(
        "INSERT INTO enterprise_name (enterprise_key, name, known_seq, name_key) VALUES (%s, %s, %s, %s)",
        (key, name, drawn.known_seq, name_key(name)),
    )
    return key
