"""One enterprise, with what a plain look-up shows of it, in one round trip: the SQL of the hot read and its kin.

Facts are read as known at `known_seq` and as they hold on a day; `EVERYTHING_KNOWN` asks for the present. JSON is built by PostgreSQL, in
the names of the API, because a dozen joined rows fetched one by one would cost more than the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import AsyncRawCursor
from psycopg.rows import DictRow, dict_row, scalar_row
from pydantic_core import from_json

from data.database import ReadSession, driver_connection
from models.identifiers import ORGANIZATION_CODE, REGISTRATION_NO, USCC, IdentifierError, normalise

EVERYTHING_KNOWN = 2**63 - 1
CANDIDATES = 20

Connection = psycopg.AsyncConnection[DictRow]

KNOWN = "{0}.known_seq <= %(known_seq)s AND ({0}.superseded_seq IS NULL OR {0}.superseded_seq > %(known_seq)s)"
ON_DAY = "({0}.valid_from IS NULL OR {0}.valid_from <= %(day)s) AND ({0}.valid_until IS NULL OR {0}.valid_until > %(day)s)"
BORNE = f"""ARRAY(SELECT {{0}} UNION ALL SELECT d.from_key FROM enterprise_link d
    WHERE d.to_key = {{0}} AND d.kind = 'same_as' AND {KNOWN.format("d")})"""
"""The keys under which facts of an entry stand: its own, and those of its duplicates."""
_REFERENCE = f"""
SELECT json_build_object('scheme', e.founding_scheme, 'value', e.founding_value, 'name', (
    SELECT n.name FROM enterprise_name n WHERE n.enterprise_key = e.enterprise_key AND {KNOWN.format("n")}
    ORDER BY ({ON_DAY.format("n")}) DESC, n.valid_from DESC NULLS LAST, n.name COLLATE "C" LIMIT 1))
FROM enterprise e WHERE e.enterprise_key ="""
_IDENTIFIERS = f"""
SELECT json_agg(json_build_object('scheme', x.scheme, 'value', x.value) ORDER BY x.scheme COLLATE "C", x.value COLLATE "C")
FROM enterprise_identifier x WHERE x.enterprise_key = k.enterprise_key AND {KNOWN.format("x")}
"""
_NAMES = f"""
SELECT json_agg(json_build_object('name', n.name, 'valid_from', n.valid_from, 'valid_until', n.valid_until)
                ORDER BY ({ON_DAY.format("n")}) DESC, n.valid_from DESC NULLS LAST, n.name COLLATE "C")
FROM enterprise_name n WHERE n.enterprise_key = k.enterprise_key AND {KNOWN.format("n")}
"""
_FACT = f"""
SELECT json_build_object('type', f.type, 'state', f.state, 'region', f.region, 'industry', f.industry, 'size', f.size,
                         'registered_on', f.registered_on, 'is_natural_person', f.is_natural_person)
FROM registry_fact f WHERE f.enterprise_key = k.enterprise_key AND {KNOWN.format("f")} AND f.valid_from <= %(day)s
ORDER BY f.valid_from DESC LIMIT 1
"""
_LINKS = f"""
SELECT json_agg(json_build_object('kind', l.kind, 'to', ({_REFERENCE} l.to_key)) ORDER BY l.kind COLLATE "C", l.to_key)
FROM enterprise_link l WHERE l.from_key = k.enterprise_key AND {KNOWN.format("l")} AND {ON_DAY.format("l")}
"""
HOLDS_UNTIL = "CASE WHEN l.stays = '[]' THEN s.ends_on ELSE coalesce(l.ended_on, l.ends_on) END"
"""The end of an entry `l` as the span `s` knew it; a stay cuts spans short and does not move the end."""
LISTING = f"""json_build_object(
    'listing_id', l.listing_id, 'list', l.list, 'colour', l.colour, 'state', l.state, 'origin', l.origin, 'basis', l.basis,
    'clause', l.clause, 'authority', l.authority, 'decision_no', l.decision_no, 'decided_on', l.decided_on, 'reason', l.reason,
    'starts_on', l.starts_on, 'ends_on', {HOLDS_UNTIL}, 'ends_when', l.ends_when, 'ended_on', l.ended_on, 'end_cause', l.end_cause,
    'is_under_objection', EXISTS (SELECT FROM objection o WHERE o.listing_id = l.listing_id AND o.state = 'open'),
    'reply', (SELECT p.text FROM reply p WHERE p.listing_id = l.listing_id AND p.state = 'accepted'),
    'may_be_shown', l.state <> 'ended' AND (l.ends_on IS NULL OR l.ends_on > %(today)s) AND NOT (l.colour = 'red' AND EXISTS (
        SELECT FROM honour_refusal h WHERE h.enterprise_key = l.enterprise_key AND h.resumed_at IS NULL)))"""
_LISTINGS = f"""
SELECT json_agg({LISTING} ORDER BY s.list COLLATE "C", l.listing_id)
FROM listing_span s JOIN listing l USING (listing_id)
WHERE s.enterprise_key = ANY ({BORNE.format("k.enterprise_key")}) AND {KNOWN.format("s")}
  AND s.starts_on <= %(day)s AND (s.ends_on IS NULL OR s.ends_on > %(day)s)
