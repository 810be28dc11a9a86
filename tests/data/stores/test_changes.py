import json
import threading
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.database import WriteSession, driver_connection, make_engine, write_session
from data.stores import changes, checkpoints, knowledge, listings
from data.stores.listings import Step
from models.changes import GENESIS, BrokenChain, FeedLine, canonical, replay, verify
from models.listings import Cause
from tests.entries import DAY, add_enterprise, add_policy, add_run, black, enter, move, red


@pytest.fixture
def run_id(db: WriteSession) -> Any:
    add_enterprise(db, 1)
    add_enterprise(db, 2, name='引号 " 与 \\ 反斜杠')
    return add_run(db, add_policy(db))


def test_a_new_log_stands_at_its_beginning(db: WriteSession) -> None:
    assert changes.head(db) == changes.Head(1, 0, GENESIS)
    assert changes.changes_after(db, 0, limit=10) == []
    assert changes.verify_chain(db).seq == 0


def test_lines_are_numbered_chained_and_say_what_happened(db: WriteSession, run_id: int) -> None:
    start = changes.head(db).seq
    (entry,) = enter(db, black(1, run_id=run_id))
    move(db, Step(entry, Cause.REMOVED, date(2027, 5, 1)))
    first, second = changes.changes_after(db, start, limit=10)
    assert first.body is not None
    assert second.body is not None
    assert (first.seq, second.seq, second.replaces_seq) == (start + 1, start + 2, start + 1)
    assert second.previous_hash == first.hash
    assert (first.cause, first.effective_on, first.body.before) == (Cause.ENTERED, DAY, None)
    assert (second.cause, second.body.after.ended_on) == (Cause.REMOVED, date(2027, 5, 1))
    assert second.body.before == first.body.after
    assert first.body.enterprise.value == "E1"
    assert changes.verify_chain(db).seq == start + 2


def test_the_feed_sends_the_same_bytes_that_were_committed_to(db: WriteSession, run_id: int) -> None:
    start = changes.head(db)
    enter(db, black(2, run_id=run_id, reason='quotes " and \\ and <script>'))
    page = changes.page_after(driver_connection(db), start.seq)
    (line,) = [json.loads(text) for text in page.ndjson.splitlines()]
    assert line["body"]["name"] == '引号 " 与 \\ 反斜杠'
    assert verify([line], after=start.seq, previous_hash=start.hash) == (line["seq"], line["hash"])


@pytest.mark.parametrize("field", ["effective_on", "cause", "known_seq", "salt", "recorded_at", "body"])
def test_a_copy_altered_in_any_field_no_longer_verifies(db: WriteSession, run_id: int, field: str) -> None:
    start = changes.head(db)
    enter(db, black(1, run_id=run_id))
    (line,) = map(json.loads, changes.page_after(driver_connection(db), start.seq).ndjson.splitlines())
    altered = line | {field: line["body"] | {"list": "red"} if field == "body" else "2001-01-01"}
    with pytest.raises(BrokenChain):
        verify([altered], after=start.seq, previous_hash=start.hash)


def test_a_missing_line_is_noticed(db: WriteSession, run_id: int) -> None:
    start = changes.head(db)
    enter(db, black(1, run_id=run_id))
    enter(db, red(2, run_id=run_id))
    lines = list(map(json.loads, changes.page_after(driver_connection(db), start.seq).ndjson.splitlines()))
    with pytest.raises(BrokenChain, match="missing or out of order"):
        verify(lines[1:], after=start.seq, previous_hash=start.hash)


def test_emptied_lines_say_nothing_and_the_chain_still_verifies(db: WriteSession, run_id: int) -> None:
    (entry,) = enter(db, black(1, run_id=run_id))
    move(db, Step(entry, Cause.REMOVED, date(2027, 5, 1)))
    line = changes.head(db).seq
    assert changes.empty_details(db, [line], why="publication term over") == 1
    assert changes.empty_details(db, [line], why="again") == 0
    (read,) = changes.changes_after(db, line - 1, limit=1)
    assert (read.body, read.salt) == (None, None)
    assert changes.verify_chain(db).seq == line


def test_what_is_emptied_is_told_in_order_without_gaps(db: WriteSession, run_id: int) -> None:
    for key in (1, 2):
        (entry,) = enter(db, black(key, run_id=run_id))
        move(db, Step(entry, Cause.REMOVED, date(2027, 5, 1)))
    changes.empty_details(db, [4, 3], why="over")
    changes.empty_details(db, [1], why="over")
    assert [(row["number"], row["seq"]) for row in checkpoints.forgotten_after(db, 0, limit=10)] == [(1, 3), (2, 4), (3, 1)]
    assert [row["number"] for row in checkpoints.forgotten_after(db, 2, limit=10)] == [3]


def test_pages_follow_each_other_without_overlap(db: WriteSession, run_id: int) -> None:
    start = changes.head(db).seq
    for key in range(10, 17):
        add_enterprise(db, key)
    enter(db, *(black(key, run_id=run_id) for key in range(10, 17)))
    seen, after = [], start
    while page := changes.changes_after(db, after, limit=3):
        seen += [line.seq for line in page]
        after = page[-1].seq
    assert seen == list(range(start + 1, start + 8))


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_canonical_text_is_its_own_canonical_text(value: Any) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


def test_many_writers_at_once_leave_no_gap_and_no_deadlock_and_a_reader_misses_nothing(database: str) -> None:
    engine = make_engine(database, size=8)
    with write_session(engine) as session:
        run_id = add_run(session, add_policy(session))
        for key in range(1, 49):
            add_enterprise(session, key)
        session.commit()
    faults = []

    def work(first: int) -> None:
        try:
            for key in range(first, first + 6):
                with write_session(engine) as session:
                    (entry,) = enter(session, black(key, run_id=run_id))
                    session.commit()
                    move(session, Step(entry, Cause.REMOVED, date(2026, 6, 1)))
                    if key % 2:
                        session.commit()
        except Exception as fault:  # noqa: BLE001  # a thread's failure must reach the test
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(1, 49, 6)]
    for thread in threads:
        thread.start()
    followed: list[FeedLine] = []
    with write_session(engine) as reader:  # follows the feed while they write, a few lines at a time
        while any(thread.is_alive() for thread in threads) or len(followed) < changes.head(reader).seq:
            followed += changes.changes_after(reader, followed[-1].seq if followed else 0, limit=5)
            reader.commit()
    for thread in threads:
        thread.join()
    assert faults == []
    with write_session(engine) as session:
        assert changes.verify_chain(session).seq == 48 + 24
        lines = changes.changes_after(session, 0, limit=1000)
        assert followed == lines
        assert [line.seq for line in lines] == list(range(1, 73))
        ended = {body.enterprise.value for body in replay(lines).values() if body.after.ended_on}
        assert ended == {f"E{key}" for key in range(1, 49, 2)}
        assert knowledge.resolve(session, None).known_seq == 72
        assert len(listings.listed_as_of(session, "black", as_of=date(2026, 6, 2), known_seq=72)) == 24
    engine.dispose()
