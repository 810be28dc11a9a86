"""Matters that go by a procedure: notice, statement, answer, consent, announcement; what the order of law refuses, code and database."""

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest

from data.database import WriteSession, driver_connection
from data.procedure_files import read_procedures
from data.stores import changes, checks, knowledge, listings, matters, procedures, proposals
from data.stores.listings import IllegalMove
from data.stores.matters import OutOfOrder, ServiceMethod, StepIncomplete, Subject, TakenAlready, TooEarly
from data.stores.proposals import NotIndependent, ProposalNotFound, Row
from data.stores.stays import Act
from models.access import Actor, Role
from models.listings import Cause, ListingState, ProposalState
from models.procedures import StepName
from models.remedies import Scope
from service.clock import legal_day
from service.operations import follow_matter, own_matters
from service.operations.act_for import act_for
from service.operations.decide import Decided, Grounds, Verdict, decide
from service.operations.expire import expire
from service.operations.follow_matter import InFuture, NoProcedure, Served, StepAsked
from service.operations.publish_run import publish_run
from service.operations.stay import StayAsked, stay
from tests.entries import DAY, add_enterprise, add_policy, add_record, black, enter
from tests.runs import facts, finished_run

CHIEF, ANNA, BO, CARL = (Actor(holder=name, role=Role.REGULATOR) for name in ("chief", "anna", "bo", "carl"))
ABOVE = Actor(holder="officer of the province", role=Role.REGULATOR)
GROUNDS = Grounds(reason="facts confirmed", authority="市场监督管理局", document_no="7", basis="art. 12")
NOTICED = date(2026, 3, 2)
OPENS = date(2026, 3, 10)

STAGE = "title: {zh: 步, en: Step}, clause: {act: samr-order-44, article: 程序}"
NOTICE = f"{{step: notice, owner: officer, within: {{working_days: 10}}, needs: [reasons, basis, rights], {STAGE}}}"
SERVED = "after: notice, counts_from: served"
STATEMENT = f"{{step: statement, owner: enterprise, {SERVED}, within: {{working_days: 5}}, optional: true, {STAGE}}}"
ANSWER = f"{{step: answer, owner: officer, after: statement, within: {{working_days: 3}}, only_if: statement, needs: [finding], {STAGE}}}"
CONSENT = f"{{step: consent, owner: higher_authority, needs: [authority, document_no], {STAGE}}}"
DECISION = f"{{step: decision, owner: officer, {SERVED}, opens_after: {{working_days: 5}}, {STAGE}}}"
ALONE = f"{{step: decision, owner: officer, within: {{working_days: 30}}, {STAGE}}}"


def way(list_name: str, stages: tuple[str, ...], *, decided_by: str = "officers", matter: str = "enter", announced: bool = False) -> str:
    lines = [
        f"- list: {list_name}",
        f"  matter: {matter}",
        f"  decided_by: {decided_by}",
        "  title: {zh: 列入, en: Entering}",
        "  clause: {act: samr-order-44, article: 程序}",
        "  mark: sample",
        "  in_force_from: 2021-09-01",
        *(["  announcement: {working_days: 7}"] if announced else []),
        "  stages:",
        *(f"  - {stage}" for stage in stages),
    ]
    return "\n".join(lines)


WAYS = "procedures:\n" + "\n".join(
    (
        way("officers_black", (NOTICE, STATEMENT, ANSWER, CONSENT, DECISION)),
        way("officers_red", (ALONE,), announced=True),
        way("black", (NOTICE, STATEMENT, ANSWER, DECISION), decided_by="run"),
        way("red", (ALONE,), decided_by="run", announced=True),
    )
)


@pytest.fixture
def proposed(db: WriteSession) -> tuple[Row, Row]:
    """A proposal for a black list that asks for notice and consent, one for a red list that announces first."""
    procedures.publish(db, read_procedures(WAYS, file="ways.yaml"), by="tests")
    policy_hash = add_policy(db)
    for key in (1, 2, 3):
        add_enterprise(db, key)
    facts(db, (1, "penalty", "revocation"), (2, "award", "quality_award"))
    publish_run(db, finished_run(db, policy_hash), actor=CHIEF)
    found = {row["enterprise_key"]: row for row in proposals.list_proposals(db)}
    return found[1], found[2]


