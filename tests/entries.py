"""Valid rows for tests about lists: enterprises, records, policies, runs and entries, each stated by what the test is about."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from data.database import WriteSession, driver_connection
from data.policy_files import parse_published, policy_hash
from data.stores import changes, knowledge, listings
from data.stores.listings import NewListing
from models.listings import Origin
from models.tables.deliveries import Delivery

DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def add_enterprise(
    session: WriteSession, key: int, *, name: str | None = None, state: str = "in_business", since: str = "2010-01-01"
) -> int:
    connection = driver_connection(session)
    connection.execute("INSERT INTO enterprise VALUES (%s, 'test-number', %s, 0)", (key, f"E{key}"))
    connection.execute(
        "INSERT INTO enterprise_name (enterprise_key, name, known_seq, name_key) VALUES (%s, %s, 0, %s)",
        (key, name or f"Invented Works {key}", name or f"inventedworks{key}"),
    )
    connection.execute(
        "INSERT INTO registry_fact (enterprise_key, valid_from, known_seq, state, is_natural_person, other)"
        " VALUES (%s, %s, 0, %s, false, '{}')",
        (key, since, state),
    )
    return key


RULES = """
language: 1
family: yinchuan
version: of-tests
title: {zh: 测试, en: Test}
description: Four lists, one for each way of deciding.
mark: sample
in_force_from: 2019-01-01
scale: {start: 80, lowest: 0, highest: 120}
groups: [{code: all, title: {zh: 全部, en: All}}]
indicators:
- code: award
  group: all
  title: {zh: 奖, en: Award}
  description: Ten points for an award.
  clause: {act: sample-yinchuan-2019, article: '1'}
  records: {kind: award}
  points: {how: fixed, points: 10}
  term: {lasts: {years: 5}}
- code: recall
  group: all
  title: {zh: 召回, en: Recall}
  description: Forty points off for a refused recall.
  clause: {act: sample-yinchuan-2019, article: '2'}
  records: {kind: recall, outcome: refused}
  points: {how: fixed, points: -40}
  term: {lasts: {years: 5}}
grades:
- {grade: A, title: {zh: 好, en: Good}, at_least: 60, clause: {act: sample-yinchuan-2019, article: '3'}}
- {grade: D, title: {zh: 差, en: Bad}, below: 60, clause: {act: sample-yinchuan-2019, article: '3'}}
lists:
- list: red
  title: {zh: 红名单, en: Red list}
  colour: red
  clause: {act: sample-yinchuan-2019, article: '4'}
  authority: {zh: 市场监督管理局, en: Market regulation}
  decided_by: run
  enter: {events: {records: {kind: award, outcome: commendation}, at_least: 1}}
  blocked_by: {listed: [black, officers_black]}
  leave: {score: {below: 60}}
  lasts: {years: 3}
- list: black
  title: {zh: 黑名单, en: Black list}
  colour: black
  clause: {act: sample-yinchuan-2019, article: '5'}
  authority: {zh: 市场监督管理局, en: Market regulation}
  decided_by: run
  enter: {events: {records: {kind: recall, outcome: refused}, within: {years: 5}, at_least: 1}}
  lasts: {years: 3}
- list: officers_black
  title: {zh: 认定黑名单, en: Black list by decision}
  colour: black
  clause: {act: sample-yinchuan-2019, article: '6'}
  authority: {zh: 市场监督管理局, en: Market regulation}
  decided_by: two_officers
  enter: {events: {records: {kind: penalty, outcome: revocation}, at_least: 1}}
  leave: {events: {records: {kind: commitment, outcome: kept}, at_least: 1}}
  ends_when: 原许可机关恢复许可
- list: officers_red
  title: {zh: 认定红名单, en: Red list by decision}
  colour: red
  clause: {act: sample-yinchuan-2019, article: '7'}
  authority: {zh: 市场监督管理局, en: Market regulation}
  decided_by: officer
  enter: {events: {records: {kind: award, outcome: quality_award}, at_least: 1}}
  lasts: {years: 2}
