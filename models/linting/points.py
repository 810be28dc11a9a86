"""Points: keys of `by_field`, bands of quantities and shares, sizes that stay exact, repeats and caps."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from models.indicators import (
    LARGEST_POINTS,
    Cap,
    FixedPoints,
    Indicator,
    PointsByField,
    PointsByQuantity,
    PointsByShare,
    PointsTimesQuantity,
    QuantityBand,
    RecordFilter,
)
from models.linting.context import Context
from models.linting.findings import Finding, Path, quoted, show, twice
from models.policies import Policy
from models.records import QUANTITY_SCALE, Capacity, Level, detail_fields, outcomes, severities

EXACT = 9 * 10**15
"""Products must stay below it: the engines divide through a double, which is exact below 2**53."""
LARGEST_FACTOR = 50 * 10_000


def unknown_field_keys(context: Context) -> Iterator[Finding]:
    for path, rule, records in _rules(context, PointsByField):
        allowed = _values_of(rule.field, records)
        if rule.field.startswith("detail.") and not any(rule.field.removeprefix("detail.") in detail_fields(k) for k in records.kind):
            sentence = f"{quoted(records.kind)} has no `{rule.field}`"
            yield Finding((*path, "field"), "policy.unknown_detail", sentence)
        elif allowed is not None:
            for key in rule.points:
                if key not in allowed:
                    known = quoted(sorted(allowed)) or "none"
                    sentence = f"`{key}` never is the {rule.field} of a record this indicator matches; there are {known}"
                    yield Finding((*path, "points", key), "policy.unknown_key", sentence)


def _values_of(field: str, records: RecordFilter) -> set[str] | None:
    """The closed set a field can take among the records of a filter, or None when its text is free."""
    if field == "capacity":
        return {str(v) for v in records.capacity or Capacity}
    if field == "level":
        return {str(v) for v in records.level or Level}
    if field == "severity":
        possible = {str(s) for kind in records.kind for s in severities(kind)}
        return possible & {str(s) for s in records.severity} if records.severity else possible
    if field == "outcome":
        possible = {o for kind in records.kind for o in outcomes(kind)}
        return possible & set(records.outcome) if records.outcome else possible
    if field == "code":
        return set(records.code) or None
    name = field.removeprefix("detail.")
    if name in records.detail:
        return set(records.detail[name])
    closed = [detail_fields(kind).get(name) for kind in records.kind]
    return None if None in closed else {value for values in closed for value in values or ()}


def quantity_bands(context: Context) -> Iterator[Finding]:
    for path, rule, _ in _rules(context, PointsByQuantity):
        bands = rule.bands
        for index, band in enumerate(bands):
            if band.at_least is not None and band.below is not None and band.at_least >= band.below:
                yield Finding((*path, "bands", index), "policy.band_empty", f"no quantity lies {_band(band)}")
        for index, (band, following) in enumerate(pairwise(bands), start=1):
            here = (*path, "bands", index)
            if band.below is None or following.at_least is None or following.at_least < band.below:
                sentence = f"this band overlaps the one before it, which takes quantities {_band(band)}; list bands from low to high"
                yield Finding(here, "policy.band_overlap", sentence)
            elif following.at_least > band.below:
                between = f"from {_amount(band.below)} up to {_amount(following.at_least)}"
                sentence = f"no band takes quantities {between}; extend one of the two neighbours"
                yield Finding(here, "policy.band_gap", sentence)
        if bands[-1].below is not None:
            sentence = f"no band takes quantities from {_amount(bands[-1].below)} on; leave out `below` of the last band, or add one"
            yield Finding((*path, "bands", len(bands) - 1, "below"), "policy.band_gap", sentence)


def share_rules(context: Context) -> Iterator[Finding]:
    for path, rule, _ in _rules(context, PointsByShare):
        for index, band in enumerate(rule.bands):
            here = (*path, "bands", index, "over")
            if not 0 <= band.over < 10_000:
                yield Finding(here, "policy.share_range", "a share is at least 0 and below 1, such as 0.05 for five per cent")
            if index and band.over <= rule.bands[index - 1].over:
                yield Finding(here, "policy.share_order", "list the bands of a share from low to high, each once")
    for index, indicator in enumerate(context.policy.indicators):
        if isinstance(indicator.points, PointsByShare):
            yield from _plain_share(indicator, ("indicators", index))


def _plain_share(indicator: Indicator, path: Path) -> Iterator[Finding]:
    if indicator.term.lasts is None:
        sentence = "a share counts events over one length of time; give its term as `lasts`"
        yield Finding((*path, "term"), "policy.share_term", sentence)
    for name in ("per_event", "after_repair"):
        if getattr(indicator, name) is not None:
            sentence = f"`{name}` says nothing for a share, which counts each event once; leave it out"
            yield Finding((*path, name), "policy.share_term", sentence)


def sizes(context: Context) -> Iterator[Finding]:
    for path, times, _ in _rules(context, PointsTimesQuantity):
        product = times.at_most * abs(times.factor)
        if times.at_most < 0:
            yield Finding((*path, "at_most"), "policy.too_large", "`at_most` bounds the size of the quantity and cannot be negative")
        elif product >= EXACT or product > LARGEST_POINTS * 10**6:
            sentence = "`at_most` times `factor` may give more points than can be computed exactly; lower one of them"
            yield Finding((*path, "at_most"), "policy.too_large", sentence)


def repeat_groups(context: Context) -> Iterator[Finding]:
    policy = context.policy
    by_code = {indicator.code: indicator for indicator in policy.indicators}
    used = [(n, place, code) for n, repeat in enumerate(policy.repeats) for place, code in enumerate(repeat.indicators)]
    for again, code in twice(code for *_, code in used):
        index, _, _ = used[again]
        sentence = f"`{code}` stands in another group of repeats already; an indicator repeats in one way"
        yield Finding(("repeats", index, "indicators"), "policy.repeat_twice", sentence)
    for index, _, code in used:
        indicator = by_code.get(code)
        path = ("repeats", index, "indicators")
        if indicator is None:
            continue
        if isinstance(indicator.points, PointsByShare):
            yield Finding(path, "policy.repeat_without_deduction", f"`{code}` gives points for a share, which no event repeats")
        elif not any(is_cost(policy, value) for value in possible_points(indicator)):
            sentence = f"`{code}` never deducts, and only deductions repeat; leave it out"
            yield Finding(path, "policy.repeat_without_deduction", sentence)


def repeat_factors(context: Context) -> Iterator[Finding]:
    for index, repeat in enumerate(context.policy.repeats):
        if not 10_000 <= repeat.factor <= LARGEST_FACTOR:
            yield Finding(
                ("repeats", index, "factor"), "policy.repeat_factor", "a repeat counts at least once and at most 50 times as much"
            )


def is_cost(policy: Policy, points: int) -> bool:
    """Whether points make a score worse; where lower is better, that is when they add."""
    return points < 0 if policy.scale.better == "higher" else points > 0


def possible_points(indicator: Indicator) -> tuple[int, ...]:
    """The points one record may give, as far as their sign goes; what a repaired record still costs included."""
    after = () if indicator.after_repair is None else (indicator.after_repair.points,)
    match indicator.points:
        case FixedPoints(points=points):
            return (points, *after)
        case PointsByField(points=by_key, otherwise=otherwise):
            return (*by_key.values(), *(() if otherwise is None else (otherwise,)), *after)
        case PointsByQuantity(bands=bands):
            return (*(band.points for band in bands), *after)
        case PointsTimesQuantity(quantity=name, factor=factor):
            return (factor, *after) if name.endswith("_cny") or _is_bounded_below(indicator, name) else (factor, -factor, *after)
        case PointsByShare(bands=shares):
            return (*(band.points for band in shares), *after)


def _is_bounded_below(indicator: Indicator, name: str) -> bool:
    """Whether the indicator's own filter keeps negative amounts of a quantity out; money never has any."""
    limits = [limit for limit in indicator.records.quantities if limit.name == name]
    return any(bound is not None and bound >= 0 for limit in limits for bound in (limit.at_least, limit.over, limit.equals))


