from datetime import date
from typing import Any

import pytest

from data.database import WriteSession, driver_connection
from data.stores import changes, listings
from models.access import Actor, Role
from models.listings import Cause
from service.operations.expire import NotYet, expire, expire_in_parts
from tests.entries import add_enterprise, add_policy, add_run, black, enter, red

CLOCK = Actor(holder="night job", role=Role.ADMIN)


@pytest.fixture
def run_id(db: WriteSession) -> Any:
    for key in (1, 2, 3):
        add_enterprise(db, key)
    return add_run(db, add_policy(db))


def deregister(db: WriteSession, key: Any, day: Any) -> Any:
    connection = driver_connection(db)
    connection.execute("UPDATE registry_fact SET superseded_seq = 1 WHERE enterprise_key = %s", (key,))
    connection.execute(
        "INSERT INTO registry_fact (enterprise_key, valid_from, known_seq, state, is_natural_person, other)"
        " VALUES (%s, %s, 1, 'deregistered', false, '{}')",
        (key, day),
    )


def test_an_entry_ends_on_its_legal_day_however_late_it_is_written(db: WriteSession, run_id: int) -> None:
    (due, later) = enter(db, black(1, run_id=run_id, ends_on=date(2026, 6, 1)), black(2, run_id=run_id, ends_on=date(2027, 6, 1)))
    done = expire(db, as_of=date(2026, 9, 15), actor=CLOCK)
    assert done.ended == {"expired": 1}
    row = listings.get_listing(db, due)
    assert (row["ended_on"], row["end_cause"]) == (date(2026, 6, 1), Cause.EXPIRED)
    assert listings.get_listing(db, later)["state"] == "in_force"
    (line,) = changes.changes_after(db, done.change_seq - 1, limit=1)
    assert (line.cause, line.effective_on) == (Cause.EXPIRED, date(2026, 6, 1))


def test_the_last_day_still_holds(db: WriteSession, run_id: int) -> None:
    enter(db, black(1, run_id=run_id, ends_on=date(2026, 6, 1)))
    assert expire(db, as_of=date(2026, 5, 31), actor=CLOCK).ended == {}


def test_twice_or_with_nothing_due_nothing_is_written(db: WriteSession, run_id: int) -> None:
    enter(db, black(1, run_id=run_id, ends_on=date(2026, 6, 1)))
    first = expire(db, as_of=date(2026, 6, 1), actor=CLOCK)
    again = expire(db, as_of=date(2026, 6, 2), actor=CLOCK)
    assert (again.known_seq, again.change_seq) == (None, first.change_seq)


def test_an_entry_without_a_date_does_not_expire(db: WriteSession, run_id: int) -> None:
    enter(db, black(1, run_id=run_id, ends_on=None, ends_when="the licence is given back"))
    assert expire(db, as_of=date(2026, 11, 1), actor=CLOCK).ended == {}


def test_deregistration_ends_every_entry_from_its_own_day(db: WriteSession, run_id: int) -> None:
    (entry, _other) = enter(db, black(1, run_id=run_id), red(2, run_id=run_id))
    deregister(db, 1, date(2026, 4, 10))
    assert expire(db, as_of=date(2026, 4, 9), actor=CLOCK).ended == {}
    assert expire(db, as_of=date(2026, 5, 1), actor=CLOCK).ended == {"deregistered": 1}
    row = listings.get_listing(db, entry)
    assert (row["ended_on"], row["end_cause"]) == (date(2026, 4, 10), Cause.DEREGISTERED)


def test_what_expired_before_the_deregistration_expired(db: WriteSession, run_id: int) -> None:
    (entry,) = enter(db, black(1, run_id=run_id, ends_on=date(2026, 4, 1)))
    deregister(db, 1, date(2026, 4, 10))
    assert expire(db, as_of=date(2026, 5, 1), actor=CLOCK).ended == {"expired": 1}
    assert listings.get_listing(db, entry)["ended_on"] == date(2026, 4, 1)


def test_a_day_that_has_not_come_ends_nothing(db: WriteSession, run_id: int) -> None:
    enter(db, black(1, run_id=run_id))
    with pytest.raises(NotYet):
        expire(db, as_of=date(2999, 1, 1), actor=CLOCK)


def test_an_expired_entry_leaves_room_for_the_next(db: WriteSession, run_id: int) -> None:
    enter(db, black(1, run_id=run_id, ends_on=date(2026, 6, 1)))
    expire(db, as_of=date(2026, 6, 1), actor=CLOCK)
    assert enter(db, black(1, run_id=run_id, starts_on=date(2026, 6, 1)))
    assert enter(db, red(2, run_id=run_id))


def test_a_day_is_done_in_parts_that_are_known_one_after_the_other(db: WriteSession, run_id: int) -> None:
    entries = enter(db, *(black(key, run_id=run_id, ends_on=date(2026, 6, 1)) for key in (1, 2, 3)))
    before = changes.head(db).seq
    done = expire_in_parts(db, as_of=date(2026, 6, 2), actor=CLOCK, at_once=2)
    lines = changes.changes_after(db, before, limit=10)
    assert done.ended == {"expired": 3}
    assert (done.known_seq, done.change_seq) == (lines[-1].known_seq, lines[-1].seq)
    assert [line.known_seq - lines[0].known_seq for line in lines] == [0, 0, 1]
    assert {listings.get_listing(db, entry)["ended_on"] for entry in entries} == {date(2026, 6, 1)}


def test_parts_that_were_done_before_a_kill_stay_and_the_next_process_does_the_rest(db: WriteSession, run_id: int) -> None:
    entries = enter(db, *(black(key, run_id=run_id, ends_on=date(2026, 6, 1)) for key in (1, 2, 3)))
    db.commit()

    def killed(_phase: str, done: int, _of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        expire_in_parts(db, as_of=date(2026, 6, 2), actor=CLOCK, at_once=1, tell=killed)
    db.rollback()
    assert [listings.get_listing(db, entry)["state"] for entry in entries] == ["ended", "ended", "in_force"]
    assert expire_in_parts(db, as_of=date(2026, 6, 2), actor=CLOCK, at_once=1).ended == {"expired": 1}
    assert changes.verify_chain(db).seq == 6
    assert expire_in_parts(db, as_of=date(2026, 6, 2), actor=CLOCK).known_seq is None