"""
_STANDING = """
SELECT json_build_object(
    'policy', s.policy, 'policy_hash', s.policy_hash, 'as_of', coalesce(r.as_of, s.as_of),
    'known_at', coalesce(r.known_at, kn.committed_at), 'score_x100', s.score_x100,
    'grade', s.grade, 'ladder_grade', s.ladder_grade, 'is_rated', s.is_rated, 'records_known', s.records_known, 'covered', s.covered,
    'lists', s.lists, 'next_change_on', s.next_change_on)
FROM standing s LEFT JOIN knowledge kn ON kn.known_seq = s.known_seq
LEFT JOIN LATERAL (
    SELECT as_of, known_at FROM run
    WHERE state = 'published' AND policy_hash = s.policy_hash AND as_of >= s.as_of AND known_seq >= s.known_seq
    ORDER BY run_id DESC LIMIT 1) r ON true
WHERE s.enterprise_key = k.enterprise_key
"""
"""A standing is rewritten only when it changes: a later published run that found it the same has confirmed it for its own day."""
_GRADE_NOTICES = """
SELECT json_agg(json_build_object('grade', g.grade, 'shown_from', g.shown_from))
FROM grade_notice g WHERE g.enterprise_key = k.enterprise_key
"""
_SUBJECT = f"""
k.enterprise_key, ({_IDENTIFIERS}) AS identifiers, ({_NAMES}) AS names, ({_FACT}) AS fact, ({_LINKS}) AS links, ({_LISTINGS}) AS listings
"""
_LOOK_UP = f"""
SELECT json_build_object('caller', CASE WHEN a.key_id IS NOT NULL THEN json_build_object(
        'secret_hash', a.secret_hash, 'role', a.role, 'holder', a.holder, 'source', a.source, 'region', a.region,
        'enterprise_key', a.enterprise_key, 'expires_at', a.expires_at, 'revoked_at', a.revoked_at) END,
    'enterprise_key', k.enterprise_key, 'identifiers', ({_IDENTIFIERS}), 'names', ({_NAMES}), 'fact', ({_FACT}), 'links', ({_LINKS}),
    'listings', ({_LISTINGS}), 'standing', CASE WHEN %(stored)s THEN ({_STANDING}) END, 'grade_notices', ({_GRADE_NOTICES}),
    'known', (SELECT json_build_object('seq', h.known_seq, 'at', h.committed_at) FROM knowledge_head h WHERE h.head_id = 1))::text
FROM (SELECT 1) AS always
LEFT JOIN api_key a ON a.key_id = %(key_id)s
LEFT JOIN enterprise_identifier k ON k.scheme = %(scheme)s AND k.value = %(value)s AND k.superseded_seq IS NULL
"""


def _numbered(statement: str, *names: str) -> bytes:
    """The statement with numbered parameters: read anew for each request, five kilobytes cost as much as running it."""
    for number, name in enumerate(names, 1):
        statement = statement.replace(f"%({name})s", f"${number}")
    return statement.encode()


LOOK_UP = _numbered(_LOOK_UP, "key_id", "scheme", "value", "today", "day", "known_seq", "stored")
"""The key of the caller and the enterprise of an identifier, with its stored standing if that is asked for; always one row."""
_OWN_LISTINGS = f"""
SELECT {LISTING} AS listing FROM listing l CROSS JOIN LATERAL (SELECT l.starts_on, l.ends_on) AS s
WHERE l.enterprise_key = ANY (ARRAY(SELECT same_entries(%(key)s))) ORDER BY l.starts_on DESC, l.listing_id DESC LIMIT %(limit)s
"""
SUBJECT = f"""
SELECT {_SUBJECT}, ({_STANDING}) AS standing, ({_GRADE_NOTICES}) AS grade_notices
FROM enterprise k WHERE k.enterprise_key = ANY(%(keys)s) ORDER BY k.enterprise_key
"""

_BY_VALUE = """
SELECT scheme, value, enterprise_key FROM enterprise_identifier
WHERE value = ANY(%(values)s) AND scheme = ANY(%(schemes)s) AND superseded_seq IS NULL
"""
_SCHEMES = """
WITH RECURSIVE scheme(name) AS (
    (SELECT scheme FROM enterprise_identifier ORDER BY scheme LIMIT 1)
    UNION ALL
    SELECT (SELECT scheme FROM enterprise_identifier WHERE scheme > s.name ORDER BY scheme LIMIT 1) FROM scheme s WHERE s.name IS NOT NULL
)
SELECT name FROM scheme WHERE name IS NOT NULL
"""
_BY_NAME = f"""
SELECT n.enterprise_key, bool_or({ON_DAY.format("n")}) AS current
FROM enterprise_name n WHERE n.name_key = %(name_key)s AND {KNOWN.format("n")}
GROUP BY n.enterprise_key ORDER BY current DESC, n.enterprise_key LIMIT %(limit)s
"""
_HELD_KINDS = """
SELECT kind, max(d.published_at) AS current_to
FROM source s CROSS JOIN LATERAL unnest(s.kinds) AS kind LEFT JOIN delivery d ON d.source = s.code AND d.state = 'published'
GROUP BY kind
"""
_HELD_LISTS = """
SELECT asked.list, EXISTS (SELECT FROM listing l WHERE l.list = asked.list AND l.state <> 'ended')
                OR EXISTS (SELECT FROM listing l WHERE l.list = asked.list) AS held
