"""Filters and conditions as boolean expressions: an absent value meets no comparison.

Over records a filter may be null instead of false: CASE, WHERE and conditional sums take both alike, and a COALESCE for each
comparison costs more than the comparison. Over answers, where conditions are negated, nothing is null.
"""

from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import EnterpriseFilter, QuantityLimit, RecordFilter
from models.rules import PointsLimit
from scoring.plan.arithmetic import all_of, any_of, text, whole


def is_one_of(column: Any, values: tuple[Any, ...]) -> Any:
    """Membership in a closed set; null for null."""
    return column == text(str(values[0])) if len(values) == 1 else column.isin([text(str(value)) for value in values])


def matches(table: ir.Table, wanted: RecordFilter) -> Any:
    """Whether a row of known records meets a filter.

    table: known records with their question; `registry_*` and `on_LIST` columns when the policy's filters ask for them.
    """
    parts: list[Any] = [is_one_of(table.kind, wanted.kind)]
    for column, values in (
        (table.outcome, wanted.outcome),
        (table.severity, wanted.severity),
        (table.level, wanted.level),
        (table.capacity, wanted.capacity),
        (table.code, wanted.code),
    ):
        if values:
            parts.append(is_one_of(column, values))
    parts += [is_one_of(table[f"d_{name}"], values) for name, values in wanted.detail.items()]
    parts += [within(table[f"q_{limit.name}"], limit) for limit in wanted.quantities]
    if wanted.enterprise is not None:
        parts.append(is_enterprise(table, wanted.enterprise))
    if wanted.listed:
        parts.append(any_of(table[f"on_{name}"] for name in wanted.listed))
    return all_of(parts)


def within(column: Any, limit: QuantityLimit | PointsLimit) -> Any:
    """Whether a whole-number column keeps every limit given."""
    parts: list[Any] = []
    if limit.over is not None:
        parts.append(column > whole(limit.over))
    if limit.at_least is not None:
        parts.append(column >= whole(limit.at_least))
    if limit.at_most is not None:
        parts.append(column <= whole(limit.at_most))
    if limit.below is not None:
        parts.append(column < whole(limit.below))
    if isinstance(limit, QuantityLimit):
        if limit.equals is not None:
            parts.append(column == whole(limit.equals))
        if limit.missing is not None:
            parts.append(column.isnull() if limit.missing else column.notnull())
    return all_of(parts)


def is_enterprise(table: ir.Table, wanted: EnterpriseFilter) -> Any:
    """Whether the registry facts of the day meet the filter; regions and industries match by prefix."""
    parts: list[Any] = []
    for name in ("state", "type", "size"):
        values = getattr(wanted, name)
        if values:
            parts.append(is_one_of(table[f"registry_{name}"], values).fill_null(False))
    for name in ("region", "industry"):
        prefixes = getattr(wanted, name)
        if prefixes:
            parts.append(any_of(table[f"registry_{name}"].startswith(text(p)).fill_null(False) for p in prefixes))
    return all_of(parts) if parts else ibis.literal(True)
