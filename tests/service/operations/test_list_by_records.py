from datetime import date
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from data.database import WriteSession, driver_connection
from data.stores import changes, knowledge, listings
from data.stores.listings import Step
from models.listings import Cause
from service.jobs.kinds import BY_ITSELF
from service.operations.expire import expire
from service.operations.list_by_records import end_deregistered, follow_records, list_by_records
from tests.entries import add_enterprise, add_policy, add_record, add_run, enter, move, red

TODAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def policy_hash(db: WriteSession) -> Any:
    for key in (1, 2):
        add_enterprise(db, key)
    return add_policy(db)


def deliver(db: WriteSession, key: Any = 1, list_name: Any = "abnormal_operation", **changed: Any) -> Any:
    """One list decision, delivered; gives its key and what it did."""
    seq = knowledge.draw(db, "delivery").known_seq
    given = {"in_force_from": date(2025, 5, 1), "decided_on": date(2025, 4, 28), "authority": "区局", "document_no": "列〔2025〕3号"}
    detail = Jsonb({"list": list_name, "reason": "未公示年报", "basis": "企业信息公示条例 17"})
    record = add_record(db, key, "listing", "listed", known_seq=seq, **(given | {"detail": detail} | changed))
    return record, list_by_records(db, seq, day=TODAY)


def entries(db: WriteSession, key: Any = 1) -> Any:
    return listings.current_listings(db, enterprise_keys=[key])


def test_a_list_decision_lists_as_soon_as_it_is_known(db: WriteSession) -> None:
    record, done = deliver(db)
    (entry,) = entries(db)
    assert (done.entered, entry["record_key"], entry["origin"], entry["colour"]) == (1, record, "record", "other")
    assert (entry["starts_on"], entry["ends_on"], entry["basis"]) == (date(2025, 5, 1), None, "企业信息公示条例 17")
    assert (entry["authority"], entry["decision_no"], entry["reason"]) == ("区局", "列〔2025〕3号", "未公示年报")


def test_a_list_of_the_policy_has_its_colour_and_its_term(db: WriteSession) -> None:
    deliver(db, list_name="black")
    (entry,) = entries(db)
    assert (entry["colour"], entry["ends_on"]) == ("black", date(2028, 5, 1))


@pytest.mark.parametrize("lacking", ["authority", "document_no"])
def test_a_black_decision_that_lacks_what_the_law_asks_is_told_not_listed(db: WriteSession, lacking: str) -> None:
    record, done = deliver(db, list_name="black", **{lacking: None})
    assert entries(db) == []
    assert [item.record_key for item in done.unlisted] == [record]


def test_a_decision_behind_one_that_makes_no_entry_makes_its_own_when_a_day_is_done(db: WriteSession) -> None:
    deliver(db, list_name="black", document_no=None)  # holds as long, and comes first
    seq = knowledge.draw(db, "delivery").known_seq
    detail = Jsonb({"list": "black", "reason": "未公示年报", "basis": "企业信息公示条例 17"})
    given = {"in_force_from": date(2025, 5, 1), "decided_on": date(2025, 4, 28), "authority": "区局", "document_no": "列〔2025〕3号"}
    record = add_record(db, 1, "listing", "listed", known_seq=seq, **(given | {"detail": detail}))
    assert expire(db, as_of=TODAY, actor=BY_ITSELF).entered == 1
    assert [entry["record_key"] for entry in entries(db)] == [record]


def test_a_withdrawn_decision_never_held(db: WriteSession) -> None:
    record, _ = deliver(db)
    deliver(db, revises=record, is_withdrawn=True)
    assert entries(db) == []
    (line,) = changes.changes_after(db, changes.head(db).seq - 1, limit=1)
    assert (line.cause, line.effective_on) == (Cause.ANNULLED, date(2025, 5, 1))


def test_a_decision_that_comes_back_lists_again(db: WriteSession) -> None:
    record, _ = deliver(db)
    deliver(db, revises=record, is_withdrawn=True)
    deliver(db, revises=record)
    assert [entry["record_key"] for entry in entries(db)] == [record]


def test_a_decision_moved_to_another_enterprise_moves_the_entry(db: WriteSession) -> None:
    record, _ = deliver(db)
    deliver(db, key=2, revises=record)
    assert (len(entries(db, 1)), len(entries(db, 2))) == (0, 1)


