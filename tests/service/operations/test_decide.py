import threading
from datetime import date
from typing import Any

import pytest

from data.database import WriteSession, connect, driver_connection, make_engine, write_session
from data.stores import changes, knowledge, listings, proposals
from data.stores.listing_records import records_behind
from data.stores.listings import RedAndBlack
from data.stores.proposals import NotIndependent, ProposalNotFound, Row, SameOfficer
from models.access import Actor, Role
from models.listings import Cause, ListingState, ProposalState
from service.operations.decide import AlreadyClosed, Decided, Grounds, Incomplete, NoLongerSupported, NotAnOfficer, Verdict, decide
from service.operations.publish_run import publish_run
from tests.entries import DAY, add_enterprise, add_policy, add_record, black, enter
from tests.runs import facts, finished_run

CHIEF, ANNA, BO = (Actor(holder=name, role=Role.REGULATOR) for name in ("chief", "anna", "bo"))
GROUNDS = Grounds(reason="facts confirmed", authority="市场监督管理局", document_no="银市监认〔2026〕7号", basis="Measures art. 12")
DECIDED_ON = date(2026, 3, 5)


def say(
    db: WriteSession,
    proposal: Row,
    actor: Actor,
    verdict: Verdict = Verdict.ACCEPT,
    *,
    grounds: Grounds = GROUNDS,
    decided_on: date = DECIDED_ON,
) -> Decided:
    return decide(db, proposal["proposal_id"], verdict=verdict, grounds=grounds, decided_on=decided_on, actor=actor)


@pytest.fixture
def proposed(db: WriteSession) -> Any:
    """A proposal for a black list that two officers decide, one for a red list that one decides."""
    policy_hash = add_policy(db)
    for key in (1, 2, 3):
        add_enterprise(db, key)
    facts(db, (1, "penalty", "revocation"), (2, "award", "quality_award"))
    publish_run(db, finished_run(db, policy_hash), actor=CHIEF)
    found = {row["enterprise_key"]: row for row in proposals.list_proposals(db)}
    return found[1], found[2]


