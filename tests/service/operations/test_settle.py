"""Settling what waits: attached, created or rejected, with who and why, each under its own number."""

import pytest

from data.database import WriteSession
from data.stores.queue import AlreadySettled, UnknownItem
from models.deliveries import QueueState
from models.errors import CreditError
from models.identifiers import Identifier
from service.operations.settle import EnterpriseExists, NoReason, UnknownEnterprise, WhichEnterprise, settle
from tests.counter import NAME_A, NOBODY, OFFICER, A, ask, bring, codes_of, facts, open_counter, outcomes, revisions, row


@pytest.fixture
def counter(db: WriteSession) -> WriteSession:
    open_counter(db)
    return db


def identifier(code: str) -> Identifier:
    return Identifier(scheme="cn-uscc", value=code)


def waiting(session: WriteSession) -> int:
    ((number,),) = ask(session, "SELECT max(queue_id) FROM queue_item WHERE state = 'open'")
    return int(number)


def test_an_attached_record_becomes_known_with_who_and_why(counter: WriteSession) -> None:
    bring(counter, row("1", NOBODY, enterprise_name=NAME_A))
    done = settle(
        counter, queue_id=waiting(counter), state=QueueState.ATTACHED, identifier=identifier(A), why="one digit wrong", actor=OFFICER
    )
    assert done.became == "accepted"
    assert [(fact[1], fact[3]) for fact in facts(counter)] == [("1", A)]
    assert ask(counter, "SELECT state, settled_by, settled_why FROM queue_item") == [("attached", "Officer A", "one digit wrong")]
    assert ask(counter, "SELECT cause FROM knowledge WHERE known_seq = %s", done.known_seq) == [("settlement",)]


def test_an_attached_record_sent_again_is_unchanged(counter: WriteSession) -> None:
    bring(counter, row("1", NOBODY))
    settle(counter, queue_id=waiting(counter), state=QueueState.ATTACHED, identifier=identifier(A), why="seen", actor=OFFICER)
    assert outcomes(bring(counter, row("1", NOBODY), row("2"))) == (1, 1, 0, 0, 0)


def test_creating_the_enterprise_takes_all_records_that_waited_for_it(counter: WriteSession) -> None:
    bring(counter, row("1", NOBODY, enterprise_name="样例丙"), row("2", NOBODY), row("3", A))
    done = settle(counter, queue_id=waiting(counter) - 1, state=QueueState.CREATED, why="licence seen", actor=OFFICER)
    assert done.also == 1
    assert [(fact[1], fact[3]) for fact in facts(counter)] == [("1", NOBODY), ("2", NOBODY), ("3", A)]
    assert ask(counter, "SELECT state FROM queue_item ORDER BY queue_id") == [("created",), ("attached",)]


def test_a_rejected_record_stays_rejected_while_the_source_says_the_same(counter: WriteSession) -> None:
    bring(counter, row("1", NOBODY))
    settle(counter, queue_id=waiting(counter), state=QueueState.REJECTED, why="not of this city", actor=OFFICER)
    again = bring(counter, row("1", NOBODY), row("2"))
    assert outcomes(again) == (1, 0, 0, 0, 1)
    assert codes_of(counter, again.delivery_id) == {2: ["queue.refused_before"]}
    assert outcomes(bring(counter, row("1", NOBODY, title="corrected"))) == (0, 0, 0, 1, 0)


def test_a_waiting_revision_is_attached_as_a_revision(counter: WriteSession) -> None:
    bring(counter, row("1", A))
    bring(counter, row("1", NOBODY, **{"quantities.fine_cny": "7"}))
    assert revisions(counter, "1") == [(1, 1000, False, True)]
    done = settle(counter, queue_id=waiting(counter), state=QueueState.ATTACHED, identifier=identifier(A), why="seen", actor=OFFICER)
    assert done.became == "revised"
    assert revisions(counter, "1") == [(1, 1000, False, False), (2, 7, False, True)]


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"state": QueueState.ATTACHED, "why": "x"}, WhichEnterprise),
        ({"state": QueueState.ATTACHED, "why": "x", "identifier": identifier(NOBODY)}, UnknownEnterprise),
        ({"state": QueueState.CREATED, "why": "x", "identifier": identifier(A), "name": "x"}, EnterpriseExists),
        ({"state": QueueState.CREATED, "why": "x"}, WhichEnterprise),
        ({"state": QueueState.REJECTED, "why": " "}, NoReason),
        ({"state": QueueState.OPEN, "why": "x"}, CreditError),
    ],
)
def test_a_settlement_that_says_too_little_is_refused(
    counter: WriteSession, options: dict[str, object], refusal: type[CreditError]
) -> None:
    bring(counter, row("1", NOBODY))
    with pytest.raises(refusal):
        settle(counter, queue_id=waiting(counter), actor=OFFICER, **options)  # type: ignore[arg-type]  # given by name


def test_nothing_is_settled_twice(counter: WriteSession) -> None:
    bring(counter, row("1", NOBODY))
    number = waiting(counter)
    settle(counter, queue_id=number, state=QueueState.REJECTED, why="x", actor=OFFICER)
    with pytest.raises(AlreadySettled, match="Officer A"):
        settle(counter, queue_id=number, state=QueueState.REJECTED, why="x", actor=OFFICER)
    with pytest.raises(UnknownItem):
        settle(counter, queue_id=10**9, state=QueueState.REJECTED, why="x", actor=OFFICER)
