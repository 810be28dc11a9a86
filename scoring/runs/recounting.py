"""Answer a sample of what a run answered once more, from the facts alone, and tell what differs."""

import json
from collections.abc import Callable
from typing import Any

from data.database import Connection
from data.stores.due import Sample
from data.stores.runs import ANSWER_COLUMNS
from models.results import Question
from scoring.engines.postgres import AT_ONCE
from scoring.runs.answering import Rules, answer_many
from scoring.runs.refreshing import fresh_answer


def find_differences(
    connection: Connection, rules: Rules, sample: Sample, *, tell: Callable[[int], None], stop: Callable[[], bool]
) -> list[dict[str, Any]] | None:
    """The enterprises of the sample whose answer is not the one that the run gave; None when it was asked to stop."""
    found: list[dict[str, Any]] = []
    for first in range(0, len(sample.questions), AT_ONCE):
        if stop():
            return None
        rows = sample.questions[first : first + AT_ONCE]
        asked = [Question(enterprise_key=row["enterprise_key"], as_of=row["as_of"], known_seq=row["known_seq"]) for row in rows]
        for answer in answer_many(connection, rules, asked):
            said = sample.said.get(answer.enterprise_key)
            fresh = fresh_answer(answer, rules.policy)
            if said is None or _values_of(said) != fresh.values:
                found.append(
                    {
                        "enterprise_key": answer.enterprise_key,
                        "said": said and {"score_x100": said["score_x100"], "grade": said["grade"], "lists": said["lists"]},
                        "found": {"score_x100": answer.score_x100, "grade": answer.grade},
                    }
                )
        tell(first + len(rows))
    return found


def _values_of(said: dict[str, Any]) -> tuple[Any, ...]:
    """Every column, not the hash alone: a row changed by hand keeps its hash."""
    return tuple(json.loads(said[name]) if name in ("covered", "lists") else said[name] for name in ANSWER_COLUMNS)
