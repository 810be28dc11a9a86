"""Checks: matching thousands of suppliers in one statement, their listings in another, and keeping what was answered."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from psycopg.rows import dict_row, tuple_row

from data.database import ReadSession, WriteSession, driver_connection
from data.stores import same_as
from data.stores.evidence import MAY_BE_SHOWN
from data.stores.lookups import KNOWN, LISTING, ON_DAY
from models.errors import NotFound
from models.tables.access import CreditCheck

# Names that nobody bears twice are the rule, so that one row per supplier comes back; of an ambiguous one the first twenty are enough.
_MATCH = f"""
WITH asked AS (
    SELECT * FROM unnest(%(no)s::int[], %(scheme)s::text[], %(value)s::text[], %(name_key)s::text[]) AS a(no, scheme, value, name_key)
), hits AS (
    SELECT a.no, i.enterprise_key, 'code' AS found_by, 1::bigint AS place
    FROM asked a JOIN enterprise_identifier i ON i.scheme = a.scheme AND i.value = a.value AND i.superseded_seq IS NULL
    UNION ALL
    SELECT named.* FROM (
        SELECT a.no, n.enterprise_key, CASE WHEN bool_or({ON_DAY.format("n")}) THEN 'name' ELSE 'former_name' END AS found_by,
            row_number() OVER (PARTITION BY a.no ORDER BY bool_or({ON_DAY.format("n")}) DESC, n.enterprise_key) AS place
        FROM asked a JOIN enterprise_name n ON n.name_key = a.name_key AND {KNOWN.format("n")}
        WHERE a.value IS NULL GROUP BY a.no, n.enterprise_key
    ) AS named WHERE named.place <= %(candidates)s
)
SELECT h.no, h.enterprise_key, h.found_by, e.founding_scheme AS scheme, e.founding_value AS value, borne.name, f.state, f.region,
    kept.to_key AS kept_key, kept.scheme AS kept_scheme, kept.value AS kept_value,
    head.to_key AS head_key, office.founding_scheme AS head_scheme, office.founding_value AS head_value,
    a.name_key IS NULL OR h.found_by <> 'code' OR EXISTS (
        SELECT FROM enterprise_name n WHERE n.enterprise_key = h.enterprise_key AND n.name_key = a.name_key AND {KNOWN.format("n")}
    ) AS name_agrees
FROM hits h JOIN asked a USING (no) JOIN enterprise e USING (enterprise_key)
LEFT JOIN LATERAL (SELECT n.name FROM enterprise_name n WHERE n.enterprise_key = h.enterprise_key AND {KNOWN.format("n")}
    ORDER BY ({ON_DAY.format("n")}) DESC, n.valid_from DESC NULLS LAST, n.name COLLATE "C" LIMIT 1) AS borne ON true
LEFT JOIN LATERAL (SELECT f.state, f.region FROM registry_fact f WHERE f.enterprise_key = h.enterprise_key AND {KNOWN.format("f")}
    AND f.valid_from <= %(day)s ORDER BY f.valid_from DESC LIMIT 1) AS f ON true
LEFT JOIN LATERAL (SELECT l.to_key FROM enterprise_link l WHERE l.from_key = h.enterprise_key AND l.kind = 'branch_of'
    AND {KNOWN.format("l")} AND {ON_DAY.format("l")} ORDER BY l.to_key LIMIT 1) AS head ON true
LEFT JOIN LATERAL (SELECT d.to_key, e.founding_scheme AS scheme, e.founding_value AS value
    FROM enterprise_link d JOIN enterprise e ON e.enterprise_key = d.to_key
    WHERE d.from_key = h.enterprise_key AND d.kind = 'same_as' AND {KNOWN.format("d")}) AS kept ON true
LEFT JOIN enterprise office ON office.enterprise_key = head.to_key
ORDER BY h.no, h.place
"""
_LISTED = f"""
SELECT s.enterprise_key, {LISTING} AS listing, false AS is_stayed, s.list COLLATE "C" AS list, l.listing_id
FROM listing_span s JOIN listing l USING (listing_id)
WHERE s.enterprise_key = ANY(%(keys)s) AND {KNOWN.format("s")}
  AND s.starts_on <= %(day)s AND (s.ends_on IS NULL OR s.ends_on > %(day)s)
