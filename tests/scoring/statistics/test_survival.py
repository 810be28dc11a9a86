"""Kaplan-Meier against an example worked by hand, and what must hold of every curve."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.statistics.survival import Span, half_by, share_after, survival_curve

SPANS = st.lists(st.builds(Span, st.integers(min_value=1, max_value=40), st.booleans()), min_size=1, max_size=60)
BY_HAND = [(3, True), (4, True), (5, False), (6, True), (6, False), (8, False), (11, True), (14, True), (15, True), (16, False)]
"""Ten enterprises: at 3, 10 are at risk, at 4 nine, at 6 seven, at 11 four, at 14 three, at 15 two."""


def test_the_curve_is_the_one_worked_by_hand() -> None:
    steps = survival_curve(Span(*one) for one in BY_HAND)
    assert [(s.days, s.at_risk, s.repeats) for s in steps] == [(3, 10, 1), (4, 9, 1), (6, 7, 1), (11, 4, 1), (14, 3, 1), (15, 2, 1)]
    by_hand = [
        9 / 10,
        8 / 10,
        8 / 10 * 6 / 7,
        8 / 10 * 6 / 7 * 3 / 4,
        8 / 10 * 6 / 7 * 3 / 4 * 2 / 3,
        8 / 10 * 6 / 7 * 3 / 4 * 2 / 3 * 1 / 2,
    ]
    assert [s.share for s in steps] == pytest.approx(by_hand)
    assert half_by(steps) == 14
    assert share_after(steps, 2) == 1.0
    assert share_after(steps, 10) == pytest.approx(8 / 10 * 6 / 7)
    # Greenwood at day 3: 1/(10*9); on the log-log scale the interval is 0.9 ** exp(+-1.96 * sqrt(1/90) / |ln 0.9|).
    assert [steps[0].low, steps[0].high] == pytest.approx([0.4730, 0.9853], abs=1e-4)


@given(SPANS)
def test_a_curve_only_falls_and_lies_within_its_interval(spans: list[Span]) -> None:
    steps = survival_curve(spans)
    shares = [1.0, *(step.share for step in steps)]
    assert all(before > after for before, after in pairwise(shares))
    assert all(0 <= step.low <= step.share <= step.high <= 1 for step in steps)
    assert sum(step.repeats for step in steps) == sum(span.is_repeat for span in spans)


@given(SPANS)
def test_without_anybody_censored_it_is_the_plain_share_left(spans: list[Span]) -> None:
    seen = [Span(span.days, True) for span in spans]
    for step in survival_curve(seen):
        assert step.share == pytest.approx(sum(span.days > step.days for span in seen) / len(seen), abs=1e-12)


@given(SPANS, st.randoms(use_true_random=False))
def test_the_order_in_which_spans_come_changes_nothing(spans: list[Span], random) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives a Random
    shuffled = spans[:]
    random.shuffle(shuffled)
    assert survival_curve(shuffled) == survival_curve(spans)


@given(SPANS)
def test_who_was_never_seen_again_lifts_the_curve(spans: list[Span]) -> None:
    longer = [*spans, Span(50, False)]
    before, after = survival_curve(spans), survival_curve(longer)
    assert [step.days for step in before] == [step.days for step in after]
    assert all(a.share > b.share for a, b in zip(after, before, strict=True))
