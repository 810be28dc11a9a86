"""Charts as SVG, drawn on the server: what gave or took points, and the score over time.

Each is drawn twice, for a wide and for a narrow column, so that letters keep their size on a phone and at 400 % zoom; CSS shows one.
The first drawing in a process takes about 0.6 s (the renderer starts), later ones 25 ms; equal charts are drawn once.
No letter or line relies on colour: deductions point left and carry a minus, bonuses point right and carry a plus.
"""

import re
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import altair as alt
import vl_convert
from altair.utils import schemapi
from markupsafe import Markup

schemapi.disable_debug_mode()  # checking each part against the schema costs more than drawing it; tests look at what is drawn
FONTS = "Noto Sans CJK SC, PingFang SC, Hiragino Sans GB, Microsoft YaHei, sans-serif"
INK, SOFT = "#1b2530", "#4d5b69"
DEDUCTION, BONUS, SCORE = "#a5360f", "#155d8b", "#12507a"
"""Each has at least 4.5 to 1 against the white of the page."""
WIDTHS = {"wide": 470, "narrow": 200}
Column = Literal["wide", "narrow"]
PADDING = {"left": 14, "right": 8, "top": 4, "bottom": 4}
"""Room for letters that a browser draws a little wider than the renderer measured them."""
COLUMNS: tuple[Column, Column] = ("wide", "narrow")
ENDS: tuple[tuple[str, Literal["left", "right"], int], ...] = (("minus", "right", -5), ("plus", "left", 5))
"""Where a bar's figure stands: outside, on the side it points to."""
_OPENING = re.compile(r"<svg [^>]*?width=\"(\d+)\" height=\"(\d+)\" viewBox=\"([^\"]+)\">")


class Bar(NamedTuple):
    """What all contributions of one indicator give together."""

    title: str
    points_x100: int
    text: str


class Dot(NamedTuple):
    """The answer on one day; `score_x100` is None where none was given."""

    day: date
    score_x100: int | None
    grade: str
    is_turn: bool
    """Whether the grade differs from that of the day before it in the chart."""
    rules: str
    """The policy that answered: scores of two policies share no scale, and so no line."""


class Threshold(NamedTuple):
    """From this score on the ladder of these rules gives this grade."""

    rules: str
    score_x100: int
    grade: str


class Drawing(NamedTuple):
    """One chart in both widths."""

    wide: Markup
    narrow: Markup


@lru_cache(maxsize=512)
def draw_contributions(bars: tuple[Bar, ...]) -> Drawing:
    """Bars from a common zero, in the order given."""
    return Drawing(*(svg_of(_contributions(bars, column)) for column in COLUMNS))


@lru_cache(maxsize=512)
def draw_history(dots: tuple[Dot, ...], thresholds: tuple[Threshold, ...], language: str) -> Drawing:
    """The score as steps, the grade's name wherever it turns, and the floors of the grades as thin lines."""
    return Drawing(*(svg_of(_history(dots, thresholds, column, language)) for column in COLUMNS))


@lru_cache(maxsize=1)
def warm() -> None:
    """Start the renderer, so that the first reader of a file does not wait for it."""
    draw_contributions((Bar("-", 0, "0"),))


def _contributions(bars: tuple[Bar, ...], column: Column) -> Any:
    letters, width = (15, 330) if column == "wide" else (8, 150)
    rows: list[dict[str, Any]] = [
        {"place": place, "title": wrap(bar.title, letters), "points": bar.points_x100 / 100, "text": bar.text, "sign": _sign(bar)}
        for place, bar in enumerate(bars)
    ]
    low, high = min((row["points"] for row in rows), default=0), max((row["points"] for row in rows), default=0)
    room = max(max(high, 0) - min(low, 0), 1) * (0.2 if column == "wide" else 0.6)  # for the figures at the ends
    scale = alt.Scale(domain=[low - room if low < 0 else 0, high + room if high > 0 else int(low >= 0)], nice=False)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=alt.Y("place:O", title=None, axis=None))
    names = base.mark_text(align="right", baseline="middle", color=INK, fontSize=13, lineHeight=15).encode(x=alt.value(-8), text="title:N")
    bar = base.mark_bar(height={"band": 0.6}).encode(
        x=alt.X("points:Q", title=None, scale=scale, axis=None),
        color=alt.Color("sign:N", scale=alt.Scale(domain=["minus", "plus"], range=[DEDUCTION, BONUS]), legend=None),
    )
    figures = [
        base.transform_filter(f"datum.sign == '{sign}'")
        .mark_text(align=align, dx=dx, color=INK, fontSize=13)
        .encode(x=alt.X("points:Q", scale=scale, axis=None), text="text:N")
        for sign, align, dx in ENDS
    ]
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(color=SOFT).encode(x=alt.X("zero:Q", scale=scale, axis=None))
    step = 17 + 15 * max((len(row["title"]) for row in rows), default=1)
    return alt.layer(bar, zero, names, *figures).properties(width=width, height=alt.Step(max(step - 8, 26)))


def _sign(bar: Bar) -> str:
    return "minus" if bar.points_x100 < 0 else "plus"


def wrap(text: str, letters: int) -> list[str]:
    """Lines of at most so many Chinese letters (a Latin one is half as wide), at most two; what is cut off shows as an ellipsis."""
    lines, line, width = [], "", 0.0
    for part in re.findall(r"[\w'-]+|\s+|.", text, re.ASCII):
        wide = sum(1.0 if ord(letter) > 0x2E7F else 0.6 for letter in part)
        if line and width + wide > letters:
            lines.append(line.strip())
            line, width = "", 0.0
        line, width = line + part, width + wide
    lines.append(line.strip())
    return lines if len(lines) <= 2 else [lines[0], lines[1][: max(letters - 2, 1)] + "…"]


