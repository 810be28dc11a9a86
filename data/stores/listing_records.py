"""Entries and the records behind them: records that are themselves list decisions, withdrawn bases, terms that are over."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg.rows import dict_row, scalar_row

from data.database import ReadSession, driver_connection

Row = dict[str, Any]

_TOUCHED = """
SELECT DISTINCT enterprise_key FROM record
WHERE record_key IN (SELECT record_key FROM record WHERE known_seq = %s AND kind = 'listing')
"""
# An entry follows the current revision of its record: an end given later corrects it, an earlier end or a repair ends it.
_BEHIND = """
SELECT listing.listing_id, listing.enterprise_key, listing.ends_on, record.in_force_until, record.ended_on, record.repaired_on,
    record.record_key IS NULL AS is_gone
FROM listing LEFT JOIN record
    ON record.record_key = listing.record_key AND record.superseded_seq IS NULL AND NOT record.is_withdrawn AND record.kind = 'listing'
    AND record.enterprise_key = listing.enterprise_key AND record.detail ->> 'list' = listing.list
WHERE listing.origin = 'record' AND listing.state <> 'ended' AND (%(keys)s::bigint[] IS NULL OR listing.enterprise_key = ANY(%(keys)s))
ORDER BY listing.listing_id
"""
# Of several records for one list and enterprise, one makes the entry at a time: those that are over first, in order, then the one
# that holds longest.
_UNLISTED = """
SELECT DISTINCT ON (enterprise_key, list) enterprise_key, list, record_key, source_ref, title, authority, document_no, basis, reason,
    decided_on, starts_on, ends_on
FROM (
    SELECT enterprise_key, detail ->> 'list' AS list, record_key, source_ref, title, authority, document_no,
        detail ->> 'basis' AS basis, detail ->> 'reason' AS reason,
        coalesce(decided_on, in_force_from, occurred_on) AS decided_on,
        coalesce(in_force_from, decided_on, occurred_on) AS starts_on,
        least(in_force_until, ended_on) AS ends_on
    FROM record
    WHERE kind = 'listing' AND superseded_seq IS NULL AND NOT is_withdrawn AND (repaired_on IS NULL OR repaired_on > %(day)s)
        AND (%(keys)s::bigint[] IS NULL OR enterprise_key = ANY(%(keys)s))
) AS candidate
WHERE (ends_on IS NULL OR ends_on > starts_on) AND NOT record_key = ANY(%(without)s) AND (list = ANY(%(red)s)) = %(is_red)s
    AND NOT EXISTS (
        SELECT FROM listing WHERE listing.enterprise_key = candidate.enterprise_key AND listing.list = candidate.list
            AND (state <> 'ended' OR (listing.record_key = candidate.record_key AND end_cause <> 'annulled'))
    )
ORDER BY enterprise_key, list, ends_on <= %(day)s DESC NULLS LAST,
    CASE WHEN ends_on <= %(day)s THEN starts_on END, ends_on DESC NULLS FIRST, record_key
"""
_BLACK = """
SELECT DISTINCT item.place
FROM jsonb_to_recordset(%s::jsonb) AS item(place int, enterprise_key bigint, starts_on date, ends_on date)
CROSS JOIN LATERAL same_entries(item.enterprise_key) AS same(enterprise_key) JOIN listing ON listing.enterprise_key = same.enterprise_key
WHERE colour = 'black' AND end_cause IS DISTINCT FROM 'annulled'
    AND daterange(listing.starts_on, coalesce(listing.ended_on, listing.ends_on)) && daterange(item.starts_on, item.ends_on)
"""
_OVER = """
SELECT listing_id, enterprise_key, ends_on FROM listing
WHERE state <> 'ended' AND ends_on <= %(day)s AND (%(keys)s::bigint[] IS NULL OR enterprise_key = ANY(%(keys)s)) ORDER BY listing_id
"""
_DEREGISTERED = """
SELECT listing.listing_id, listing.enterprise_key, min(fact.valid_from) AS deregistered_on
FROM listing JOIN registry_fact AS fact USING (enterprise_key)
WHERE listing.state <> 'ended' AND fact.state = 'deregistered' AND fact.superseded_seq IS NULL
    AND fact.valid_from <= %(day)s AND (fact.valid_until IS NULL OR fact.valid_until > %(day)s)
    AND (%(seq)s::bigint IS NULL OR fact.known_seq = %(seq)s)
    AND (%(keys)s::bigint[] IS NULL OR listing.enterprise_key = ANY(%(keys)s))
GROUP BY listing.listing_id ORDER BY listing.listing_id
"""
# Kept apart, so that it begins with the few records of the number: left to itself it read the records of every entry (72 ms for each
# delivery beside 1,400 entries, while every writer waited; 3 ms so).
_BASIS_WITHDRAWN = """
WITH old AS MATERIALIZED (
    SELECT old.enterprise_key, old.record_key
    FROM record AS new JOIN record AS old ON old.record_key = new.record_key AND old.superseded_seq = new.known_seq
    WHERE new.known_seq = %s AND NOT old.is_withdrawn AND (new.is_withdrawn OR new.enterprise_key <> old.enterprise_key)
)
SELECT listing.listing_id, listing.enterprise_key, listing.list, listing.origin, listing.state, listing.decided_on,
    coalesce(run.policy_hash, proposal.policy_hash) AS policy_hash, array_agg(old.record_key ORDER BY old.record_key) AS withdrawn,
    bool_or(decision.answer @> jsonb_build_object('lines', jsonb_build_array(jsonb_build_object('record_key', old.record_key)))) AS was_seen
