"""What the database refuses by itself, asked for with plain SQL."""

from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from data.database import WriteSession, driver_connection, make_engine, write_session
from data.schema import find_drift
from data.stores import changes, checkpoints, knowledge, proposals
from data.stores.listings import Step
from models.changes import canonical, digest
from models.listings import Cause, ProposalState
from tests.entries import DAY, add_enterprise, add_policy, add_record, add_run, black, enter, move


@pytest.fixture
def sql(db: WriteSession) -> Any:
    return driver_connection(db)


@pytest.fixture
def record_key(db: WriteSession) -> Any:
    add_enterprise(db, 1)
    return add_record(db, 1, "recall", "refused", known_seq=knowledge.draw(db, "delivery").known_seq)


@pytest.fixture
def run_id(db: WriteSession, record_key: int) -> Any:
    return add_run(db, add_policy(db))


@pytest.fixture
def entry(db: WriteSession, run_id: int) -> Any:
    return enter(db, black(1, run_id=run_id))[0]


@pytest.fixture
def proposal(sql: psycopg.Connection[Any], run_id: int) -> Any:
    ((number,),) = sql.execute(
        "INSERT INTO proposal (enterprise_key, list, direction, state, decided_by, clause, opened_by_run, renewed_by_run, proposed_by,"
        " answer, opened_at) VALUES (1, 'black', 'enter', 'open', 'two_officers', '{}', %s, %s, '[\"night run\"]', '{}', now())"
        " RETURNING proposal_id",
        (run_id, run_id),
    ).fetchall()
    return int(number)


def attempt(sql: psycopg.Connection[Any], *statements: Any) -> Any:
    """Run statements as a transaction of their own would, down to what is checked at its end; then undo them."""
    with sql.transaction(force_rollback=True):
        for statement, values in statements:
            sql.execute(statement, values)
        sql.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(sql: psycopg.Connection[Any], statement: Any, values: Any = (), *, rule: Any = None) -> Any:
    with pytest.raises(psycopg.IntegrityError) as told:
        attempt(sql, (statement, values))
    if rule:
        assert told.value.diag.constraint_name == rule
    return told.value


def test_tables_and_migrations_agree(shared_engine: Engine) -> None:
    assert find_drift(shared_engine) == []


@pytest.mark.parametrize(
    "table",
    ["record", "registry_fact", "enterprise_name", "listing_span", "listing", "knowledge", "policy", "change", "change_detail",
     "change_head", "knowledge_head", "enterprise"],
)  # fmt: skip
def test_rows_are_never_deleted_nor_tables_emptied(sql: psycopg.Connection[Any], entry: int, table: str) -> None:
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
    refused(sql, f"DELETE FROM {table}")
    refused(sql, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'voluntary'",
        "superseded_seq = known_seq + 1, superseded_at = now(), outcome = 'voluntary'",
        "superseded_seq = known_seq + 1",
        "superseded_at = now()",
        "known_seq = known_seq + 1",
    ],
)
def test_a_record_is_never_edited(sql: psycopg.Connection[Any], record_key: int, change: str) -> None:
    refused(sql, f"UPDATE record SET {change}", rule="record_closed_once")


def test_a_record_is_closed_once(sql: psycopg.Connection[Any], record_key: int) -> None:
    sql.execute("UPDATE record SET superseded_seq = known_seq + 1, superseded_at = now()")
    refused(sql, "UPDATE record SET superseded_seq = known_seq + 2, superseded_at = now()", rule="record_closed_once")
    refused(sql, "UPDATE record SET superseded_seq = NULL, superseded_at = NULL", rule="record_closed_once")


@pytest.mark.parametrize("table", ["registry_fact", "enterprise_name", "listing_span"])
def test_facts_are_closed_once_and_never_edited(sql: psycopg.Connection[Any], entry: int, table: str) -> None:
    refused(sql, f"UPDATE {table} SET known_seq = known_seq + 1", rule=f"{table}_closed_once")
    sql.execute(f"UPDATE {table} SET superseded_seq = known_seq + 1")
    refused(sql, f"UPDATE {table} SET superseded_seq = known_seq + 2", rule=f"{table}_closed_once")


def test_a_published_policy_is_frozen(sql: psycopg.Connection[Any], run_id: int) -> None:
    refused(sql, "UPDATE policy SET text = 'another'", rule="policy_stays")


def test_the_clock_only_goes_on(sql: psycopg.Connection[Any]) -> None:
    refused(
        sql, "UPDATE knowledge_head SET known_seq = known_seq + 2, committed_at = now() + interval '1 day'", rule="knowledge_head_goes_on"
    )
    refused(sql, "UPDATE knowledge_head SET known_seq = known_seq + 1, committed_at = '2020-01-01'", rule="knowledge_head_goes_on")
    refused(sql, "INSERT INTO knowledge VALUES (1000, now(), 'delivery')", rule="knowledge_follows_head")


