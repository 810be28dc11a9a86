"""Decide a proposal: the act of a competent authority, with its officers, basis and number, and the live answer of its day."""

from datetime import UTC, date
from enum import StrEnum
from typing import Any, assert_never

from data.database import WriteSession, driver_connection
from data.stores import changes, effects, knowledge, listing_records, listings, matters, policies, procedures, proposals
from data.stores.changes import Move
from data.stores.listings import NewListing, Step
from data.stores.matters import OutOfOrder, Subject, TooEarly
from data.stores.procedures import PublishedProcedure
from data.stores.proposals import NewDecision, Row
from models.access import Actor, Role
from models.errors import Malformed, Refused
from models.listings import OPEN_STATES, Cause, Direction, ListingState, Origin, ProposalState
from models.periods import end_of
from models.policies import ListRule, Policy
from models.procedures import StepName
from models.repair_rules import RightToRepair
from models.results import ListStanding, Question
from models.shapes import Shape
from scoring.runs.answering import Explained, Rules, answer_many, explain
from service.operations.entering import expire_over, supersede_red
from service.operations.independence import refuse_dependent
from service.operations.right_to_repair import as_content, right_to_repair
from service.operations.run_matters import first_day

MAY_DECIDE = frozenset({Role.REGULATOR, Role.ADMIN})


class NotAnOfficer(Refused):
    """Only officers of the competent authority decide."""

    code = "decision.not_an_officer"


class AlreadyClosed(Refused):
    """The proposal no longer waits for a decision."""

    code = "decision.closed"


class NoLongerSupported(Refused):
    """The live answer of the day does not support what was proposed."""

    code = "decision.no_longer_supported"


class Incomplete(Malformed):
    """A decision lacks what the law asks for."""

    code = "decision.incomplete"


