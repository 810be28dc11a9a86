"""The file of a matter: steps taken, documents served, clocks running.

The database keeps the order of steps; what it refuses is said here in words.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import psycopg
from psycopg.rows import dict_row

from data.database import ReadSession, WriteSession, driver_connection
from data.stores.districts import NARROWED
from data.stores.listings import KNOWN_AS
from models.errors import NotFound, Refused
from models.procedures import Due, StepName

Row = dict[str, Any]

_TAKE = """
INSERT INTO step (subject, subject_id, procedure_hash, step, done_on, done_by, content, recorded_at)
SELECT %(subject)s, subject_id, %(procedure_hash)s, %(step)s, %(done_on)s, %(done_by)s, content, clock_timestamp()
FROM jsonb_to_recordset(%(items)s::jsonb) AS item(subject_id bigint, content jsonb)
RETURNING step_id
"""
_SERVE = """
INSERT INTO service (step_id, method, served_on, proof, recorded_by, recorded_at)
SELECT step_id, %(method)s, %(served_on)s, %(proof)s, %(recorded_by)s, clock_timestamp() FROM unnest(%(step_ids)s::bigint[]) AS step_id
"""
_START = """
INSERT INTO deadline (subject, subject_id, step, owner, clause, started_on, opens_on, due_on, is_beyond, is_right)
SELECT %(subject)s, subject_id, step, owner, clause, started_on, opens_on, due_on, is_beyond, is_right
FROM unnest(%(subject_ids)s::bigint[]) AS subject_id
CROSS JOIN jsonb_to_recordset(%(clocks)s::jsonb)
    AS clock(step text, owner text, clause jsonb, started_on date, opens_on date, due_on date, is_beyond boolean, is_right boolean)
ON CONFLICT (subject, subject_id, step) WHERE closed_on IS NULL DO NOTHING
"""
_STOP = """
UPDATE deadline SET closed_on = %(on)s, closed_why = %(why)s
WHERE subject = %(subject)s AND subject_id = ANY(%(subject_ids)s) AND closed_on IS NULL AND (%(step)s::text IS NULL OR step = %(step)s)
"""
_STEPS = """
SELECT step.*, method, served_on, proof, service.recorded_by AS served_by
FROM step LEFT JOIN service USING (step_id) WHERE subject = %s AND subject_id = %s ORDER BY step_id
"""
_CLOCKS = "SELECT * FROM deadline WHERE subject = %s AND subject_id = %s ORDER BY deadline_id"
_WORKLIST = f"""
SELECT deadline.*, due_on < %(today)s AND NOT is_right AS is_overdue, coalesce(proposal.list, listing.list) AS list,
    CASE WHEN subject IN ('repair', 'objection') THEN listing.listing_id END AS listing_id,
    about.source, about.source_ref, about.document_no,
    coalesce(code.scheme, founding_scheme) AS scheme, coalesce(code.value, founding_value) AS value, borne.name
FROM deadline
LEFT JOIN proposal ON subject = 'proposal' AND proposal_id = subject_id
LEFT JOIN repair ON subject = 'repair' AND repair_id = subject_id
LEFT JOIN objection ON subject = 'objection' AND objection_id = subject_id
LEFT JOIN listing ON listing.listing_id = CASE subject
    WHEN 'listing' THEN subject_id WHEN 'repair' THEN repair.listing_id WHEN 'objection' THEN objection.listing_id END
LEFT JOIN record AS about ON about.superseded_seq IS NULL
    AND about.record_key = coalesce(objection.record_key, (repair.record_keys ->> 0)::bigint)
LEFT JOIN enterprise ON enterprise.enterprise_key = coalesce(
    proposal.enterprise_key, repair.enterprise_key, objection.enterprise_key, listing.enterprise_key) {KNOWN_AS}
