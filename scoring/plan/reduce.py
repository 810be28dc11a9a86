"""What holds on the day, and of one event what the policy lets it give."""

from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import PerEvent
from models.policies import Policy
from scoring.plan.arithmetic import per_value, text, whole
from scoring.plan.items import Item, costs, record_items


def holding(rows: ir.Table) -> ir.Table:
    """Keep the rows that count on the day asked about."""
    return rows.filter(rows.starts_on <= rows.as_of, rows.as_of < rows.valid_until)


def one_per_event(rows: ir.Table, policy: Policy, items: tuple[Item, ...]) -> ir.Table:
    """Keep, of the rows that describe one event, what each item's mode allows.

    `largest`: over all items in this mode, the gravest deduction (or direct grade) and the largest bonus; `once`: one per item;
    `once_per_code`: one per item and code; `all`: every record. Drops rows, adds none and no column; ties go to the
    lowest record key, then the lowest item number. Only rows that hold on the day compete, so a record that expired or was
    repaired never shields another of the same event.
    """
    ours = record_items(items)
    modes = {i.number: i.per_event for i in ours}
    if set(modes.values()) == {PerEvent.ALL}:
        return rows
    weights = {i.number: i.weight for i in ours}
    rows = rows.mutate(
        is_cost=rows.is_direct | costs(rows.points_x100, policy),
        weight=ibis.ifelse(rows.is_direct, per_value(rows.item, weights, whole), rows.points_x100.abs()),
    )
    group: list[Any] = [rows.question, rows.event_key]
    if set(modes.values()) == {PerEvent.LARGEST}:
        group.append(rows.is_cost)
    else:
        group += _slots(rows, modes)
    best = ibis.window(group_by=group, order_by=[rows.weight.desc(), rows.record_key, rows.item])
    rows = rows.mutate(place=ibis.row_number().over(best))
    return rows.filter(rows.place == 0).drop("place", "weight", "is_cost")


def _slots(rows: ir.Table, modes: dict[int, PerEvent]) -> list[Any]:
    """Columns that tell apart the rows of one event that do not compete."""

    def shared(mode: PerEvent) -> Any:
        return ibis.ifelse(rows.is_cost, ibis.literal(-1, "int32"), ibis.literal(-2, "int32")) if mode is PerEvent.LARGEST else rows.item

    def code(mode: PerEvent) -> Any:
        return rows.code.fill_null(text("")) if mode is PerEvent.ONCE_PER_CODE else text("")

    def record(mode: PerEvent) -> Any:
        return rows.record_key if mode is PerEvent.ALL else whole(0)

    return [per_value(rows.item, modes, give) for give in (shared, code, record)]
