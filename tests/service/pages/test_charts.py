"""What the charts draw: text stays text, scores of two policies share no line, and letters keep their size."""

import re
import xml.etree.ElementTree as ET
from datetime import date

import pytest

from service.pages.charts import Bar, Dot, Drawing, Threshold, draw_contributions, draw_history, wrap

HOSTILE = "<script>alert('1')</script>&\"\\'}]"


def texts(svg: str) -> str:
    return "".join("".join(one.itertext()) for one in ET.fromstring(svg).iter() if one.tag.endswith("text"))


def width(svg: str) -> float:
    return float(ET.fromstring(svg).attrib["width"])


def months(count: int, *, switch: int) -> tuple[Dot, ...]:
    return tuple(
        Dot(date(2025 + place // 12, place % 12 + 1, 1), 100_000 - 500 * place, "A", place == 0, "y/1" if place < switch else "y/2")
        for place in range(count)
    )


@pytest.fixture(scope="module")
def bars() -> Drawing:
    return draw_contributions((Bar("罚款", -4_000, "−40.00"), Bar(HOSTILE, 2_000, "+20.00")))


def test_text_made_to_hurt_is_drawn_as_text(bars: Drawing) -> None:
    for svg in bars:
        assert "<script" not in svg
        assert "alert" in texts(svg)


def test_points_are_written_with_their_sign_beside_the_bar(bars: Drawing) -> None:
    for svg in bars:
        assert "−40.00" in texts(svg)
        assert "+20.00" in texts(svg)


def test_nothing_in_a_picture_needs_a_style_that_the_page_forbids(bars: Drawing) -> None:
    for svg in (*bars, *draw_history(months(3, switch=3), (), "en")):
        assert not re.search(r"\sstyle=|<style|<script|href=", svg)


def test_the_narrow_picture_fits_a_phone_and_neither_shrinks_its_letters(bars: Drawing) -> None:
    for drawing in (bars, draw_history(months(24, switch=16), (Threshold("y/2", 90_000, "B"),), "zh")):
        assert width(drawing.narrow) <= 320
        assert width(drawing.wide) > width(drawing.narrow)
        sizes = re.findall(r'font-size="(\d+)', drawing.narrow)
        assert sizes
        assert min(map(int, sizes)) >= 12


def test_each_policy_has_a_panel_of_its_own() -> None:
    one = draw_history(months(24, switch=24), (), "zh").wide
    two = draw_history(months(24, switch=16), (), "zh").wide
    assert "y/1" not in texts(one)
    assert {"y/1", "y/2"} <= set(re.findall(r"y/\d", texts(two)))
    assert two.count("mark-line") == one.count("mark-line") + 1


def test_a_history_without_any_score_is_drawn_empty() -> None:
    dots = tuple(dot._replace(score_x100=None) for dot in months(2, switch=2))
    assert draw_history(dots, (), "zh").wide.startswith("<svg")


def test_the_same_chart_is_drawn_once(bars: Drawing) -> None:
    assert draw_contributions((Bar("罚款", -4_000, "−40.00"), Bar(HOSTILE, 2_000, "+20.00"))) is bars


def test_long_titles_are_broken_into_two_lines_and_say_when_they_are_cut() -> None:
    assert wrap("短", 8) == ["短"]
    lines = wrap("政府采购、招投标、拍卖违法行为以及其他很长的标题", 8)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert wrap("Ordered to correct, close or stop", 15)[0] == "Ordered to correct, close"
