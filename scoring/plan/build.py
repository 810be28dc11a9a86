"""The whole plan: one policy becomes one expression over a relation of questions. Nothing else computes a score anywhere."""

from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import PointsByShare
from models.policies import Policy
from scoring.plan.arithmetic import day, earliest, forever, or_forever, whole
from scoring.plan.dating import date_rows
from scoring.plan.facts import count_events, count_facts, share_lines
from scoring.plan.grade import grade_rows, grading_days, indicators_asked, list_rows
from scoring.plan.items import items_of
from scoring.plan.known import known_records, with_context
from scoring.plan.match import match
from scoring.plan.reduce import holding, one_per_event
from scoring.plan.relations import FOREVER, Needs, declare, needs_of
from scoring.plan.repeat import double_repeats
from scoring.plan.total import LINES, cap_lines, freeze_lines, record_lines, share_as_lines, total


@dataclass(frozen=True)
class Plan:
    """What a policy compiles to.

    answers: one row per question: question, enterprise_key, as_of, known_seq, total_x100, score_x100, grade,
        ladder_grade, is_rated, records_known, covered_CODE..., list_LIST..., next_change_on (null without).
    lines: the explanation, LINES; their points and the scale's start sum to total_x100.
    totals: one row per (question, item): count and points_x100 of its record and share lines.

    Engines put each in the order of its full key and cast it to its declared types.
    """

    needs: Needs
    answers: ir.Table
    lines: ir.Table
    totals: ir.Table


def build(policy: Policy) -> Plan:
    """Compose the steps: known -> latest event -> matched -> dated -> repeats -> one per event -> lines -> caps -> grade -> lists."""
    needs = needs_of(policy)
    given = declare(needs)
    items = items_of(policy, needs.latest)
    asked = with_context(given, needs)
    known = known_records(given, asked, needs)
    dated = double_repeats(date_rows(match(known, items), policy, items), policy, items)
    shares = [share_lines(known, item, item.points) for item in items if isinstance(item.points, PointsByShare)]

    single = record_lines(one_per_event(holding(dated), policy, items), items)
    first = _union([single.select(*LINES), *share_as_lines(shares)])
    caps = cap_lines(first, policy, items)
    lines = _union([first, *caps, *freeze_lines(single, [first, *caps], policy, items)])

    sums = total(lines, policy, items, indicators_asked(policy))
    facts = [count_facts(known, policy), count_events(known, policy, needs), _next_of(dated, shares)]
    rows = _answers(asked, [sums, *(fact for fact in facts if fact is not None)])
    answers = list_rows(grade_rows(rows, policy, items), policy)
    nexts = [answers.next_change_on, *(d.fill_null(forever()) for d in grading_days(answers, policy))]
    next_change = earliest(nexts)
    answers = answers.mutate(next_change_on=ibis.ifelse(next_change == forever(), ibis.null("date"), next_change))
    shown = [
        "question",
        "enterprise_key",
        "as_of",
        "known_seq",
        "total_x100",
        "score_x100",
        "grade",
        "ladder_grade",
        "is_rated",
        "records_known",
    ]
    shown += [f"covered_{c.code}" for c in policy.coverage] + [f"list_{r.list}" for r in policy.lists] + ["next_change_on"]
    counted = lines.filter(lines.line.isin(["record", "share", "direct"]))
    return Plan(
        needs=needs,
        answers=answers.select(*shown),
        lines=_without_forever(lines),
        totals=counted.group_by("question", "item").agg(
            count=counted.count().cast("int64"), points_x100=counted.points_x100.sum().cast("int64")
        ),
    )


def _union(tables: list[ir.Table]) -> ir.Table:
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def _without_forever(lines: ir.Table) -> ir.Table:
    return lines.mutate(valid_until=ibis.ifelse(lines.valid_until == day(FOREVER), ibis.null("date"), lines.valid_until))


def _next_of(dated: ir.Table, shares: list[ir.Table]) -> ir.Table:
    """Per question, the earliest later day on which a matched row starts, steps, ends, or is put right: next_question, rows_next."""
    starts = ibis.ifelse(dated.starts_on > dated.as_of, dated.starts_on, or_forever(dated.valid_until))
    put_right = ibis.ifelse((dated.rectified_on > dated.as_of).fill_null(False), dated.rectified_on, forever())
    later = dated.select("question", later=earliest([ibis.ifelse(starts > dated.as_of, starts, forever()), put_right]))
    parts = [later, *(share.select(question=share.fact_question, later=share.share_next) for share in shares)]
    days = _union(parts)
    return days.group_by(next_question=days.question).agg(rows_next=days.later.min())


def _answers(asked: ir.Table, parts: list[ir.Table]) -> ir.Table:
    """One row per question, also where nothing is known: sums, facts and the earliest day of change (FOREVER without).

    parts: at most one row per question each, under a first column of its own name for the question.
    """
    rows = asked
    for part in parts:
        question = part.columns[0]
        rows = rows.left_join(part, rows.question == part[question]).drop(question)
    zero = [name for name in rows.columns if name.startswith(("count_", "points_", "events_")) and name != "events_next"]
    filled: dict[str, Any] = {name: rows[name].fill_null(whole(0)) for name in ("sum_x100", "records_known", *zero)}
    if "capped_at" in rows.columns:
        filled["capped_at"] = rows.capped_at.fill_null(ibis.literal(-1, "int32"))
    nexts = [or_forever(rows[name]) for name in ("facts_next", "events_next", "rows_next") if name in rows.columns]
    return rows.mutate(**filled, next_change_on=earliest([*nexts, rows.context_next]))
