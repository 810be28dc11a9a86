"""Valid rows for tests about lists: enterprises, records, policies, runs and entries, each stated by what the test is about."""

from datetime import UTC, date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from data.database import WriteSession, driver_connection
from data.stores import changes, knowledge, listings
from data.stores.listings import NewListing
from models.listings import Origin

DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def add_enterprise(session: WriteSession, key: int, *, name: str | None = None, state: str = "in_business") -> int:
    connection = driver_connection(session)
    connection.execute("INSERT INTO enterprise VALUES (%s, 'test-number', %s, 0)", (key, f"E{key}"))
    connection.execute(
        "INSERT INTO enterprise_name (enterprise_key, name, known_seq, name_key) VALUES (%s, %s, 0, %s)",
        (key, name or f"Invented Works {key}", name or f"inventedworks{key}"),
    )
    connection.execute(
        "INSERT INTO registry_fact (enterprise_key, valid_from, known_seq, state, is_natural_person, other)"
        " VALUES (%s, '2010-01-01', 0, %s, false, '{}')",
        (key, state),
    )
    return key


def add_policy(session: WriteSession, policy_hash: str = "p" * 64, *, text: str = "") -> str:
    driver_connection(session).execute(
        "INSERT INTO policy (policy_hash, family, version, text, in_force_from, published_at, published_by, known_seq)"
        " VALUES (%s, 'test', %s, %s, '2019-01-01', %s, 'somebody', 0)",
        (policy_hash, policy_hash[:4], text, NOW),
    )
    return policy_hash


def add_run(
    session: WriteSession, policy_hash: str, *, as_of: date = DAY, by: str = "night run", state: str = "finished", **changed: Any
) -> int:
    row = (
        driver_connection(session)
        .execute(
            "INSERT INTO run (policy_hash, policy, as_of, known_seq, known_at, scope, state, phase, questions, answered, changed, engine,"
            " versions, counts, migration, started_by, started_at)"
            " VALUES (%s, 'test/1', %s, %s, %s, %s, %s, 'done', 0, 0, 0, 'duckdb', '{}', '{}', '{}', %s, %s) RETURNING run_id",
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