"""


def add_policy(session: WriteSession, text: str = RULES) -> str:
    policy = parse_published(text)
    identity = policy_hash(policy)
    driver_connection(session).execute(
        "INSERT INTO policy (policy_hash, family, version, text, in_force_from, published_at, published_by, known_seq)"
        " VALUES (%s, %s, %s, %s, %s, %s, 'somebody', 0)",
        (identity, policy.family, policy.version, text, policy.in_force_from, NOW),
    )
    return identity


def add_record(session: WriteSession, enterprise_key: int, kind: str, outcome: str, *, known_seq: int, **changed: Any) -> int:
    """A record known from a number; `revises` closes the one of that key, as a delivery would."""
    connection = driver_connection(session)
    connection.execute("INSERT INTO source VALUES ('bureau', '局', 'Bureau', '{}', NULL, now()) ON CONFLICT DO NOTHING")
    connection.execute("INSERT INTO stored_file VALUES ('f', 0, now()) ON CONFLICT DO NOTHING")
    delivery = Delivery(
        source="bureau",
        profile="native",
        profile_version=1,
        profile_hash="h",
        idempotency_key=uuid.uuid4().hex,
        file_name="f",
        file_sha256="f",
        state="published",
        received_from="tests",
    )
    session.add(delivery)
    session.flush()
    key, revision = changed.pop("revises", None), 1
    if key is None:
        key = uuid.uuid4().int >> 66
    else:
        closed = connection.execute(
            "UPDATE record SET superseded_seq = %s, superseded_at = now() WHERE record_key = %s AND superseded_seq IS NULL"
            " RETURNING revision",
            (known_seq, key),
        ).fetchone()
        assert closed is not None
        revision = closed[0] + 1
    row = {
        "record_key": key,
        "revision": revision,
        "source": "bureau",
        "source_ref": str(key),
        "enterprise_key": enterprise_key,
        "event_key": key,
        "kind": kind,
        "outcome": outcome,
        "capacity": "party",
        "occurred_on": date(2026, 1, 10),
        "concluded_on": date(2026, 1, 10),
        "is_withdrawn": False,
        "quantities_x10000": Jsonb({}),
        "detail": Jsonb({}),
        "delivery_id": delivery.delivery_id,
        "row_no": 1,
        "content_hash": 1,
        "recorded_at": NOW,
        "known_seq": known_seq,
    } | changed
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    values = sql.SQL(", ").join(sql.Placeholder() * len(row))
    connection.execute(sql.SQL("INSERT INTO record ({}) VALUES ({})").format(columns, values), list(row.values()))
    return int(key)


def add_run(
    session: WriteSession, policy_hash: str, *, as_of: date = DAY, by: str = "night run", state: str = "finished", **changed: Any
) -> int:
    row = (
        driver_connection(session)
        .execute(
            "INSERT INTO run (policy_hash, policy, as_of, known_seq, known_at, scope, state, phase, questions, answered, changed, engine,"
            " kind, memory_limit, part_size, versions, counts, migration, started_by, started_at)"
            " VALUES (%s, 'test/1', %s, %s, %s, %s, %s, 'done', 0, 0, 0, 'duckdb', 'full', '4GB', 9, '{}', '{}', '{}', %s, %s)"
            " RETURNING run_id",
            (policy_hash, as_of, changed.get("known_seq", 0), NOW, Jsonb(changed.get("scope", {"all": True})), state, by, NOW),
        )
        .fetchone()
    )
    assert row is not None
    return int(row[0])


def black(enterprise_key: int, *, run_id: int, **changed: Any) -> NewListing:
    given: dict[str, Any] = {
        "list": "black",
        "colour": "black",
        "origin": Origin.RUN,
        "run_id": run_id,
        "decided_on": DAY,
        "starts_on": DAY,
        "ends_on": date(2029, 3, 1),
        "basis": "quality-credit-measures 12(2)",
        "authority": "市场监督管理局",
        "decision_no": "run 1",
        "reason": "refused an ordered recall",
    }
    return NewListing(enterprise_key=enterprise_key, **(given | changed))


def red(enterprise_key: int, *, run_id: int, **changed: Any) -> NewListing:
    return black(enterprise_key, run_id=run_id, **({"list": "red", "colour": "red", "reason": "a quality award"} | changed))


def enter(session: WriteSession, *entries: NewListing) -> list[int]:
    """Make entries with their lines, as an operation would; gives their numbers."""
    drawn = knowledge.draw(session, "run")
    moves = listings.enter(session, entries, known_seq=drawn.known_seq)
    changes.append(session, moves, known_seq=drawn.known_seq)
    return [move.listing_id for move in moves]


def move(session: WriteSession, *steps: listings.Step) -> None:
    drawn = knowledge.draw(session, "decision")
    changes.append(session, listings.move(session, steps, known_seq=drawn.known_seq), known_seq=drawn.known_seq)
