from datetime import date
from typing import Any

import pytest

from data.database import WriteSession
from data.stores import changes, knowledge, listings
from data.stores.listings import AlreadyListed, BadDates, BlackWithoutBasis, IllegalMove, ListingNotFound, RedAndBlack, Step
from models.listings import Cause, ListingState
from tests.entries import DAY, add_enterprise, add_policy, add_run, black, enter, move, red


@pytest.fixture
def run_id(db: WriteSession) -> Any:
    for key in (1, 2, 3):
        add_enterprise(db, key)
    return add_run(db, add_policy(db))


def names(db: WriteSession, list_name: Any, day: Any, known_seq: Any = None) -> Any:
    seq = knowledge.resolve(db, None).known_seq if known_seq is None else known_seq
    return [row["enterprise_key"] for row in listings.listed_as_of(db, list_name, as_of=day, known_seq=seq)]


@pytest.mark.parametrize("lack", ["basis", "authority", "decision_no"])
@pytest.mark.parametrize("blank", [None, "  "])
def test_no_black_entry_without_basis_authority_and_number(db: WriteSession, run_id: int, lack: str, blank: str | None) -> None:
    with pytest.raises(BlackWithoutBasis):
        enter(db, black(1, run_id=run_id, **{lack: blank}))


def test_no_black_entry_without_an_end_but_a_condition_is_one(db: WriteSession, run_id: int) -> None:
    with db.begin_nested() as part:
        with pytest.raises(BlackWithoutBasis):
            enter(db, black(1, run_id=run_id, ends_on=None))
        part.rollback()
    assert enter(db, black(1, run_id=run_id, ends_on=None, ends_when="the licence is given back"))


def test_no_entry_ends_before_it_begins(db: WriteSession, run_id: int) -> None:
    with pytest.raises(BadDates):
        enter(db, black(1, run_id=run_id, ends_on=date(2026, 2, 1)))


def test_no_red_and_black_at_once_but_one_after_the_other(db: WriteSession, run_id: int) -> None:
    (entry,) = enter(db, red(1, run_id=run_id))
    with db.begin_nested() as part:
        with pytest.raises(RedAndBlack):
            enter(db, black(1, run_id=run_id, starts_on=date(2027, 1, 1)))
        part.rollback()
    move(db, Step(entry, Cause.SUPERSEDED, date(2027, 1, 1)))
    assert enter(db, black(1, run_id=run_id, starts_on=date(2027, 1, 1)))


def test_nobody_stands_twice_on_one_list(db: WriteSession, run_id: int) -> None:
    enter(db, black(1, run_id=run_id))
    with pytest.raises(AlreadyListed):
        enter(db, black(1, run_id=run_id, starts_on=date(2026, 5, 1)))


def test_what_ended_stays_ended_unless_it_was_void(db: WriteSession, run_id: int) -> None:
    (entry,) = enter(db, black(1, run_id=run_id))
    move(db, Step(entry, Cause.REMOVED, date(2026, 9, 1)))
    for cause in (Cause.EXPIRED, Cause.REVIEW_OPENED, Cause.CORRECTED, Cause.REMOVED):
        with pytest.raises(IllegalMove, match="stays ended"):
            move(db, Step(entry, cause, date(2026, 10, 1)))
    move(db, Step(entry, Cause.ANNULLED, date(2026, 10, 1)))
    assert names(db, "black", date(2026, 4, 1)) == []
    with pytest.raises(IllegalMove):
        move(db, Step(entry, Cause.ANNULLED, date(2026, 10, 1)))


def test_an_unknown_entry_is_not_found(db: WriteSession, run_id: int) -> None:
    with pytest.raises(ListingNotFound):
        move(db, Step(12345, Cause.EXPIRED, DAY))


def test_review_keeps_the_entry_on_the_list_and_marks_it(db: WriteSession, run_id: int) -> None:
    (entry,) = enter(db, black(1, run_id=run_id))
    move(db, Step(entry, Cause.REVIEW_OPENED, date(2026, 4, 1)))
    assert listings.get_listing(db, entry)["state"] == ListingState.UNDER_REVIEW
    assert names(db, "black", date(2026, 5, 1)) == [1]
    move(db, Step(entry, Cause.REVIEW_CLOSED, date(2026, 4, 4)))
    assert listings.get_listing(db, entry)["state"] == ListingState.IN_FORCE


def test_a_list_as_of_a_day_and_as_known_then(db: WriteSession, run_id: int) -> None:
    (entry,) = enter(db, black(1, run_id=run_id))
    entered = knowledge.resolve(db, None).known_seq
    move(db, Step(entry, Cause.CORRECTED, DAY, ends_on=date(2027, 1, 1)))
    corrected = knowledge.resolve(db, None).known_seq
    move(db, Step(entry, Cause.ANNULLED, date(2026, 6, 1)))
    assert names(db, "black", date(2028, 1, 1), entered) == [1]
    assert names(db, "black", date(2028, 1, 1), corrected) == []
    assert names(db, "black", date(2026, 12, 31), corrected) == [1]
    assert names(db, "black", date(2026, 12, 31)) == []
    assert names(db, "black", date(2026, 2, 28), entered) == []


def test_an_entry_annulled_never_held_and_leaves_room_for_another_colour(db: WriteSession, run_id: int) -> None:
    (entry,) = enter(db, black(1, run_id=run_id))
    move(db, Step(entry, Cause.ANNULLED, date(2026, 6, 1)))
    enter(db, red(1, run_id=run_id, starts_on=date(2026, 3, 15)))
    (line,) = changes.changes_after(db, changes.head(db).seq - 2, limit=1)
    assert line.body is not None
    assert (line.cause, line.effective_on, line.body.after.held_until) == (Cause.ANNULLED, DAY, DAY)


def test_an_entry_expires_on_its_own_day_without_touching_what_is_known(db: WriteSession, run_id: int) -> None:
    (entry,) = enter(db, black(1, run_id=run_id))
    spans = db.connection().exec_driver_sql("SELECT count(*) FROM listing_span").scalar()
    move(db, Step(entry, Cause.EXPIRED, date(2029, 3, 1)))
    assert db.connection().exec_driver_sql("SELECT count(*) FROM listing_span").scalar() == spans
    assert listings.get_listing(db, entry)["ended_on"] == date(2029, 3, 1)


def test_pages_of_a_list_follow_each_other(db: WriteSession, run_id: int) -> None:
    made = enter(db, *(black(key, run_id=run_id) for key in (1, 2, 3)))
    seq = knowledge.resolve(db, None).known_seq
    first = listings.listed_as_of(db, "black", as_of=DAY, known_seq=seq, limit=2)
    rest = listings.listed_as_of(db, "black", as_of=DAY, known_seq=seq, limit=2, after=first[-1]["listing_id"])
    assert [row["listing_id"] for row in first + rest] == made
