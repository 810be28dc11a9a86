"""What publishing a run does to proposals and lists, as sets: verdicts in, candidates and renewed or lapsed proposals out.

`verdict` is a temporary table of this transaction, one row per enterprise and list on which the answer says anything but `off`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row, scalar_row

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.due import TOUCHED_SINCE
from data.stores.listings import NewListing
from models.listings import Direction
from models.policies import ListRule
from models.results import Answer, ListStanding

Row = dict[str, Any]

_CREATE = """
CREATE TEMPORARY TABLE verdict (
    enterprise_key bigint, list text, standing text, score_x100 bigint, grade text, ladder_grade text, records_known int,
    PRIMARY KEY (list, enterprise_key)
) ON COMMIT DROP
"""
# Standings that a delivery has refreshed since are not the run's any more: their enterprises are asked again.
_FROM_STANDINGS = """
INSERT INTO verdict
SELECT enterprise_key, said.key, said.value, score_x100, grade, ladder_grade, records_known
FROM standing CROSS JOIN LATERAL jsonb_each_text(lists) AS said
WHERE lists <> '{}'::jsonb AND policy_hash = %s AND NOT enterprise_key = ANY(%s)
"""
_LATEST_RUN = """
SELECT run_id, as_of FROM run JOIN policy USING (policy_hash)
WHERE run.state = 'published' AND policy.family = %s ORDER BY as_of DESC, run_id DESC LIMIT 1
"""
_COPY = "COPY verdict (enterprise_key, list, standing, score_x100, grade, ladder_grade, records_known) FROM STDIN"
_CHANGED_SINCE = f"""
WITH touched AS ({TOUCHED_SINCE.format(seq="%(seq)s")})
SELECT DISTINCT coalesce(same.to_key, touched.enterprise_key) FROM touched
LEFT JOIN enterprise_link AS same ON same.from_key = touched.enterprise_key AND same.kind = 'same_as' AND same.superseded_seq IS NULL
"""
_TOUCHED_SINCE = """
WITH same AS MATERIALIZED (SELECT same_entries(%(key)s) AS enterprise_key)
SELECT EXISTS (SELECT FROM record JOIN same USING (enterprise_key) WHERE known_seq > %(seq)s OR superseded_seq > %(seq)s)
    OR EXISTS (SELECT FROM registry_fact WHERE enterprise_key = %(key)s AND (known_seq > %(seq)s OR superseded_seq > %(seq)s))
    OR EXISTS (SELECT FROM listing_span JOIN same USING (enterprise_key) WHERE known_seq > %(seq)s OR superseded_seq > %(seq)s)
    OR EXISTS (SELECT FROM enterprise_link WHERE kind = 'same_as' AND (from_key = %(key)s OR to_key = %(key)s)
        AND (known_seq > %(seq)s OR superseded_seq > %(seq)s))
"""
_ENTERING = """
SELECT verdict.*, (
    SELECT coalesce(array_agg(record_key ORDER BY record_key), '{}') FROM record
    WHERE record.enterprise_key = ANY (ARRAY(SELECT same_entries(verdict.enterprise_key))) AND superseded_seq IS NULL AND NOT is_withdrawn
) AS evidence
FROM verdict
WHERE list = %(list)s AND standing = 'enter'
    AND NOT EXISTS (
        SELECT FROM listing
        WHERE listing.enterprise_key = ANY (ARRAY(SELECT same_entries(verdict.enterprise_key))) AND listing.list = verdict.list
            AND state <> 'ended'
    )
    AND NOT EXISTS (
        SELECT FROM registry_fact AS fact WHERE fact.enterprise_key = verdict.enterprise_key AND fact.superseded_seq IS NULL
            AND fact.state = 'deregistered' AND fact.valid_from <= %(day)s AND (fact.valid_until IS NULL OR fact.valid_until > %(day)s)
    )
    AND (%(colour)s = 'black' OR NOT EXISTS (
        SELECT FROM listing WHERE listing.enterprise_key = ANY (ARRAY(SELECT same_entries(verdict.enterprise_key))) AND colour = 'black'
            AND end_cause IS DISTINCT FROM 'annulled' AND coalesce(ended_on, ends_on, 'infinity') > %(day)s
    ))