UNION ALL
SELECT l.enterprise_key, {LISTING} AS listing, true, l.list COLLATE "C", l.listing_id
FROM listing l CROSS JOIN LATERAL (SELECT l.starts_on, l.ends_on) AS s
WHERE l.enterprise_key = ANY(%(keys)s) AND l.known_seq <= %(known_seq)s AND l.state <> 'ended'
  AND l.starts_on <= %(day)s AND (l.ends_on IS NULL OR l.ends_on > %(day)s) AND EXISTS (
    SELECT FROM jsonb_to_recordset(l.stays) AS stay("from" date, until date)
    WHERE stay."from" <= %(day)s AND (stay.until IS NULL OR stay.until > %(day)s))
ORDER BY enterprise_key, list, listing_id
"""
_GRAVE = f"""
SELECT r.enterprise_key, r.record_key, r.source, r.source_ref, r.kind, r.outcome, r.severity, r.level, r.capacity, r.code, r.title,
    r.authority, r.document_no, r.occurred_on, r.decided_on, r.in_force_until, r.quantities_x10000, r.detail
FROM record r JOIN record n ON n.record_key = r.record_key AND n.superseded_seq IS NULL
WHERE r.enterprise_key = ANY(%(keys)s) AND r.kind = ANY(%(kinds)s) AND {KNOWN.format("r")}
  AND NOT r.is_withdrawn AND r.concluded_on <= %(day)s AND (r.repaired_on IS NULL OR r.repaired_on > %(day)s) AND {MAY_BE_SHOWN}
ORDER BY r.enterprise_key, coalesce(r.decided_on, r.occurred_on), r.record_key
"""
_IDENTIFIED = f"""
SELECT a.scheme, a.value, i.enterprise_key, coalesce(f.is_natural_person, false) AS is_natural_person
FROM unnest(%(schemes)s::text[], %(values)s::text[]) AS a(scheme, value)
JOIN enterprise_identifier i ON i.scheme = a.scheme AND i.value = a.value AND i.superseded_seq IS NULL
LEFT JOIN LATERAL (SELECT f.is_natural_person FROM registry_fact f WHERE f.enterprise_key = i.enterprise_key AND {KNOWN.format("f")}
    AND f.valid_from <= %(day)s ORDER BY f.valid_from DESC LIMIT 1) AS f ON true
"""
_KEEP = """
INSERT INTO credit_check (check_id, asked_by, asked_at, purpose, matter, project, as_of, cut_off, known_seq, policy_hash, catalogue_hash,
    change_seq, suppliers, keep_until, answer, receipt_head, receipt_signature)
OVERRIDING SYSTEM VALUE
VALUES (%(check_id)s, %(asked_by)s, %(asked_at)s, %(purpose)s, %(matter)s, %(project)s, %(as_of)s, %(cut_off)s, %(known_seq)s,
    %(policy_hash)s, %(catalogue_hash)s, %(change_seq)s, %(suppliers)s, %(keep_until)s, %(answer)s, %(receipt_head)s,
    %(receipt_signature)s)
"""
_LIST = """
SELECT check_id, asked_by, asked_at, purpose, matter, project, as_of, cut_off, suppliers, keep_until FROM credit_check
WHERE (%(asked_by)s::text IS NULL OR asked_by = %(asked_by)s) AND (%(before)s::bigint IS NULL OR check_id < %(before)s)
ORDER BY check_id DESC LIMIT %(limit)s
"""


_BETWEEN = """
SELECT check_id, asked_by, asked_at, purpose, matter, project, as_of, cut_off, known_seq, change_seq, policy_hash, catalogue_hash,
    suppliers, keep_until, encode(sha256(convert_to(answer, 'UTF8')), 'hex') AS answer_sha256, answer
FROM credit_check WHERE asked_at >= %(since)s AND asked_at < %(before)s AND check_id > %(after)s ORDER BY check_id LIMIT 20
"""


class NoSuchCheck(NotFound):
    """There is no check with this number, or it is another's."""

    code = "check.not_found"

    def __init__(self, check_id: int) -> None:
        super().__init__(f"There is no check {check_id} of yours. /v1/checks lists those you asked.")


