"""Filters that can never match: words that the kinds they ask for do not have, and limits that contradict themselves."""

from collections.abc import Iterator

from models.indicators import EnterpriseFilter, PointsByShare, QuantityLimit, RecordFilter
from models.linting.context import Context, Looked
from models.linting.findings import Finding, Path, quoted
from models.records import detail_fields, outcomes, severities
from models.rules import CountLimit, EventsLimit, PointsLimit
from models.vocabulary import REGISTRY_STATES


def outcomes_of_other_kinds(context: Looked) -> Iterator[Finding]:
    for path, wanted in context.walked.of(RecordFilter):
        allowed = {kind: outcomes(kind) for kind in wanted.kind}
        for outcome in wanted.outcome:
            if not any(outcome in values for values in allowed.values()):
                known = quoted(value for values in allowed.values() for value in values)
                sentence = f"`{outcome}` is no outcome of {quoted(wanted.kind)}; there are {known}"
                yield Finding((*path, "outcome"), "policy.unknown_outcome", sentence)
        for kind, values in allowed.items():
            if wanted.outcome and not set(wanted.outcome) & set(values):
                sentence = f"no record of kind `{kind}` has one of the outcomes asked for, so the kind never matches; leave it out"
                yield Finding((*path, "kind"), "policy.unmatched_kind", sentence)


def severities_of_other_kinds(context: Looked) -> Iterator[Finding]:
    for path, wanted in context.walked.of(RecordFilter):
        for kind in wanted.kind:
            if wanted.severity and not set(wanted.severity) & set(severities(kind)):
                known = quoted(severities(kind)) or "none"
                sentence = f"records of kind `{kind}` never have severity {quoted(wanted.severity)} (theirs: {known})"
                yield Finding((*path, "severity"), "policy.unknown_severity", sentence)
        for severity in wanted.severity:
            if len(wanted.severity) > 1 and not any(severity in severities(kind) for kind in wanted.kind):
                yield Finding((*path, "severity"), "policy.unknown_severity", f"`{severity}` is no severity of {quoted(wanted.kind)}")


def details_of_other_kinds(context: Looked) -> Iterator[Finding]:
    for path, wanted in context.walked.of(RecordFilter):
        for name, values in wanted.detail.items():
            for kind in wanted.kind:
                fields = detail_fields(kind)
                if name not in fields:
                    sentence = f"records of kind `{kind}` have no detail `{name}`; there are {quoted(sorted(fields))}"
                    yield Finding((*path, "detail", name), "policy.unknown_detail", sentence)
                    continue
                closed = fields[name]
                for value in values:
                    if closed is not None and value not in closed:
                        sentence = f"`{value}` is no value of detail `{name}` of `{kind}`; there are {quoted(closed)}"
                        yield Finding((*path, "detail", name), "policy.unknown_detail_value", sentence)
            if not values:
                yield Finding((*path, "detail", name), "policy.unknown_detail_value", f"detail `{name}` is compared with nothing")


def unknown_registry_states(context: Context) -> Iterator[Finding]:
    for path, wanted in context.walked.of(EnterpriseFilter):
        for state in wanted.state:
            if state not in REGISTRY_STATES:
                sentence = f"`{state}` is no state of the registry; there are {quoted(REGISTRY_STATES)}"
                yield Finding((*path, "state"), "policy.unknown_state", sentence)
        if not (wanted.state or wanted.type or wanted.region or wanted.industry or wanted.size):
            yield Finding(path, "policy.empty_filter", "this asks nothing of the enterprise; give state, type, region, industry or size")


def contradictory_limits(context: Looked) -> Iterator[Finding]:
    for path, limit in context.walked.of(QuantityLimit):
        bounds = (limit.over, limit.at_least, limit.at_most, limit.below, limit.equals)
        if limit.missing and any(bound is not None for bound in bounds):
            yield _never(path, f"quantity `{limit.name}` cannot be missing and have a size")
        elif limit.equals is not None and not _within(limit.equals, limit):
            yield _never(path, f"quantity `{limit.name}` cannot equal that and keep the other limits")
        elif limit.equals is None and _is_empty(limit):
            yield _never(path, f"the limits on quantity `{limit.name}` leave no number")
    for path, points in context.walked.of(PointsLimit):
        if _is_empty(points):
            yield _never(path, "the limits on points leave no number")
    for kind in (CountLimit, EventsLimit):
        for path, count in context.walked.of(kind):
            at_least, at_most = count.at_least, count.at_most  # type: ignore[attr-defined]  # both shapes have them
            if at_least is not None and at_most is not None and at_least > at_most:
                yield _never(path, f"at least {at_least} and at most {at_most} leave no number")


def latest_never_matches(context: Context) -> Iterator[Finding]:
    """A filter and the filter of which only the latest event counts must have a kind in common."""
    for section in ("indicators", "direct_grades"):
        for index, item in enumerate(getattr(context.policy, section)):
            yield from _apart(item.records, item.latest_event_of, (section, index, "latest_event_of"))
    for path, limit in context.walked.of(EventsLimit):
        yield from _apart(limit.records, limit.latest_event_of, (*path, "latest_event_of"))
    for index, indicator in enumerate(context.policy.indicators):
        if isinstance(indicator.points, PointsByShare):
            yield from _apart(indicator.records, indicator.points.failures, ("indicators", index, "points", "failures"))


def _apart(records: RecordFilter, other: RecordFilter | None, path: Path) -> Iterator[Finding]:
    if other is None:
        return
    for name in ("kind", "outcome", "severity"):
        mine, theirs = set(getattr(records, name)), set(getattr(other, name))
        if mine and theirs and not mine & theirs:
            sentence = f"no record meets both filters: their {name} have nothing in common"
            yield Finding((*path, name), "policy.filters_apart", sentence)


def _within(value: int, limit: QuantityLimit) -> bool:
    return (
        (limit.over is None or value > limit.over)
        and (limit.at_least is None or value >= limit.at_least)
        and (limit.at_most is None or value <= limit.at_most)
        and (limit.below is None or value < limit.below)
    )


def _is_empty(limit: QuantityLimit | PointsLimit) -> bool:
    lowest = max((v for v in (limit.at_least, None if limit.over is None else limit.over + 1) if v is not None), default=None)
    highest = min((v for v in (limit.at_most, None if limit.below is None else limit.below - 1) if v is not None), default=None)
    return lowest is not None and highest is not None and lowest > highest


def _never(path: Path, why: str) -> Finding:
    return Finding(path, "policy.never_holds", f"{why}, so this never holds")
