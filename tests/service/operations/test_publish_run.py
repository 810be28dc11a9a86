from datetime import date
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from data.database import WriteSession, driver_connection
from data.stores import changes, knowledge, listings, proposals
from models.access import Actor, Role
from models.listings import Cause, ListingState, ProposalState
from models.tables.runs import Run
from service.operations.list_by_records import list_by_records
from service.operations.publish_run import NotPublishable, Overtaken, publish_run
from tests.entries import DAY, add_enterprise, add_policy, add_record, add_run, black, enter
from tests.runs import facts, finished_run

CHIEF = Actor(holder="chief", role=Role.REGULATOR)


@pytest.fixture
def policy_hash(db: WriteSession) -> Any:
    return add_policy(db)


@pytest.fixture
def city(db: WriteSession, policy_hash: str) -> Any:
    for key in (1, 2, 3):
        add_enterprise(db, key)
    return policy_hash


def on(db: WriteSession, key: Any) -> Any:
    return {row["list"]: row for row in listings.current_listings(db, enterprise_keys=[key])}


def test_where_the_rule_lets_the_run_decide_publishing_lists_at_once(db: WriteSession, city: str) -> None:
    _, (recall,) = facts(db, (1, "recall", "refused"))
    done = publish_run(db, finished_run(db, city), actor=CHIEF)
    entry = on(db, 1)["black"]
    assert (entry["state"], entry["starts_on"], entry["ends_on"]) == (ListingState.IN_FORCE, DAY, date(2029, 3, 1))
    assert (entry["basis"], entry["authority"], entry["decision_no"]) == ("sample-yinchuan-2019 5", "市场监督管理局", f"run {done.run_id}")
    assert entry["evidence"] == [recall]
    assert [line.cause for line in changes.changes_after(db, done.change_seq - 1, limit=5)] == [Cause.ENTERED]
    assert db.get_one(Run, done.run_id).state == "published"


def test_where_officers_decide_publishing_only_proposes(db: WriteSession, city: str) -> None:
    facts(db, (2, "penalty", "revocation"), (3, "award", "quality_award"))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    found = {(row["enterprise_key"], row["list"], row["direction"]): row for row in proposals.list_proposals(db)}
    assert set(found) == {(2, "officers_black", "enter"), (3, "officers_red", "enter")}
    assert found[2, "officers_black", "enter"]["decided_by"] == "two_officers"
    assert sorted(found[3, "officers_red", "enter"]["proposed_by"]) == ["chief", "night run"]
    assert "officers_black" not in on(db, 2)


def test_whoever_meets_red_and_black_is_black_only(db: WriteSession, city: str) -> None:
    facts(db, (1, "recall", "refused"), (1, "award", "commendation"))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    assert set(on(db, 1)) == {"black"}


def test_a_black_entry_ends_the_red_one_in_its_own_transaction(db: WriteSession, city: str) -> None:
    facts(db, (1, "award", "commendation"))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    red = on(db, 1)["red"]
    facts(db, (1, "recall", "refused"))
    later = date(2026, 4, 1)
    done = publish_run(db, finished_run(db, city, as_of=later), actor=CHIEF)
    ended = listings.get_listing(db, red["listing_id"])
    assert (ended["end_cause"], ended["ended_on"]) == (Cause.SUPERSEDED, later)
    lines = changes.changes_after(db, done.change_seq - 2, limit=5)
    assert [(line.cause, line.known_seq) for line in lines] == [(Cause.SUPERSEDED, done.known_seq), (Cause.ENTERED, done.known_seq)]


def test_an_entry_leaves_when_its_rule_says_so(db: WriteSession, city: str) -> None:
    _, (award,) = facts(db, (1, "award", "commendation"))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    assert "red" in on(db, 1)
    seq = knowledge.draw(db, "delivery").known_seq
    add_record(db, 1, "award", "commendation", known_seq=seq, revises=award, is_withdrawn=True)
    add_record(db, 1, "recall", "refused", known_seq=seq)
    publish_run(db, finished_run(db, city, as_of=date(2026, 4, 1)), actor=CHIEF)
    assert set(on(db, 1)) == {"black"}


def test_a_later_run_renews_what_still_holds_and_lets_the_rest_lapse(db: WriteSession, city: str) -> None:
    _, (_, second) = facts(db, (1, "award", "quality_award"), (2, "award", "quality_award"))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    seq = knowledge.draw(db, "delivery").known_seq
    add_record(db, 2, "award", "quality_award", known_seq=seq, revises=second, is_withdrawn=True)
    done = publish_run(db, finished_run(db, city, as_of=date(2026, 4, 1), by="day run"), actor=CHIEF)
    states = {row["enterprise_key"]: row for row in proposals.list_proposals(db, states=None)}
    assert states[1]["state"] == ProposalState.OPEN
    assert states[1]["renewed_by_run"] == done.run_id
    assert set(states[1]["proposed_by"]) == {"chief", "night run", "day run"}
    assert states[2]["state"] == ProposalState.LAPSED
    assert f"Run {done.run_id}" in states[2]["closed_why"]
    assert done.lapsed == 1


