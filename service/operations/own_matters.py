"""What runs about an enterprise, for its own eyes: its matters, every deadline that concerns it, and who received its entries.

An enterprise sees a matter from its notice on, and may state its case while its days to speak run.
"""

from datetime import date
from typing import Any

from data.codes.known_lists import list_title
from data.database import ReadSession, WriteSession
from data.stores import consumers, grade_notices, knowledge, matters, proposals
from data.stores.matters import Subject
from data.stores.proposals import ProposalNotFound
from models.errors import Refused
from models.listings import OPEN_STATES
from models.procedures import StepName
from service.operations import follow_matter, remedy_matters
from service.operations.act_for import Own
from service.operations.confirmations import confirmations_of
from service.operations.own_matter_answers import EntryReceived, OwnDeadline, OwnGradeNotice, OwnMatter, OwnMatters, Received, Receivers
from service.operations.reply import plain_text

SHOWN = frozenset({StepName.NOTICE, StepName.STATEMENT, StepName.ANSWER, StepName.DECISION})
"""The steps that are the enterprise's to see; what authorities ask one another is not."""


class DaysOver(Refused):
    """The enterprise's days to speak do not run."""

    code = "matter.days_over"


def show_matters(session: ReadSession, own: Own) -> OwnMatters:
    """Its matters, latest first, with every open deadline and every notice of a bad grade."""
    notices = grade_notices.notices_by_enterprise(session, [own.key]).get(own.key, [])
    deadlines = [deadline_shown(row) for row in matters.deadlines_of(session, own.key, today=own.today)]
    return OwnMatters(
        today=own.today,
        deadlines=tuple(deadlines),
        matters=tuple(_matter(session, number, today=own.today) for number in matters.noticed_proposals(session, own.key)),
        grade_notices=tuple(OwnGradeNotice.model_validate({k: one[k] for k in OwnGradeNotice.model_fields}) for one in notices),
    )


def state_case(session: WriteSession, own: Own, proposal_id: int, reasons: str) -> OwnMatter:
    """Write what the enterprise states (陈述申辩) into its matter's file; it must be answered before a decision. The caller commits.

    Raises `proposal.not_found` alike for absent, another's and not noticed yet, `matter.days_over`, `matter.step_taken`.
    """
    said = plain_text(reasons)
    knowledge.lock_clock(session)
    if proposal_id not in matters.noticed_proposals(session, own.key):
        raise ProposalNotFound(f"There is no matter {proposal_id} of this enterprise. Its own view lists those it was notified of.")
    proposal = proposals.get_proposal(session, proposal_id, lock=True)
    clock = _to_speak(session, proposal, today=own.today)
    if clock is None:
        raise DaysOver(
            f"The days to state a case in matter {proposal_id} do not run on {own.today}: it was stated already, they are over, or it is "
            "decided. Object to the entry, or to the record that it rests on."
        )
    remedy_matters.take(
        session,
        Subject.PROPOSAL,
        proposal_id,
        procedure_hash=proposal["procedure_hash"],
        step=StepName.STATEMENT,
        by=own.signed,
        on=own.today,
        reasons=said,
    )
    return _matter(session, proposal_id, today=own.today)


def show_receivers(session: ReadSession, own: Own) -> Receivers:
    """Who received each of its entries, by the consumers' own word, and who confirmed in time that one has left."""
    found = []
    for line in consumers.entering_lines(session, own.key):
        received = tuple(Received(holder=row["holder"], received_at=row["at"]) for row in consumers.confirmations(session, line))
        found.append(
            EntryReceived(
                listing_id=line["listing_id"],
                list=list_title(line["list"]),
                seq=line["seq"],
                recorded_at=line["recorded_at"],
                received=received,
                left=tuple(confirmations_of(session, line["listing_id"], today=own.today)),
            )
        )
    return Receivers(entries=tuple(found))


def deadline_shown(row: dict[str, Any]) -> OwnDeadline:
    return OwnDeadline.model_validate({name: row[name] for name in OwnDeadline.model_fields})


def _matter(session: ReadSession, proposal_id: int, *, today: date) -> OwnMatter:
    proposal = proposals.get_proposal(session, proposal_id)
    shown = follow_matter.show(session, proposal_id)
    clock = _to_speak(session, proposal, today=today)
    assert shown.procedure is not None
    return OwnMatter(
        proposal_id=proposal_id,
        list=list_title(proposal["list"]),
        direction=proposal["direction"],
        state=shown.state,
        closed_why=proposal["closed_why"],
        procedure=shown.procedure,
        steps=tuple(step for step in shown.steps if step.step in SHOWN),
        may_state=clock is not None,
        state_until=clock["due_on"] if clock else None,
    )


def _to_speak(session: ReadSession, proposal: proposals.Row, *, today: date) -> matters.Row | None:
    """The clock of the statement, while it runs."""
    if proposal["state"] not in OPEN_STATES:
        return None
    clocks = matters.clocks_of(session, Subject.PROPOSAL, proposal["proposal_id"])
    running = [one for one in clocks if one["step"] == StepName.STATEMENT and one["closed_on"] is None]
    return next((one for one in running if one["due_on"] is None or one["due_on"] >= today), None)
