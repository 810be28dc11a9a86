"""Matters that a published run opens: by which procedure they go, and those that published criteria decide once their days are over.

Publishing gives the notice itself; when the days of the enterprise are over and what it said is answered, the matter is asked again for
that day, and the entry is made, or the matter lapses.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from data.codes.working_days import working_days
from data.database import WriteSession, driver_connection
from data.stores import effects, listings, matters, policies, procedures, proposals, runs
from data.stores.changes import Move
from data.stores.listings import NewListing
from data.stores.matters import Service, ServiceMethod, Subject
from data.stores.procedures import PublishedProcedure
from models.calendar import BeyondCalendar
from models.glossary import NOTICE_RIGHTS
from models.listings import Direction, ListingState, Origin, ProposalState
from models.periods import end_of
from models.policies import ListRule
from models.procedures import Matter, Need, StepName, clocks_from
from models.results import Question
from models.tables.runs import Run
from scoring.runs.answering import Rules, answer_many
from service.operations.entering import supersede_red
from service.operations.right_to_repair import as_content, right_to_repair


def procedure_of(session: WriteSession, rule: ListRule, direction: Direction, *, day: date) -> PublishedProcedure | None:
    """The procedure by which a matter of this list goes that opens on a day."""
    decided_by = "run" if rule.decided_by == "run" else "officers"
    return procedures.procedure_in_force(session, rule.list, Matter(direction.value), decided_by=decided_by, day=day)  # type: ignore[arg-type]


def open_matters(
    session: WriteSession, run: Run, rule: ListRule, *, directions: Sequence[Direction], people: list[str]
) -> effects.Proposed:
    """Open the proposals of a run for a list, each with the clocks that run from its opening."""
    found = {direction: procedure_of(session, rule, direction, day=run.as_of) for direction in directions}
    about = {"policy_hash": run.policy_hash, "run_id": run.run_id, "as_of": run.as_of}
    hashes = {direction: published.procedure_hash if published is not None else None for direction, published in found.items()}
    made = effects.propose(session, rule, run=about, proposed_by=people, procedures=hashes)
    for direction, published in found.items():
        if published is not None and (opened := made.opened[direction]):
            clocks = clocks_from(published.procedure, None, "done", on=run.as_of, calendar=working_days())
            matters.start_clocks(session, Subject.PROPOSAL, opened, clocks)
    return made


def advance_fresh(
    session: WriteSession, run: Run, rule: ListRule, published: PublishedProcedure, opened: Sequence[int], *, known_seq: int
) -> list[Move]:
    """Give the notice of the matters that a run has just opened, or enter them where none is asked for."""
    if not opened:
        return []
    if published.procedure.stage(StepName.NOTICE) is None:
        return _enter(session, run, rule, published, opened, decided_on=run.as_of, known_seq=known_seq)
    content = {
        Need.REASONS: f"{rule.title.zh}: {run.policy}, {run.as_of}",
        Need.EVIDENCE: f"run {run.run_id}",
        Need.BASIS: f"{rule.clause.act} {rule.clause.article}",
        Need.RIGHTS: NOTICE_RIGHTS.zh,
    }
    steps = matters.take_step(
        session,
        Subject.PROPOSAL,
        {number: {need.value: text for need, text in content.items()} for number in opened},
        procedure_hash=published.procedure_hash,
        step=StepName.NOTICE,
        done_on=run.as_of,
        done_by=f"run {run.run_id}",
    )
    service = Service(ServiceMethod.PUBLIC_NOTICE, run.as_of, proof=f"run {run.run_id}")
    matters.serve(session, steps, service, recorded_by=f"run {run.run_id}")
    for event in ("done", "served"):
        clocks = clocks_from(published.procedure, StepName.NOTICE, event, on=run.as_of, calendar=working_days())
        matters.start_clocks(session, Subject.PROPOSAL, opened, clocks)
    proposals.mark(session, opened, ProposalState.NOTICED)
    return []


def advance(session: WriteSession, due: Sequence[proposals.Row], day: date, *, known_seq: int) -> list[Move]:
    """Enter these matters of runs, whose days are over, as far as the criteria hold on this day; the others lapse."""
    groups: dict[tuple[int, str, str], list[proposals.Row]] = defaultdict(list)
    for row in due:
        groups[row["opened_by_run"], row["list"], row["procedure_hash"]].append(row)
    moves: list[Move] = []
    for (run_id, list_name, wanted), rows in sorted(groups.items()):
        run = runs.get_run(session, run_id)
        policy = policies.get_policy(session, run.policy_hash)
        rule = next(rule for rule in policy.policy.lists if rule.list == list_name)
        rules = Rules(policy.policy, policy.policy_hash)
        questions = [Question(enterprise_key=row["enterprise_key"], as_of=day, known_seq=known_seq) for row in rows]
        effects.gather_verdicts(session, policy_hash=None, fresh=answer_many(driver_connection(session), rules, questions), asked_again=[])
        asked = [row["proposal_id"] for row in rows]
        published = procedures.get_procedure(session, wanted)
        try:
            moves += _enter(session, run, rule, published, asked, decided_on=day, known_seq=known_seq)
        except BeyondCalendar:
            continue  # the announcement cannot be reckoned: the matter waits for the year's holidays
        still = [row["proposal_id"] for row in rows if proposals.get_proposal(session, row["proposal_id"])["state"] in {"open", "noticed"}]
        why = f"When its days were over, on {day}, the criteria no longer held."
        proposals.close(session, still, state=ProposalState.LAPSED, why=why)
    return moves


def run_entry(
    run: Run,
    rule: ListRule,
    row: Mapping[str, object],
    *,
    decided_on: date,
    published: PublishedProcedure | None = None,
    proposal_id: int | None = None,
) -> NewListing:
    """The entry that a run's verdict makes, announced first where its procedure asks for it."""
    starts_on = first_day(published, decided_on)
    evidence = row["evidence"]
    assert isinstance(evidence, list)
    return NewListing(
        enterprise_key=int(str(row["enterprise_key"])),
        list=rule.list,
        colour=rule.colour,
        origin=Origin.RUN,
        run_id=run.run_id,
        proposal_id=proposal_id,
        evidence=tuple(evidence),
        basis=f"{rule.clause.act} {rule.clause.article}",
        clause=rule.clause.model_dump(mode="json"),
        authority=rule.authority.zh,
        decision_no=f"run {run.run_id}",
        decided_on=decided_on,
        starts_on=starts_on,
        ends_on=end_of(starts_on, rule.lasts) if rule.lasts is not None else None,
        ends_when=rule.ends_when,
        reason=f"{rule.title.zh}: {run.policy}, {row['grade']}",
        state=ListingState.IN_FORCE if starts_on == decided_on else ListingState.ANNOUNCED,
    )


