"""Score, grade, contributions and history as a page says them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from data.codes.known_lists import list_title
from models.glossary import LINE_TITLES
from models.indicators import decimals
from models.law import Mark
from models.policies import Policy
from models.results import LineKind
from service.pages.charts import Bar, Dot, Drawing, Threshold, draw_contributions, draw_history
from service.pages.evidence_view import ClauseView, RecordView, view_clause
from service.pages.frame import Frame
from service.record_answers import Contributions, ContributionShown, History, HistoryPoint, RecordShown

BARS = 9
"""So many indicators have a bar of their own; the rest share one."""
MINUS = "−"


@dataclass(frozen=True)
class ChartView:
    """A drawing with what it says, for who does not see it."""

    drawing: Drawing
    says: str


@dataclass(frozen=True)
class LineView:
    """One contribution."""

    title: str
    sort: str | None
    points: str
    clause: ClauseView | None
    evidence: RecordView | None
    is_repeat: bool
    is_direct: bool
    valid_until: date | None
    has_end: bool
    is_printed: bool


@dataclass(frozen=True)
class CoverageView:
    title: str
    looked_at_on: date | None


@dataclass(frozen=True)
class ScoreView:
    """The standing of the day, and the lines it is the sum of."""

    policy: str
    policy_title: str
    policy_hash: str
    is_sample: bool
    as_of: date
    known_at: datetime
    score: str
    lowest: str
    highest: str
    is_lower_better: bool
    grade: str
    grade_title: str
    ladder_grade: str | None
    is_rated: bool
    records_known: int
    coverage: tuple[CoverageView, ...]
    suggestions: tuple[tuple[str, str], ...]
    next_change_on: date | None
    start: str
    lines: tuple[LineView, ...]
    acts: tuple[str, ...]
    """The acts that the clauses of the lines name, in the order of their numbers."""
    total: str
    is_held: bool
    not_printed: int
    chart: ChartView | None


@dataclass(frozen=True)
class MonthView:
    day: date
    score: str
    grade: str
    policy: str
    is_rated: bool


@dataclass(frozen=True)
class HistoryView:
    """The months, and the picture of them."""

    months: tuple[MonthView, ...]
    chart: ChartView
    policies: str
    has_switch: bool
    known_at: datetime


def signed(points: str) -> str:
    """Points with a sign that is not a hyphen; nothing has none."""
    if points.startswith("-"):
        return MINUS + points[1:]
    return points if points == "0.00" else "+" + points


def plain(points: str) -> str:
    return points.replace("-", MINUS)


def view_score(
    frame: Frame, found: Contributions, policy: Policy, *, records: Mapping[tuple[str, str], RecordView], printed: int
) -> ScoreView:
    """`records` are those that the page names, by source and reference; `printed` lines have room on paper."""
    standing = found.standing
    titles = {rung.grade: frame.tell(rung.title) for rung in policy.grades} | {
        label.label: frame.tell(label.title) for label in policy.labels
    }
    ordered = sorted(found.lines, key=_weight)
    clauses = [view_clause(frame, line.clause) for line in ordered]
    acts = tuple(dict.fromkeys(clause.act for clause in clauses if clause))
    lines = tuple(
        _line(
            frame,
            line,
            clause=replace(clause, number=acts.index(clause.act) + 1) if clause else None,
            evidence=records.get(place_of(line.evidence)) if line.evidence else None,
            is_printed=place < printed,
        )
        for place, (line, clause) in enumerate(zip(ordered, clauses, strict=True))
    )
    assert standing.known_at is not None
    return ScoreView(
        policy=standing.policy,
        policy_title=frame.tell(policy.title),
        policy_hash=standing.policy_hash,
        is_sample=policy.mark is Mark.SAMPLE,
        as_of=standing.as_of,
        known_at=standing.known_at,
        score=plain(standing.score),
        lowest=_hundredths(policy.scale.lowest),
        highest=_hundredths(policy.scale.highest),
        is_lower_better=policy.scale.better == "lower",
        grade=standing.grade,
        grade_title=titles.get(standing.grade, ""),
        ladder_grade=standing.ladder_grade if standing.is_rated and standing.ladder_grade != standing.grade else None,
        is_rated=standing.is_rated,
        records_known=standing.records_known,
        coverage=tuple(CoverageView(frame.tell(one.title), one.looked_at_on) for one in standing.coverage),
        suggestions=tuple((frame.tell(list_title(name)), frame.say(f"suggest.{what}")) for name, what in sorted(standing.lists.items())),
        next_change_on=standing.next_change_on,
        start=plain(found.start),
        lines=lines,
        acts=acts,
        total=plain(found.total),
        is_held=found.total != standing.score,
        not_printed=max(len(lines) - printed, 0),
        chart=_bars(frame, found.lines),
    )


def view_history(frame: Frame, found: History, policy: Policy) -> HistoryView:
    points = found.points
    dots = tuple(
        Dot(
            day=point.as_of,
            score_x100=_x100(point.score) if point.is_rated else None,
            grade=point.grade,
            is_turn=place == 0 or (points[place - 1].grade, points[place - 1].policy) != (point.grade, point.policy),
            rules=point.policy,
        )
        for place, point in enumerate(points)
    )
    floors = tuple(Threshold(policy.name, rung.at_least, rung.grade) for rung in policy.grades if rung.at_least is not None)
    policies = tuple(dict.fromkeys(point.policy for point in points))
    months = tuple(MonthView(point.as_of, plain(point.score), point.grade, point.policy, point.is_rated) for point in points)
    return HistoryView(
        months=tuple(reversed(months)),
        chart=ChartView(draw_history(dots, floors, frame.language), _told(frame, points)),
        policies=frame.join(policies),
        has_switch=len(policies) > 1,
        known_at=found.known_at,
    )


def _line(frame: Frame, line: ContributionShown, *, clause: ClauseView | None, evidence: RecordView | None, is_printed: bool) -> LineView:
    return LineView(
        title=frame.tell(line.title),
        sort=None if line.line is LineKind.RECORD else frame.tell(LINE_TITLES[line.line]),
        points=signed(line.points),
        clause=clause,
        evidence=evidence,
        is_repeat=line.is_repeat,
        is_direct=line.line is LineKind.DIRECT,
        valid_until=line.valid_until,
        has_end=not line.is_withheld and line.line is not LineKind.CAP,
        is_printed=is_printed,
    )


def place_of(record: RecordShown) -> tuple[str, str]:
    """What tells a record from every other."""
    return record.source, record.source_ref


def _weight(line: ContributionShown) -> tuple[bool, int, str, str]:
    """Direct grades first, then by how much a line moves the score; the rest is for a total order."""
    reference = line.evidence.source_ref if line.evidence else ""
    return line.line is not LineKind.DIRECT, -abs(_x100(line.points)), line.item, reference


def _bars(frame: Frame, lines: Sequence[ContributionShown]) -> ChartView | None:
    sums: dict[str, int] = {}
    for line in lines:
        sums[frame.tell(line.title)] = sums.get(frame.tell(line.title), 0) + _x100(line.points)
    ordered = sorted(((title, points) for title, points in sums.items() if points), key=lambda one: (-abs(one[1]), one[0]))
    if not ordered:
        return None
    if len(ordered) > BARS + 1:
        rest = ordered[BARS:]
        ordered = [*ordered[:BARS], (frame.say("lines.chart.other", count=len(rest)), sum(points for _, points in rest))]
    bars = tuple(Bar(title, points, signed(decimals(points))) for title, points in ordered)
    says = frame.say("lines.chart.alt", parts=frame.join([f"{bar.title} {bar.text}" for bar in bars]))
    return ChartView(draw_contributions(bars), says)


def _told(frame: Frame, points: Sequence[HistoryPoint]) -> str:
    scores = [_x100(point.score) for point in points]
    return frame.say(
        "history.alt",
        first=points[0].as_of,
        first_score=plain(points[0].score),
        first_grade=points[0].grade,
        last=points[-1].as_of,
        last_score=plain(points[-1].score),
        last_grade=points[-1].grade,
        low=plain(decimals(min(scores))),
        high=plain(decimals(max(scores))),
    )


def _x100(points: str) -> int:
    return int(points.replace(".", ""))


def _hundredths(points_x100: int) -> str:
    return plain(decimals(points_x100).removesuffix(".00"))
