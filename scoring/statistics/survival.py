"""Survival to a repeat: how long after a failure the next one comes, with those counted who have none yet (Kaplan and Meier)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Span:
    """Days from a failure to the next one, or to the last day on which it was looked for (`is_repeat` false: censored)."""

    days: int
    is_repeat: bool


@dataclass(frozen=True)
class Step:
    """One day on which somebody failed again: how many were at risk, how many failed, and the share without a repeat after it.

    low, high: the 95 % interval on the log-log scale (Greenwood), which stays between 0 and 1.
    """

    days: int
    at_risk: int
    repeats: int
    share: float
    low: float
    high: float


def survival_curve(spans: Iterable[Span]) -> list[Step]:
    """The product-limit estimate, one step for each day with a repeat; who is censored on a day was still at risk on it.

    Kaplan, E. L.; Meier, P. (1958): Nonparametric estimation from incomplete observations.
    """
    ordered = sorted(spans, key=attrgetter("days"))
    left, share, variance = len(ordered), 1.0, 0.0
    steps: list[Step] = []
    for day, group in groupby(ordered, key=attrgetter("days")):
        same = [span.is_repeat for span in group]
        repeats = sum(same)
        if repeats:
            share *= 1 - repeats / left
            variance = math.inf if repeats == left else variance + repeats / (left * (left - repeats))
            steps.append(Step(day, left, repeats, share, *_interval(share, variance)))
        left -= len(same)
    return steps


def _interval(share: float, variance: float) -> tuple[float, float]:
    if not 0 < share < 1 or math.isinf(variance):
        return share, share
    width = Z_95 * math.sqrt(variance) / abs(math.log(share))
    return share ** math.exp(width), share ** math.exp(-width)


def share_after(steps: Sequence[Step], days: int) -> float:
    """The share still without a repeat after so many days."""
    return next((step.share for step in reversed(steps) if step.days <= days), 1.0)


def half_by(steps: Sequence[Step]) -> int | None:
    """The first day by which half have failed again; None where that never comes within the days seen."""
    return next((step.days for step in steps if step.share <= 0.5), None)