FROM unnest(%(lists)s::text[]) AS asked(list)
"""


async def look_up(
    connection: Connection, *, key_id: str | None, scheme: str, value: str, today: date, day: date, known_seq: int, stored: bool = True
) -> dict[str, Any]:
    """The one round trip of the hot read: `caller` is the key's row, `known` where knowledge stands, the rest as `subjects` gives it.

    Without `stored` the standing stays out: a question that is evaluated now has no use for it.
    """
    cursor = AsyncRawCursor(connection, row_factory=scalar_row)
    await cursor.execute(LOOK_UP, (key_id, scheme, value, today, day, known_seq, stored), prepare=True)
    found: dict[str, Any] = from_json(await cursor.fetchone() or "")
    return found


def subjects(session: ReadSession, keys: Sequence[int], *, today: date, day: date, known_seq: int) -> list[dict[str, Any]]:
    """The same for enterprises found another way, in the order of their keys."""
    asked = {"keys": list(keys), "today": today, "day": day, "known_seq": known_seq}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SUBJECT, asked).fetchall()


def own_listings(session: ReadSession, enterprise_key: int, *, today: date, limit: int) -> list[dict[str, Any]]:
    """Every entry that an enterprise has or had, latest first, as it stands now: for its own eyes."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_OWN_LISTINGS, {"key": enterprise_key, "today": today, "limit": limit}).fetchall()
    return [row["listing"] for row in rows]


def known_since(session: ReadSession, enterprise_key: int) -> int:
    """The number of the clock from which an enterprise that is here was known."""
    row = driver_connection(session).execute("SELECT known_seq FROM enterprise WHERE enterprise_key = %s", (enterprise_key,)).fetchone()
    assert row is not None
    return int(row[0])


def find_by_identifier(session: ReadSession, scheme: str, value: str) -> int | None:
    """The enterprise that bears this identifier now; the identifier is in its normal form."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_BY_VALUE, {"values": [value], "schemes": [scheme]}).fetchall()
    return int(rows[0]["enterprise_key"]) if rows else None


def possible_codes(session: ReadSession, text: str) -> tuple[list[str], list[str]]:
    """Every scheme in use, and every way to read what was typed as a number: as it stands, or in the normal form of a Chinese code."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        schemes = [str(row["name"]) for row in cursor.execute(_SCHEMES).fetchall()]
    values = {text.strip()}
    for scheme in (USCC, REGISTRATION_NO, ORGANIZATION_CODE):
        try:
            values.add(normalise(scheme, text))
        except IdentifierError:
            continue
    return schemes, sorted(values)


def find_by_code(session: ReadSession, text: str) -> list[int]:
    """Enterprises that bear this number under any scheme; more than one only when schemes share a number."""
    schemes, values = possible_codes(session, text)
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_BY_VALUE, {"values": values, "schemes": schemes}).fetchall()
    return sorted({int(row["enterprise_key"]) for row in found})


def find_by_name(session: ReadSession, name_key: str, *, day: date, known_seq: int) -> list[tuple[int, bool]]:
    """Enterprises that bear or bore this normalised name, those that bear it on the day first."""
    asked = {"name_key": name_key, "day": day, "known_seq": known_seq, "limit": CANDIDATES + 1}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return [(int(row["enterprise_key"]), bool(row["current"])) for row in cursor.execute(_BY_NAME, asked).fetchall()]


@dataclass(frozen=True)
class Holdings:
    """What is held here at all: kinds of record with their latest published delivery, lists with entries, when knowledge last grew."""

    kinds: dict[str, datetime | None]
    lists: frozenset[str]
    grown_at: datetime


async def holdings(connection: Connection, lists: Sequence[str]) -> Holdings:
    """Read what is held here; asked for every few seconds, never for each look-up."""
    kinds = await (await connection.execute(_HELD_KINDS, prepare=True)).fetchall()
    held = await (await connection.execute(_HELD_LISTS, {"lists": list(lists)}, prepare=True)).fetchall()
    head = await (await connection.execute("SELECT committed_at FROM knowledge_head", prepare=True)).fetchone()
    assert head is not None
    return Holdings(
        kinds={str(row["kind"]): row["current_to"] for row in kinds},
        lists=frozenset(str(row["list"]) for row in held if row["held"]),
        grown_at=head["committed_at"],
    )
