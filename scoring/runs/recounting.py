"""Answer a sample of what a run answered once more, from the facts alone, and tell what differs."""

import json
from collections.abc import Callable
from datetime import date
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
            row = sample.said.get(answer.enterprise_key)
            said = row and _values_of(row)
            fresh = dict(zip(ANSWER_COLUMNS, fresh_answer(answer, rules.policy).values, strict=True))
            if said != fresh:
                differ = [name for name in ANSWER_COLUMNS if said is None or said[name] != fresh[name]]
                found.append(
                    {
                        "enterprise_key": answer.enterprise_key,
                        "said": said and {name: _shown(said[name]) for name in differ},
                        "found": {name: _shown(fresh[name]) for name in differ},
                    }
                )
        tell(first + len(rows))
    return found


def _values_of(said: dict[str, Any]) -> dict[str, Any]:
    """Every column, not the hash alone: a row changed by hand keeps its hash."""
    return {name: json.loads(said[name]) if name in ("covered", "lists") else said[name] for name in ANSWER_COLUMNS}


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
