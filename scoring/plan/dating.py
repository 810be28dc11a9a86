"""Matched rows get their days: from when they count, until when, and what decay or repair makes of their points."""

from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import Length, SizeTerm, Step, Term
from models.policies import Policy
from scoring.plan.arithmetic import after, choose, earliest, or_forever, per_value, text, times_ratio, whole
from scoring.plan.items import Item, costs, record_items

DATED = (
    "question",
    "as_of",
    "record_key",
    "event_key",
    "code",
    "item",
    "points_x100",
    "is_direct",
    "is_after_repair",
    "is_cost",
    "occurred_on",
    "anchor_on",
    "starts_on",
    "term_until",
    "valid_until",
    "rectified_on",
)


def date_rows(matched: ir.Table, policy: Policy, items: tuple[Item, ...]) -> ir.Table:
    """Add the days to matched rows; none is dropped or added.

    Columns out: DATED. `anchor_on` is the day the term runs from; the row counts from `starts_on` up to, not including,
    `valid_until`: the earliest of its term, the end of publication, repair and the next decay step. `term_until` is the end
    without decay steps, which the window of repeats asks for. `points_x100` are those of the day: the share of the decay step, or what a
    repaired record still costs; a direct grade that was repaired becomes such a deduction (`is_direct` false). What had ended by itself
    before the repair costs nothing still. `is_cost`: a deduction before decay and repair. A term by size looks at the points before
    decay and doubling.
    """
    ours = record_items(items)
    rows = matched.mutate(
        is_cost=costs(matched.points_x100, policy),
        anchor_on=per_value(matched.item, {i.number: i.term.anchor for i in ours}, lambda a: _anchor(matched, a)),
        starts_on=per_value(matched.item, {i.number: bool(i.term.while_in_force) for i in ours}, lambda f: _start(matched, f)),
    )
    rows = rows.mutate(full_term=per_value(rows.item, {i.number: i.term for i in ours}, lambda t: _term_end(rows, t)))
    rows = rows.mutate(
        term_until=per_value(
            rows.item, {i.number: (i.term.ends_with_publication, i.term.ends_with_repair) for i in ours}, lambda e: _cut(rows, *e)
        )
    )
    rows = _with_steps(rows, ours)
    rows = _with_repair(rows, ours)
    return rows.select(*DATED)


def _anchor(rows: ir.Table, anchors: tuple[Any, ...]) -> Any:
    columns = [rows[str(anchor)] for anchor in anchors]
    return ibis.coalesce(*columns, rows.occurred_on)


def _start(rows: ir.Table, while_in_force: bool) -> Any:
    return ibis.greatest(rows.concluded_on, rows.in_force_from.fill_null(rows.concluded_on)) if while_in_force else rows.concluded_on


def _term_end(rows: ir.Table, term: Term) -> Any:
    if term.while_in_force:
        return or_forever(rows.in_force_until)
    if term.lasts is not None:
        return after(rows.anchor_on, term.lasts)
    if term.by_size is not None:
        return _by_size(rows, term.by_size)
    if term.steps is not None:
        return after(rows.anchor_on, term.steps[-1].until)
    for column, lengths in (("level", term.by_level), ("severity", term.by_severity), ("kind", term.by_kind)):
        if lengths is not None:
            branches = [(rows[column] == text(str(value)), after(rows.anchor_on, length)) for value, length in lengths.items()]
            return choose(branches, after(rows.anchor_on, min(lengths.values(), key=_rough_days)))
    raise TypeError(term)


def _rough_days(length: Length) -> int:
    return 10**6 if length.forever else (length.years or 0) * 365 + (length.months or 0) * 30 + (length.days or 0)


def _by_size(rows: ir.Table, sizes: tuple[SizeTerm, ...]) -> Any:
    bounded = [(rows.points_x100.abs() <= whole(s.up_to), after(rows.anchor_on, s.lasts)) for s in sizes if s.up_to is not None]
    return choose(bounded, after(rows.anchor_on, sizes[-1].lasts))


def _cut(rows: ir.Table, with_publication: bool, with_repair: bool) -> Any:
    ends = [rows.full_term]
    if with_publication:
        ends.append(or_forever(rows.public_until))
    if with_repair:
        ends.append(or_forever(rows.repaired_on))
    return earliest(ends)


def _with_steps(rows: ir.Table, items: tuple[Item, ...]) -> ir.Table:
    steps = {i.number: i.term.steps for i in items}
    if not any(steps.values()):
        return rows.mutate(valid_until=rows.term_until)

    def share(steps: tuple[Step, ...] | None) -> Any:
        if steps is None:
            return whole(10_000)
        return choose([(rows.as_of < after(rows.anchor_on, s.until), whole(s.share)) for s in steps], whole(0))

    def boundary(steps: tuple[Step, ...] | None) -> Any:
        if steps is None:
            return rows.term_until
        ends = [after(rows.anchor_on, s.until) for s in steps]
        return ibis.least(rows.term_until, choose([(rows.as_of < end, end) for end in ends], ends[-1]))

    return rows.mutate(
        points_x100=times_ratio(rows.points_x100, per_value(rows.item, steps, share)), valid_until=per_value(rows.item, steps, boundary)
    )


def _with_repair(rows: ir.Table, items: tuple[Item, ...]) -> ir.Table:
    direct = [i.number for i in items if i.direct is not None]
    is_direct = rows.item.isin(direct) if direct else ibis.literal(False)
    costly = {i.number: i.after_repair for i in items if i.after_repair is not None}
    if not costly:
        return rows.mutate(is_direct=is_direct, is_after_repair=ibis.literal(False))
    own_end = per_value(rows.item, {i.number: i.term.ends_with_publication for i in items}, lambda public: _cut(rows, public, False))
    in_time = rows.item.isin(list(costly)) & (rows.repaired_on < own_end).fill_null(False)
    repaired = in_time & (rows.repaired_on <= rows.as_of).fill_null(False)
    changes_on = ibis.ifelse(in_time, ibis.least(rows.valid_until, or_forever(rows.repaired_on)), rows.valid_until)
    return rows.mutate(
        is_direct=is_direct & ~repaired,
        is_after_repair=repaired,
        points_x100=ibis.ifelse(repaired, per_value(rows.item, costly, lambda a: whole(a.points)), rows.points_x100),
        valid_until=ibis.ifelse(
            repaired, per_value(rows.item, costly, lambda a: after(rows.repaired_on.fill_null(rows.as_of), a.lasts)), changes_on
        ),
    )
