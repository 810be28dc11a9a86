"""The charts of a rehearsal: how many enterprises have which score under each version, and what each rule gives and takes.

Drawn as the other charts are; a table beside each says the same.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import altair as alt

from service.pages.charts import COLUMNS, INK, SCORE, SOFT, Column, Drawing, axis, svg_of


class Panel(NamedTuple):
    """The scores under one policy: each bin's lower edge and how many enterprises are in it."""

    title: str
    bins: tuple[tuple[float, int], ...]


class Share(NamedTuple):
    """How large a part of a group has another grade under the draft, in thousandths."""

    title: str
    per_mille: int
    text: str


@lru_cache(maxsize=128)
def draw_distributions(panels: tuple[Panel, ...]) -> Drawing:
    """One panel for each policy, with a scale of its own; beside each other where there is room."""
    return Drawing(*(svg_of(_distributions(panels, column)) for column in COLUMNS))


@lru_cache(maxsize=128)
def draw_shares(shares: tuple[Share, ...]) -> Drawing:
    """Bars from zero, in the order given."""
    return Drawing(*(svg_of(_shares(shares, column)) for column in COLUMNS))


def _distributions(panels: tuple[Panel, ...], column: Column) -> Any:
    width = 420 if column == "wide" else 205
    charts = []
    for panel in panels:
        step = panel.bins[1][0] - panel.bins[0][0] if len(panel.bins) > 1 else 1
        rows = [{"from": low, "to": low + step, "n": count} for low, count in panel.bins]
        bars = (
            alt.Chart(alt.InlineData(values=rows))
            .mark_bar(color=SCORE, stroke="#ffffff", strokeWidth=1)
            .encode(
                x=alt.X(
                    "from:Q", bin="binned", title=None, axis=axis(tickCount=max(width // 80, 2), format="d"), scale=alt.Scale(zero=False)
                ),
                x2="to:Q",
                y=alt.Y("n:Q", title=None, axis=axis(tickCount=4, domain=False, format="~s")),
            )
        )
        title = alt.TitleParams(panel.title, anchor="start", color=SOFT, fontSize=12)
        charts.append(bars.properties(width=width, height=130, title=title))
    return alt.vconcat(*charts, spacing=16)


def _shares(shares: tuple[Share, ...], column: Column) -> Any:
    width, letters = (300, 14) if column == "wide" else (90, 7)
    rows = [
        {"place": place, "title": _short(one.title, letters), "share": one.per_mille, "text": one.text} for place, one in enumerate(shares)
    ]
    highest = max((one.per_mille for one in shares), default=0) or 1
    scale = alt.Scale(domain=[0, highest * (1.25 if column == "wide" else 1.6)], nice=False)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("place:O", title=None, axis=None))
    x = alt.X("share:Q", title=None, scale=scale, axis=None)
    bars = base.mark_bar(height={"band": 0.6}, color=SCORE).encode(x=x)
    names = base.mark_text(align="right", baseline="middle", color=INK, fontSize=13).encode(x=alt.value(-8), text="title:N")
    figures = base.mark_text(align="left", dx=5, color=INK, fontSize=13).encode(x=x, text="text:N")
    return alt.layer(bars, names, figures).properties(width=width, height=alt.Step(24))


def _short(text: str, letters: int) -> str:
    """At most so many Chinese letters, of which a Latin one is a little more than half."""
    wide = 0.0
    for place, letter in enumerate(text):
        wide += 1.0 if ord(letter) > 0x2E7F else 0.6
        if wide > letters:
            return text[:place] + "…"
    return text