def test_a_repair_ends_the_entry_from_its_day(db: WriteSession) -> None:
    record, _ = deliver(db)
    _, done = deliver(db, revises=record, repaired_on=date(2026, 2, 1))
    assert (done.ended, entries(db)) == (1, [])
    (line,) = changes.changes_after(db, changes.head(db).seq - 1, limit=1)
    assert (line.cause, line.effective_on) == (Cause.REPAIRED, date(2026, 2, 1))


def test_a_removal_ends_it_and_a_later_end_corrects_it(db: WriteSession) -> None:
    record, _ = deliver(db, in_force_until=date(2027, 1, 1))
    deliver(db, revises=record, in_force_until=date(2027, 6, 1))
    (entry,) = entries(db)
    assert entry["ends_on"] == date(2027, 6, 1)
    deliver(db, revises=record, in_force_until=date(2027, 6, 1), ended_on=date(2026, 3, 1))
    row = listings.get_listing(db, entry["listing_id"])
    assert (row["end_cause"], row["ended_on"]) == (Cause.REMOVED, date(2026, 3, 1))


def test_history_is_entered_and_ended_at_once(db: WriteSession) -> None:
    _, done = deliver(db, in_force_from=date(2020, 1, 1), in_force_until=date(2023, 1, 1))
    assert (done.entered, done.ended, entries(db)) == (1, 1, [])
    seq = knowledge.resolve(db, None).known_seq
    assert listings.listed_as_of(db, "abnormal_operation", as_of=date(2022, 1, 1), known_seq=seq)
    assert not listings.listed_as_of(db, "abnormal_operation", as_of=date(2023, 1, 1), known_seq=seq)


def test_one_entry_at_a_time_and_the_next_decision_carries_on(db: WriteSession) -> None:
    deliver(db, in_force_until=date(2026, 9, 1))
    second, done = deliver(db, in_force_from=date(2026, 3, 1), in_force_until=date(2026, 12, 1))
    (first,) = entries(db)
    assert done.entered == 0
    move(db, Step(first["listing_id"], Cause.EXPIRED, date(2026, 9, 1)))
    follow_records(db, known_seq=knowledge.draw(db, "expiry").known_seq, day=date(2026, 9, 1), enterprise_keys=None)
    assert [entry["record_key"] for entry in entries(db)] == [second]


def test_deregistration_told_by_the_registry_ends_entries_at_once(db: WriteSession) -> None:
    deliver(db)
    seq = knowledge.draw(db, "registry").known_seq
    driver_connection(db).execute("UPDATE registry_fact SET superseded_seq = %s WHERE enterprise_key = 1", (seq,))
    driver_connection(db).execute(
        "INSERT INTO registry_fact (enterprise_key, valid_from, known_seq, state, is_natural_person, other)"
        " VALUES (1, '2026-05-20', %s, 'deregistered', false, '{}')",
        (seq,),
    )
    assert end_deregistered(db, seq, day=TODAY).ended == 1
    assert entries(db) == []


def test_the_same_decision_delivered_again_changes_nothing(db: WriteSession) -> None:
    record, _ = deliver(db)
    before = changes.head(db).seq
    deliver(db, revises=record)
    assert changes.head(db).seq == before


def test_a_black_decision_ends_a_red_entry_and_a_red_one_beside_it_is_told(db: WriteSession, policy_hash: str) -> None:
    (reds,) = enter(db, red(1, run_id=add_run(db, policy_hash), starts_on=date(2025, 1, 1)))
    deliver(db, list_name="black")
    row = listings.get_listing(db, reds)
    assert (row["end_cause"], row["ended_on"]) == (Cause.SUPERSEDED, date(2025, 5, 1))
    _, done = deliver(db, list_name="red", in_force_from=date(2026, 1, 1))
    assert (done.entered, len(done.unlisted)) == (0, 1)


def test_records_of_other_kinds_list_nobody(db: WriteSession) -> None:
    seq = knowledge.draw(db, "delivery").known_seq
    add_record(db, 1, "penalty", "fine", known_seq=seq, quantities_x10000=Jsonb({"fine_cny": 10000}))
    assert list_by_records(db, seq).entered == 0
