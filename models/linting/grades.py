"""The scale, the ladder of grades on it, and the direct grades that lower or set a grade."""

from collections.abc import Iterator

from models.linting.context import Context
from models.linting.findings import Finding, quoted, show
from models.policies import Policy, Rung
from models.rules import Condition, PointsLimit

Span = tuple[int, int]
"""Scores in hundredths, both ends included."""


def scale_ends(context: Context) -> Iterator[Finding]:
    scale = context.policy.scale
    if scale.lowest >= scale.highest:
        yield Finding(("scale", "lowest"), "policy.scale", "the lowest score must be below the highest")
    elif not scale.lowest <= scale.start <= scale.highest:
        sentence = f"scores start at {show(scale.start)}, outside {show(scale.lowest)} to {show(scale.highest)}"
        yield Finding(("scale", "start"), "policy.scale", sentence)


def grade_bands(context: Context) -> Iterator[Finding]:
    """Every score of the scale earns a grade, every grade can be earned, and bands neither cross nor run against `better`."""
    policy = context.policy
    if policy.scale.lowest >= policy.scale.highest:
        return
    covered: list[Span] = []
    for index, rung in enumerate(policy.grades):
        path = ("grades", index)
        band = _band_of(rung, policy)
        if band[0] > band[1]:
            yield Finding(path, "policy.grade_unreachable", f"no score of the scale lies in the band of `{rung.grade}`")
            continue
        if not _minus(band, covered):
            sentence = f"every score of `{rung.grade}` goes to a better grade already, so nobody can earn it"
            yield Finding(path, "policy.grade_unreachable", sentence)
        if index:
            yield from _against(policy.grades[index - 1], rung, index, policy)
        if rung.when is None:
            covered.append(band)
    gaps = _minus((policy.scale.lowest, policy.scale.highest), covered)
    for low, high in gaps:
        sentence = f"scores from {show(low)} to {show(high)} get no grade; extend a neighbouring band, or let the last grade take the rest"
        yield Finding(("grades",), "policy.grade_gap", sentence)
    last = policy.grades[-1]
    if not gaps and last.when is not None:
        sentence = f"the last grade takes whatever is left, so the condition of `{last.grade}` would not be asked; leave it out"
        yield Finding(("grades", len(policy.grades) - 1, "when"), "policy.grade_gap", sentence)


def _against(before: Rung, rung: Rung, index: int, policy: Policy) -> Iterator[Finding]:
    """The band of a worse grade that reaches, by its own word, into the better one's; grades out of order."""
    higher = policy.scale.better == "higher"
    path = ("grades", index, "below" if higher else "at_least")
    if higher:
        crosses = rung.below is not None and before.at_least is not None and rung.below > before.at_least
        reversed_ = rung.at_least is not None and before.at_least is not None and rung.at_least > before.at_least
    else:
        crosses = rung.at_least is not None and before.below is not None and rung.at_least < before.below
        reversed_ = rung.below is not None and before.below is not None and rung.below < before.below
    if reversed_ and before.when is None and rung.when is None:
        sentence = f"grades go from best to worst, and `{rung.grade}` lies on the {policy.scale.better} side of `{before.grade}`"
        yield Finding(("grades", index), "policy.grade_order", sentence)
    elif crosses and before.when is None and rung.when is None:
        yield Finding(path, "policy.grade_overlap", f"the bands of `{before.grade}` and `{rung.grade}` overlap; move one end")


def _band_of(rung: Rung, policy: Policy) -> Span:
    low = policy.scale.lowest if rung.at_least is None else max(rung.at_least, policy.scale.lowest)
    high = policy.scale.highest if rung.below is None else min(rung.below - 1, policy.scale.highest)
    return low, high


def _minus(span: Span, taken: list[Span]) -> list[Span]:
    """What of a span no other span takes."""
    left = [span]
    for low, high in taken:
        cut: list[Span] = []
        for a, b in left:
            if high < a or low > b:
                cut.append((a, b))
                continue
            if a < low:
                cut.append((a, low - 1))
            if high < b:
                cut.append((high + 1, b))
        left = cut
    return left


def circular_grades(context: Context) -> Iterator[Finding]:
    """A limit of the ladder cannot ask for the grade it helps to give."""
    for path, node in context.walked.of(Condition):
        if path[0] == "grades" and node.grade is not None:
            sentence = "a limit of the ladder cannot ask for the grade; ask for score, points or direct grades"
            yield Finding((*path, "grade"), "policy.circular", sentence)


def direct_grade_effects(context: Context) -> Iterator[Finding]:
    policy = context.policy
    best = policy.grades[0].grade
    for index, direct in enumerate(policy.direct_grades):
        path = ("direct_grades", index)
        if direct.mode == "at_most" and direct.grade == best:
            sentence = f"at most `{best}`, the best grade, changes nothing; name a lower grade"
            yield Finding((*path, "grade"), "policy.direct_without_effect", sentence)
        if direct.mode == "at_most" and direct.precedence != 0:
            sentence = "precedence is for direct grades that set a grade exactly; of several `at_most` the lowest grade holds"
            yield Finding((*path, "precedence"), "policy.precedence", sentence)
        if direct.weighs_as == 0:
            yield Finding(
                (*path, "weighs_as"),
                "policy.weighs_nothing",
                "a direct grade that weighs 0 gives way to every deduction; leave it out or give a size",
            )


def equal_precedence(context: Context) -> Iterator[Finding]:
    seen: dict[int, tuple[str, str]] = {}
    for index, direct in enumerate(context.policy.direct_grades):
        if direct.mode != "exactly":
            continue
        other = seen.setdefault(direct.precedence, (direct.code, direct.grade))
        if other[1] != direct.grade:
            sentence = f"`{other[0]}` sets another grade with the same precedence {direct.precedence}; give each its own number"
            yield Finding(("direct_grades", index, "precedence"), "policy.precedence", sentence)


def score_limits(context: Context) -> Iterator[Finding]:
    scale = context.policy.scale
    for path, node in context.walked.of(Condition):
        if node.score is None:
            continue
        outside = [name for name in PointsLimit.model_fields if not _inside(getattr(node.score, name), scale.lowest, scale.highest)]
        if outside:
            ends = f"{show(scale.lowest)} to {show(scale.highest)}"
            sentence = f"{quoted(outside)} asks for a score outside the scale, which goes from {ends}"
            yield Finding((*path, "score"), "policy.score_outside_scale", sentence)


def _inside(value: int | None, lowest: int, highest: int) -> bool:
    return value is None or lowest <= value <= highest
