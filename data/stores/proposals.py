"""Proposals, the officers' votes on them, and the decisions they end in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import errors
from psycopg.rows import dict_row, tuple_row

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.districts import NARROWED
from data.stores.listings import KNOWN_AS
from models.errors import NotFound, Refused
from models.listings import OPEN_STATES, Direction, ProposalState

Row = dict[str, Any]

_SHOWN = f"""
SELECT proposal.*, coalesce(code.scheme, founding_scheme) AS scheme, coalesce(code.value, founding_value) AS value, borne.name
FROM proposal JOIN enterprise USING (enterprise_key) {KNOWN_AS}
"""
_PAGE = f"""{_SHOWN}
WHERE proposal_id > %(after)s AND {NARROWED.format(key="proposal.enterprise_key")}
    AND (%(list)s::text IS NULL OR list = %(list)s) AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
ORDER BY proposal_id LIMIT %(limit)s
"""
_VOTE = """
WITH given AS (
    INSERT INTO approval (proposal_id, officer, accepts, reason, at)
    VALUES (%(proposal_id)s, %(officer)s, %(accepts)s, %(reason)s, clock_timestamp())
    RETURNING officer AS name, accepts, at
)
SELECT officer AS name, accepts, at FROM approval WHERE proposal_id = %(proposal_id)s UNION ALL SELECT * FROM given ORDER BY at, name
"""
_DECIDE = """
INSERT INTO decision (proposal_id, act, authority, document_no, basis, reason, decided_on, officers, answer, recorded_at)
VALUES (%(proposal_id)s, %(act)s, %(authority)s, %(document_no)s, %(basis)s, %(reason)s, %(decided_on)s, %(officers)s::jsonb,
    %(answer)s::jsonb, clock_timestamp())
RETURNING decision_id
"""
_CLOSE = "UPDATE proposal SET state = %s, closed_at = clock_timestamp(), closed_why = %s WHERE proposal_id = ANY(%s)"
_OPEN_ANNULMENTS = """
INSERT INTO proposal (enterprise_key, list, direction, state, decided_by, policy_hash, procedure_hash, clause, listing_id, proposed_by,
    answer, opened_at)
SELECT listing.enterprise_key, listing.list, 'annul', 'open', coalesce(behind.decided_by, 'officer'), behind.policy_hash,
    (SELECT procedure_hash FROM procedure WHERE procedure.list = listing.list AND matter = 'annul' AND procedure.decided_by = 'officers'
        AND in_force_from <= %(day)s AND (in_force_until IS NULL OR in_force_until > %(day)s)),
    coalesce(listing.clause, '{}'), listing.listing_id, '[]', jsonb_build_object('withdrawn', item.withdrawn), clock_timestamp()
FROM jsonb_to_recordset(%(items)s::jsonb) AS item(listing_id bigint, withdrawn jsonb)
JOIN listing USING (listing_id)
LEFT JOIN decision USING (decision_id)
LEFT JOIN proposal AS behind ON behind.proposal_id = decision.proposal_id
ON CONFLICT (enterprise_key, list, direction) WHERE state IN ('open', 'noticed', 'first_approval') DO NOTHING
RETURNING proposal_id, procedure_hash
"""
_RUN_MATTERS_DUE = """
SELECT proposal.* FROM proposal
WHERE decided_by = 'run' AND state IN ('open', 'noticed') AND direction = 'enter' AND procedure_hash IS NOT NULL
    AND (%(keys)s::bigint[] IS NULL OR enterprise_key = ANY(%(keys)s))
    AND NOT EXISTS (
        SELECT FROM deadline WHERE subject = 'proposal' AND subject_id = proposal_id AND deadline.step IN ('decision', 'answer')
            AND closed_on IS NULL AND (deadline.step = 'answer' OR opens_on > %(day)s)
    )
ORDER BY proposal_id
"""


class ProposalNotFound(NotFound):
    """There is no such proposal."""

    code = "proposal.not_found"


class SameOfficer(Refused):
    """An officer has already voted; the second vote must be another's."""

    code = "decision.same_officer"


class NotIndependent(Refused):
    """Nobody decides what they proposed."""

    code = "decision.not_independent"


@dataclass(frozen=True)
class NewDecision:
    """A decision about to be written."""

    proposal_id: int | None
    act: str
    reason: str
    decided_on: date
    officers: tuple[tuple[str, str], ...]
    """Name and instant of each vote it rests on."""
    answer: dict[str, Any]
    authority: str | None = None
    document_no: str | None = None
    basis: str | None = None


def get_proposal(session: ReadSession, proposal_id: int, *, lock: bool = False) -> Row:
    """One proposal with the enterprise's identifier and name. Raises `ProposalNotFound`."""
    statement = f"{_SHOWN} WHERE proposal_id = %s" + (" FOR UPDATE OF proposal" if lock else "")
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return _found(cursor.execute(statement, (proposal_id,)).fetchone(), proposal_id)


def get_matter(session: ReadSession, proposal_id: int, *, lock: bool = False) -> Row:
    """One proposal without looking up who its enterprise is, for those who decide it. Raises `ProposalNotFound`."""
    statement = "SELECT * FROM proposal WHERE proposal_id = %s" + (" FOR UPDATE" if lock else "")
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return _found(cursor.execute(statement, (proposal_id,)).fetchone(), proposal_id)


