"""The files of repairs and objections: opened under the procedure in force, with a clock for whoever owes the next step."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from data.codes.working_days import working_days
from data.database import ReadSession, WriteSession
from data.intake.personal_data import refuse_personal_data
from data.stores import matters, procedures, remedies
from data.stores.files import keep_file
from data.stores.matters import Subject
from data.stores.procedures import PublishedProcedure
from models.access import Actor, Role
from models.errors import Malformed, Refused
from models.procedures import Matter, StepName, clocks_from
from models.tables.remedy_acts import Paper
from service.operations.follow_matter import ClockShown, NoProcedure, StepShown, clock_shown, step_shown

OFFICERS = frozenset({Role.REGULATOR, Role.ADMIN})
LARGEST_PAPER = 10 * 1024 * 1024
MOST_PAPERS = 20
STARTS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
PARTS = {
    "delivered": "delivered a record that it is about",
    "settled": "settled to whom a record belongs that it is about",
    "source": "belongs to the organisation whose record it is about",
    "decided": "decided about it before",
    "proposed": "started or published a run behind the entry",
    "reviewed": "took an earlier step in the matter",
}


class NotAnOfficer(Refused):
    """Only officers handle repairs and objections."""

    code = "remedy.not_an_officer"


class NotIndependent(Refused):
    """The officer had a part in what the remedy is about."""

    code = "remedy.not_independent"


class RemedyClosed(Refused):
    """The repair or objection is not in the state that the act needs."""

    code = "remedy.closed"


class BadPaper(Malformed):
    """A paper is neither a PDF nor a picture, or too large, or there are too many."""

    code = "remedy.paper"


def procedure_for(session: ReadSession, list_name: str, matter: Matter, day: date) -> PublishedProcedure:
    """The procedure that carries the matter. Raises `matter.no_procedure`."""
    found = procedures.procedure_in_force(session, list_name, matter, decided_by="officers", day=day)
    if found is None:
        raise NoProcedure(
            f"No procedure for {matter} of {list_name} is in force on {day}. `qcredit procedures publish --shipped` publishes the samples."
        )
    return found


def take(
    session: WriteSession, subject: Subject, number: int, *, procedure_hash: str, step: StepName, by: str, on: date, **content: str
) -> None:
    """Write a step into the file and let the clocks run that start with it. Raises what the procedure refuses."""
    session.flush()
    matters.take_step(session, subject, {number: content}, procedure_hash=procedure_hash, step=step, done_on=on, done_by=by)
    procedure = procedures.get_procedure(session, procedure_hash).procedure
    matters.start_clocks(session, subject, [number], clocks_from(procedure, step, "done", on=on, calendar=working_days()))


def stop(session: WriteSession, subject: Subject, number: int, *, on: date, why: str) -> None:
    matters.stop_clocks(session, subject, [number], on=on, why=why)


def refuse_others(actor: Actor) -> None:
    """Raises `remedy.not_an_officer`."""
    if actor.role not in OFFICERS:
        raise NotAnOfficer(f"{actor.holder} is no officer ({actor.role}). This needs a key of a regulator.")


def refuse_dependent(
    session: ReadSession, actor: Actor, *, records: Sequence[int], listing: int | None, subject: Subject, number: int
) -> None:
    """Nobody handles what they entered, sampled, decided or reviewed before. Raises `remedy.not_independent`, which says what it was."""
    part = remedies.part_in(
        session, holder=actor.holder, source=actor.source, records=records, listing=listing, subject=subject, number=number
    )
    if part is not None:
        raise NotIndependent(f"{actor.holder} {PARTS[part]} ({subject} {number}). Ask another officer.")


def file_of(session: ReadSession, subject: Subject, number: int, *, today: date) -> dict[str, Any]:
    """Steps, clocks and papers of a matter, as they are told."""
    steps: tuple[StepShown, ...] = tuple(map(step_shown, matters.steps_of(session, subject, number)))
    clocks: tuple[ClockShown, ...] = tuple(clock_shown(row, today=today) for row in matters.clocks_of(session, subject, number))
    papers = remedies.papers_of(session, subject, number)
    return {"steps": steps, "clocks": clocks, "papers": [{"name": one.name, "sha256": one.sha256, "size": one.size} for one in papers]}


def keep_paper(session: WriteSession, subject: Subject, number: int, *, file: Any, name: str, by: str) -> Paper:
    """Keep an uploaded paper under its hash; the same paper again is kept once. Raises `remedy.paper` and `value.personal_data`."""
    refuse_personal_data(name)
    start = file.read(16)
    media_type = next((kind for mark, kind in STARTS.items() if start.startswith(mark)), None)
    size = file.seek(0, 2)
    if media_type is None or not 0 < size <= LARGEST_PAPER:
        raise BadPaper(f"A paper is a PDF, PNG or JPEG of at most {LARGEST_PAPER // 1024 // 1024} MB. Scan it again, and send it as one.")
    known = remedies.papers_of(session, subject, number)
    sha256, size = keep_file(session, file)
    if (there := next((one for one in known if one.sha256 == sha256), None)) is not None:
        return there
    if len(known) >= MOST_PAPERS:
        raise BadPaper(f"There are {MOST_PAPERS} papers already. Put several into one file.")
    made = Paper(subject=subject, subject_id=number, name=name[-200:], sha256=sha256, size=size, media_type=media_type, uploaded_by=by)
    return remedies.add(session, made)