def insert_line(sql: psycopg.Connection[Any], **changed: Any) -> Any:
    (head,) = sql.execute("SELECT epoch, seq, hash FROM change_head").fetchall()
    line = {
        "cause": "entered", "commitment": digest("saltbody"), "effective_on": "2026-03-01", "epoch": head[0], "known_seq": 1,
        "previous_hash": head[2], "recorded_at": "2026-03-01T00:00:00.000000Z", "replaces_seq": None, "seq": head[1] + 1,
    } | changed  # fmt: skip
    text = line.pop("line", canonical(line))
    hashed = line.pop("hash", digest(text))
    columns = ", ".join(line)
    return (
        f"INSERT INTO change ({columns}, line, hash) VALUES ({', '.join(['%s'] * (len(line) + 2))})",
        (*line.values(), text, hashed),
    )


@pytest.mark.parametrize(
    "fault",
    [{"seq": 5000}, {"previous_hash": "0" * 64}, {"hash": "0" * 64}, {"epoch": 2}, {"line": "{}"}, {"replaces_seq": 9999}],
)
def test_a_line_that_does_not_follow_the_head_is_refused(sql: psycopg.Connection[Any], entry: int, fault: dict[str, Any]) -> None:
    refused(sql, *insert_line(sql, **fault), rule="change_follows_head")


def test_a_line_must_say_of_whom_and_what_it_committed_to(sql: psycopg.Connection[Any], entry: int) -> None:
    statement, values = insert_line(sql)
    refused(sql, statement, values, rule="change_has_detail")
    detail = "INSERT INTO change_detail (seq, listing_id, enterprise_key, salt, body) SELECT seq, %s, 1, 'salt', %s FROM change_head"
    with pytest.raises(psycopg.IntegrityError, match="commits to"):
        attempt(sql, (statement, values), (detail, (entry, "other")))


def test_lines_and_what_they_say_are_never_edited(db: WriteSession, sql: psycopg.Connection[Any], entry: int) -> None:
    refused(sql, "UPDATE change SET cause = 'expired'", rule="change_stays")
    refused(sql, "UPDATE change_detail SET body = '{}'", rule="change_detail_emptied_only")
    refused(sql, "UPDATE change_detail SET salt = NULL, body = NULL, enterprise_key = NULL")
    emptying = "UPDATE change_detail SET salt = NULL, body = NULL, enterprise_key = NULL, emptied_at = now(), emptied_why = 'law'"
    refused(sql, emptying, rule="change_detail_of_ended_entry")
    move(db, Step(entry, Cause.REMOVED, DAY))
    sql.execute(emptying)
    refused(sql, "UPDATE forgotten_line SET seq = seq + 1", rule="forgotten_line_stays")
    refused(sql, "UPDATE change_detail SET emptied_why = 'another'", rule="change_detail_emptied_only")
    refused(sql, "UPDATE change_detail SET salt = 's', body = 'b', enterprise_key = 1, emptied_at = NULL, emptied_why = NULL")


def test_the_head_is_not_moved_by_hand_but_a_new_epoch_may_begin(db: WriteSession, sql: psycopg.Connection[Any], entry: int) -> None:
    refused(sql, "UPDATE change_head SET seq = seq + 1", rule="change_head_follows_lines")
    refused(sql, "UPDATE change_head SET epoch = epoch + 1, hash = 'x'", rule="change_head_follows_lines")
    refused(sql, "UPDATE change_head SET epoch = epoch + 1", rule="change_head_follows_lines")
    checkpoints.begin_epoch(db, by="operator", reason="a backup was restored", witnesses=[])
    refused(sql, "UPDATE log_epoch SET reason = 'another'", rule="log_epoch_stays")


@pytest.mark.parametrize(
    "change",
    [
        "basis = 'another'",
        "starts_on = '2020-01-01'",
        "list = 'other'",
        "decision_no = 'x'",
        "colour = 'red'",
        "known_seq = 0",
        "run_id = NULL",
    ],
)
def test_who_is_listed_and_why_is_never_edited(sql: psycopg.Connection[Any], entry: int, change: str) -> None:
    refused(sql, f"UPDATE listing SET {change}")


@pytest.mark.parametrize(
    "change",
    ["state = 'ended'", "state = 'ended', ended_on = '2020-01-01', end_cause = 'expired'", "state = 'gone'", "end_cause = 'expired'",
     "state = 'ended', ended_on = '2027-01-01', end_cause = 'mercy'"],
)  # fmt: skip
def test_an_entry_ends_only_with_day_and_cause(sql: psycopg.Connection[Any], entry: int, change: str) -> None:
    refused(sql, f"UPDATE listing SET {change}")


def test_what_ended_stays_ended(sql: psycopg.Connection[Any], entry: int) -> None:
    sql.execute("UPDATE listing SET state = 'ended', ended_on = '2027-01-01', end_cause = 'removed'")
    refused(sql, "UPDATE listing SET state = 'in_force', ended_on = NULL, end_cause = NULL", rule="listing_legal_move")
    refused(sql, "UPDATE listing SET ended_on = '2028-01-01'", rule="listing_legal_move")
    refused(sql, "UPDATE listing SET ended_on = '2026-05-01', end_cause = 'expired'", rule="listing_legal_move")