def test_one_officer_decides_where_the_rule_asks_for_one(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    _, red = proposed
    done = say(db, red, ANNA)
    assert done.listing_id is not None
    entry = listings.get_listing(db, done.listing_id)
    assert (entry["state"], entry["colour"], entry["starts_on"], entry["ends_on"]) == ("in_force", "red", DECIDED_ON, date(2028, 3, 5))
    assert (entry["basis"], entry["decision_no"], entry["authority"]) == (GROUNDS.basis, GROUNDS.document_no, GROUNDS.authority)
    assert done.state is ProposalState.ACCEPTED


def test_the_second_vote_must_be_another_officers(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    black_one, _ = proposed
    first = say(db, black_one, ANNA)
    assert (first.state, first.listing_id) == (ProposalState.FIRST_APPROVAL, None)
    with pytest.raises(SameOfficer, match="Another officer"), db.begin_nested():
        say(db, black_one, ANNA)
    second = say(db, black_one, BO)
    assert second.state is ProposalState.ACCEPTED
    assert second.listing_id is not None
    assert listings.get_listing(db, second.listing_id)["ends_when"] == "原许可机关恢复许可"


@pytest.mark.parametrize("name", ["night run", "chief"])
def test_who_started_or_published_the_run_may_not_decide_it(db: WriteSession, proposed: tuple[Row, Row], name: str) -> None:
    with pytest.raises(NotIndependent, match="Ask another officer"):
        say(db, proposed[1], Actor(holder=name, role=Role.REGULATOR))


def test_only_officers_decide(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    with pytest.raises(NotAnOfficer):
        say(db, proposed[1], Actor(holder="anna", role=Role.PROCUREMENT))


@pytest.mark.parametrize("missing", ["reason", "authority", "document_no", "basis"])
def test_a_decision_that_lacks_anything_is_refused(db: WriteSession, proposed: tuple[Row, Row], missing: str) -> None:
    with pytest.raises(Incomplete, match=missing):
        say(db, proposed[1], ANNA, grounds=GROUNDS.model_copy(update={missing: " "}))


def test_the_decision_keeps_the_live_answer_of_its_own_day(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    done = say(db, proposed[1], ANNA)
    kept = driver_connection(db).execute("SELECT answer, officers FROM decision WHERE decision_id = %s", (done.decision_id,)).fetchone()
    assert kept is not None
    assert kept[0]["as_of"] == "2026-03-05"
    assert kept[0]["lists"]["officers_red"] == "enter"
    assert [line["points_x100"] for line in kept[0]["lines"]] == [1000]
    assert [officer["name"] for officer in kept[1]] == ["anna"]


def test_what_the_facts_of_today_do_not_support_is_not_accepted(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    (evidence,) = records_behind(db, 2)
    seq = knowledge.draw(db, "delivery").known_seq
    add_record(db, 2, "award", "quality_award", known_seq=seq, revises=evidence, is_withdrawn=True)
    with pytest.raises(NoLongerSupported):
        say(db, proposed[1], ANNA)
    assert say(db, proposed[1], ANNA, Verdict.REFUSE).state is ProposalState.REFUSED


def test_a_refusal_needs_one_officer_and_a_reason(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    before = changes.head(db).seq
    done = say(db, proposed[0], BO, Verdict.REFUSE, grounds=Grounds(reason="the appeal succeeded"))
    assert (done.state, done.listing_id, changes.head(db).seq) == (ProposalState.REFUSED, None, before)
    with pytest.raises(AlreadyClosed, match="the appeal succeeded"):
        say(db, proposed[0], ANNA)


def test_an_unknown_proposal_is_not_found(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    with pytest.raises(ProposalNotFound):
        decide(db, 999_999, verdict=Verdict.ACCEPT, grounds=GROUNDS, decided_on=DAY, actor=ANNA)


def test_a_black_decision_ends_the_red_entry_in_its_transaction(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    black_one, red_one = proposed
    red = say(db, red_one, ANNA).listing_id
    policy_hash = black_one["policy_hash"]
    facts(db, (2, "penalty", "revocation"))
    publish_run(db, finished_run(db, policy_hash, as_of=date(2026, 3, 6)), actor=CHIEF)
    (proposal,) = [row for row in proposals.list_proposals(db) if row["enterprise_key"] == 2]
    say(db, proposal, ANNA, decided_on=date(2026, 3, 9))
    done = say(db, proposal, BO, decided_on=date(2026, 3, 9))
    assert red is not None
    assert done.change_seq is not None
    ended = listings.get_listing(db, red)
    assert (ended["state"], ended["end_cause"], ended["ended_on"]) == (ListingState.ENDED, Cause.SUPERSEDED, date(2026, 3, 9))
    superseded, entered = changes.changes_after(db, done.change_seq - 2, limit=2)
    assert (superseded.cause, entered.cause) == (Cause.SUPERSEDED, Cause.ENTERED)
    assert superseded.known_seq == entered.known_seq


def test_no_red_entry_beside_a_black_one(db: WriteSession, proposed: tuple[Row, Row]) -> None:
    run_id = proposed[1]["opened_by_run"]
    enter(db, black(2, run_id=run_id, list="other_black", starts_on=date(2026, 3, 2)))
    with pytest.raises(RedAndBlack):
        say(db, proposed[1], ANNA)


def test_two_officers_deciding_at_once_make_one_entry(database: str) -> None:
    engine = make_engine(database, size=4)
    with write_session(engine) as session:
        policy_hash = add_policy(session)
        for key in (1, 2, 3):
            add_enterprise(session, key)
        facts(session, (1, "penalty", "revocation"), (2, "award", "quality_award"))
        publish_run(session, finished_run(session, policy_hash), actor=CHIEF)
        two, one = proposals.list_proposals(session)
        session.commit()
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def work(proposal: Row, actor: Actor) -> None:
        with write_session(engine) as session:
            barrier.wait()
            try:
                outcomes.append(say(session, proposal, actor).state.value)
                session.commit()
            except AlreadyClosed:
                outcomes.append("closed")

    for proposal, expected in ((two, ["accepted", "first_approval"]), (one, ["accepted", "closed"])):
        outcomes.clear()
        threads = [threading.Thread(target=work, args=(proposal, actor)) for actor in (ANNA, BO)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == expected
    with write_session(engine) as session:
        assert changes.verify_chain(session).seq == 2
        assert len(listings.current_listings(session, enterprise_keys=[1, 2])) == 2
    engine.dispose()


def test_what_becomes_known_while_a_decision_waits_for_the_lock_counts(database: str) -> None:
    engine = make_engine(database, size=3)
    with write_session(engine) as session:
        policy_hash = add_policy(session)
        for key in (1, 2, 3):
            add_enterprise(session, key)
        facts(session, (2, "award", "quality_award"))
        publish_run(session, finished_run(session, policy_hash), actor=CHIEF)
        (proposal,) = proposals.list_proposals(session)
        (evidence,) = records_behind(session, 2)
        session.commit()
    outcomes: list[str] = []

    def work() -> None:
        with write_session(engine) as session:
            try:
                outcomes.append(say(session, proposal, ANNA).state.value)
            except NoLongerSupported:
                outcomes.append("no longer supported")

    deciding = threading.Thread(target=work)
    with write_session(engine) as session:
        seq = knowledge.draw(session, "delivery").known_seq
        add_record(session, 2, "award", "quality_award", known_seq=seq, revises=evidence, is_withdrawn=True)
        deciding.start()
        with connect(database, autocommit=True) as watching:
            waits = (
                "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
                " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
            )
            while watching.execute(waits).fetchone() == (0,):
                assert deciding.is_alive()
        session.commit()
    deciding.join()
    assert outcomes == ["no longer supported"]
    with write_session(engine) as session:
        assert proposals.get_proposal(session, proposal["proposal_id"])["state"] == ProposalState.OPEN
    engine.dispose()