def _history(dots: tuple[Dot, ...], thresholds: tuple[Threshold, ...], column: Column, language: str) -> Any:
    """One panel for each policy that answered, as wide as the time it did."""
    names = list(dict.fromkeys(dot.rules for dot in dots))
    panels = [tuple(dot for dot in dots if dot.rules == name) for name in names]
    room = WIDTHS[column] - 60 * (len(panels) - 1) if column == "wide" else WIDTHS[column]
    charts = []
    for name, of_rules in zip(names, panels, strict=True):
        width = max(room * len(of_rules) // len(dots), 60) if column == "wide" else room
        floors = tuple(one for one in thresholds if one.rules == name)
        panel = _panel(of_rules, floors, width=width, language=language)
        charts.append(panel.properties(title=alt.TitleParams(name, anchor="start", color=SOFT, fontSize=12)) if len(names) > 1 else panel)
    if len(charts) == 1:
        return charts[0]
    return alt.hconcat(*charts, spacing=14) if column == "wide" else alt.vconcat(*charts, spacing=14)


def _panel(dots: tuple[Dot, ...], thresholds: tuple[Threshold, ...], *, width: int, language: str) -> Any:
    rows = [
        {"day": _instant(dot.day), "score": dot.score_x100 / 100, "grade": dot.grade, "is_turn": dot.is_turn}
        for dot in dots
        if dot.score_x100 is not None
    ]
    low, high = _range(rows, thresholds)
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    scores = axis(tickCount=4, domain=False)
    y, floor = (alt.Y(f"{name}:Q", title=None, scale=scale, axis=scores) for name in ("score", "floor"))
    days = [dot.day for dot in dots]
    span = alt.Scale(domain=[_instant(min(days)), _instant(max(*days, min(days) + timedelta(days=1)))], type="utc")
    months = axis(format="%Y-%m" if language == "zh" else "%b %Y", tickCount=max(width // 90, 1), labelOverlap=True)
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=alt.X("day:T", title=None, scale=span, axis=months), y=y)
    rules = alt.Chart(alt.InlineData(values=_floors(thresholds, low, high)))
    layers = [
        rules.mark_rule(color="#8794a1", strokeDash=[2, 3]).encode(y=floor),
        rules.mark_text(align="left", baseline="middle", dx=6, color=SOFT, fontSize=12).encode(x=alt.value(width), y=floor, text="grade:N"),
        base.mark_line(interpolate="step-after", color=SCORE, strokeWidth=2),
        base.mark_point(filled=True, size=22, color=SCORE, opacity=1),
        base.transform_filter("datum.is_turn")
        .mark_text(align="left", dx=5, dy=-10, color=INK, fontSize=14, fontWeight="bold")
        .encode(text="grade:N"),
    ]
    return alt.layer(*layers).properties(width=width, height=150)


def axis(**given: Any) -> alt.Axis:
    """An axis in the style of all charts."""
    style: dict[str, Any] = {"grid": False, "labelColor": SOFT, "domainColor": SOFT, "tickColor": SOFT}
    return alt.Axis(**(style | given))


def _instant(day: date) -> int:
    """Midnight UTC in milliseconds: what the renderer takes without a parser of its own."""
    return (day - date(1970, 1, 1)).days * 86_400_000


def _floors(thresholds: tuple[Threshold, ...], low: float, high: float) -> list[dict[str, Any]]:
    """The floors in sight, without those whose names would stand on each other."""
    shown: list[dict[str, Any]] = []
    for threshold in sorted(thresholds, key=lambda one: one.score_x100):
        height = threshold.score_x100 / 100
        if low < height < high:
            crowded = shown and height - shown[-1]["floor"] < (high - low) * 0.11
            shown.append({"floor": height, "grade": "" if crowded else threshold.grade})
    return shown


def _range(rows: list[dict[str, Any]], thresholds: tuple[Threshold, ...]) -> tuple[float, float]:
    """From a little below the lowest score to a little above the highest, with the nearest floors in sight."""
    scores = [row["score"] for row in rows] or [0.0]
    low, high = min(scores), max(scores)
    floors = sorted(threshold.score_x100 / 100 for threshold in thresholds)
    low = max((floor for floor in floors if floor <= low), default=low)
    high = min((floor for floor in floors if floor > high), default=high)
    room = max((high - low) * 0.15, 5)
    return low - room, high + room


def svg_of(chart: Any) -> Markup:
    """The picture for a page: its size given to CSS, its parts left out of the reading order (a table beside it says the same)."""
    _register_fonts()
    drawn = (
        chart.configure(font=FONTS, background="transparent", padding={"left": 14, "right": 8, "top": 4, "bottom": 4})
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12)
    )
    svg = str(vl_convert.vegalite_to_svg(drawn.to_dict(validate=False)))
    found = _OPENING.match(svg)
    if found is None:
        raise RuntimeError(f"the renderer opened its picture in a form this version does not know: {svg[:200]}")
    inside = svg[found.end() :]
    inside = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", inside)
    size = f'width="{found[1]}" height="{found[2]}" viewBox="{found[3]}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size} aria-hidden="true" focusable="false">'
    return Markup(opening + inside)  # noqa: S704  # the renderer escapes every text it draws; a test tries it


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(files("manimgx_fonts_cjk")))
