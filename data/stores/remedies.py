"""Repairs, objections, cascades and their papers; and what decisions make of records for as long as they stand."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from sqlmodel import SQLModel, col, select

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.districts import within
from data.stores.same_as import entries_with
from models.errors import NotFound
from models.remedies import ObjectionState, RepairState
from models.tables.remedy_acts import Cascade, Objection, Paper, RecordEffect, Repair

Row = dict[str, Any]
T = TypeVar("T", bound=SQLModel)

_CURRENT = """
SELECT r.*, e.founding_scheme AS scheme, e.founding_value AS value FROM record r JOIN enterprise e USING (enterprise_key)
WHERE r.record_key = ANY(%s) AND r.superseded_seq IS NULL ORDER BY r.record_key
"""
_OF_MATTER = """
SELECT other.record_key FROM record asked JOIN record other ON other.enterprise_key = ANY (ARRAY(SELECT same_entries(asked.enterprise_key)))
    AND other.superseded_seq IS NULL AND NOT other.is_withdrawn
    AND (other.event_key = asked.event_key OR (other.kind IN ('sampling', 'inspection') AND (
        other.document_no = asked.document_no OR other.event_ref = asked.event_ref)))
WHERE asked.record_key = %s AND asked.superseded_seq IS NULL ORDER BY other.record_key
"""
# A result is over when every penalty that it led to is: one row for each pair, told apart in code, where the regimes are.
_OF_PENALTIES = """
SELECT result.record_key AS result_key, result.source AS result_source, penalty.*, (
    SELECT (x.sets ->> 'restarted_on')::date FROM record_effect x
    WHERE x.record_key = penalty.record_key AND x.subject = 'restart' AND x.ended_at IS NULL) AS restarted_on
FROM record result
JOIN record penalty ON penalty.enterprise_key = ANY (ARRAY(SELECT same_entries(result.enterprise_key))) AND penalty.kind = 'penalty'
    AND (penalty.event_key = result.event_key OR penalty.document_no = result.document_no OR penalty.event_ref = result.event_ref)
WHERE result.kind IN ('sampling', 'inspection') AND result.outcome IN ('failed', 'found') AND result.repaired_on IS NULL
    AND (result.public_until IS NULL OR result.public_until > %s)
    AND result.superseded_seq IS NULL AND NOT result.is_withdrawn AND penalty.superseded_seq IS NULL AND NOT penalty.is_withdrawn
ORDER BY result.record_key, penalty.record_key
"""
_LACKING = """
WITH standing AS (
    SELECT r.record_key, r.revision, jsonb_object_agg(item.key, item.value ORDER BY e.effect_id) AS sets
    FROM record_effect e JOIN record r USING (record_key) CROSS JOIN jsonb_each(e.sets) AS item
    WHERE r.known_seq = %s AND r.superseded_seq IS NULL AND NOT r.is_withdrawn AND e.ended_at IS NULL AND e.subject <> 'restart'
    GROUP BY r.record_key, r.revision
)
SELECT r.record_key, standing.sets, e.founding_scheme, e.founding_value FROM standing JOIN record r USING (record_key, revision)
LEFT JOIN enterprise e ON e.enterprise_key = (standing.sets ->> 'enterprise_key')::bigint
WHERE NOT standing.sets <@ (to_jsonb(r) || jsonb_build_object('withdrawn', r.is_withdrawn)) ORDER BY r.record_key
"""
_PART = """
SELECT part FROM (
    SELECT 1 AS place, 'delivered' AS part FROM record r JOIN delivery d USING (delivery_id)
    WHERE r.record_key = ANY(%(records)s) AND d.received_from = %(holder)s
    UNION ALL
    SELECT 2, 'settled' FROM queue_item q WHERE q.record_key = ANY(%(records)s) AND q.settled_by = %(holder)s
    UNION ALL
    SELECT 3, 'source' FROM record r WHERE r.record_key = ANY(%(records)s) AND r.source = %(source)s
    UNION ALL
    SELECT 4, 'decided' FROM listing l JOIN decision d USING (decision_id)
    WHERE l.listing_id = %(listing)s AND EXISTS (
        SELECT FROM jsonb_array_elements(d.officers) AS signature WHERE signature ->> 'name' = %(holder)s)
    UNION ALL
    SELECT 5, 'proposed' FROM listing l JOIN decision d USING (decision_id) JOIN proposal p ON p.proposal_id = d.proposal_id
    WHERE l.listing_id = %(listing)s AND p.proposed_by ? %(holder)s
    UNION ALL
    SELECT 6, 'proposed' FROM listing l JOIN run u USING (run_id)
    WHERE l.listing_id = %(listing)s AND %(holder)s IN (u.started_by, u.published_by)
    UNION ALL
    SELECT 7, 'reviewed' FROM step s
    WHERE s.subject = %(subject)s AND s.subject_id = %(number)s AND s.step IN ('checking', 'filing', 'application')
        AND s.done_by = %(holder)s
    UNION ALL
    SELECT 8, 'decided' FROM repair p WHERE p.decided_by = %(holder)s AND EXISTS (
        SELECT FROM jsonb_array_elements_text(p.record_keys) AS key WHERE key::bigint = ANY(%(records)s))
    UNION ALL
    SELECT 9, 'decided' FROM objection o WHERE o.decided_by = %(holder)s AND o.objection_id <> %(number)s
        AND (o.record_key = ANY(%(records)s) OR o.listing_id = %(listing)s)
) AS had ORDER BY place LIMIT 1
"""
_SELECTED = """
SELECT r.record_key FROM record r
WHERE r.superseded_seq IS NULL AND NOT r.is_withdrawn AND r.kind = ANY(%(kinds)s)
    AND (%(laboratory)s::text IS NULL OR r.detail ->> 'laboratory' = %(laboratory)s)
    AND (%(document_no)s::text IS NULL OR r.document_no = %(document_no)s)
    AND (%(source)s::text IS NULL OR r.source = %(source)s)
    AND (%(event_ref)s::text IS NULL OR r.event_ref = %(event_ref)s)
    AND (%(since)s::date IS NULL OR r.occurred_on >= %(since)s) AND (%(until)s::date IS NULL OR r.occurred_on < %(until)s)
    AND (%(outcomes)s::text[] IS NULL OR r.outcome = ANY(%(outcomes)s))