def match(
    session: ReadSession, asked: Sequence[tuple[int, str | None, str | None, str | None]], *, day: date, known_seq: int, candidates: int
) -> list[dict[str, Any]]:
    """Find the enterprises of many suppliers at once; `asked` has number, scheme and value of a code, and name key, by supplier."""
    numbers, schemes, values, names = (list(column) for column in zip(*asked, strict=True)) if asked else ([], [], [], [])
    given = {
        "no": numbers,
        "scheme": schemes,
        "value": values,
        "name_key": names,
        "day": day,
        "known_seq": known_seq,
        "candidates": candidates,
    }
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_MATCH, given).fetchall()


def listed(session: ReadSession, keys: Sequence[int], *, day: date, known_seq: int, today: date) -> dict[int, list[dict[str, Any]]]:
    """Entries that hold on the day, and those that are stayed on it, by enterprise; each says whether it may still be shown today.

    Those of duplicates stand under the entry that is kept.
    """
    moved = same_as.duplicates_of(session, keys, known_seq=known_seq)
    asked = {"keys": [*keys, *moved], "day": day, "known_seq": known_seq, "today": today}
    found: dict[int, list[dict[str, Any]]] = {}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_LISTED, asked):
            key = _kept(moved, row)
            found.setdefault(key, []).append(row["listing"] | {"is_stayed": row["is_stayed"]})
    return found


def _kept(moved: dict[int, int], row: dict[str, Any]) -> int:
    key = int(row["enterprise_key"])
    return moved.get(key, key)


def grave_records(
    session: ReadSession, keys: Sequence[int], *, kinds: Sequence[str], day: date, known_seq: int, today: date
) -> dict[int, list[dict[str, Any]]]:
    """Records of these kinds that count on the day, by enterprise: known, concluded, and such as may still be used today."""
    moved = same_as.duplicates_of(session, keys, known_seq=known_seq)
    asked = {"keys": [*keys, *moved], "kinds": list(kinds), "day": day, "known_seq": known_seq, "today": today}
    found: dict[int, list[dict[str, Any]]] = {}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_GRAVE, asked):
            found.setdefault(_kept(moved, row), []).append(row)
    return found


def identified(
    session: ReadSession, named: Sequence[tuple[str, str]], *, day: date, known_seq: int
) -> dict[tuple[str, str], tuple[int, bool]]:
    """The enterprise that bears each identifier, and whether it is a natural person."""
    asked = {"schemes": [one[0] for one in named], "values": [one[1] for one in named], "day": day, "known_seq": known_seq}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_IDENTIFIED, asked).fetchall()
    return {(row["scheme"], row["value"]): (row["enterprise_key"], row["is_natural_person"]) for row in rows}


def draw_number(session: WriteSession) -> int:
    """The number of a check before it is kept: what is signed names it."""
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT nextval(pg_get_serial_sequence('credit_check', 'check_id'))").fetchone()
    assert row is not None
    return int(row[0])


def keep_check(session: WriteSession, **kept: Any) -> None:
    """Keep what was asked and answered, with its signatures, under a number that was drawn."""
    driver_connection(session).execute(_KEEP, kept)


def get_check(session: ReadSession, check_id: int, *, asked_by: str | None) -> CreditCheck:
    """One kept check; of `asked_by` only, where that is given. Raises `check.not_found`."""
    found = find_check(session, check_id)
    if found is None or (asked_by is not None and found.asked_by != asked_by):
        raise NoSuchCheck(check_id)
    return found


def find_check(session: ReadSession, check_id: int) -> CreditCheck | None:
    return session.get(CreditCheck, check_id) if 0 < check_id < 2**63 else None


def checks_between(session: ReadSession, *, since: datetime, before: datetime) -> Iterator[dict[str, Any]]:
    """Every check that was asked in a span, by number, read in small pages: an answer may have ten megabytes."""
    after = 0
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        while rows := cursor.execute(_BETWEEN, {"since": since, "before": before, "after": after}).fetchall():
            yield from rows
            after = rows[-1]["check_id"]


def list_checks(session: ReadSession, *, asked_by: str | None, before: int | None, limit: int) -> list[dict[str, Any]]:
    """One page of kept checks without their answers, latest first."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_LIST, {"asked_by": asked_by, "before": before, "limit": limit}).fetchall()
