"""Repeats: a further event of a group inside the window of an earlier one counts more."""

from typing import Any

import ibis
import ibis.expr.types as ir

from models.policies import Policy
from scoring.plan.arithmetic import after, per_value, times_ratio, whole
from scoring.plan.items import Item, costs


def double_repeats(held: ir.Table, dated: ir.Table, policy: Policy, items: tuple[Item, ...]) -> ir.Table:
    """Multiply the deductions of later events of a group whose act fell inside an earlier event's window.

    held: rows that hold on the day. dated: rows of `date_rows`, of all ages: an earlier event that has expired or decayed by now still
    made the later one a repeat. Adds `undoubled_x100` and `is_repeat` to held and keeps every row. Judged on the later act's own
    day, over events, ordered by (day, event key); records of one event never repeat each other, nor does what a repaired record
    still costs.
    """
    numbers = {item.code: item.number for item in items}
    groups = {number: index for index, repeat in enumerate(policy.repeats) for number in (numbers[code] for code in repeat.indicators)}
    rows = held.mutate(undoubled_x100=held.points_x100)
    if not groups:
        return rows.mutate(is_repeat=ibis.literal(False))
    of_item = {i.number: groups.get(i.number, -1) for i in items}
    rows = rows.mutate(repeat_group=per_value(rows.item, of_item, _small))
    acts = dated.mutate(repeat_group=per_value(dated.item, of_item, _small))
    acts = acts.filter(acts.repeat_group >= _small(0), acts.is_cost, acts.starts_on <= acts.as_of)
    acts = _only_where_it_matters(acts)
    acts = acts.mutate(
        window_until=per_value(acts.repeat_group, dict(enumerate(r.window for r in policy.repeats)), lambda w: _window(acts, w))
    )
    events = acts.group_by("question", "repeat_group", "event_key").agg(
        acted_on=acts.occurred_on.min(), window_until=acts.window_until.max()
    )
    earlier = ibis.window(
        group_by=[events.question, events.repeat_group],
        order_by=[events.acted_on, events.event_key],
        rows=(None, -1),
    )
    events = events.mutate(reaches=events.window_until.max().over(earlier))
    repeats = events.filter((events.reaches > events.acted_on).fill_null(False)).select(
        again_question=events.question, again_group=events.repeat_group, again_event=events.event_key
    )
    joined = rows.left_join(
        repeats,
        [rows.question == repeats.again_question, rows.repeat_group == repeats.again_group, rows.event_key == repeats.again_event],
    )
    is_repeat = joined.again_event.notnull() & costs(joined.points_x100, policy) & ~joined.is_after_repair
    factor = per_value(joined.repeat_group, dict(enumerate(r.factor for r in policy.repeats)), whole)
    return joined.mutate(
        is_repeat=is_repeat, points_x100=ibis.ifelse(is_repeat, times_ratio(joined.points_x100, factor), joined.points_x100)
    ).drop("again_question", "again_group", "again_event", "repeat_group")


def _only_where_it_matters(acts: ir.Table) -> ir.Table:
    """Leave out the groups of one event, and those of which nothing holds any more: of a city's acts, nine in ten."""
    groups = acts.group_by("question", "repeat_group").agg(
        first=acts.event_key.min(), last=acts.event_key.max(), until=acts.valid_until.max(), day=acts.as_of.min()
    )
    groups = groups.filter(groups.first != groups.last, groups.until > groups.day)
    return acts.semi_join(groups, ["question", "repeat_group"])


def _small(value: int) -> Any:
    return ibis.literal(value, "int32")


def _window(acts: ir.Table, window: Any) -> Any:
    return acts.term_until if window == "validity" else after(acts.occurred_on, window)
