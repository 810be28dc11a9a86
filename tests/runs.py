"""Finished runs for tests about their effects, with the answers they keep."""

import json
from datetime import date
from typing import Any

from data.database import WriteSession, driver_connection
from data.stores import knowledge, policies
from models.results import Question
from scoring.runs.answering import Rules, answer_many
from scoring.runs.refreshing import fresh_answer
from tests.entries import DAY, add_record, add_run


def facts(session: WriteSession, *records: tuple[int, str, str]) -> tuple[int, list[int]]:
    """Deliver records of (enterprise, kind, outcome) under one number; gives the number and the records' keys."""
    seq = knowledge.draw(session, "delivery").known_seq
    return seq, [add_record(session, key, kind, outcome, known_seq=seq) for key, kind, outcome in records]


def finished_run(
    session: WriteSession,
    policy_hash: str,
    *,
    as_of: date = DAY,
    keys: tuple[int, ...] = (1, 2, 3),
    by: str = "night run",
    **changed: Any,
) -> int:
    """A finished run with its answers kept, as the engine leaves it."""
    published = policies.get_policy(session, policy_hash)
    known_seq = knowledge.resolve(session, None).known_seq
    run_id = add_run(session, policy_hash, as_of=as_of, by=by, known_seq=known_seq, **changed)
    questions = [Question(enterprise_key=key, as_of=as_of, known_seq=known_seq) for key in keys]
    for answer in answer_many(driver_connection(session), Rules(published.policy, policy_hash), questions):
        values = [json.dumps(v) if isinstance(v, dict) else v for v in fresh_answer(answer, published.policy).values]
        driver_connection(session).execute(
            "INSERT INTO run_answer (run_id, enterprise_key, answer_hash, total_x100, score_x100, grade, ladder_grade, is_rated,"
            " records_known, covered, lists, next_change_on) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (run_id, answer.enterprise_key, *values),
        )
    return run_id
