"""Contributions become lines that sum to the score: what records give, shares, caps, and bonuses taken back."""

from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import Cap
from models.policies import Policy
from models.results import LineKind
from scoring.plan.arithmetic import or_forever, per_value, text, whole
from scoring.plan.items import Item, costs, gives_several

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
        lines.append(
            _bare(given, given.fact_question, LineKind.SHARE, item=given.item, points=given.points_x100, valid_until=given.share_next)
        )
    return lines


def cap_lines(lines: ir.Table, policy: Policy, items: tuple[Item, ...]) -> list[ir.Table]:
    """One line per question and cap (and calendar year, where it bounds years) that corrects something.

    Caps act in the order of the policy: what a cap took, a later cap over all of its indicators no longer sees. A cap that
    bounds years sees only what others took of a year.
    """
    numbers = {item.code: item.number for item in items}
    found: list[tuple[Cap, ir.Table]] = []
    for index, cap in enumerate(policy.caps, start=len(items)):
        under = lines.filter(lines.item.isin([numbers[code] for code in cap.indicators]))
        parts = [_to_bound(under.mutate(year=under.anchor_on.year().cast("int32")), cap)]
        for earlier, taken in found:
            if set(earlier.indicators) <= set(cap.indicators) and (_by_year(earlier) or not _by_year(cap)):
                parts.append(_to_bound(taken, cap))
        bound = ibis.union(*parts) if len(parts) > 1 else parts[0]
        sums = bound.group_by("question", *(["year"] if _by_year(cap) else [])).agg(
            points=bound.points_x100.sum().cast("int64"), valid_until=bound.valid_until.min()
        )
        sums = sums.mutate(points_x100=_held(sums.points, cap) - sums.points, item=ibis.literal(index, "int32"))
        found.append((cap, sums.filter(sums.points_x100 != whole(0))))
    return [
        _bare(taken, taken.question, LineKind.CAP, item=taken.item, points=taken.points_x100, valid_until=taken.valid_until)
        for _, taken in found
    ]


def _by_year(cap: Cap) -> bool:
    return cap.per == "calendar_year"


def _to_bound(rows: ir.Table, cap: Cap) -> ir.Table:
    return rows.select("question", "points_x100", "valid_until", *(["year"] if _by_year(cap) else []))


def _held(points: Any, cap: Cap) -> Any:
    if cap.at_most is not None:
        points = ibis.least(points, whole(cap.at_most))
    if cap.at_least is not None:
        points = ibis.greatest(points, whole(cap.at_least))
    return points


def freeze_lines(single: ir.Table, given: list[ir.Table], policy: Policy, items: tuple[Item, ...]) -> list[ir.Table]:
    """One line per question that takes all bonuses back while a freezing direct grade is not put right.

    single: lines of records, with the day on which each was put right. given: all lines so far; what caps took of the bonuses is not
    taken twice.
    """
    freezing = [i.number for i in items if i.direct is not None and i.direct.freezes_bonuses]
    if not freezing:
        return []
    direct = single.filter(
        single.line == text(LineKind.DIRECT),
        single.item.isin(freezing),
        single.rectified_on.isnull() | (single.rectified_on > single.as_of),
    )
    thaws = ibis.least(direct.valid_until, or_forever(direct.rectified_on))
    frozen = direct.group_by("question").agg(thaws_on=thaws.max())
    bonuses = ibis.union(*[_bonuses(lines, policy) for lines in given]) if len(given) > 1 else _bonuses(given[0], policy)
    sums = bonuses.group_by("question").agg(bonus=bonuses.points_x100.sum().cast("int64"), valid_until=bonuses.valid_until.min())
    taken = frozen.inner_join(sums, "question").filter(lambda t: costs(-t.bonus, policy))
    number = ibis.literal(len(items) + len(policy.caps), "int32")
    return [
        _bare(
            taken,
            taken.question,
            LineKind.FROZEN,
            item=number,
            points=-taken.bonus,
            valid_until=ibis.least(taken.thaws_on, taken.valid_until),
        )
    ]


def _bonuses(lines: ir.Table, policy: Policy) -> ir.Table:
    """Bonuses, and what caps took of them."""
    is_cap = lines.line == text(LineKind.CAP)
    kept = ibis.ifelse(is_cap, costs(lines.points_x100, policy), costs(-lines.points_x100, policy))
    return lines.filter(kept).select("question", "points_x100", "valid_until")


def _bare(rows: ir.Table, question: Any, line: LineKind, *, item: Any, points: Any, valid_until: Any) -> ir.Table:
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
    the best precedence (item number, or null). A count is one of events; that of a direct grade says whether it holds.
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
        item = items[numbers[code]]
        of_item = lines.item == ibis.literal(item.number, "int32")
        # A repaired direct grade leaves a deduction under its code, which is no grade any more.
        of_kind = of_item & is_direct if item.direct is not None else of_item
        several = item.direct is None and gives_several(item)
        columns[f"count_{code}"] = (lines.event_key.nunique(where=of_kind) if several else of_kind.sum()).cast("int64")
        columns[f"points_{code}"] = lines.points_x100.sum(where=of_item).fill_null(0).cast("int64")
    return lines.group_by(line_question=lines.question).agg(**columns)
