from datetime import date
from typing import Any

import pytest

from data.database import WriteSession
from data.stores import changes, knowledge, listings, proposals
from models.access import Actor, Role
from models.listings import Cause, ListingState
from service.operations.decide import Grounds, Verdict, decide
from service.operations.publish_run import publish_run
from service.operations.review_basis import review_basis
from tests.entries import add_enterprise, add_policy, add_record
from tests.runs import facts, finished_run

CHIEF, ANNA, BO = (Actor(holder=name, role=Role.REGULATOR) for name in ("chief", "anna", "bo"))
GROUNDS = Grounds(reason="x", authority="局", document_no="1", basis="Measures 12")


@pytest.fixture
def policy_hash(db: WriteSession) -> Any:
    for key in (1, 2, 3):
        add_enterprise(db, key)
    return add_policy(db)


def withdraw(db: WriteSession, key: Any, enterprise: Any = 1, kind: Any = "recall", outcome: Any = "refused", **changed: Any) -> Any:
    seq = knowledge.draw(db, "delivery").known_seq
    add_record(db, enterprise, kind, outcome, known_seq=seq, revises=key, **({"is_withdrawn": True} | changed))
    return review_basis(db, seq)


def only(db: WriteSession, enterprise: Any = 1) -> Any:
    (entry,) = listings.current_listings(db, enterprise_keys=[enterprise])
    return entry


def test_an_entry_of_a_run_is_annulled_when_its_rule_no_longer_holds(db: WriteSession, policy_hash: str) -> None:
    _, (recall,) = facts(db, (1, "recall", "refused"))
    publish_run(db, finished_run(db, policy_hash), actor=CHIEF)
    entry = only(db)
    assert withdraw(db, recall).annulled == 1
    row = listings.get_listing(db, entry["listing_id"])
    assert (row["end_cause"], row["ended_on"]) == (Cause.ANNULLED, row["starts_on"])


def test_an_entry_of_a_run_stays_while_other_facts_carry_it(db: WriteSession, policy_hash: str) -> None:
    _, (recall, _other) = facts(db, (1, "recall", "refused"), (1, "recall", "refused"))
    publish_run(db, finished_run(db, policy_hash), actor=CHIEF)
    assert withdraw(db, recall).annulled == 0
    assert only(db)["state"] == ListingState.IN_FORCE


def test_a_record_moved_to_another_enterprise_is_withdrawn_here(db: WriteSession, policy_hash: str) -> None:
    _, (recall,) = facts(db, (1, "recall", "refused"))
    publish_run(db, finished_run(db, policy_hash), actor=CHIEF)
    assert withdraw(db, recall, enterprise=2, is_withdrawn=False).annulled == 1


def test_a_basis_that_merely_expires_touches_nothing(db: WriteSession, policy_hash: str) -> None:
    _, (recall,) = facts(db, (1, "recall", "refused"))
    publish_run(db, finished_run(db, policy_hash), actor=CHIEF)
    before = changes.head(db).seq
    withdraw(db, recall, is_withdrawn=False, public_until=date(2026, 3, 2))
    assert changes.head(db).seq == before


@pytest.fixture
def decided(db: WriteSession, policy_hash: str) -> Any:
    """An entry by two officers, and the record it rests on."""
    _, (revocation,) = facts(db, (1, "penalty", "revocation"))
    publish_run(db, finished_run(db, policy_hash), actor=CHIEF)
    (proposal,) = proposals.list_proposals(db)
    first, second = (
        decide(db, proposal["proposal_id"], verdict=Verdict.ACCEPT, grounds=GROUNDS, decided_on=date(2026, 3, 5), actor=officer)
        for officer in (ANNA, BO)
    )
    assert first.listing_id is None
    return second.listing_id, revocation


def test_an_officers_entry_comes_under_review_with_a_proposal_to_annul(db: WriteSession, decided: tuple[int, int]) -> None:
    entry, revocation = decided
    assert withdraw(db, revocation, kind="penalty", outcome="revocation").under_review == 1
    assert only(db)["state"] == ListingState.UNDER_REVIEW
    (proposal,) = proposals.list_proposals(db)
    assert (proposal["direction"], proposal["listing_id"], proposal["decided_by"]) == ("annul", entry, "two_officers")
    assert proposal["answer"] == {"withdrawn": [str(revocation)]}


@pytest.mark.parametrize(("verdict", "left"), [(Verdict.ACCEPT, ("ended", "annulled")), (Verdict.REFUSE, ("in_force", None))])
def test_officers_decide_whether_it_is_annulled_or_stands(
    db: WriteSession, decided: tuple[int, int], verdict: Verdict, left: tuple[str, str | None]
) -> None:
    entry, revocation = decided
    withdraw(db, revocation, kind="penalty", outcome="revocation")
    (proposal,) = proposals.list_proposals(db)
    for officer in (ANNA, BO)[: 2 if verdict is Verdict.ACCEPT else 1]:
        decide(db, proposal["proposal_id"], verdict=verdict, grounds=GROUNDS, decided_on=date(2026, 4, 1), actor=officer)
    row = listings.get_listing(db, entry)
    assert (row["state"], row["end_cause"]) == left
    assert changes.verify_chain(db).seq > 0
