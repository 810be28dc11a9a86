"""The whole plan: one policy becomes one expression over a relation of questions. Nothing else computes a score anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import PointsByShare
from models.policies import Policy
from scoring.plan.arithmetic import day, earliest, forever, or_forever, whole
from scoring.plan.dating import date_rows
from scoring.plan.facts import count_events, count_facts, counted_filters, cover_rows, share_lines
from scoring.plan.grade import grade_rows, grading_days, indicators_asked, list_rows
from scoring.plan.items import items_of
from scoring.plan.known import known_records, with_context
from scoring.plan.match import mark, match
from scoring.plan.reduce import holding, one_per_event
from scoring.plan.relations import FOREVER, Needs, declare, needs_of
from scoring.plan.repeat import double_repeats
from scoring.plan.stages import Stages
from scoring.plan.total import LINES, cap_lines, freeze_lines, record_lines, share_as_lines, total


@dataclass(frozen=True)
class Plan:
    """What a policy compiles to: named steps, and three relations that read them.

    answers: one row per question: question, enterprise_key, as_of, known_seq, total_x100, score_x100, grade,
        ladder_grade, is_rated, records_known, covered_CODE..., list_LIST..., next_change_on (null without).
    lines: the explanation, LINES; their points and the scale's start sum to total_x100.
    totals: one row per (question, item): count and points_x100 of its record, share and direct lines.

    Engines put each in the order of its full key and cast it to its declared types.
    """

    needs: Needs
    steps: Mapping[str, ir.Table]
    answers: ir.Table
    lines: ir.Table
    totals: ir.Table


def build(policy: Policy) -> Plan:
    """Compose the steps: known -> latest event -> marked -> dated -> repeats -> one per event -> lines -> caps -> grade -> lists."""
    needs = needs_of(policy)
    given = declare(needs)
    items = items_of(policy, needs.latest)
    stages = Stages()
    asked = stages.put("asked", with_context(given, needs))
    known = stages.put("known", known_records(given, asked, needs))
    marked = stages.put("marked", mark(known, items, counted_filters(policy)))
    dated = stages.put("dated", date_rows(match(marked, items), policy, items))
    repeated = stages.put("repeated", double_repeats(holding(dated), dated, policy, items))
    single = stages.put("single", record_lines(one_per_event(repeated, policy, items), items))
    shared = [(item, item.points) for item in items if isinstance(item.points, PointsByShare)]
    shares = [stages.put(f"share_{item.code}", share_lines(known, item, points)) for item, points in shared]
    first = stages.put("counted", _union([single.select(*LINES), *share_as_lines(shares)]))
    caps = [stages.put(f"cap_{cap.code}", lines) for cap, lines in zip(policy.caps, cap_lines(first, policy, items), strict=True)]
    lines = stages.put("lines", _union([first, *caps, *freeze_lines(single, [first, *caps], policy, items)]))

    parts = {
        "summed": total(lines, policy, items, indicators_asked(policy)),
        "looked_at": count_facts(known, policy),
        "changing": _next_of(dated, shares),
    } | {f"events_{n}": part for n, part in enumerate(count_events(marked, policy, needs))}
    rows = stages.put("gathered", cover_rows(_answers(asked, [stages.put(name, part) for name, part in parts.items()]), policy))
    graded = stages.put("graded", grade_rows(rows, policy, items))
    answers = list_rows(graded, policy)
    next_change = earliest([answers.next_change_on, *(d.fill_null(forever()) for d in grading_days(answers, policy))])
    answers = answers.mutate(next_change_on=ibis.ifelse(next_change == forever(), ibis.null("date"), next_change))
    counted = lines.filter(lines.line.isin(["record", "share", "direct"]))
    sums = {"count": counted.count().cast("int64"), "points_x100": counted.points_x100.sum().cast("int64")}
    return Plan(
        needs=needs,
        steps=stages.steps,
        answers=answers.select(*shown_columns(policy)),
        lines=_without_forever(lines),
        totals=counted.group_by("question", "item").agg(**sums),
    )


def shown_columns(policy: Policy) -> list[str]:
    """The columns of an answer, in their order."""
    fixed = [
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
    return fixed + [f"covered_{c.code}" for c in policy.coverage] + [f"list_{r.list}" for r in policy.lists] + ["next_change_on"]


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