def cap_bounds(context: Context) -> Iterator[Finding]:
    for index, cap in enumerate(context.policy.caps):
        if cap.at_least is not None and cap.at_most is not None and cap.at_least > cap.at_most:
            sentence = f"cap `{cap.code}` holds the sum above {show(cap.at_least)} and below {show(cap.at_most)}, which leaves nothing"
            yield Finding(("caps", index, "at_least"), "policy.cap_reversed", sentence)
        for name, value, wrong in (("at_most", cap.at_most, -1), ("at_least", cap.at_least, 1)):
            if value is not None and value * wrong > 0 and cap.at_least != cap.at_most:
                sentence = f"cap `{cap.code}` would give points to an enterprise with a single small contribution; `{name}` must leave 0 in"
                yield Finding(("caps", index, name), "policy.cap_without_zero", sentence)


def cap_overlaps(context: Context) -> Iterator[Finding]:
    """Of two caps over one indicator the earlier one must lie within the later one, which then sees what is left; else both correct it."""
    caps = context.policy.caps
    for index, cap in enumerate(caps):
        for earlier in caps[:index]:
            shared = sorted(set(earlier.indicators) & set(cap.indicators))
            nested = set(earlier.indicators) <= set(cap.indicators) and (earlier.per == "calendar_year" or cap.per == "total")
            if shared and not nested:
                sentence = (
                    f"{quoted(shared)} stands under `{earlier.code}` already, and both would correct the same points; "
                    "put the narrower cap first, and let the wider one name all of its indicators"
                )
                yield Finding(("caps", index, "indicators"), "policy.cap_overlap", sentence)


def cap_of_shares(context: Context) -> Iterator[Finding]:
    shares = {indicator.code for indicator in context.policy.indicators if isinstance(indicator.points, PointsByShare)}
    for path, cap in context.walked.of(Cap):
        caught = sorted(shares & set(cap.indicators))
        if cap.per == "calendar_year" and caught:
            sentence = f"{quoted(caught)} gives one line for many events and belongs to no calendar year"
            yield Finding((*path, "indicators"), "policy.cap_of_share", sentence)


def _rules(context: Context, kind: type[Any]) -> Iterator[tuple[Path, Any, RecordFilter]]:
    for index, indicator in enumerate(context.policy.indicators):
        if isinstance(indicator.points, kind):
            yield ("indicators", index, "points"), indicator.points, indicator.records


def _amount(value: int) -> str:
    whole, rest = divmod(value, QUANTITY_SCALE)
    return f"{whole}" + (f".{rest:04d}".rstrip("0") if rest else "")


def _band(band: QuantityBand) -> str:
    low = "" if band.at_least is None else f"from {_amount(band.at_least)} "
    return f"{low}up to {_amount(band.below)}" if band.below is not None else f"{low}on" if low else "of any size"
