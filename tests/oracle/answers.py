"""What a policy means, in plain loops over plain values: slow, without any engine, and written from the language's own sentences.

The plan is held to this. Nothing here is shared with `scoring`, so that one misreading cannot hide in both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.policies import DirectGrade, ListRule, Policy
from models.results import Answer, Line, LineKind, ListStanding, Question
from models.rules import Condition
from tests.oracle.facts import Fact, ListingSpan, RegistrySpan, SameAs, add
from tests.oracle.gains import Gain, double, gains_of, per_event, rules_of
from tests.oracle.known import Setting, covered, events, is_enterprise, setting_of, within
from tests.oracle.lines import Placed, cap_lines, frozen_lines, line_of, share_lines


def answer(
    policy: Policy,
    question: Question,
    records: Iterable[Fact],
    registry: Iterable[RegistrySpan] = (),
    listings: Iterable[ListingSpan] = (),
    *,
    links: Iterable[SameAs] = (),
) -> tuple[Answer, tuple[Line, ...]]:
    """Answer one question; `next_change_on` is left open, since only a walk over later days could tell it (see `next_change`)."""
    here = setting_of(policy, question, records, registry, listings, links=links)
    gains = [gain for place, rule in rules_of(policy) for gain in gains_of(here, place, rule)]
    double(here, gains)
    holding = [gain for gain in gains if gain.starts_on <= here.as_of < gain.until]
    kept = per_event(policy, holding)
    shares = [line for place, rule in rules_of(policy) for line in share_lines(here, place, rule)]

    placed = [(gain.place, gain.rule.code, line_of(gain)) for gain in kept] + shares
    caps = cap_lines(policy, placed)
    frozen = frozen_lines(here, kept, placed, caps)
    lines = [line for _, _, line in placed] + [line for found in caps.values() for _, line in found] + frozen

    total = policy.scale.start + sum(line.points_x100 for line in lines)
    score = min(max(total, policy.scale.lowest), policy.scale.highest)
    asked = _Asked(here, score, placed)
    ladder = _ladder(asked)
    grade = _directed(policy, ladder, kept)
    asked.grade = grade
    label = next((rule.label for rule in policy.not_rated if asked.holds(rule.when)), None)
    asked.grade = label if label is not None else grade
    given = Answer(
        enterprise_key=question.enterprise_key,
        as_of=question.as_of,
        known_seq=question.known_seq,
        total_x100=total,
        score_x100=score,
        grade=asked.grade,
        ladder_grade=ladder,
        is_rated=label is None,
        records_known=len(here.records),
        covered={cover.code: covered(here, [str(kind) for kind in cover.kind], cover.within) for cover in policy.coverage},
        lists={rule.list: _standing(asked, rule) for rule in policy.lists},
        next_change_on=None,
    )
    return given, tuple(lines)


def next_change(
    policy: Policy,
    question: Question,
    records: Sequence[Fact],
    registry: Sequence[RegistrySpan] = (),
    listings: Sequence[ListingSpan] = (),
    *,
    until: date,
) -> date | None:
    """The first later day up to `until` on which the answer is another one; None when there is none."""
    first, _ = answer(policy, question, records, registry, listings)
    day = question.as_of + timedelta(days=1)
    while day <= until:
        later, _ = answer(policy, question.model_copy(update={"as_of": day}), records, registry, listings)
        if later.model_copy(update={"as_of": question.as_of}) != first:
            return day
        day += timedelta(days=1)
    return None


@dataclass
class _Asked:
    """An answer in the making, for conditions to look at."""

    here: Setting
    score: int
    placed: list[Placed]
    grade: str | None = None

    def holds(self, node: Condition) -> bool:
        if node.all is not None:
            return all(self.holds(child) for child in node.all)
        if node.any is not None:
            return any(self.holds(child) for child in node.any)
        if node.none is not None:
            return not any(self.holds(child) for child in node.none)
        if node.score is not None:
            return within(self.score, node.score)
        if node.grade is not None:
            return self.grade in node.grade
        if node.points is not None:
            return within(sum(self._points(code) for code in node.points.indicators), node.points)
        if node.each is not None:
            return all(within(self._points(code), node.each) for code in node.each.indicators)
        if node.count is not None:
            count = sum(self._count(code) for code in node.count.indicators)
            return _between(count, node.count.at_least, node.count.at_most)
        if node.events is not None:
            return _between(events(self.here, node.events), node.events.at_least, node.events.at_most)
        if node.direct is not None:
            return any(line.line is LineKind.DIRECT and code in node.direct for _, code, line in self.placed)
        return self._of_the_enterprise(node)

    def _of_the_enterprise(self, node: Condition) -> bool:
        if node.enterprise is not None:
            return is_enterprise(self.here, node.enterprise)
        if node.registered_for is not None:
            registered = self.here.registry.registered_on if self.here.registry is not None else None
            return registered is not None and add(registered, node.registered_for) <= self.here.as_of
        assert node.listed is not None
        return any(name in self.here.on_lists for name in node.listed)

    def _points(self, wanted: str) -> int:
        return sum(line.points_x100 for _, code, line in self.placed if code == wanted)

    def _count(self, wanted: str) -> int:
        """Events, each once under one indicator; a share is one contribution."""
        lines = [line for _, code, line in self.placed if code == wanted]
        return len({line.event_key for line in lines})


def _between(count: int, at_least: int | None, at_most: int | None) -> bool:
    return (at_least is None or count >= at_least) and (at_most is None or count <= at_most)


def _ladder(asked: _Asked) -> str:
    """The best rung whose limits all hold; the last one is for whoever meets none."""
    rungs = asked.here.policy.grades
    for rung in rungs:
        reached = rung.at_least is None or asked.score >= rung.at_least
        below = rung.below is None or asked.score < rung.below
        if reached and below and (rung.when is None or asked.holds(rung.when)):
            return rung.grade
    return rungs[-1].grade


def _directed(policy: Policy, ladder: str, kept: list[Gain]) -> str:
    directs = [g.rule for g in sorted(kept, key=lambda g: g.place) if g.is_direct and isinstance(g.rule, DirectGrade)]
    setting = [rule for rule in directs if rule.mode == "exactly"]
    if setting:
        return min(setting, key=lambda rule: rule.precedence).grade
    rungs = [rung.grade for rung in policy.grades]
    return rungs[max([rungs.index(ladder), *(rungs.index(rule.grade) for rule in directs)])]


def _standing(asked: _Asked, rule: ListRule) -> ListStanding:
    since = asked.here.on_lists.get(rule.list)
    meets = asked.holds(rule.enter)
    blocked = rule.blocked_by is not None and asked.holds(rule.blocked_by)
    if since is None:
        return ListStanding.OFF if not meets else ListStanding.BLOCKED if blocked else ListStanding.ENTER
    may_leave = rule.leave is not None and asked.holds(rule.leave)
    if rule.earliest_exit is not None and asked.here.as_of < add(since, rule.earliest_exit):
        may_leave = False
    if blocked or may_leave:
        return ListStanding.LEAVE
    return ListStanding.STAY if meets else ListStanding.OFF