def first_day(published: PublishedProcedure | None, decided_on: date) -> date:
    """The first day on which a decided entry has effect: after its announcement. Raises `BeyondCalendar`."""
    if published is None or published.procedure.announcement is None:
        return decided_on
    return published.procedure.announcement.last_day(decided_on, working_days()) + timedelta(days=1)


def _enter(
    session: WriteSession,
    run: Run,
    rule: ListRule,
    published: PublishedProcedure,
    asked: Sequence[int],
    *,
    decided_on: date,
    known_seq: int,
) -> list[Move]:
    """Decide these matters by the verdicts gathered in this transaction, and make their entries."""
    matter_of = proposals.enterprises_of(session, asked)
    rows = [row for row in effects.entering(session, rule, day=decided_on) if row["enterprise_key"] in matter_of]
    entries = [
        run_entry(run, rule, row, decided_on=decided_on, published=published, proposal_id=matter_of[row["enterprise_key"]]) for row in rows
    ]
    if not entries:
        return []
    content = {
        Need.REASONS: f"{rule.title.zh}: {run.policy}",
        Need.BASIS: f"{rule.clause.act} {rule.clause.article}",
        Need.AUTHORITY: rule.authority.zh,
        Need.DOCUMENT_NO: f"run {run.run_id}",
    }
    right = right_to_repair(rule.list, decided_on=decided_on, starts_on=first_day(published, decided_on))
    decided = [matter_of[row["enterprise_key"]] for row in rows]
    matters.take_step(
        session,
        Subject.PROPOSAL,
        {number: {need.value: text for need, text in content.items()} | as_content(right) for number in decided},
        procedure_hash=published.procedure_hash,
        step=StepName.DECISION,
        done_on=decided_on,
        done_by=f"run {run.run_id}",
    )
    proposals.close(session, decided, state=ProposalState.ACCEPTED, why=f"run {run.run_id}: {rule.title.zh}")
    superseded = supersede_red(session, entries, known_seq=known_seq) if rule.colour == "black" else []
    return superseded + listings.enter(session, entries, known_seq=known_seq)