ORDER BY r.record_key LIMIT %(limit)s
"""
_PAPER = """
SELECT name, sha256, media_type FROM paper
WHERE subject = %(subject)s AND subject_id = %(number)s AND sha256 = %(sha256)s AND (%(enterprise)s::bigint IS NULL OR EXISTS (
    SELECT FROM repair WHERE subject = 'repair' AND repair_id = subject_id
        AND enterprise_key = ANY (ARRAY(SELECT same_entries(%(enterprise)s)))
    UNION ALL SELECT FROM objection WHERE subject = 'objection' AND objection_id = subject_id
        AND enterprise_key = ANY (ARRAY(SELECT same_entries(%(enterprise)s)))))
"""
_END_EFFECTS = """
UPDATE record_effect SET ended_at = clock_timestamp(), ended_why = %s WHERE record_key = ANY(%s) AND subject = %s AND ended_at IS NULL
"""
_STATE_OF_LISTS = """
SELECT listing_id, enterprise_key, list, state, end_cause FROM listing WHERE enterprise_key = ANY(%s) ORDER BY listing_id
"""
_OPEN_PROPOSALS = """
SELECT proposal_id, enterprise_key, list, direction, state FROM proposal
WHERE enterprise_key = ANY(%s) AND closed_at IS NULL ORDER BY proposal_id
"""


class RemedyNotFound(NotFound):
    """There is no such repair, objection or cascade, or it is another's."""

    code = "remedy.not_found"


def current_records(session: ReadSession, keys: Iterable[int]) -> list[Row]:
    """The present revisions of records, whole, with the number of each one's enterprise."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_CURRENT, (list(keys),)).fetchall()


def records_of_matter(session: ReadSession, record_key: int) -> list[int]:
    """A record with all of the same event, and the results of sampling and inspection that its document or event number names."""
    return [key for (key,) in driver_connection(session).execute(_OF_MATTER, (record_key,)).fetchall()]


def results_of_penalties(session: ReadSession, day: Any) -> list[Row]:
    """Failed results still published after a day, each with every penalty that it led to; the penalty's row whole."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_OF_PENALTIES, (day,)).fetchall()


def selected_records(session: ReadSession, **asked: Any) -> list[int]:
    """The present records that a cascade is about, at most `limit`."""
    return [key for (key,) in driver_connection(session).execute(_SELECTED, asked).fetchall()]