def test_no_entry_is_moved_without_a_line_in_the_log(database: str) -> None:
    engine = make_engine(database)
    with write_session(engine) as session:
        add_enterprise(session, 1)
        enter(session, black(1, run_id=add_run(session, add_policy(session))))
        session.commit()
        for statement in ("UPDATE listing SET state = 'under_review'", "UPDATE listing SET ends_on = '2040-01-01'"):
            driver_connection(session).execute(statement)
            with pytest.raises(psycopg.IntegrityError, match="without a line") as told:
                driver_connection(session).execute("COMMIT")
            assert told.value.diag.constraint_name == "listing_logged"
            session.rollback()
        assert changes.head(session).seq == 1
    engine.dispose()


@pytest.mark.parametrize("lacking", ["basis", "authority", "decision_no"])
def test_no_black_entry_without_basis_authority_number(sql: psycopg.Connection[Any], entry: int, lacking: str) -> None:
    columns = (
        "enterprise_key, list, colour, state, origin, run_id, evidence, decided_on, starts_on, ends_on, reason, known_seq, recorded_at"
    )
    others = ", ".join({"basis", "authority", "decision_no"} - {lacking})
    refused(
        sql,
        f"INSERT INTO listing ({columns}, {others}) SELECT 1, 'second', {', '.join(columns.split(', ')[2:])}, {others} FROM listing",
        rule="ck_listing_black_needs_basis_authority_number_end",
    )


@pytest.mark.parametrize("shift", ["starts_on", "ends_on - 1", "starts_on - 400"])
def test_no_red_and_black_on_the_same_day(sql: psycopg.Connection[Any], entry: int, shift: str) -> None:
    columns = "state, origin, run_id, evidence, decided_on, reason, known_seq, recorded_at"
    statement = (
        f"INSERT INTO listing (enterprise_key, list, colour, starts_on, {columns}) SELECT 1, 'red', 'red', {shift}, {columns} FROM listing"
    )
    refused(sql, statement, rule="ex_listing_red_and_black")


def test_who_is_behind_a_proposal_has_no_vote(sql: psycopg.Connection[Any], proposal: int) -> None:
    refused(sql, "INSERT INTO approval VALUES (%s, 'night run', true, 'x', now())", (proposal,), rule="approval_by_another")
    sql.execute("INSERT INTO approval VALUES (%s, 'anna', true, 'x', now())", (proposal,))
    refused(sql, "INSERT INTO approval VALUES (%s, 'anna', false, 'x', now())", (proposal,))
    refused(sql, "UPDATE approval SET accepts = false", rule="approval_stays")


def decision(proposal: int, *names: Any, act: Any = "list") -> Any:
    officers = canonical([{"name": name} for name in names])
    statement = (
        "INSERT INTO decision (proposal_id, act, authority, document_no, basis, reason, decided_on, officers, answer, recorded_at)"
        " VALUES (%s, %s, 'a', '1', 'b', 'c', '2026-03-05', %s, '{}', now())"
    )
    return statement, (proposal, act, officers)


def test_a_decision_needs_the_votes_of_two_officers_where_the_rule_asks(sql: psycopg.Connection[Any], proposal: int) -> None:
    sql.execute("INSERT INTO approval VALUES (%s, 'anna', true, 'x', now())", (proposal,))
    refused(sql, *decision(proposal, "anna", "anna"), rule="decision_by_officers")
    refused(sql, *decision(proposal, "anna", "bo"), rule="decision_by_officers")
    sql.execute("INSERT INTO approval VALUES (%s, 'bo', true, 'x', now())", (proposal,))
    sql.execute(*decision(proposal, "anna", "bo"))
    refused(sql, *decision(proposal, "anna", "bo"), rule="uq_decision_proposal_id")
    refused(sql, "UPDATE decision SET reason = 'another'", rule="decision_stays")


def test_a_decision_to_list_has_basis_authority_and_number(sql: psycopg.Connection[Any]) -> None:
    refused(
        sql,
        "INSERT INTO decision (act, reason, decided_on, officers, answer, recorded_at) VALUES ('list', 'x', now(), '[]', '{}', now())",
        rule="ck_decision_has_basis_authority_number",
    )


def test_a_closed_proposal_stays_closed_and_none_is_rewritten(db: WriteSession, sql: psycopg.Connection[Any], proposal: int) -> None:
    refused(sql, "UPDATE proposal SET enterprise_key = 2", rule="proposal_identity")
    refused(sql, "UPDATE proposal SET proposed_by = '[]'", rule="proposal_identity")
    proposals.close(db, [proposal], state=ProposalState.REFUSED, why="no")
    refused(sql, "UPDATE proposal SET state = 'open', closed_at = NULL, closed_why = NULL", rule="proposal_legal_move")