WHERE closed_on IS NULL AND (due_on IS NOT NULL OR is_beyond) AND (%(owner)s::text IS NULL OR owner = %(owner)s)
    AND {NARROWED.format(key="enterprise.enterprise_key")}
    AND (NOT %(overdue)s OR (due_on < %(today)s AND NOT is_right)) AND NOT (is_right AND due_on < %(today)s)
    AND (%(after)s::bigint IS NULL OR (coalesce(due_on, 'infinity'), deadline_id) > (
        SELECT coalesce(due_on, 'infinity'), deadline_id FROM deadline WHERE deadline_id = %(after)s))
ORDER BY coalesce(due_on, 'infinity'), deadline_id LIMIT %(limit)s
"""


_NOTICED = """
SELECT proposal_id FROM proposal WHERE enterprise_key = ANY (ARRAY(SELECT same_entries(%s))) AND EXISTS (
    SELECT FROM step WHERE step.subject = 'proposal' AND step.subject_id = proposal_id AND step.step = 'notice')
ORDER BY proposal_id DESC LIMIT 100
"""
_DEADLINES = """
WITH same AS MATERIALIZED (SELECT same_entries(%(key)s) AS enterprise_key)
SELECT * FROM deadline WHERE closed_on IS NULL AND (due_on IS NOT NULL OR is_beyond) AND NOT (is_right AND due_on < %(today)s) AND (
    (subject = 'proposal' AND subject_id = ANY(%(noticed)s))
    OR (subject = 'repair' AND subject_id IN (SELECT repair_id FROM repair JOIN same USING (enterprise_key)))
    OR (subject = 'objection' AND subject_id IN (SELECT objection_id FROM objection JOIN same USING (enterprise_key)))
    OR (subject = 'listing' AND subject_id IN (SELECT listing_id FROM listing JOIN same USING (enterprise_key))))
