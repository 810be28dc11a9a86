"""Rows of a plan as shapes: codes for item numbers, dictionaries for coverage and lists."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from models.policies import Policy
from models.results import Answer, Line, LineKind, ListStanding
from scoring.plan.total import line_codes


def answers_schema(policy: Policy) -> pa.Schema:
    """The columns of a plan's answers as Arrow types, known without compiling the plan."""
    columns = [("question", pa.int64()), ("enterprise_key", pa.int64()), ("as_of", pa.date32()), ("known_seq", pa.int64())]
    columns += [("total_x100", pa.int64()), ("score_x100", pa.int64()), ("grade", pa.string()), ("ladder_grade", pa.string())]
    columns += [("is_rated", pa.bool_()), ("records_known", pa.int64())]
    columns += [(f"covered_{cover.code}", pa.date32()) for cover in policy.coverage]
    columns += [(f"list_{rule.list}", pa.string()) for rule in policy.lists]
    return pa.schema([*columns, ("next_change_on", pa.date32())])


def read_answer(row: Mapping[str, Any], policy: Policy, *, changes_on: date | None) -> Answer:
    """Shape one answer; `changes_on` is the day another version of the policy takes over, which no plan can know of itself."""
    nexts = [day for day in (row["next_change_on"], changes_on) if day is not None and day > row["as_of"]]
    return Answer(
        enterprise_key=row["enterprise_key"],
        as_of=row["as_of"],
        known_seq=row["known_seq"],
        total_x100=row["total_x100"],
        score_x100=row["score_x100"],
        grade=row["grade"],
        ladder_grade=row["ladder_grade"],
        is_rated=row["is_rated"],
        records_known=row["records_known"],
        covered={cover.code: row[f"covered_{cover.code}"] for cover in policy.coverage},
        lists={rule.list: ListStanding(row[f"list_{rule.list}"]) for rule in policy.lists},
        next_change_on=min(nexts, default=None),
    )


def read_line(row: Mapping[str, Any], policy: Policy) -> Line:
    """Shape one line of an explanation."""
    return Line(
        line=LineKind(row["line"]),
        item=line_codes(policy)[row["item"]],
        record_key=row["record_key"],
        event_key=row["event_key"],
        points_x100=row["points_x100"],
        undoubled_x100=row["undoubled_x100"],
        is_repeat=row["is_repeat"],
        anchor_on=row["anchor_on"],
        valid_until=row["valid_until"],
    )
