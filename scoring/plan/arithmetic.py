"""Exact arithmetic and typed literals that every engine computes alike: whole numbers and days, no float in a result."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import Length
from scoring.plan.relations import FOREVER

RATIO_SCALE = 10_000


def whole(value: int) -> ir.IntegerScalar:
    """A typed 64-bit literal; untyped ones become as narrow as each engine likes."""
    return ibis.literal(value, "int64")


def day(value: date) -> ir.DateScalar:
    return ibis.literal(value, "date")


def text(value: str) -> ir.StringScalar:
    return ibis.literal(value, "string")


def forever() -> ir.DateScalar:
    return day(FOREVER)


def or_forever(column: Any) -> Any:
    """A day, or the end of days where there is none."""
    return column.fill_null(forever())


def after(start: Any, length: Length) -> Any:
    """The day a span that starts on `start` ends."""
    if length.forever:
        return forever()
    if length.years is not None:
        return _back_to_day(start + ibis.interval(years=length.years))
    if length.months is not None:
        return _back_to_day(start + ibis.interval(months=length.months))
    return _back_to_day(start + ibis.interval(days=length.days))


def _back_to_day(moment: Any) -> Any:
    # A date plus an interval is a timestamp on DuckDB and PostgreSQL, though Ibis takes it for a date and would leave out a plain cast.
    return moment.cast("timestamp").cast("date")


def all_of(parts: Iterable[Any]) -> Any:
    return reduce(lambda a, b: a & b, parts, ibis.literal(True))


def any_of(parts: Iterable[Any]) -> Any:
    return reduce(lambda a, b: a | b, parts, ibis.literal(False))


def earliest(days: Iterable[Any]) -> Any:
    """The least of some days, none of them null; no day at all is the end of days."""
    given = list(days)
    return ibis.least(*given) if len(given) > 1 else given[0] if given else forever()


def choose(branches: Sequence[tuple[Any, Any]], otherwise: Any) -> Any:
    """CASE with typed ends; no branch at all gives `otherwise`."""
    return ibis.cases(*branches, else_=otherwise) if branches else otherwise


def per_value(item: Any, values: Mapping[int, Any], give: Callable[[Any], Any], *, default: Any = None) -> Any:
    """Give each item number what its value asks for: items of one value share a branch, the most common value needs none.

    `give` turns a value into an expression; `default` is the value when no item is named at all.
    """
    groups: list[tuple[Any, list[int]]] = []  # not a dict: a term holds dicts and has no hash
    for number, value in values.items():
        for seen, numbers in groups:
            if seen == value:
                numbers.append(number)
                break
        else:
            groups.append((value, [number]))
    if not groups:
        return give(default)
    common = max(groups, key=lambda group: len(group[1]))
    return choose([(item.isin(numbers), give(value)) for value, numbers in groups if value is not common[0]], give(common[0]))


def times_ratio(points: Any, ratio: Any) -> Any:
    """`points` times a ratio in ten-thousandths, rounded half away from zero, exactly.

    Integer division differs between engines, and a float division is exact only for a multiple below 2**53: so the remainder
    is taken off first. The linter bounds the product.
    """
    return _divide_rounded(points * ratio, RATIO_SCALE)


def _divide_rounded(product: Any, divisor: int) -> Any:
    size = product.abs() + whole(divisor // 2)
    quotient = ((size - size % whole(divisor)) / whole(divisor)).cast("int64")
    return ibis.ifelse(product < 0, -quotient, quotient)


def times_quantity(quantity: Any, factor: int, at_most: int) -> Any:
    """A quantity (ten-thousandths) held within `at_most`, times a factor (ten-thousandths), in hundredths of a point."""
    held = ibis.greatest(whole(-at_most), ibis.least(quantity, whole(at_most)))
    return _divide_rounded(held * whole(factor), RATIO_SCALE * RATIO_SCALE // 100)
