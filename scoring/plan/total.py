"""Contributions become lines that sum to the score: what records give, shares, caps, and bonuses taken back."""

from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import Cap
from models.policies import Policy
from models.results import LineKind
from scoring.plan.arithmetic import day, per_value, text, whole
from scoring.plan.items import Item
from scoring.plan.relations import FOREVER

LINES = (
    "question",
    "line",
    "item",
    "record_key",
    "event_key",
    "points_x100",
    "undoubled_x100",
    "is_repeat",
    "anchor_on",
    "valid_until",
)
"""`item` is the number of an indicator or direct grade, or of a cap or the freeze counted on behind them (see `line_codes`)."""

FREEZE = "bonuses_frozen"


def line_codes(policy: Policy) -> tuple[str, ...]:
    """The code each `item` number of a line stands for: indicators, direct grades, caps, the freeze."""
    return (
        *(i.code for i in policy.indicators),
        *(d.code for d in policy.direct_grades),
        *(c.code for c in policy.caps),
        FREEZE,
    )


def record_lines(reduced: ir.Table, items: tuple[Item, ...]) -> ir.Table:
    """Shape reduced rows as lines, and keep `rectified_on`, which the freeze reads."""
    line = (
        ibis.ifelse(reduced.is_direct, text(LineKind.DIRECT), text(LineKind.RECORD))
        if any(i.direct for i in items)
        else text(LineKind.RECORD)
    )
    return reduced.select(
        "question",
        line=line,
        item=reduced.item,
        record_key=reduced.record_key,
        event_key=reduced.event_key,
        points_x100=ibis.ifelse(reduced.is_direct, whole(0), reduced.points_x100),
        undoubled_x100=ibis.ifelse(reduced.is_direct, whole(0), reduced.undoubled_x100),
        is_repeat=reduced.is_repeat,
        anchor_on=reduced.anchor_on,
        valid_until=reduced.valid_until,
        rectified_on=reduced.rectified_on,
        as_of=reduced.as_of,
    )


def share_as_lines(shares: list[ir.Table]) -> list[ir.Table]:
    """Shape shares of failures that give points as lines without a record."""
    lines = []
    for share in shares:
        given = share.filter(share.points_x100 != whole(0))
        lines.append(_bare(given, given.fact_question, LineKind.SHARE, given.item, given.points_x100, given.share_next))
    return lines


def cap_lines(lines: ir.Table, policy: Policy, items: tuple[Item, ...]) -> list[ir.Table]:
    """One line per question and cap (and calendar year, where it bounds years) that corrects something."""
    numbers = {item.code: item.number for item in items}
    found = []
    for index, cap in enumerate(policy.caps, start=len(items)):
        under = lines.filter(lines.item.isin([numbers[code] for code in cap.indicators]))
        if cap.per == "calendar_year":
            under = under.mutate(year=under.anchor_on.year().cast("int32"))
        grouped = under.group_by(*(["question", "year"] if cap.per == "calendar_year" else ["question"]))
        sums = grouped.agg(points=under.points_x100.sum().cast("int64"), valid_until=under.valid_until.min())
        correction = _held(sums.points, cap) - sums.points
        sums = sums.mutate(correction=correction).filter(lambda t: t.correction != whole(0))
        found.append(_bare(sums, sums.question, LineKind.CAP, ibis.literal(index, "int32"), sums.correction, sums.valid_until))
    return found


def _held(points: Any, cap: Cap) -> Any:
    if cap.at_most is not None:
        points = ibis.least(points, whole(cap.at_most))
    if cap.at_least is not None:
        points = ibis.greatest(points, whole(cap.at_least))
    return points


def freeze_lines(lines: ir.Table, caps: list[ir.Table], policy: Policy, items: tuple[Item, ...]) -> list[ir.Table]:
    """One line per question that takes all bonuses back while a freezing direct grade is not put right."""
    freezing = [i.number for i in items if i.direct is not None and i.direct.freezes_bonuses]
    if not freezing:
        return []
    direct = lines.filter(
        lines.line == text(LineKind.DIRECT), lines.item.isin(freezing), lines.rectified_on.isnull() | (lines.rectified_on > lines.as_of)
    )
    frozen = direct.group_by("question").agg(thaws=direct.rectified_on.fill_null(day(FOREVER)).min(), ends=direct.valid_until.max())
    bonuses = lines.filter(lines.points_x100 > whole(0)).select("question", "points_x100")
    positive_caps = {n for n, cap in enumerate(policy.caps, start=len(items)) if cap.at_most is not None}
    for table, number in zip(caps, range(len(items), len(items) + len(caps)), strict=True):
        if number in positive_caps:
            bonuses = bonuses.union(table.filter(table.points_x100 < whole(0)).select("question", "points_x100"))
    sums = bonuses.group_by("question").agg(bonus=bonuses.points_x100.sum().cast("int64"))
    taken = frozen.inner_join(sums, "question").filter(lambda t: t.bonus > whole(0))
    number = ibis.literal(len(items) + len(policy.caps), "int32")
    return [_bare(taken, taken.question, LineKind.FROZEN, number, -taken.bonus, taken.ends)]


def _bare(rows: ir.Table, question: Any, line: LineKind, item: Any, points: Any, valid_until: Any) -> ir.Table:
    """A line that rests on no single record."""
    return rows.select(
        question=question,
        line=text(line),
        item=item,
        record_key=ibis.null("int64"),
        event_key=ibis.null("int64"),
        points_x100=points,
        undoubled_x100=points,
        is_repeat=ibis.literal(False),
        anchor_on=ibis.null("date"),
        valid_until=valid_until,
    )


def total(lines: ir.Table, policy: Policy, items: tuple[Item, ...], wanted: tuple[str, ...]) -> ir.Table:
    """One row per question with lines: line_question, `sum_x100`, what grades read of direct lines, and `count_CODE`, `points_CODE` for
    the indicators that conditions ask for.

    `capped_at` is the worst rung a direct grade allows (int32, -1 without), `set_by` the direct grade that sets it exactly with
    the best precedence (item number, or null); `holds_CODE` whether a direct grade that a condition asks for holds.
    """
    numbers = {item.code: item.number for item in items}
    rungs = {rung.grade: place for place, rung in enumerate(policy.grades)}
    capping = {i.number: rungs[i.direct.grade] for i in items if i.direct is not None and i.direct.mode == "at_most"}
    setting = {i.number: i.direct.precedence for i in items if i.direct is not None and i.direct.mode == "exactly"}
    is_direct = lines.line == text(LineKind.DIRECT)
    columns: dict[str, Any] = {"sum_x100": lines.points_x100.sum().cast("int64")}
    if capping:
        rank = per_value(lines.item, capping, lambda place: ibis.literal(place, "int32"))
        columns["capped_at"] = ibis.ifelse(is_direct & lines.item.isin(list(capping)), rank, ibis.null("int32")).max()
    if setting:
        # Precedence first, then the order of the policy file, in one number.
        order = per_value(lines.item, {n: p * 1000 + n for n, p in setting.items()}, whole)
        columns["set_by"] = ibis.ifelse(is_direct & lines.item.isin(list(setting)), order, ibis.null("int64")).min()
    for code in wanted:
        of_item = lines.item == ibis.literal(numbers[code], "int32")
        columns[f"count_{code}"] = of_item.sum().cast("int64")
        columns[f"points_{code}"] = lines.points_x100.sum(where=of_item).fill_null(0).cast("int64")
    return lines.group_by(line_question=lines.question).agg(**columns)