def list_proposals(
    session: ReadSession,
    *,
    list_name: str | None = None,
    states: Sequence[ProposalState] | None = OPEN_STATES,
    district: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Row]:
    """One page of proposals by number; None for `states` gives all. `district` is the beginning of a region's codes."""
    asked = {"stem": district} | {
        "list": list_name,
        "states": None if states is None else [state.value for state in states],
        "after": after,
        "limit": limit,
    }
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_PAGE, asked).fetchall()


def vote(session: WriteSession, proposal_id: int, *, officer: str, accepts: bool, reason: str) -> list[Row]:
    """Keep an officer's vote and give all votes so far, oldest first. Raises `SameOfficer`, `NotIndependent`."""
    given = {"proposal_id": proposal_id, "officer": officer, "accepts": accepts, "reason": reason}
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        try:
            return cursor.execute(_VOTE, given).fetchall()
        except errors.UniqueViolation as fault:
            raise SameOfficer(f"{officer} has already voted on proposal {proposal_id}. Another officer has to decide with them.") from fault
        except errors.RestrictViolation as fault:
            raise NotIndependent(f"{fault.diag.message_primary} Ask another officer to decide.") from fault


def keep_decision(session: WriteSession, decision: NewDecision) -> int:
    """Write a decision; gives its number. The database checks the votes behind it again."""
    values = {
        "proposal_id": decision.proposal_id,
        "act": decision.act,
        "authority": decision.authority,
        "document_no": decision.document_no,
        "basis": decision.basis,
        "reason": decision.reason,
        "decided_on": decision.decided_on,
        "officers": json.dumps([{"name": name, "at": at} for name, at in decision.officers], ensure_ascii=False),
        "answer": json.dumps(decision.answer, ensure_ascii=False),
    }
    row = driver_connection(session).execute(_DECIDE, values).fetchone()
    assert row is not None
    return int(row[0])


def close(session: WriteSession, proposal_ids: Sequence[int], *, state: ProposalState, why: str) -> None:
    """End proposals: accepted, refused or lapsed, with the reason."""
    driver_connection(session).execute(_CLOSE, (state.value, why, list(proposal_ids)))


def mark(session: WriteSession, proposal_ids: Sequence[int], state: ProposalState) -> None:
    """Move open proposals on: noticed, or approved by the first of two officers."""
    driver_connection(session).execute("UPDATE proposal SET state = %s WHERE proposal_id = ANY(%s)", (state.value, list(proposal_ids)))


def enterprises_of(session: ReadSession, proposal_ids: Sequence[int]) -> dict[int, int]:
    """Enterprise -> its proposal, of these proposals, which are of one list and direction."""
    statement = "SELECT enterprise_key, proposal_id FROM proposal WHERE proposal_id = ANY(%s)"
    with driver_connection(session).cursor(row_factory=tuple_row) as cursor:
        return dict(cursor.execute(statement, (list(proposal_ids),)).fetchall())


def has_open_annulment(session: ReadSession, listing_id: int) -> bool:
    """Whether a proposal to annul this entry waits for its decision."""
    statement = "SELECT FROM proposal WHERE listing_id = %s AND direction = 'annul' AND state IN ('open', 'noticed', 'first_approval')"
    return driver_connection(session).execute(statement, (listing_id,)).fetchone() is not None


def run_matters_due(session: ReadSession, day: date, *, enterprise_keys: Sequence[int] | None = None) -> list[Row]:
    """Open matters that published criteria decide, whose days are over by a day and whose statements are answered."""
    keys = None if enterprise_keys is None else list(enterprise_keys)
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_RUN_MATTERS_DUE, {"day": day, "keys": keys}).fetchall()


def propose_annulments(session: WriteSession, withdrawn: dict[int, list[int]], *, day: date) -> list[Row]:
    """Open a proposal to annul for each entry, naming the withdrawn records; as many officers decide as decided on the entry.

    Gives the new ones, each with the procedure by which it goes, if its list has one in force on the day.
    """
    items = json.dumps([{"listing_id": listing, "withdrawn": [str(key) for key in keys]} for listing, keys in withdrawn.items()])
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_OPEN_ANNULMENTS, {"items": items, "day": day}).fetchall()


def lapse_for_entries(session: WriteSession, listing_ids: Sequence[int], *, why: str) -> None:
    """Close what still proposes to end entries that have ended by themselves."""
    if not listing_ids:
        return
    statement = (
        "UPDATE proposal SET state = 'lapsed', closed_at = clock_timestamp(), closed_why = %s"
        " WHERE listing_id = ANY(%s) AND direction <> %s AND state IN ('open', 'noticed', 'first_approval')"
    )
    driver_connection(session).execute(statement, (why, list(listing_ids), Direction.ENTER.value))


def lapse_to_enter(session: WriteSession, enterprise_key: int, *, why: str) -> int:
    """Close what still proposes to enter an enterprise on a list."""
    statement = (
        "UPDATE proposal SET state = 'lapsed', closed_at = clock_timestamp(), closed_why = %s"
        " WHERE enterprise_key = %s AND direction = %s AND state IN ('open', 'noticed', 'first_approval')"
    )
    return driver_connection(session).execute(statement, (why, enterprise_key, Direction.ENTER.value)).rowcount


def _found(row: Row | None, proposal_id: int) -> Row:
    if row is None:
        raise ProposalNotFound(f"There is no proposal {proposal_id}. `qcredit proposals` lists those that wait.")
    return row
