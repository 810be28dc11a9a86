"""Survival curves as one picture for documents: steps, each curve named at its end, the interval of the first one behind it."""

from typing import Any

import altair as alt

from scoring.statistics.survival import Step
from service.pages.charts import DEDUCTION, INK, SCORE, SOFT, svg_of

COLOURS = (SCORE, DEDUCTION, "#5b3d8a")
DASHES = ([1, 0], [6, 3], [2, 2])
SHOWN = 160
"""Steps of one curve that the picture needs; more cannot be told apart."""


def draw_curves(curves: dict[str, list[Step]]) -> str:
    """An SVG of its own; no curve is told by its colour alone."""
    layers: list[Any] = []
    for (name, steps), colour, dash in zip(curves.items(), COLOURS, DASHES, strict=False):
        rows = [{"days": 0, "share": 1.0, "low": 1.0, "high": 1.0}, *(_row(step) for step in _thinned(steps))]
        base = alt.Chart(alt.InlineData(values=rows)).encode(
            x=alt.X("days:Q", title="days after a failure", axis=alt.Axis(grid=False, tickCount=8, labelColor=SOFT, titleColor=SOFT)),
            y=alt.Y("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", labelColor=SOFT, gridColor="#e4e8ec")),
        )
        if not layers:
            layers.append(base.mark_area(interpolate="step-after", opacity=0.18, color=colour).encode(y="low:Q", y2="high:Q"))
        layers.append(base.mark_line(interpolate="step-after", color=colour, strokeDash=dash, strokeWidth=2))
        end = alt.Chart(alt.InlineData(values=[rows[-1] | {"name": name}]))
        # Beyond the end of its curve: above it, the name lay on the curve's own last steps.
        layers.append(
            end.mark_text(align="left", baseline="middle", dx=7, color=INK, fontSize=12).encode(x="days:Q", y="share:Q", text="name:N")
        )
    return str(svg_of(alt.layer(*layers).properties(width=620, height=260)))


def _row(step: Step) -> dict[str, float]:
    return {"days": step.days, "share": round(step.share, 4), "low": round(step.low, 4), "high": round(step.high, 4)}


def _thinned(steps: list[Step]) -> list[Step]:
    stride = max(1, len(steps) // SHOWN)
    return [*steps[:-1:stride], *steps[-1:]]