def part_in(
    session: ReadSession, *, holder: str, source: str | None, records: Sequence[int], listing: int | None, subject: str, number: int
) -> str | None:
    """The part that an officer had before in what a remedy is about; None if none."""
    asked = {
        "holder": holder,
        "source": source,
        "records": list(records),
        "listing": listing,
        "subject": subject,
        "number": number,
    }
    row = driver_connection(session).execute(_PART, asked).fetchone()
    return str(row[0]) if row else None


def add(session: WriteSession, row: T) -> T:
    session.add(row)
    session.flush()
    return row


def read_repair(session: ReadSession, repair_id: int) -> Repair:
    """One repair as it stands. Raises `remedy.not_found`."""
    found = session.get(Repair, repair_id) if 0 < repair_id < 2**63 else None
    if found is None:
        raise RemedyNotFound(f"There is no repair {repair_id}. The list of repairs names those there are.")
    return found


def read_objection(session: ReadSession, objection_id: int) -> Objection:
    """One objection as it stands. Raises `remedy.not_found`."""
    found = session.get(Objection, objection_id) if 0 < objection_id < 2**63 else None
    if found is None:
        raise RemedyNotFound(f"There is no objection {objection_id}. The list of objections names those there are.")
    return found


def get_repair(session: WriteSession, repair_id: int, *, enterprise_key: int | None = None) -> Repair:
    """One repair, locked. Raises `remedy.not_found`."""
    found = session.get(Repair, repair_id, with_for_update=True) if 0 < repair_id < 2**63 else None
    if found is None or (enterprise_key is not None and found.enterprise_key not in entries_with(session, enterprise_key)):
        raise RemedyNotFound(f"There is no repair {repair_id} of yours. The list of repairs names those there are.")
    return found


def get_objection(session: WriteSession, objection_id: int, *, enterprise_key: int | None = None) -> Objection:
    """One objection, locked. Raises `remedy.not_found`."""
    found = session.get(Objection, objection_id, with_for_update=True) if 0 < objection_id < 2**63 else None
    if found is None or (enterprise_key is not None and found.enterprise_key not in entries_with(session, enterprise_key)):
        raise RemedyNotFound(f"There is no objection {objection_id} of yours. The list of objections names those there are.")
    return found


def get_cascade(session: WriteSession, cascade_id: int) -> Cascade:
    """One cascade, locked. Raises `remedy.not_found`."""
    found = session.get(Cascade, cascade_id, with_for_update=True) if 0 < cascade_id < 2**63 else None
    if found is None:
        raise RemedyNotFound(f"There is no cascade {cascade_id}. The list of cascades names those there are.")
    return found


def list_repairs(
    session: ReadSession,
    *,
    enterprise_key: int | None,
    state: RepairState | None,
    before: int | None,
    limit: int,
    district: str | None = None,
) -> Sequence[Repair]:
    """One page of repairs, latest first."""
    asked = select(Repair)
    if enterprise_key is not None:
        asked = asked.where(col(Repair.enterprise_key).in_(entries_with(session, enterprise_key)))
    if state is not None:
        asked = asked.where(col(Repair.state) == state)
    if district is not None:
        asked = asked.where(within("repair.enterprise_key", district))
    if before is not None:
        asked = asked.where(col(Repair.repair_id) < before)
    return session.exec(asked.order_by(col(Repair.repair_id).desc()).limit(limit)).all()


def list_objections(
    session: ReadSession,
    *,
    enterprise_key: int | None,
    state: ObjectionState | None,
    before: int | None,
    limit: int,
    district: str | None = None,
) -> Sequence[Objection]:
    """One page of objections, latest first."""
    asked = select(Objection)
    if enterprise_key is not None:
        asked = asked.where(col(Objection.enterprise_key).in_(entries_with(session, enterprise_key)))
    if state is not None:
        asked = asked.where(col(Objection.state) == state)
    if district is not None:
        asked = asked.where(within("objection.enterprise_key", district))
    if before is not None:
        asked = asked.where(col(Objection.objection_id) < before)
    return session.exec(asked.order_by(col(Objection.objection_id).desc()).limit(limit)).all()


def list_cascades(session: ReadSession, *, before: int | None, limit: int) -> Sequence[Cascade]:
    """One page of cascades, latest first."""
    asked = select(Cascade)
    if before is not None:
        asked = asked.where(col(Cascade.cascade_id) < before)
    return session.exec(asked.order_by(col(Cascade.cascade_id).desc()).limit(limit)).all()