def test_what_became_known_after_the_run_looked_is_asked_again(db: WriteSession, city: str) -> None:
    _, (recall,) = facts(db, (1, "recall", "refused"))
    run_id = finished_run(db, city)
    seq = knowledge.draw(db, "delivery").known_seq
    add_record(db, 1, "recall", "refused", known_seq=seq, revises=recall, is_withdrawn=True)
    add_record(db, 2, "recall", "refused", known_seq=seq)
    done = publish_run(db, run_id, actor=CHIEF)
    assert done.asked_again == 2
    assert (on(db, 1), set(on(db, 2))) == ({}, {"black"})


def test_publishing_twice_the_same_facts_changes_no_list(db: WriteSession, city: str) -> None:
    facts(db, (1, "recall", "refused"), (3, "award", "commendation"))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    before = changes.head(db).seq
    publish_run(db, finished_run(db, city, as_of=date(2026, 3, 2)), actor=CHIEF)
    assert changes.head(db).seq == before


@pytest.mark.parametrize("state", ["running", "failed", "published"])
def test_only_a_finished_run_is_published(db: WriteSession, city: str, state: str) -> None:
    with pytest.raises(NotPublishable, match=state):
        publish_run(db, finished_run(db, city, state=state), actor=CHIEF)


def test_a_run_over_a_part_has_no_effect(db: WriteSession, city: str) -> None:
    with pytest.raises(NotPublishable, match="part"):
        publish_run(db, finished_run(db, city, scope={"regions": ["6401"]}), actor=CHIEF)


def test_a_day_before_the_last_published_one_is_refused(db: WriteSession, city: str) -> None:
    publish_run(db, finished_run(db, city), actor=CHIEF)
    with pytest.raises(NotPublishable, match="already published"):
        publish_run(db, finished_run(db, city, as_of=date(2026, 2, 1)), actor=CHIEF)


def test_a_day_that_has_not_come_is_refused(db: WriteSession, city: str) -> None:
    with pytest.raises(NotPublishable, match="has not come"):
        publish_run(db, finished_run(db, city, as_of=date(2999, 1, 1)), actor=CHIEF)


def test_a_run_that_another_one_overtook_is_refused(db: WriteSession, city: str) -> None:
    slow = finished_run(db, city)
    publish_run(db, finished_run(db, city), actor=CHIEF)
    with pytest.raises(Overtaken):
        publish_run(db, slow, actor=CHIEF)


def test_a_refused_proposal_does_not_come_back_while_its_answer_stands(db: WriteSession, city: str) -> None:
    facts(db, (1, "award", "quality_award"))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    (proposal,) = proposals.list_proposals(db)
    proposals.close(db, [proposal["proposal_id"]], state=ProposalState.REFUSED, why="not convinced")
    publish_run(db, finished_run(db, city, as_of=date(2026, 3, 2)), actor=CHIEF)
    assert proposals.list_proposals(db) == []
    facts(db, (1, "award", "commendation"))
    publish_run(db, finished_run(db, city, as_of=date(2026, 3, 3)), actor=CHIEF)
    assert [row["enterprise_key"] for row in proposals.list_proposals(db)] == [1]


def test_an_enterprise_that_is_deregistered_enters_no_list(db: WriteSession, city: str) -> None:
    facts(db, (1, "recall", "refused"))
    seq = knowledge.draw(db, "registry").known_seq
    driver_connection(db).execute("UPDATE registry_fact SET superseded_seq = %s WHERE enterprise_key = 1", (seq,))
    driver_connection(db).execute(
        "INSERT INTO registry_fact (enterprise_key, valid_from, known_seq, state, is_natural_person, other)"
        " VALUES (1, '2026-02-01', %s, 'deregistered', false, '{}')",
        (seq,),
    )
    assert publish_run(db, finished_run(db, city), actor=CHIEF).change_seq == changes.head(db).seq
    assert on(db, 1) == {}


def test_an_entry_that_a_record_made_is_not_proposed_to_leave(db: WriteSession, city: str) -> None:
    seq, _ = facts(db, (1, "commitment", "kept"))
    detail = Jsonb({"list": "officers_black", "basis": "Measures 12"})
    dates = {"in_force_from": date(2025, 1, 1), "in_force_until": date(2099, 1, 1)}
    add_record(db, 1, "listing", "listed", known_seq=seq, detail=detail, authority="局", document_no="7", **dates)
    list_by_records(db, seq, day=date(2026, 1, 1))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    assert set(on(db, 1)) == {"officers_black"}
    assert proposals.list_proposals(db) == []


def test_an_entry_that_is_over_makes_room_however_late_the_nightly_job_is(db: WriteSession, city: str) -> None:
    facts(db, (1, "recall", "refused"))
    (old,) = enter(db, black(1, run_id=add_run(db, city), starts_on=date(2023, 2, 1), ends_on=date(2026, 2, 1)))
    publish_run(db, finished_run(db, city), actor=CHIEF)
    assert (listings.get_listing(db, old)["end_cause"], on(db, 1)["black"]["starts_on"]) == (Cause.EXPIRED, DAY)
