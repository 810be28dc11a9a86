"""Records as they are shown: by enterprise or by key, as known at a number, with what the present says of showing them.

Whether a record may be shown is judged by its current revision: one that was withdrawn, moved to another enterprise, repaired, or whose
publication has ended is for nobody outside, whatever revision is asked about. Publication ends on the day that the source said or on the
one that the regime gives, whichever comes first; an honour whose holder declined to have it shown is for nobody outside either.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from data.database import ReadSession, driver_connection
from data.publication.regimes import facts_of, shipped_regimes
from data.stores.lookups import BORNE
from models.publication import is_over, publications_of

_SHOWN = """
SELECT r.record_key, r.revision, r.source, r.source_ref, r.event_ref, r.kind, r.outcome, r.severity, r.level, r.capacity, r.code, r.title,
    r.authority, r.document_no, r.occurred_on, r.ended_on, r.concluded_on, r.decided_on, r.served_on, r.published_on, r.rectified_on,
    r.in_force_from, r.in_force_until, r.public_until, r.repaired_on, r.is_withdrawn, r.quantities_x10000, r.detail, r.recorded_at,
    n.is_withdrawn AS now_withdrawn, n.enterprise_key <> r.enterprise_key AS now_moved,
    coalesce(n.repaired_on <= %(today)s, false) AS now_repaired, coalesce(n.public_until <= %(today)s, false) AS now_unpublished,
    n.revision <> r.revision AS now_revised,
    n.kind = 'award' AND EXISTS (
        SELECT FROM honour_refusal h WHERE h.enterprise_key = n.enterprise_key AND h.resumed_at IS NULL) AS now_declined,
    (SELECT (x.sets ->> 'restarted_on')::date FROM record_effect x
        WHERE x.record_key = r.record_key AND x.subject = 'restart' AND x.ended_at IS NULL) AS restarted_on,
    EXISTS (SELECT FROM objection o WHERE o.record_key = r.record_key AND o.state = 'open') AS is_under_objection,
    (SELECT p.text FROM reply p WHERE p.record_key = r.record_key AND p.enterprise_key = r.enterprise_key AND p.state = 'accepted') AS reply
FROM record r JOIN record n ON n.record_key = r.record_key AND n.superseded_seq IS NULL
"""
_KNOWN = "r.known_seq <= %(known_seq)s AND (r.superseded_seq IS NULL OR r.superseded_seq > %(known_seq)s)"
MAY_BE_SHOWN = (
    "NOT n.is_withdrawn AND n.enterprise_key = r.enterprise_key AND (n.repaired_on IS NULL OR n.repaired_on > %(today)s)"
    " AND (n.public_until IS NULL OR n.public_until > %(today)s)"
)
_BY_KEY = f"{_SHOWN} WHERE r.record_key = ANY(%(keys)s) AND {_KNOWN}"
_OF_ENTERPRISE = f"""
{_SHOWN} WHERE r.enterprise_key = ANY ({BORNE.format("%(enterprise_key)s")}) AND {_KNOWN}
    AND (%(all)s OR ({MAY_BE_SHOWN}) OR (r.source = %(source)s AND n.enterprise_key = r.enterprise_key))
    AND (%(only_source)s::text IS NULL OR r.source = %(only_source)s) AND (%(kind)s::text IS NULL OR r.kind = %(kind)s)
    AND (%(before_on)s::date IS NULL OR (r.occurred_on, r.record_key) < (%(before_on)s, %(before_key)s))
ORDER BY r.occurred_on DESC, r.record_key DESC LIMIT %(limit)s
"""
_OF_EVENTS = """
SELECT event_key, record_key FROM record
WHERE enterprise_key = ANY (ARRAY(SELECT same_entries(%s))) AND event_key = ANY(%s) AND superseded_seq IS NULL AND NOT is_withdrawn
ORDER BY record_key
"""
_PRESENT = """
SELECT record_key, kind, outcome, severity, level, capacity, code, occurred_on, concluded_on, decided_on, served_on, published_on,
    in_force_until, public_until, quantities_x10000, detail
FROM record WHERE record_key = ANY(%s) AND superseded_seq IS NULL
"""


def records_by_key(session: ReadSession, keys: Sequence[int], *, known_seq: int, today: date) -> dict[int, dict[str, Any]]:
    """The revisions of these records that were known at the number."""
    asked = {"keys": list(keys), "known_seq": known_seq, "today": today}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_BY_KEY, asked).fetchall()
        return {row["record_key"]: row for row in _judged(cursor, rows, today=today)}


def records_of(
    session: ReadSession,
    enterprise_key: int,
    *,
    known_seq: int,
    today: date,
    show_all: bool,
    only_source: str | None = None,
    kind: str | None = None,
    before: tuple[date, int] | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """One page of an enterprise's records, latest first; `show_all` includes what may not be shown to others."""
    asked = {
        "enterprise_key": enterprise_key,
        "known_seq": known_seq,
        "today": today,
        "all": show_all,
        "source": only_source,
        "only_source": only_source,
        "kind": kind,
        "before_on": before[0] if before else None,
        "before_key": before[1] if before else None,
        "limit": limit,
    }
    found: list[dict[str, Any]] = []
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        while len(found) < limit:
            rows = _judged(cursor, cursor.execute(_OF_ENTERPRISE, asked).fetchall(), today=today)
            found += [
                row for row in rows if show_all or row["source"] == only_source or not (row["now_unpublished"] or row["now_declined"])
            ]
            if len(rows) < limit:
                break
            asked |= {"before_on": rows[-1]["occurred_on"], "before_key": rows[-1]["record_key"]}
    return found[:limit]


def _judged(cursor: psycopg.Cursor[dict[str, Any]], rows: list[dict[str, Any]], *, today: date) -> list[dict[str, Any]]:
    """Add what the regimes say of the present revision: its `publications`, and whether they are over today."""
    regimes = shipped_regimes()
    revised = [row["record_key"] for row in rows if row["now_revised"]]
    present = {row["record_key"]: row for row in cursor.execute(_PRESENT, (revised,)).fetchall()} if revised else {}
    for row in rows:
        facts = facts_of(present.get(row["record_key"], row) | {"restarted_on": row["restarted_on"]})
        row["publications"] = publications_of(facts, regimes.regimes)
        row["now_unpublished"] = row["now_unpublished"] or is_over(facts, regimes, on=today)
    return rows


def keys_of_events(session: ReadSession, enterprise_key: int, events: Sequence[int]) -> dict[int, list[int]]:
    """The present records of an enterprise that describe these events, by event."""
    found: dict[int, list[int]] = {}
    for event_key, record_key in driver_connection(session).execute(_OF_EVENTS, (enterprise_key, list(events))):
        found.setdefault(event_key, []).append(record_key)
    return found
