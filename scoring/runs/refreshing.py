"""Standings of single enterprises brought up to date after a delivery, a settlement or a decision touched them."""

from collections.abc import Sequence
from datetime import date

from data.database import WriteSession, driver_connection
from data.stores.runs import FreshAnswer, store_refreshed
from models.policies import Policy
from models.results import Answer, ListStanding, Question
from scoring.engines.postgres import AT_ONCE
from scoring.runs.answering import Rules, answer_many
from scoring.runs.canonical import answer_hash, canonical_row, row_hash


def refresh(session: WriteSession, rules: Rules, keys: Sequence[int], *, as_of: date, known_seq: int) -> int:
    """Answer these enterprises as of a day and store what differs from their standings; gives how many did.

    A standing has no effect on a list: only a published run has. Works in parts of AT_ONCE enterprises, in one transaction.
    """
    changed = 0
    connection = driver_connection(session)
    for start in range(0, len(keys), AT_ONCE):
        questions = [Question(enterprise_key=k, as_of=as_of, known_seq=known_seq) for k in keys[start : start + AT_ONCE]]
        answers = [fresh_answer(answer, rules.policy) for answer in answer_many(connection, rules, questions)]
        changed += store_refreshed(
            session, answers, policy=rules.policy.name, policy_hash=rules.policy_hash, as_of=as_of, known_seq=known_seq
        )
    return changed


def fresh_answer(answer: Answer, policy: Policy) -> FreshAnswer:
    """An answer as standings keep it."""
    return FreshAnswer(
        answer.enterprise_key,
        (
            answer_hash(row_hash(canonical_row(answer, policy))),
            answer.total_x100,
            answer.score_x100,
            answer.grade,
            answer.ladder_grade,
            answer.is_rated,
            answer.records_known,
            {code: day.isoformat() if day else None for code, day in answer.covered.items()},
            {name: str(standing) for name, standing in answer.lists.items() if standing is not ListStanding.OFF},
            answer.next_change_on,
        ),
    )