ORDER BY enterprise_key
"""
_LEAVING = """
SELECT listing_id FROM listing
LEFT JOIN enterprise_link AS same ON same.from_key = listing.enterprise_key AND same.kind = 'same_as' AND same.superseded_seq IS NULL
JOIN verdict ON verdict.enterprise_key = coalesce(same.to_key, listing.enterprise_key) AND verdict.list = listing.list
WHERE listing.list = %s AND standing = 'leave' AND state <> 'ended' AND origin = 'run' ORDER BY listing_id
"""
_RED = """
SELECT listing_id, min(greatest(black.starts_on, listing.starts_on)) AS ends_on
FROM jsonb_to_recordset(%s::jsonb) AS black(enterprise_key bigint, starts_on date, ends_on date)
CROSS JOIN LATERAL same_entries(black.enterprise_key) AS same(enterprise_key)
JOIN listing ON listing.enterprise_key = same.enterprise_key
WHERE colour = 'red' AND end_cause IS DISTINCT FROM 'annulled' AND listing.starts_on < coalesce(black.ends_on, 'infinity')
    AND coalesce(listing.ended_on, listing.ends_on, 'infinity') > black.starts_on
GROUP BY listing_id ORDER BY listing_id
"""
# `FROM same_entries` lets the planner put the function's own statement in its place, which a call in the list of columns does not.
# A refused proposal does not come back while the answer that it rested on stands.
_PROPOSE = """
INSERT INTO proposal (enterprise_key, list, direction, state, decided_by, policy_hash, procedure_hash, clause, listing_id, opened_by_run,
    renewed_by_run, proposed_by, answer, opened_at)
SELECT verdict.enterprise_key, verdict.list, verdict.standing, 'open', %(decided_by)s, %(policy_hash)s,
    %(procedures)s::jsonb ->> verdict.standing, %(clause)s::jsonb, current.listing_id, %(run_id)s, %(run_id)s, %(proposed_by)s::jsonb,
    jsonb_build_object('as_of', %(as_of)s::date, 'score_x100', score_x100, 'grade', grade, 'ladder_grade', ladder_grade,
        'records_known', records_known, 'run_id', %(run_id)s::bigint),
    clock_timestamp()
FROM verdict
LEFT JOIN LATERAL (
    SELECT listing_id, origin FROM listing
    WHERE enterprise_key = ANY (ARRAY(SELECT * FROM same_entries(verdict.enterprise_key))) AND list = verdict.list AND state <> 'ended'
    ORDER BY enterprise_key = verdict.enterprise_key DESC, listing_id LIMIT 1
) AS current ON true
WHERE verdict.list = %(list)s AND (verdict.standing = 'enter') = (current.listing_id IS NULL) AND verdict.standing = ANY(%(directions)s)
    AND CASE verdict.standing WHEN 'leave' THEN current.origin <> 'record' ELSE NOT EXISTS (
        SELECT FROM registry_fact AS fact WHERE fact.enterprise_key = verdict.enterprise_key AND fact.superseded_seq IS NULL
            AND fact.state = 'deregistered' AND fact.valid_from <= %(as_of)s AND (fact.valid_until IS NULL OR fact.valid_until > %(as_of)s)
    ) END
    AND NOT EXISTS (
        SELECT FROM proposal AS refused
        WHERE refused.enterprise_key = verdict.enterprise_key AND refused.list = verdict.list AND refused.direction = verdict.standing
            AND refused.state = 'refused' AND refused.policy_hash = %(policy_hash)s
            AND (refused.answer ->> 'score_x100', refused.answer ->> 'grade', refused.answer ->> 'records_known')
                = (score_x100::text, grade, records_known::text)
    )
ORDER BY verdict.enterprise_key
ON CONFLICT (enterprise_key, list, direction) WHERE state IN ('open', 'noticed', 'first_approval') DO UPDATE
SET renewed_by_run = excluded.renewed_by_run, policy_hash = excluded.policy_hash, clause = excluded.clause,
    decided_by = excluded.decided_by, answer = excluded.answer, proposed_by = proposal.proposed_by || (
        SELECT coalesce(jsonb_agg(name), '[]') FROM jsonb_array_elements_text(excluded.proposed_by) AS name
        WHERE NOT proposal.proposed_by ? name
    )
-- After the notice a matter goes on by itself, by the procedure that it was opened under.
WHERE proposal.procedure_hash IS NULL OR proposal.state = 'open'
RETURNING proposal_id, direction, opened_by_run = %(run_id)s AS is_new
"""
_LAPSE = """
UPDATE proposal SET state = 'lapsed', closed_at = clock_timestamp(), closed_why = %(why)s
FROM policy
WHERE policy.policy_hash = proposal.policy_hash AND policy.family = %(family)s
    AND (state = 'open' OR (state = 'first_approval' AND procedure_hash IS NULL))
    AND direction IN ('enter', 'leave') AND renewed_by_run <> %(run_id)s
