"""A target's months as bars, with the share that was set as a line across them; drawn like the other charts of the pages."""

from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import altair as alt

from service.pages.charts import COLUMNS, DEDUCTION, INK, SCORE, WIDTHS, Column, Drawing, axis, svg_of


class MonthShare(NamedTuple):
    """The share of one month in ten-thousandths."""

    month: date
    share_x10000: int


@lru_cache(maxsize=512)
def draw_months(months: tuple[MonthShare, ...], at_least_x10000: int) -> Drawing:
    """Bars of the months' shares from a floor below the lowest; every bar bears its figure, and the line its own."""
    return Drawing(*(svg_of(_months(months, at_least_x10000, column)) for column in COLUMNS))


def _months(months: tuple[MonthShare, ...], at_least: int, column: Column) -> Any:
    rows = [{"month": f"{one.month:%m}", "share": one.share_x10000 / 100, "text": _short(one.share_x10000)} for one in months]
    low = max(0.0, min([at_least, *(one.share_x10000 for one in months)]) / 100 - 6)
    scale = alt.Scale(domain=[low, 102.5], nice=False, zero=False)
    y = alt.Y("share:Q", title=None, scale=scale, axis=None)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=alt.X("month:O", title=None, axis=axis(labelAngle=0)))
    line = alt.Chart(alt.InlineData(values=[{"share": at_least / 100, "text": _short(at_least)}]))
    width = WIDTHS[column] - 30
    layers = [
        base.mark_bar(color=SCORE, size=24 if column == "wide" else 9).encode(y=y, y2=alt.datum(low)),
        line.mark_rule(color=DEDUCTION, strokeDash=[5, 3], strokeWidth=2).encode(y=y),
        line.mark_text(align="left", baseline="middle", dx=6, color=DEDUCTION, fontSize=12).encode(x=alt.value(width), y=y, text="text:N"),
    ]
    if column == "wide":  # narrow bars have no room for their figures; the table has them all
        layers.append(base.mark_text(baseline="bottom", dy=-3, color=INK, fontSize=11).encode(y=y, text="text:N"))
    return alt.layer(*layers).properties(width=width, height=130)


def _short(share_x10000: int) -> str:
    """A share as few letters say it; never rounded up to a whole that it is not."""
    whole, part = divmod(share_x10000, 100)
    return f"{whole}.{part // 10}" if part else str(whole)
