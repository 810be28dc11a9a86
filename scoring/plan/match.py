"""Known records become matched rows: which item a record meets, and the points it gives before anything else bears on them."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import FixedPoints, PointsByField, PointsByQuantity, PointsTimesQuantity, QuantityLimit, RecordFilter
from scoring.plan.arithmetic import all_of, any_of, choose, per_value, text, times_quantity, whole
from scoring.plan.conditions import is_one_of, matches, within
from scoring.plan.items import Item, layers_of, record_items

CARRIED = (
    "question",
    "as_of",
    "record_key",
    "event_key",
    "kind",
    "severity",
    "level",
    "code",
    "occurred_on",
    "ended_on",
    "concluded_on",
    "decided_on",
    "rectified_on",
    "in_force_from",
    "in_force_until",
    "public_until",
    "repaired_on",
)
"""Columns later steps read; the rest stays behind."""


def mark(known: ir.Table, items: tuple[Item, ...], counted: Sequence[RecordFilter]) -> ir.Table:
    """Keep the known records of a kind and outcome that some item or a filter of `counted` asks for (conditions count events of those).

    Columns out: what later steps read of `known`; for each layer N the item met in it, `item_N` (int32 or null); and for each filter N of
    `counted` whether it matches, `counted_N`.

    All layers are judged in one pass over the records, which are many; the few that meet an item are then taken apart. What nothing asks
    for falls away before it is joined with its question: two in three of ten million. A finer sieve would judge everything twice, which
    was measured to cost more than it saves.
    """
    ours = record_items(items)
    known = known.filter(_is_asked_for(known, [*(i.records for i in ours), *counted]))
    marks = {f"item_{n}": _item_met(known, layer) for n, layer in enumerate(layers_of(ours))}
    counts = {f"counted_{n}": matches(known, wanted).fill_null(False) for n, wanted in enumerate(counted)}
    latest = [name for name in known.columns if name.startswith("latest_")]
    fields = sorted({name for item in ours for name in _read_by(item)} - {*CARRIED})
    return known.select(*CARRIED, *fields, "counts", *latest, **marks, **counts)


def _item_met(known: ir.Table, layer: list[Item]) -> Any:
    """The number of the one item of a layer that a record meets, looked for among those of its kind only."""
    of_kind: dict[str, list[Item]] = {}
    for item in layer:
        for kind in map(str, item.records.kind):
            of_kind.setdefault(kind, []).append(item)
    none = ibis.null("int32")
    branches = [
        (known.kind == text(kind), choose([(_meets(known, i), ibis.literal(i.number, "int32")) for i in items], none))
        for kind, items in of_kind.items()
    ]
    return choose(branches, none)


def _read_by(item: Item) -> list[str]:
    """The columns that an item's points are read from."""
    match item.points:
        case PointsByField(field=field):
            return [_column(field)]
        case PointsByQuantity(quantity=name) | PointsTimesQuantity(quantity=name):
            return [f"q_{name}"]
        case _:
            return []


def _is_asked_for(known: ir.Table, filters: Sequence[RecordFilter]) -> Any:
    """A coarse sieve over kinds and outcomes; true wherever some filter may match."""
    outcomes: dict[str, set[str] | None] = {}
    for wanted in filters:
        for kind in map(str, wanted.kind):
            if not wanted.outcome:
                outcomes[kind] = None
            elif (seen := outcomes.setdefault(kind, set())) is not None:
                seen.update(map(str, wanted.outcome))
    whole_kinds = sorted(kind for kind, allowed in outcomes.items() if allowed is None)
    parts = [is_one_of(known.kind, tuple(whole_kinds))] if whole_kinds else []
    for kind, allowed in sorted(outcomes.items()):
        if allowed is not None:
            parts.append((known.kind == text(kind)) & is_one_of(known.outcome, tuple(sorted(allowed))))
    return any_of(parts)


def match(marked: ir.Table, items: tuple[Item, ...]) -> ir.Table:
    """One row per (question, record, item): columns CARRIED, `item` (int32) and `points_x100` (int64, 0 for direct grades).

    A record that meets several items gives several rows, one from each layer.
    """
    layers = layers_of(record_items(items))
    passes = [_one_layer(marked, f"item_{n}", layer) for n, layer in enumerate(layers)]
    return ibis.union(*passes) if len(passes) > 1 else passes[0]


def _one_layer(marked: ir.Table, name: str, layer: list[Item]) -> ir.Table:
    rows = marked.mutate(item=marked[name]).filter(lambda t: t.item.notnull())
    return rows.select(*CARRIED, item=rows.item, points_x100=_points(rows, layer))


def _meets(known: ir.Table, item: Item) -> Any:
    parts = [matches(known, item.records)]
    if item.latest is not None:
        parts.append(known[f"latest_{item.latest}"])
    match item.points:
        case PointsByField(field=field, points=points, otherwise=None):
            parts.append(is_one_of(known[_column(field)], tuple(points)))
        case PointsByQuantity(quantity=name, bands=bands):
            parts.append(any_of(within(known[f"q_{name}"], _band_limit(name, b.at_least, b.below)) for b in bands))
        case PointsTimesQuantity(quantity=name):
            parts.append(known[f"q_{name}"].notnull())
        case _:
            pass
    return all_of(parts)


def _points(rows: ir.Table, layer: list[Item]) -> Any:
    fixed = {i.number: i.points.points if i.points else 0 for i in layer if i.points is None or isinstance(i.points, FixedPoints)}
    simple = per_value(rows.item, fixed, whole, default=0)
    branches = [(rows.item == ibis.literal(i.number, "int32"), _varying(rows, i)) for i in layer if i.points and i.number not in fixed]
    return choose(branches, simple)


def _varying(rows: ir.Table, item: Item) -> Any:
    match item.points:
        case PointsByField(field=field, points=points, otherwise=otherwise):
            column = rows[_column(field)]
            return choose([(column == text(v), whole(p)) for v, p in points.items()], whole(otherwise or 0))
        case PointsByQuantity(quantity=name, bands=bands):
            column = rows[f"q_{name}"]
            return choose([(within(column, _band_limit(name, b.at_least, b.below)), whole(b.points)) for b in bands], whole(0))
        case PointsTimesQuantity(quantity=name, factor=factor, at_most=at_most):
            return times_quantity(rows[f"q_{name}"], factor, at_most)
    raise TypeError(item.code)


def _column(field: str) -> str:
    return f"d_{field.removeprefix('detail.')}" if field.startswith("detail.") else field


def _band_limit(name: str, at_least: int | None, below: int | None) -> QuantityLimit:
    # Already scaled values: build the limit as it stands, without reading it as a decimal again.
    present = None if at_least is not None or below is not None else False
    return QuantityLimit.model_construct(name=name, over=None, at_least=at_least, at_most=None, below=below, equals=None, missing=present)