FROM old
JOIN listing ON listing.enterprise_key = old.enterprise_key AND old.record_key = ANY(listing.evidence)
LEFT JOIN run USING (run_id)
LEFT JOIN decision USING (decision_id)
LEFT JOIN proposal ON proposal.proposal_id = decision.proposal_id
WHERE listing.origin IN ('run', 'decision') AND listing.state <> 'ended'
GROUP BY listing.listing_id, run.policy_hash, proposal.policy_hash ORDER BY listing.listing_id
"""


def touched_by_listing_records(session: ReadSession, known_seq: int) -> list[int]:
    """Enterprises of which a list decision was delivered, revised, withdrawn or moved at this number."""
    with driver_connection(session).cursor(row_factory=scalar_row) as cursor:
        return sorted(cursor.execute(_TOUCHED, (known_seq,)).fetchall())


def entries_with_records(session: ReadSession, *, enterprise_keys: Sequence[int] | None) -> list[Row]:
    """Entries that a record made, each with the dates of its record now; `is_gone` when it was withdrawn or moved."""
    return _rows(session, _BEHIND, {"keys": None if enterprise_keys is None else list(enterprise_keys)})


def unlisted_records(
    session: ReadSession,
    *,
    day: date,
    enterprise_keys: Sequence[int] | None,
    red_lists: Sequence[str],
    is_red: bool,
    without: Sequence[int],
) -> list[Row]:
    """List decisions on red lists, or on all others, without an entry yet: for each enterprise and list the next to enter."""
    keys = None if enterprise_keys is None else list(enterprise_keys)
    asked = {"day": day, "keys": keys, "red": list(red_lists), "is_red": is_red, "without": list(without)}
    return _rows(session, _UNLISTED, asked)


def beside_black(session: ReadSession, spans: Sequence[tuple[int, date, date | None]]) -> set[int]:
    """Which of these spans of days (enterprise, first day, end) a black entry overlaps, by place."""
    items = [{"place": n, "enterprise_key": key, "starts_on": start, "ends_on": end} for n, (key, start, end) in enumerate(spans)]
    with driver_connection(session).cursor(row_factory=scalar_row) as cursor:
        return set(cursor.execute(_BLACK, (json.dumps(items, default=date.isoformat),)).fetchall())


def over_by(session: ReadSession, day: date, *, enterprise_keys: Sequence[int] | None = None) -> list[Row]:
    """Entries whose last day is past: number and first day on which they no longer hold."""
    return _rows(session, _OVER, {"day": day, "keys": None if enterprise_keys is None else list(enterprise_keys)})


def announced_by(session: ReadSession, day: date, *, enterprise_keys: Sequence[int] | None = None) -> list[Row]:
    """Announced entries whose first day has come: number, enterprise and that day."""
    statement = (
        "SELECT listing_id, enterprise_key, starts_on FROM listing WHERE state = 'announced' AND starts_on <= %(day)s"
        " AND (%(keys)s::bigint[] IS NULL OR enterprise_key = ANY(%(keys)s)) ORDER BY listing_id"
    )
    return _rows(session, statement, {"day": day, "keys": None if enterprise_keys is None else list(enterprise_keys)})


def deregistered_by(
    session: ReadSession, day: date, *, known_seq: int | None = None, enterprise_keys: Sequence[int] | None = None
) -> list[Row]:
    """Entries of enterprises that are deregistered on a day, with the day of it; with `known_seq`, only those that this number told."""
    keys = None if enterprise_keys is None else list(enterprise_keys)
    return _rows(session, _DEREGISTERED, {"day": day, "seq": known_seq, "keys": keys})


def with_withdrawn_basis(session: ReadSession, known_seq: int) -> list[Row]:
    """Entries of runs and officers made when a record was known which this number withdrew, or moved to another enterprise.

    `was_seen` says that officers had it among the lines of their answer.
    """
    return _rows(session, _BASIS_WITHDRAWN, (known_seq,))


def records_behind(session: ReadSession, enterprise_key: int) -> list[int]:
    """Keys of all records of an enterprise that are known now and not withdrawn, duplicates with it: what an entry can rest on."""
    statement = (
        "SELECT record_key FROM record WHERE enterprise_key = ANY (ARRAY(SELECT same_entries(%s))) AND superseded_seq IS NULL"
        " AND NOT is_withdrawn ORDER BY record_key"
    )
    with driver_connection(session).cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(statement, (enterprise_key,)).fetchall()


def _rows(session: ReadSession, statement: str, values: Any) -> list[Row]:
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()