def papers_of(session: ReadSession, subject: str, subject_id: int) -> Sequence[Paper]:
    """The papers of a matter in the order they came."""
    asked = select(Paper).where(col(Paper.subject) == subject, col(Paper.subject_id) == subject_id)
    return session.exec(asked.order_by(col(Paper.paper_id))).all()


def get_paper(session: ReadSession, subject: str, subject_id: int, sha256: str, *, enterprise_key: int | None = None) -> Row:
    """One paper; for an enterprise only of its own matter. Raises `remedy.not_found`."""
    asked = {"subject": subject, "number": subject_id, "sha256": sha256, "enterprise": enterprise_key}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_PAPER, asked).fetchone()
    if found is None:
        raise RemedyNotFound(f"There is no such paper of {subject} {subject_id} of yours. The {subject} lists its papers by SHA-256.")
    return found


def over_plans(session: ReadSession, *, day: Any) -> Sequence[Repair]:
    """Temporary repairs whose plan has ended by a day, unconfirmed."""
    asked = select(Repair).where(col(Repair.state) == RepairState.GRANTED, col(Repair.plan_until) <= day)
    return session.exec(asked.order_by(col(Repair.repair_id))).all()


def barred_until(session: ReadSession, enterprise_key: int) -> Any:
    """The last bar on new applications of an enterprise; None without."""
    statement = "SELECT max(barred_until) FROM repair WHERE enterprise_key = ANY (ARRAY(SELECT same_entries(%s)))"
    row = driver_connection(session).execute(statement, (enterprise_key,)).fetchone()
    return row[0] if row else None


def open_repair_of(session: ReadSession, keys: Sequence[int]) -> int | None:
    """A repair that is under way for one of these records."""
    statement = "SELECT repair_id FROM repair WHERE state IN ('applied', 'accepted') AND record_keys @> ANY(%s) LIMIT 1"
    row = driver_connection(session).execute(statement, ([Jsonb([key]) for key in keys],)).fetchone()
    return int(row[0]) if row else None


def concluded_before(session: ReadSession, record_key: int) -> Any:
    """The last day of conclusion that any revision of a record gave."""
    statement = "SELECT concluded_on FROM record WHERE record_key = %s AND concluded_on IS NOT NULL ORDER BY revision DESC LIMIT 1"
    row = driver_connection(session).execute(statement, (record_key,)).fetchone()
    return row[0] if row else None


def keep_effects(session: WriteSession, sets: dict[int, dict[str, Any]], *, subject: str, subject_id: int, by: str) -> None:
    """Let what a decision makes of these records stand; an earlier one of the same sort gives way."""
    end_effects(session, list(sets), subject=subject, why=f"{subject} {subject_id} took its place")
    for key, fields in sets.items():
        session.add(RecordEffect(record_key=key, subject=subject, subject_id=subject_id, sets=fields, made_by=by))
    session.flush()


def end_effects(session: WriteSession, keys: Sequence[int], *, subject: str, why: str) -> None:
    """End what stands of one sort for these records."""
    session.flush()
    driver_connection(session).execute(_END_EFFECTS, (why, list(keys), subject))


def lacking_effects(session: ReadSession, known_seq: int) -> dict[int, dict[str, Any]]:
    """Records that this number revised and whose new revision lacks what standing decisions set, in the fields of the native layout."""
    found: dict[int, dict[str, Any]] = {}
    for key, sets, scheme, value in driver_connection(session).execute(_LACKING, (known_seq,)).fetchall():
        if sets.pop("enterprise_key", None) is not None:
            sets["enterprise"] = [{"scheme": scheme, "value": value}]
        found[key] = sets
    return found


def standing_correction(session: ReadSession, record_key: int) -> dict[str, Any]:
    """The fields of a record that decisions on objections have corrected, as they stand."""
    statement = "SELECT sets FROM record_effect WHERE record_key = %s AND subject = 'correction' AND ended_at IS NULL"
    row = driver_connection(session).execute(statement, (record_key,)).fetchone()
    return dict(row[0]) if row else {}


def state_of_lists(session: ReadSession, keys: Sequence[int]) -> tuple[list[Row], list[Row]]:
    """Every entry of these enterprises with its state, and their open proposals."""
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_STATE_OF_LISTS, (list(keys),)).fetchall(), cursor.execute(_OPEN_PROPOSALS, (list(keys),)).fetchall()