ORDER BY coalesce(due_on, 'infinity'), deadline_id LIMIT 500
"""
_DECISIONS = """
SELECT listing_id, listing.list, decided_on, starts_on, step.content -> 'repair' AS repair FROM listing
LEFT JOIN step ON step.subject = 'proposal' AND step.subject_id = listing.proposal_id AND step.step = 'decision'
WHERE enterprise_key = ANY (ARRAY(SELECT same_entries(%s))) AND state <> 'ended' AND colour = 'black' ORDER BY listing_id
"""


class Subject(StrEnum):
    """What steps and clocks belong to."""

    PROPOSAL = "proposal"
    LISTING = "listing"
    REPAIR = "repair"
    OBJECTION = "objection"


class ServiceMethod(StrEnum):
    """How a document was served (送达方式)."""

    DIRECT = "direct"
    LEFT = "left"
    POST = "post"
    ELECTRONIC = "electronic"
    ENTRUSTED = "entrusted"
    PUBLIC_NOTICE = "public_notice"


class OutOfOrder(Refused):
    """The procedure asks for another step first, or does not know this one."""

    code = "matter.out_of_order"


class TooEarly(Refused):
    """The days that the other side has are not over."""

    code = "matter.too_early"


class StepIncomplete(Refused):
    """A step does not state what the procedure asks for."""

    code = "matter.incomplete"


class TakenAlready(Refused):
    """The step stands in the file already."""

    code = "matter.step_taken"


class StepNotFound(NotFound):
    """The matter has no such step to serve."""

    code = "matter.step_not_found"


@dataclass(frozen=True)
class Service:
    """How and when a document reached the one it is for."""

    method: ServiceMethod
    served_on: date
    proof: str


def take_step(
    session: WriteSession,
    subject: Subject,
    contents: dict[int, dict[str, Any]],
    *,
    procedure_hash: str,
    step: StepName,
    done_on: date,
    done_by: str,
) -> list[int]:
    """Write one step into the files of these matters, by number with what it states; gives the steps' numbers in that order.

    The step's clock closes. Raises `OutOfOrder`, `TooEarly`, `StepIncomplete`, `TakenAlready`.
    """
    items = json.dumps([{"subject_id": number, "content": content} for number, content in contents.items()], ensure_ascii=False)
    values = {
        "subject": subject.value,
        "procedure_hash": procedure_hash,
        "step": step.value,
        "done_on": done_on,
        "done_by": done_by,
        "items": items,
    }
    with _told(), driver_connection(session).cursor() as cursor:
        made = [int(row[0]) for row in cursor.execute(_TAKE, values).fetchall()]
    stop_clocks(session, subject, list(contents), step=step, on=done_on, why="done")
    return made


def serve(session: WriteSession, step_ids: Sequence[int], service: Service, *, recorded_by: str) -> None:
    """Record that the documents of these steps were served. Raises `OutOfOrder`, `TakenAlready`."""
    values = {
        "step_ids": list(step_ids),
        "method": service.method.value,
        "served_on": service.served_on,
        "proof": service.proof,
        "recorded_by": recorded_by,
    }
    with _told():
        driver_connection(session).execute(_SERVE, values)


def start_clocks(session: WriteSession, subject: Subject, subject_ids: Iterable[int], clocks: Sequence[Due]) -> None:
    """Let clocks run for these matters; one that runs already keeps its days."""
    if clocks:
        said = json.dumps([clock.model_dump(mode="json") for clock in clocks], ensure_ascii=False)
        driver_connection(session).execute(_START, {"subject": subject.value, "subject_ids": list(subject_ids), "clocks": said})


def stop_clocks(
    session: WriteSession, subject: Subject, subject_ids: Iterable[int], *, on: date, why: str, step: StepName | None = None
) -> None:
    """Close the running clocks of these matters, of one step or of all."""
    values = {"subject": subject.value, "subject_ids": list(subject_ids), "on": on, "why": why, "step": step and step.value}
    driver_connection(session).execute(_STOP, values)


def steps_of(session: ReadSession, subject: Subject, subject_id: int) -> list[Row]:
    """The steps of a matter in the order they were taken, each with its service if its document was served."""
    return _rows(session, _STEPS, (subject.value, subject_id))


def clocks_of(session: ReadSession, subject: Subject, subject_id: int) -> list[Row]:
    """All clocks of a matter, closed ones too."""
    return _rows(session, _CLOCKS, (subject.value, subject_id))


def noticed_proposals(session: ReadSession, enterprise_key: int) -> list[int]:
    """The matters of which an enterprise was given notice, latest first, at most a hundred."""
    return [row["proposal_id"] for row in _rows(session, _NOTICED, (enterprise_key,))]


def deadlines_of(session: ReadSession, enterprise_key: int, *, today: date) -> list[Row]:
    """The clocks that run in matters of an enterprise, the earliest first; of proposals those alone of which it was given notice."""
    asked = {"key": enterprise_key, "noticed": noticed_proposals(session, enterprise_key), "today": today}
    return _rows(session, _DEADLINES, asked)


def decisions_of_entries(session: ReadSession, enterprise_key: int) -> list[Row]:
    """The standing black entries of an enterprise, each with the right to repair that its decision's step keeps, if it does."""
    return _rows(session, _DECISIONS, (enterprise_key,))


def worklist(
    session: ReadSession,
    *,
    today: date,
    owner: str | None = None,
    overdue: bool = False,
    district: str | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[Row]:
    """One page of the clocks that somebody owes a step to, the earliest day first; those beyond the calendar come last.

    `district` is the beginning of a region's codes.
    """
    asked = {"stem": district, "today": today, "owner": owner, "overdue": overdue, "after": after, "limit": limit}
    return _rows(session, _WORKLIST, asked)


def _rows(session: ReadSession, statement: str, values: Any) -> list[Row]:
    with driver_connection(session).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except psycopg.IntegrityError as fault:
        said = str(fault.diag.message_primary)
        match fault.diag.constraint_name:
            case "step_in_order" | "step_of_procedure" | "step_after_service" | "service_after_step":
                raise OutOfOrder(f"{said} `qcredit matters show` lists the steps of a matter and those to come.") from fault
            case "step_not_too_early":
                raise TooEarly(f"{said} Wait until then; what the enterprise says meanwhile must be answered first.") from fault
            case "step_states":
                raise StepIncomplete(f"{said} Give each of them.") from fault
            case "uq_step_subject" | "pk_service":
                raise TakenAlready("This step stands in the file of the matter already; steps are never written twice.") from fault
            case _:
                raise