"""


@dataclass(frozen=True)
class EffectiveRun:
    """A published run and its legal day."""

    run_id: int
    as_of: date


@dataclass(frozen=True)
class Proposed:
    """What became of the proposals of one list."""

    opened: dict[Direction, list[int]]
    """The new ones, by what they ask for."""
    renewed: int


def latest_effective_run(session: ReadSession, family: str) -> EffectiveRun | None:
    """The published run with the latest day under any version of a family."""
    found = _rows(driver_connection(session), _LATEST_RUN, (family,))
    return EffectiveRun(**found[0]) if found else None


def changed_since(session: ReadSession, known_seq: int) -> list[int]:
    """The enterprises of which anything that an answer rests on became known after a number."""
    with driver_connection(session).cursor(row_factory=scalar_row) as cursor:
        return sorted(cursor.execute(_CHANGED_SINCE, {"seq": known_seq}).fetchall())


def was_touched_since(session: ReadSession, enterprise_key: int, known_seq: int) -> bool:
    """Whether anything that an answer about this enterprise rests on became known after a number."""
    found = driver_connection(session).execute(_TOUCHED_SINCE, {"key": enterprise_key, "seq": known_seq}).fetchone()
    return found is None or bool(found[0])


def gather_verdicts(session: WriteSession, *, policy_hash: str | None, fresh: Iterable[Answer], asked_again: list[int]) -> None:
    """Fill `verdict` from the standings of this policy, if one is named, and from `fresh` for the enterprises asked again."""
    connection = driver_connection(session)
    connection.execute("DROP TABLE IF EXISTS pg_temp.verdict")
    connection.execute(_CREATE)
    if policy_hash is not None:
        connection.execute(_FROM_STANDINGS, (policy_hash, asked_again))
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for answer in fresh:
            about = (answer.score_x100, answer.grade, answer.ladder_grade, answer.records_known)
            for name, standing in answer.lists.items():
                if standing is not ListStanding.OFF:
                    copy.write_row((answer.enterprise_key, name, standing.value, *about))
    connection.execute("ANALYZE verdict")


def entering(session: ReadSession, rule: ListRule, *, day: date) -> list[Row]:
    """Verdicts that make an entry on this list: still registered, not on it yet, and for a red list no black entry reaches past the day."""
    return _rows(driver_connection(session), _ENTERING, {"list": rule.list, "colour": rule.colour, "day": day})


def leaving(session: ReadSession, rule: ListRule) -> list[int]:
    """Entries that runs made on this list and the verdicts let go; those of officers and of records leave as they came."""
    return [row["listing_id"] for row in _rows(driver_connection(session), _LEAVING, (rule.list,))]


def red_beside(session: ReadSession, black: Iterable[NewListing]) -> list[Row]:
    """Red entries that overlap black ones about to be made: number, and the day on which the black one ends it."""
    spans = [{"enterprise_key": e.enterprise_key, "starts_on": e.starts_on, "ends_on": e.ends_on} for e in black]
    return _rows(driver_connection(session), _RED, (json.dumps(spans, default=date.isoformat),))


def red_beside_standing(session: ReadSession, enterprise_key: int) -> list[Row]:
    """The same for the black entries that an enterprise has, on whichever of its entries in the registry they and the red one stand."""
    statement = (
        "SELECT enterprise_key, starts_on, coalesce(ended_on, ends_on) AS ends_on FROM listing"
        " WHERE enterprise_key = ANY (ARRAY(SELECT same_entries(%s))) AND colour = 'black' AND state <> 'ended'"
    )
    spans = _rows(driver_connection(session), statement, (enterprise_key,))
    return _rows(driver_connection(session), _RED, (json.dumps(spans, default=date.isoformat),))


def propose(
    session: WriteSession, rule: ListRule, *, run: Row, proposed_by: list[str], procedures: Mapping[Direction, str | None]
) -> Proposed:
    """Open proposals for the verdicts of a list, or renew the open ones; `procedures` says for each direction by which they go."""
    values = {
        "list": rule.list,
        "decided_by": rule.decided_by,
        "policy_hash": run["policy_hash"],
        "clause": rule.clause.model_dump_json(),
        "run_id": run["run_id"],
        "as_of": run["as_of"],
        "proposed_by": json.dumps(proposed_by, ensure_ascii=False),
        "directions": [direction.value for direction in procedures],
        "procedures": json.dumps({direction.value: wanted for direction, wanted in procedures.items()}),
    }
    made = _rows(driver_connection(session), _PROPOSE, values)
    opened = {
        direction: [int(row["proposal_id"]) for row in made if row["is_new"] and row["direction"] == direction] for direction in procedures
    }
    return Proposed(opened=opened, renewed=sum(not row["is_new"] for row in made))


def lapse(session: WriteSession, *, family: str, run_id: int, why: str) -> int:
    """Close the open proposals of a family that this run neither opened nor renewed."""
    return driver_connection(session).execute(_LAPSE, {"family": family, "run_id": run_id, "why": why}).rowcount


def _rows(connection: psycopg.Connection[Any], statement: str, values: Any) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()