class Verdict(StrEnum):
    """What an officer says to a proposal."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class Grounds(Shape):
    """What a decision states: to accept, all but the dates must be given; `ends_on` None takes the term of the list rule."""

    reason: str
    authority: str | None = None
    document_no: str | None = None
    basis: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None


class Decided(Shape):
    """What came of a vote."""

    proposal_id: int
    state: ProposalState
    """`first_approval`: a second, different officer has to accept too."""
    decision_id: int | None = None
    listing_id: int | None = None
    change_seq: int | None = None
    right_to_repair: RightToRepair | None = None
    """Served together with the decision that makes a black entry, and kept in its file."""


def decide(session: WriteSession, proposal_id: int, *, verdict: Verdict, grounds: Grounds, decided_on: date, actor: Actor) -> Decided:
    """Keep an officer's vote, and when it is enough, the decision with all that follows; the caller commits.

    Raises `NotAnOfficer`, `Incomplete`, `AlreadyClosed`, `NotIndependent`, `SameOfficer`, `NoLongerSupported`, and what the lists refuse.
    """
    _refuse_incomplete(verdict, grounds)
    if actor.role not in MAY_DECIDE:
        raise NotAnOfficer(f"{actor.holder} is no officer ({actor.role}). A decision needs a key of a regulator.")
    # Evaluated before the lock, since it takes longest and every writer waits for the lock; what became known meanwhile asks for it again.
    seen = proposals.get_matter(session, proposal_id)
    _refuse_unfit(seen)
    explained = _live(session, seen, decided_on, verdict)
    knowledge.lock_clock(session)
    proposal = proposals.get_matter(session, proposal_id, lock=True)
    _refuse_unfit(proposal)
    refuse_dependent(session, proposal, actor)
    if _is_overtaken(session, proposal, seen, explained):
        explained = _live(session, proposal, decided_on, verdict)
    if verdict is Verdict.ACCEPT:
        _refuse_unsupported(proposal, explained, decided_on)
        _refuse_unready(session, proposal, decided_on)
    votes = proposals.vote(session, proposal_id, officer=actor.holder, accepts=verdict is Verdict.ACCEPT, reason=grounds.reason)
    if _is_first_of_two(proposal, verdict) and sum(vote["accepts"] for vote in votes) < 2:
        proposals.mark(session, [proposal_id], ProposalState.FIRST_APPROVAL)
        return Decided(proposal_id=proposal_id, state=ProposalState.FIRST_APPROVAL)
    return _carry_out(session, proposal, votes, explained, verdict=verdict, grounds=grounds, decided_on=decided_on)


def _refuse_unfit(proposal: Row) -> None:
    """A proposal that is closed already."""
    proposal_id = proposal["proposal_id"]
    if proposal["state"] not in OPEN_STATES:
        raise AlreadyClosed(
            f"Proposal {proposal_id} is {proposal['state']} ({proposal['closed_why']}). `qcredit proposals` lists those that wait."
        )


def _is_overtaken(session: WriteSession, proposal: Row, seen: Row, explained: Explained | None) -> bool:
    """Whether the answer given before the lock is not what is asked now: other rules, another vote, something new of the enterprise."""
    if (proposal["policy_hash"], proposal["state"]) != (seen["policy_hash"], seen["state"]):
        return True
    return explained is not None and effects.was_touched_since(session, proposal["enterprise_key"], explained.answer.known_seq)


def _carry_out(
    session: WriteSession,
    proposal: Row,
    votes: list[Row],
    explained: Explained | None,
    *,
    verdict: Verdict,
    grounds: Grounds,
    decided_on: date,
) -> Decided:
    direction = Direction(proposal["direction"])
    act = _act(direction) if verdict is Verdict.ACCEPT else "refuse"
    right = None
    if verdict is Verdict.ACCEPT:
        if direction is Direction.ENTER:
            starts_on = _starts_on(_procedure(session, proposal), grounds, decided_on)
            right = right_to_repair(proposal["list"], decided_on=decided_on, starts_on=starts_on)
        officers = [vote["name"] for vote in votes if vote["accepts"]]
        take_decision(session, proposal, grounds, decided_on=decided_on, officers=officers, right=right)
    decision_id = proposals.keep_decision(
        session,
        NewDecision(
            proposal_id=proposal["proposal_id"],
            act=act,
            reason=grounds.reason,
            decided_on=decided_on,
            officers=tuple(
                (vote["name"], vote["at"].astimezone(UTC).isoformat()) for vote in votes if vote["accepts"] == (verdict is Verdict.ACCEPT)
            ),
            answer=_kept(explained),
            authority=grounds.authority,
            document_no=grounds.document_no,
            basis=grounds.basis,
        ),
    )
    state = ProposalState.ACCEPTED if verdict is Verdict.ACCEPT else ProposalState.REFUSED
    proposals.close(session, [proposal["proposal_id"]], state=state, why=grounds.reason)
    if verdict is Verdict.REFUSE and direction is not Direction.ANNUL:
        return Decided(proposal_id=proposal["proposal_id"], state=state, decision_id=decision_id)
    known_seq = knowledge.draw(session, "decision", str(decision_id), is_locked=True).known_seq
    if verdict is Verdict.REFUSE:
        moves = listings.move(session, [Step(proposal["listing_id"], Cause.REVIEW_CLOSED, decided_on)], known_seq=known_seq)
    else:
        moves = _effects(session, proposal, grounds, decided_on, decision_id=decision_id, known_seq=known_seq)
    head = changes.append(session, moves, known_seq=known_seq)
    ended = [move.listing_id for move in moves if move.cause in listings.LEAVING]
    proposals.lapse_for_entries(session, ended, why=f"Decision {decision_id} has ended the entry.")
    return Decided(
        proposal_id=proposal["proposal_id"],
        state=state,
        decision_id=decision_id,
        listing_id=moves[-1].listing_id,
        change_seq=head.seq,
        right_to_repair=right,
    )


def _effects(
    session: WriteSession,
    proposal: Row,
    grounds: Grounds,
    decided_on: date,
    *,
    decision_id: int,
    known_seq: int,
) -> list[Move]:
    match Direction(proposal["direction"]):
        case Direction.ENTER:
            rule = _rule(policies.frozen_policy(session, proposal["policy_hash"]), proposal["list"])
            evidence = listing_records.records_behind(session, proposal["enterprise_key"])
            published = _procedure(session, proposal)
            entry = _entry(proposal, rule, evidence, grounds, decided_on=decided_on, decision_id=decision_id, published=published)
            before = expire_over(session, entry.starts_on, known_seq=known_seq, enterprise_keys=[entry.enterprise_key])
            if rule.colour == "black":
                before += supersede_red(session, [entry], known_seq=known_seq)
            return before + listings.enter(session, [entry], known_seq=known_seq)
        case Direction.LEAVE:
            step = Step(proposal["listing_id"], Cause.REMOVED, grounds.starts_on or decided_on)
            return listings.move(session, [step], known_seq=known_seq)
        case Direction.ANNUL:
            return listings.move(session, [Step(proposal["listing_id"], Cause.ANNULLED, decided_on)], known_seq=known_seq)
        case direction:
            assert_never(direction)


def _refuse_unready(session: WriteSession, proposal: Row, decided_on: date) -> None:
    """Refuse a vote before its procedure allows the decision; the database refuses the decision itself in any case."""
    if proposal["procedure_hash"] is None:
        return
    procedure = procedures.get_procedure(session, proposal["procedure_hash"]).procedure
    taken = frozenset(StepName(row["step"]) for row in matters.steps_of(session, Subject.PROPOSAL, proposal["proposal_id"]))
    if missing := procedure.missing_before(StepName.DECISION, taken):
        raise OutOfOrder(
            f"The step {missing[0].step} comes before decision, and was not taken. `qcredit matters show {proposal['proposal_id']}` "
            "lists the steps of the matter and those to come."
        )
    for clock in matters.clocks_of(session, Subject.PROPOSAL, proposal["proposal_id"]):
        if clock["step"] == StepName.DECISION and clock["opens_on"] > decided_on:
            raise TooEarly(f"The decision may be taken from {clock['opens_on']} on, when the days before it are over. Wait until then.")


def _procedure(session: WriteSession, proposal: Row) -> PublishedProcedure | None:
    return procedures.get_procedure(session, proposal["procedure_hash"]) if proposal["procedure_hash"] else None


def _starts_on(published: PublishedProcedure | None, grounds: Grounds, decided_on: date) -> date:
    """The first day of an entry: the one the decision names, but not before its announcement is over."""
    begins_on = first_day(published, decided_on)
    return max(grounds.starts_on or begins_on, begins_on)


def take_decision(
    session: WriteSession, proposal: Row, grounds: Grounds, *, decided_on: date, officers: list[str], right: RightToRepair | None = None
) -> None:
    """Take the procedure's step `decision`, which the database allows after the steps and days before it; nothing without a procedure."""
    if proposal["procedure_hash"] is None:
        return
    content = {"reasons": grounds.reason, "basis": grounds.basis, "authority": grounds.authority, "document_no": grounds.document_no}
    matters.take_step(
        session,
        Subject.PROPOSAL,
        {proposal["proposal_id"]: content | as_content(right)},
        procedure_hash=proposal["procedure_hash"],
        step=StepName.DECISION,
        done_on=decided_on,
        done_by=", ".join(officers),
    )


