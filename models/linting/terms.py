"""Terms: keys that never occur, spans in force that a kind does not have, sizes and decay steps out of order."""

from collections.abc import Iterator

from models.indicators import Indicator, Length, RecordFilter, Term
from models.linting.context import Context
from models.linting.findings import Finding, Path, quoted
from models.policies import DirectGrade
from models.records import Kind, severities

WITH_SPAN = frozenset({Kind.CERTIFICATION, Kind.LICENCE, Kind.LISTING, Kind.PENALTY, Kind.AWARD, Kind.COMMITMENT, Kind.ORDER})
"""Kinds of records whose facts have a span in force of their own."""


def term_keys(context: Context) -> Iterator[Finding]:
    for path, term, records in _terms(context):
        possible = {str(s) for kind in records.kind for s in severities(kind)}
        for severity in term.by_severity or {}:
            if str(severity) not in possible:
                sentence = f"records of {quoted(records.kind)} never have severity `{severity}`"
                yield Finding((*path, "by_severity", str(severity)), "policy.unknown_key", sentence)
        for kind in term.by_kind or {}:
            if kind not in records.kind:
                sentence = f"this rule matches no record of kind `{kind}`"
                yield Finding((*path, "by_kind", str(kind)), "policy.unknown_key", sentence)
        missing = [kind for kind in records.kind if term.by_kind is not None and kind not in term.by_kind]
        if missing:
            yield Finding((*path, "by_kind"), "policy.term_incomplete", f"no length is given for {quoted(missing)}")
        for name in ("by_level", "by_severity", "by_kind"):
            if getattr(term, name) == {}:
                yield Finding((*path, name), "policy.term_incomplete", f"`{name}` gives no length at all")


def terms_in_force(context: Context) -> Iterator[Finding]:
    for path, term, records in _terms(context):
        without = [kind for kind in records.kind if kind not in WITH_SPAN]
        if term.while_in_force and without:
            sentence = f"records of {quoted(without)} have no span in force, so this would count for ever; give `lasts`"
            yield Finding((*path, "while_in_force"), "policy.term_without_span", sentence)


def size_terms(context: Context) -> Iterator[Finding]:
    for path, term, _ in _terms(context):
        terms = term.by_size
        if terms is None:
            continue
        here = (*path, "by_size")
        if not terms or terms[-1].up_to is not None:
            yield Finding(here, "policy.size_open", "the last size has no `up_to`: it takes everything larger")
        for index, size in enumerate(terms[:-1]):
            before = terms[index - 1].up_to if index else 0
            if size.up_to is None:
                yield Finding((*here, index), "policy.size_order", "only the last size may leave `up_to` out")
            elif before is not None and size.up_to <= before:
                sentence = "`up_to` is a size without sign, and sizes go from small to large"
                yield Finding((*here, index, "up_to"), "policy.size_order", sentence)


def decay_steps(context: Context) -> Iterator[Finding]:
    for path, term, _ in _terms(context):
        steps = term.steps
        if steps is None:
            continue
        here = (*path, "steps")
        if not steps:
            yield Finding(here, "policy.steps_order", "steps need at least one entry")
        for index, step in enumerate(steps):
            if index and not _is_shorter(steps[index - 1].until, step.until):
                yield Finding((*here, index, "until"), "policy.steps_order", "each step ends later than the one before it")
            if not 0 <= step.share <= 10_000:
                yield Finding((*here, index, "share"), "policy.steps_share", "a step counts between 0 and 1 of the points")
            elif index and step.share > steps[index - 1].share:
                yield Finding((*here, index, "share"), "policy.steps_share", "a record weighs less with time, never more")


def endless_lengths(context: Context) -> Iterator[Finding]:
    """`forever` where a wait or a window would never end."""
    places: list[tuple[Path, Length | None]] = []
    for index, cover in enumerate(context.policy.coverage):
        places.append((("coverage", index, "within"), cover.within))
    for index, rule in enumerate(context.policy.lists):
        places.append((("lists", index, "earliest_exit"), rule.earliest_exit))
    for path, length in context.walked.of(Length):
        if path and path[-1] == "registered_for":
            places.append((path, length))
    for path, given in places:
        if given is not None and given.forever:
            yield Finding(path, "policy.endless", "`forever` makes no sense here; give years, months or days")


def days_of(length: Length) -> int:
    """Roughly how many days a length has, for putting lengths in order."""
    if length.forever:
        return 10**9
    return (length.years or 0) * 36525 // 100 + (length.months or 0) * 3044 // 100 + (length.days or 0)


def _is_shorter(a: Length, b: Length) -> bool:
    return days_of(a) < days_of(b)


def _terms(context: Context) -> Iterator[tuple[Path, Term, RecordFilter]]:
    items: tuple[tuple[str, tuple[Indicator | DirectGrade, ...]], ...] = (
        ("indicators", context.policy.indicators),
        ("direct_grades", context.policy.direct_grades),
    )
    for section, group in items:
        for index, item in enumerate(group):
            yield (section, index, "term"), item.term, item.records
