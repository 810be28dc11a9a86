"""Undoing a delivery and reading one again: both as revisions, and newer deliveries stay as they are."""

import pytest

from data.database import WriteSession
from data.intake.profiles import LoadedProfile, load_profile, read_profile
from service.operations.reread_delivery import reread_delivery
from service.operations.undo_delivery import NotPublished, undo_delivery
from tests.counter import NOBODY, OFFICER, ask, bring, codes_of, facts, open_counter, outcomes, revisions, row


@pytest.fixture
def counter(db: WriteSession) -> WriteSession:
    open_counter(db)
    return db


def mended(changes: dict[str, str]) -> LoadedProfile:
    text = load_profile("native").text
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return read_profile(text)


TITLED = {"  title: title\n": "  title: {column: title, empty: penalty}\n"}


def test_undoing_withdraws_what_was_new_and_restores_what_was_revised(counter: WriteSession) -> None:
    bring(counter, row("1", **{"quantities.fine_cny": "1"}))
    wrong = bring(counter, row("1", **{"quantities.fine_cny": "2"}), row("2"), row("3", NOBODY))
    done = undo_delivery(counter, delivery_id=wrong.delivery_id, why="wrong file", actor=OFFICER)
    assert (done.withdrawn, done.restored, done.dropped) == (1, 1, 1)
    assert revisions(counter, "1") == [(1, 1, False, False), (2, 2, False, False), (3, 1, False, True)]
    assert revisions(counter, "2") == [(1, 1000, False, False), (2, 1000, True, True)]
    assert ask(counter, "SELECT state, undone_by, undone_why FROM delivery WHERE delivery_id = %s", wrong.delivery_id) == [
        ("undone", "Officer A", "wrong file")
    ]
    assert ask(counter, "SELECT state FROM queue_item") == [("dropped",)]


def test_undoing_leaves_alone_what_a_newer_delivery_revised(counter: WriteSession) -> None:
    wrong = bring(counter, row("1", **{"quantities.fine_cny": "1"}))
    bring(counter, row("1", **{"quantities.fine_cny": "2"}))
    undo_delivery(counter, delivery_id=wrong.delivery_id, why="wrong file", actor=OFFICER)
    assert revisions(counter, "1") == [(1, 1, False, False), (2, 2, False, True)]


def test_an_undone_revision_does_not_come_back_when_the_next_one_is_undone(counter: WriteSession) -> None:
    first = bring(counter, row("1", **{"quantities.fine_cny": "1"}))
    second = bring(counter, row("1", **{"quantities.fine_cny": "2"}))
    undo_delivery(counter, delivery_id=first.delivery_id, why="wrong", actor=OFFICER)
    undo_delivery(counter, delivery_id=second.delivery_id, why="wrong", actor=OFFICER)
    assert [fact[7] for fact in facts(counter)] == [True]


def test_what_was_undone_can_be_delivered_again(counter: WriteSession) -> None:
    wrong = bring(counter, row("1"))
    undo_delivery(counter, delivery_id=wrong.delivery_id, why="too early", actor=OFFICER)
    assert bring(counter, row("1")).is_repeat
    again = bring(counter, row("1"), key="meant")
    assert outcomes(again) == (0, 0, 1, 0, 0)
    assert [fact[7] for fact in facts(counter)] == [False]


def test_nothing_is_undone_twice(counter: WriteSession) -> None:
    done = bring(counter, row("1"))
    undo_delivery(counter, delivery_id=done.delivery_id, why="x", actor=OFFICER)
    with pytest.raises(NotPublished):
        undo_delivery(counter, delivery_id=done.delivery_id, why="x", actor=OFFICER)


def test_reading_again_under_a_mended_profile_revises(counter: WriteSession) -> None:
    first = bring(counter, row("1", title=""), row("2", title="stated"))
    done = reread_delivery(counter, delivery_id=first.delivery_id, profile=mended(TITLED), actor=OFFICER)
    assert outcomes(done) == (0, 1, 1, 0, 0)
    assert ask(counter, "SELECT title FROM record WHERE superseded_seq IS NULL ORDER BY source_ref") == [("penalty",), ("stated",)]
    assert ask(counter, "SELECT rereads FROM delivery WHERE delivery_id = %s", done.delivery_id) == [(first.delivery_id,)]
    again = reread_delivery(counter, delivery_id=first.delivery_id, profile=mended(TITLED), actor=OFFICER)
    assert (again.delivery_id, again.is_repeat) == (done.delivery_id, True)


def test_reading_again_withdraws_what_the_mended_profile_no_longer_gives(counter: WriteSession) -> None:
    first = bring(counter, row("1", code="old"), row("2", code="new"))
    keyed = mended({"source_ref: source_ref\n": "source_ref: code\n"})
    done = reread_delivery(counter, delivery_id=first.delivery_id, profile=keyed, actor=OFFICER)
    assert (outcomes(done), done.counts.withdrawn) == ((2, 0, 0, 0, 0), 2)
    assert [(fact[1], fact[7]) for fact in facts(counter)] == [("1", True), ("2", True), ("new", False), ("old", False)]
    undo_delivery(counter, delivery_id=done.delivery_id, why="the old profile was right", actor=OFFICER)
    assert [(fact[1], fact[7]) for fact in facts(counter)] == [("1", False), ("2", False), ("new", True), ("old", True)]


def test_reading_an_old_file_again_does_not_overtake_a_newer_delivery(counter: WriteSession) -> None:
    first = bring(counter, row("1", title="", **{"quantities.fine_cny": "1"}))
    bring(counter, row("1", title="", **{"quantities.fine_cny": "2"}))
    done = reread_delivery(counter, delivery_id=first.delivery_id, profile=mended(TITLED), actor=OFFICER)
    assert outcomes(done) == (0, 1, 0, 0, 0)
    assert codes_of(counter, done.delivery_id) == {2: ["record.overtaken"]}
    assert revisions(counter, "1")[-1] == (2, 2, False, True)