def take(db: WriteSession, proposal: Row, step: StepName, *, on: date = NOTICED, by: Actor = ANNA, **stated: Any) -> Any:
    return follow_matter.take(db, proposal["proposal_id"], StepAsked(step=step, done_on=on, **stated), actor=by)


def give_notice(db: WriteSession, proposal: Row, *, served_on: date | None = NOTICED) -> Any:
    served = served_on and Served(method=ServiceMethod.DIRECT, served_on=served_on, proof="receipt 31")
    return take(db, proposal, StepName.NOTICE, reasons="licence revoked", basis="art. 5", rights="five working days", service=served)


def consent(db: WriteSession, proposal: Row, *, on: date = OPENS, by: Actor = ABOVE) -> None:
    take(db, proposal, StepName.CONSENT, on=on, by=by, authority="provincial bureau", document_no="P 3")


def accept(db: WriteSession, proposal: Row, *officers: Actor, on: date = OPENS) -> Decided:
    """The vote of each officer in turn; gives what came of the last."""
    said = [decide(db, proposal["proposal_id"], verdict=Verdict.ACCEPT, grounds=GROUNDS, decided_on=on, actor=o) for o in officers]
    return said[-1]


def test_notice_its_days_and_consent_lead_to_a_decision_by_two(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    black, _ = proposed
    shown = give_notice(db, black)
    assert shown.state is ProposalState.NOTICED
    (clock,) = (c for c in shown.clocks if c.step is StepName.DECISION)
    assert clock.opens_on == OPENS
    consent(db, black)
    done = accept(db, black, BO, CARL)
    assert done.listing_id is not None
    entry = listings.get_listing(db, done.listing_id)
    assert (entry["state"], entry["starts_on"], entry["proposal_id"]) == ("in_force", OPENS, black["proposal_id"])
    after = follow_matter.show(db, black["proposal_id"])
    assert [step.step for step in after.steps] == [StepName.NOTICE, StepName.CONSENT, StepName.DECISION]
    assert all(clock.closed_on is not None for clock in after.clocks)


def test_no_decision_before_the_notice(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    with pytest.raises(OutOfOrder, match="notice comes before decision"):
        accept(db, proposed[0], BO, CARL)


def test_no_decision_while_the_enterprise_may_still_speak(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    give_notice(db, proposed[0])
    consent(db, proposed[0], on=date(2026, 3, 5))
    with pytest.raises(TooEarly, match="2026-03-10"):
        accept(db, proposed[0], BO, CARL, on=date(2026, 3, 9))


def test_days_that_run_from_service_do_not_begin_before_it(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    give_notice(db, proposed[0], served_on=None)
    consent(db, proposed[0])
    with pytest.raises(OutOfOrder, match="not served"), db.begin_nested():
        accept(db, proposed[0], BO, CARL, on=date(2026, 6, 1))
    late = Served(method=ServiceMethod.POST, served_on=date(2026, 3, 16), proof="EMS 1180")
    shown = follow_matter.serve(db, proposed[0]["proposal_id"], StepName.NOTICE, late, actor=ANNA)
    assert [c.opens_on for c in shown.clocks if c.step is StepName.DECISION] == [date(2026, 3, 24)]


def test_what_the_enterprise_states_must_be_answered(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    black, _ = proposed
    give_notice(db, black)
    take(db, black, StepName.STATEMENT, on=date(2026, 3, 4), reasons="the licence was returned")
    with pytest.raises(OutOfOrder, match="answer comes before"), db.begin_nested():
        consent(db, black)
    take(db, black, StepName.ANSWER, on=date(2026, 3, 5), finding="it was not")
    consent(db, black)
    assert accept(db, black, BO, CARL).listing_id is not None


def test_without_consent_no_decision(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    give_notice(db, proposed[0])
    with pytest.raises(OutOfOrder, match="consent comes before"):
        accept(db, proposed[0], BO, CARL)


def test_a_refusal_ends_the_matter_at_any_stage_and_stops_its_clocks(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    give_notice(db, proposed[0])
    decide(db, proposed[0]["proposal_id"], verdict=Verdict.REFUSE, grounds=Grounds(reason="unfounded"), decided_on=NOTICED, actor=BO)
    shown = follow_matter.show(db, proposed[0]["proposal_id"])
    assert shown.to_come == ()
    assert {clock.closed_why for clock in shown.clocks} <= {"done", "refused"}


@pytest.mark.parametrize("by", [CHIEF, ABOVE])
def test_who_ran_or_reviewed_it_may_not_decide(db: WriteSession, proposed: tuple[Row, Row], by: Actor) -> None:
    give_notice(db, proposed[0])
    consent(db, proposed[0])
    with pytest.raises(NotIndependent, match="Ask another officer"):
        accept(db, proposed[0], by)


def test_who_delivered_the_record_may_not_decide_on_it(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    give_notice(db, proposed[0])
    consent(db, proposed[0])
    with pytest.raises(NotIndependent, match="delivered a record"):
        accept(db, proposed[0], Actor(holder="tests", role=Role.REGULATOR))


def test_a_step_must_state_what_the_procedure_asks_for(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    with pytest.raises(StepIncomplete, match="basis, rights"):
        take(db, proposed[0], StepName.NOTICE, reasons="licence revoked")


def test_a_step_is_taken_once_and_never_in_the_future(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    give_notice(db, proposed[0])
    with pytest.raises(TakenAlready), db.begin_nested():
        give_notice(db, proposed[0])
    with pytest.raises(InFuture):
        consent(db, proposed[0], on=date(2126, 1, 1))


def test_after_the_notice_a_later_run_leaves_the_matter_alone(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    black, red = proposed
    give_notice(db, black)
    publish_run(db, finished_run(db, black["policy_hash"], as_of=date(2026, 3, 3), keys=(3,)), actor=BO)
    assert proposals.get_proposal(db, black["proposal_id"])["state"] == "noticed"
    assert proposals.get_proposal(db, black["proposal_id"])["proposed_by"] == ["chief", "night run"]
    assert proposals.get_proposal(db, red["proposal_id"])["state"] in {"open", "lapsed"}


def test_a_red_entry_is_announced_before_it_takes_effect(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    _, red = proposed
    listing_id = accept(db, red, BO).listing_id
    assert listing_id is not None
    entry = listings.get_listing(db, listing_id)
    assert (entry["state"], entry["decided_on"], entry["starts_on"]) == ("announced", OPENS, date(2026, 3, 20))
    (line,) = changes.changes_after(db, changes.head(db).seq - 1, limit=1)
    assert line.body is not None
    assert (line.effective_on, line.body.after.state) == (OPENS, ListingState.ANNOUNCED)
    assert listings.announced(db, "officers_red", day=date(2026, 3, 19))[0]["listing_id"] == listing_id
    known = knowledge.resolve(db, None).known_seq
    assert listings.listed_as_of(db, "officers_red", as_of=date(2026, 3, 19), known_seq=known) == []
    assert expire(db, as_of=date(2026, 3, 20), actor=CHIEF).begun == 1
    assert listings.get_listing(db, listing_id)["state"] == "in_force"
    (line,) = changes.changes_after(db, changes.head(db).seq - 1, limit=1)
    assert (line.cause, line.effective_on) == (Cause.BEGAN, date(2026, 3, 20))


def court(db: WriteSession, listing_id: int, act: Act, on: date) -> str:
    asked = StayAsked(act=act, effective_on=on, authority="court", document_no="5", reason="suit")
    return stay(db, listing_id, asked, actor=ANNA).state


def test_a_stay_cuts_its_days_out_and_moves_neither_end(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    _, red = proposed
    listing_id = accept(db, red, BO).listing_id
    assert listing_id is not None
    expire(db, as_of=date(2026, 3, 20), actor=CHIEF)
    assert court(db, listing_id, Act.STAY, date(2026, 4, 1)) == "stayed"
    assert court(db, listing_id, Act.LIFT, date(2026, 5, 1)) == "in_force"
    known = knowledge.resolve(db, None).known_seq

    def on(day: date) -> list[Row]:
        return listings.listed_as_of(db, "officers_red", as_of=day, known_seq=known)

    assert on(date(2026, 4, 15)) == []
    for day in (date(2026, 3, 31), date(2026, 5, 1)):
        (row,) = on(day)
        assert (row["starts_on"], row["holds_until"]) == (date(2026, 3, 20), date(2028, 3, 20))
        ((entry,),) = checks.listed(db, [2], day=day, known_seq=known, today=day).values()
        assert (entry["starts_on"], entry["ends_on"]) == ("2026-03-20", "2028-03-20")


def test_a_stay_begins_once_and_is_lifted_after_it_began(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    listing_id = accept(db, proposed[1], BO).listing_id
    assert listing_id is not None
    with pytest.raises(IllegalMove, match="announced"), db.begin_nested():
        court(db, listing_id, Act.STAY, date(2026, 3, 15))
    expire(db, as_of=date(2026, 3, 20), actor=CHIEF)
    court(db, listing_id, Act.STAY, date(2026, 4, 1))
    with pytest.raises(IllegalMove), db.begin_nested():
        court(db, listing_id, Act.LIFT, date(2026, 3, 25))
    with pytest.raises(psycopg.errors.RestrictViolation, match="by the act"), db.begin_nested():
        driver_connection(db).execute("UPDATE listing SET stays = '[]', state = 'in_force', known_seq = known_seq + 1")


def test_published_criteria_list_only_after_notice_and_its_days(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    facts(db, (3, "recall", "refused"))
    policy_hash = proposed[0]["policy_hash"]
    publish_run(db, finished_run(db, policy_hash, as_of=date(2026, 3, 3)), actor=CHIEF)
    assert listings.current_listings(db, enterprise_keys=[3]) == []
    (matter,) = [row for row in proposals.list_proposals(db) if row["enterprise_key"] == 3]
    assert (matter["state"], matter["decided_by"]) == ("noticed", "run")
    assert expire(db, as_of=date(2026, 3, 10), actor=CHIEF).entered == 0
    done = expire(db, as_of=date(2026, 3, 11), actor=CHIEF)
    (entry,) = listings.current_listings(db, enterprise_keys=[3])
    assert (done.entered, entry["list"], entry["starts_on"], entry["origin"]) == (1, "black", date(2026, 3, 11), "run")


def test_published_criteria_that_no_longer_hold_list_nobody(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    _, (evidence,) = facts(db, (3, "recall", "refused"))
    publish_run(db, finished_run(db, proposed[0]["policy_hash"], as_of=date(2026, 3, 3)), actor=CHIEF)
    seq = knowledge.draw(db, "delivery").known_seq
    add_record(db, 3, "recall", "refused", known_seq=seq, revises=evidence, is_withdrawn=True)
    assert expire(db, as_of=date(2026, 3, 11), actor=CHIEF).entered == 0
    (matter,) = [row for row in proposals.list_proposals(db, states=None) if row["enterprise_key"] == 3]
    assert (matter["state"], "no longer held" in matter["closed_why"]) == ("lapsed", True)


def test_a_list_without_a_procedure_takes_no_steps(db: WriteSession) -> None:
    policy_hash = add_policy(db)
    add_enterprise(db, 1)
    facts(db, (1, "penalty", "revocation"))
    publish_run(db, finished_run(db, policy_hash, keys=(1,)), actor=CHIEF)
    (proposal,) = proposals.list_proposals(db)
    with pytest.raises(NoProcedure):
        give_notice(db, proposal)


def test_the_worklist_says_who_owes_what_and_what_is_late(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    give_notice(db, proposed[0])
    black, red = (row["proposal_id"] for row in proposed)

    def owed(day: date, *, overdue: bool = False) -> dict[tuple[int, str], tuple[str, bool]]:
        rows = matters.worklist(db, today=day, overdue=overdue)
        return {(row["subject_id"], row["step"]): (row["owner"], row["is_overdue"]) for row in rows}

    assert owed(date(2026, 3, 4)) == {(black, "statement"): ("enterprise", False), (red, "decision"): ("officer", False)}
    # A right that was not used is not late; a decision is.
    assert owed(date(2026, 5, 12)) == {(red, "decision"): ("officer", True)}
    assert owed(date(2026, 3, 12), overdue=True) == {}


def test_an_enterprise_states_its_case_in_its_own_matter_while_its_days_run(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    today = legal_day()
    for key in (1, 2):
        statement = "INSERT INTO enterprise_identifier (enterprise_key, scheme, value, known_seq) VALUES (%s, 'test-number', %s, 0)"
        driver_connection(db).execute(statement, (key, f"E{key}"))
    mine = act_for(db, "test-number", "E1", actor=own_key(1), scope=Scope.OBJECT, today=today)
    other = act_for(db, "test-number", "E2", actor=own_key(2), scope=Scope.OBJECT, today=today)
    number = proposed[0]["proposal_id"]
    with pytest.raises(ProposalNotFound):
        own_matters.state_case(db, mine, number, "not notified yet")
    served = Served(method=ServiceMethod.DIRECT, served_on=today, proof="receipt 31")
    take(db, proposed[0], StepName.NOTICE, on=today, reasons="licence revoked", basis="art. 5", rights="five working days", service=served)
    assert own_matters.show_matters(db, other).matters == ()
    with pytest.raises(ProposalNotFound):
        own_matters.state_case(db, other, number, "of another")
    told = own_matters.show_matters(db, mine)
    (matter,) = told.matters
    assert (matter.may_state, matter.steps[0].content["rights"]) == (True, "five working days")
    assert (StepName.STATEMENT, matter.state_until) in {(one.step, one.due_on) for one in told.deadlines}
    stated = own_matters.state_case(db, mine, number, "the licence was given back")
    assert (stated.may_state, [step.step for step in stated.steps]) == (False, [StepName.NOTICE, StepName.STATEMENT])
    assert [step.done_by for step in stated.steps] == ["anna", "of E1"]
    assert StepName.ANSWER in {one.step for one in own_matters.show_matters(db, mine).deadlines}, "officers have to answer it"
    with pytest.raises(own_matters.DaysOver):
        own_matters.state_case(db, mine, number, "once more")


def own_key(key: int) -> Actor:
    return Actor(holder=f"of E{key}", role=Role.ENTERPRISE, enterprise_key=key)


MOVES: tuple[tuple[str, Callable[[Row, Row], tuple[str, tuple[Any, ...]]], str], ...] = (
    (
        "a decision step without its notice",
        lambda black, _: (
            """INSERT INTO step (subject, subject_id, procedure_hash, step, done_on, done_by, content, recorded_at)
            VALUES ('proposal', %s, %s, 'decision', '2026-04-01', 'x', '{}', now())""",
            (black["proposal_id"], black["procedure_hash"]),
        ),
        "step_in_order",
    ),
    (
        "a matter back from noticed to open",
        lambda black, _: ("UPDATE proposal SET state = 'open' WHERE proposal_id = %s", (black["proposal_id"],)),
        "proposal_legal_move",
    ),
    ("a clock moved by hand", lambda black, _: ("UPDATE deadline SET opens_on = '2020-01-01'", ()), "deadline_closed_once"),
    ("a step rewritten", lambda black, _: ("UPDATE step SET done_on = '2020-01-01'", ()), "step_stays"),
    ("a procedure rewritten", lambda black, _: ("UPDATE procedure SET list = 'other'", ()), "procedure_ended_once"),
    ("a law of moves extended", lambda black, _: ("DELETE FROM legal_move", ()), "legal_move_stays"),
)


@pytest.mark.parametrize("said", MOVES, ids=[name for name, _, _ in MOVES])
def test_the_database_refuses_by_itself(
    db: WriteSession, proposed: tuple[Row, Row], said: tuple[str, Callable[[Row, Row], tuple[str, tuple[Any, ...]]], str]
) -> None:
    _, statement, constraint = said
    if constraint != "step_in_order":
        give_notice(db, proposed[0])
    text, values = statement(*proposed)
    with pytest.raises(psycopg.errors.RestrictViolation) as refused, db.begin_nested():
        driver_connection(db).execute(text, values)
    assert refused.value.diag.constraint_name == constraint


def test_a_run_cannot_list_past_its_procedure(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    enter(db, black(3, run_id=proposed[0]["opened_by_run"], starts_on=DAY))
    with pytest.raises(psycopg.errors.RestrictViolation, match="names no matter"), db.begin_nested():
        driver_connection(db).execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_steps_belong_to_their_subject(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    give_notice(db, proposed[0])
    assert matters.steps_of(db, Subject.PROPOSAL, proposed[1]["proposal_id"]) == []
