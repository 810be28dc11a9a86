"""Names that a policy uses and nobody declared, and names declared twice."""

import difflib
from collections.abc import Iterable, Iterator

from models.indicators import Cap, RecordFilter, Repeat
from models.linting.context import Context
from models.linting.findings import Finding, Path, quoted, twice
from models.rules import Condition, CountLimit, EachIndicatorPoints, IndicatorPoints
from models.vocabulary import OTHER_LISTS


def unknown_indicators(context: Context) -> Iterator[Finding]:
    for kind in (Cap, Repeat, IndicatorPoints, EachIndicatorPoints, CountLimit):
        for path, user in context.walked.of(kind):
            used: tuple[str, ...] = user.indicators  # type: ignore[attr-defined]  # each of these shapes has it
            yield from _unknown(used, context.names.indicators, (*path, "indicators"), "policy.unknown_indicator", "an indicator")


def unknown_groups(context: Context) -> Iterator[Finding]:
    for index, indicator in enumerate(context.policy.indicators):
        yield from _unknown((indicator.group,), context.names.groups, ("indicators", index, "group"), "policy.unknown_group", "a group")


def unknown_lists(context: Context) -> Iterator[Finding]:
    known = context.names.lists | set(OTHER_LISTS)
    for path, wanted in context.walked.of(RecordFilter):
        yield from _unknown(wanted.listed, known, (*path, "listed"), "policy.unknown_list", "a list")
    for path, node in context.walked.of(Condition):
        yield from _unknown(node.listed or (), known, (*path, "listed"), "policy.unknown_list", "a list")


def unknown_grades(context: Context) -> Iterator[Finding]:
    either = context.names.grades | context.names.labels
    for index, direct in enumerate(context.policy.direct_grades):
        path: Path = ("direct_grades", index, "grade")
        if direct.mode == "at_most" and direct.grade in context.names.labels:
            sentence = f"`{direct.grade}` is a label outside the ladder, and `at_most` needs a grade of the ladder; use `mode: exactly`"
            yield Finding(path, "policy.unknown_grade", sentence)
        else:
            yield from _unknown((direct.grade,), either, path, "policy.unknown_grade", "a grade")
    for where, node in context.walked.of(Condition):
        yield from _unknown(node.grade or (), either, (*where, "grade"), "policy.unknown_grade", "a grade")


def unknown_labels(context: Context) -> Iterator[Finding]:
    for index, unrated in enumerate(context.policy.not_rated):
        yield from _unknown((unrated.label,), context.names.labels, ("not_rated", index, "label"), "policy.unknown_label", "a label")


def unknown_direct_grades(context: Context) -> Iterator[Finding]:
    for path, node in context.walked.of(Condition):
        yield from _unknown(node.direct or (), context.names.directs, (*path, "direct"), "policy.unknown_direct_grade", "a direct grade")


def duplicate_codes(context: Context) -> Iterator[Finding]:
    """A line of an explanation names its item by code alone, so indicators, direct grades and caps share one set of codes."""
    policy = context.policy
    items: list[tuple[str, int, str]] = []
    items += [("indicators", n, i.code) for n, i in enumerate(policy.indicators)]
    items += [("direct_grades", n, d.code) for n, d in enumerate(policy.direct_grades)]
    items += [("caps", n, c.code) for n, c in enumerate(policy.caps)]
    for place, code in twice(code for _, _, code in items):
        section, index, _ = items[place]
        yield _twice((section, index, "code"), code, "indicators, direct grades and caps")
    for section, key in (("groups", "code"), ("repeats", "code"), ("coverage", "code"), ("lists", "list")):
        for index, code in twice(str(getattr(item, key)) for item in getattr(policy, section)):
            yield _twice((section, index, key), code, section)
    grades = [("grades", n, "grade", g.grade) for n, g in enumerate(policy.grades)]
    grades += [("labels", n, "label", label.label) for n, label in enumerate(policy.labels)]
    for place, name in twice(name for *_, name in grades):
        section, index, key, _ = grades[place]
        yield _twice((section, index, key), name, "grades and labels")


def _twice(path: Path, code: str, where: str) -> Finding:
    return Finding(path, "policy.duplicate_code", f"`{code}` is there already among the {where}; every one needs a name of its own")


def _unknown(used: Iterable[str], known: Iterable[str], path: Path, code: str, what: str) -> Iterator[Finding]:
    names = sorted(known)
    for name in used:
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are {quoted(names)}" if names else "the policy declares none"
            yield Finding(path, code, f"`{name}` is not {what} of this policy; {hint}")