def _entry(
    proposal: Row,
    rule: ListRule,
    evidence: list[int],
    grounds: Grounds,
    *,
    decided_on: date,
    decision_id: int,
    published: PublishedProcedure | None,
) -> NewListing:
    begins_on = first_day(published, decided_on)
    starts_on = _starts_on(published, grounds, decided_on)
    term_end = end_of(starts_on, rule.lasts) if rule.lasts is not None else None
    return NewListing(
        enterprise_key=proposal["enterprise_key"],
        list=rule.list,
        colour=rule.colour,
        origin=Origin.DECISION,
        decision_id=decision_id,
        proposal_id=proposal["proposal_id"],
        state=ListingState.IN_FORCE if begins_on == decided_on else ListingState.ANNOUNCED,
        evidence=tuple(evidence),
        basis=grounds.basis,
        clause=rule.clause.model_dump(mode="json"),
        authority=grounds.authority,
        decision_no=grounds.document_no,
        decided_on=decided_on,
        starts_on=starts_on,
        ends_on=grounds.ends_on or term_end,
        ends_when=rule.ends_when,
        reason=grounds.reason,
    )


def _is_first_of_two(proposal: Row, verdict: Verdict) -> bool:
    """Whether this vote leaves the proposal to a second officer."""
    return verdict is Verdict.ACCEPT and proposal["decided_by"] == "two_officers" and proposal["state"] != ProposalState.FIRST_APPROVAL


def _live(session: WriteSession, proposal: Row, decided_on: date, verdict: Verdict) -> Explained | None:
    """The answer of the decision's own day, with every line if a decision will keep them; None where the entry rests on no policy."""
    if proposal["policy_hash"] is None:
        return None
    policy = policies.frozen_policy(session, proposal["policy_hash"])
    known_seq = knowledge.resolve(session, None).known_seq
    question = Question(enterprise_key=proposal["enterprise_key"], as_of=decided_on, known_seq=known_seq)
    rules = Rules(policy, proposal["policy_hash"])
    if _is_first_of_two(proposal, verdict):
        (answer,) = answer_many(driver_connection(session), rules, [question])
        return Explained(answer, ())
    return explain(driver_connection(session), rules, question)


def _refuse_unsupported(proposal: Row, explained: Explained | None, decided_on: date) -> None:
    direction = Direction(proposal["direction"])
    if direction is Direction.ANNUL or explained is None:
        return
    stands = explained.answer.lists.get(proposal["list"], ListStanding.OFF)
    if stands.value != direction.value:
        raise NoLongerSupported(
            f"Proposal {proposal['proposal_id']} asks to {direction} list {proposal['list']}, but as of {decided_on} and what is known now "
            f"the rule says `{stands}`. Refuse the proposal, or let the next published run close it."
        )


def _refuse_incomplete(verdict: Verdict, grounds: Grounds) -> None:
    asked = ("reason", "authority", "document_no", "basis") if verdict is Verdict.ACCEPT else ("reason",)
    if missing := [name for name in asked if not (getattr(grounds, name) or "").strip()]:
        raise Incomplete(f"The decision lacks {', '.join(missing)}. State each of them; they are shown with the entry.")
    if grounds.ends_on is not None and grounds.starts_on is not None and grounds.ends_on <= grounds.starts_on:
        raise Incomplete(f"The entry would end on {grounds.ends_on}, before it begins on {grounds.starts_on}. Correct the dates.")


def _rule(policy: Policy, list_name: str) -> ListRule:
    return next(rule for rule in policy.lists if rule.list == list_name)


def _act(direction: Direction) -> str:
    return {Direction.ENTER: "list", Direction.LEAVE: "remove", Direction.ANNUL: "annul"}[direction]


def _kept(explained: Explained | None) -> dict[str, Any]:
    if explained is None:
        return {}
    return explained.answer.model_dump(mode="json") | {"lines": [line.model_dump(mode="json") for line in explained.lines]}
