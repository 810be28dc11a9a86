"""What the page of a rehearsal shows, in the reader's language."""

from dataclasses import dataclass
from datetime import date

from models.differences import Part
from models.rehearsals import ClauseMove, Distribution, Group, ListOutcome, Move, Mover, RehearsalState, Report
from models.tables.rehearsals import Rehearsal
from service.difference_answers import PARTS
from service.pages.charts import Bar, Drawing, draw_contributions
from service.pages.evidence_view import ClauseView, view_clause
from service.pages.frame import Frame
from service.pages.rehearsal_charts import Panel, Share, draw_distributions, draw_shares

NAMED = 20
"""So many of those that enter or leave a list stand on the page."""
CLAUSES = 40
STATES = {
    RehearsalState.QUEUED: "rehearsal.queued",
    RehearsalState.RUNNING: "rehearsal.running",
    RehearsalState.FINISHED: "rehearsal.finished",
    RehearsalState.FAILED: "rehearsal.failed",
    RehearsalState.CANCELLED: "rehearsal.cancelled",
}
BY = {
    "region": "rehearsal.by.region",
    "industry": "rehearsal.by.industry",
    "size": "rehearsal.by.size",
    "age": "rehearsal.by.age",
}
BARS = 12
GROUPS = 30


@dataclass(frozen=True)
class Chart:
    drawing: Drawing
    says: str


@dataclass(frozen=True)
class MoverShown:
    what: str
    address: str
    code: str
    score: str
    grade: str
    cause: str


@dataclass(frozen=True)
class ListShown:
    title: str
    counts: str
    clause: ClauseView | None
    movers: tuple[MoverShown, ...]
    is_cut: bool


@dataclass(frozen=True)
class Matrix:
    """Grades before as rows, after as columns; None where nobody is."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[int | None, bool], ...]], ...]
    """A grade with its cells, each with whether the grade is the same on both sides."""


@dataclass(frozen=True)
class ClauseShown:
    title: str
    clause: ClauseView | None
    move: ClauseMove


@dataclass(frozen=True)
class GroupShown:
    by: str
    title: str
    rows: tuple[tuple[str, int, int, str, str], ...]
    chart: Chart | None


@dataclass(frozen=True)
class RehearsalView:
    """One rehearsal; `report` is None until it is finished, and so is all that is read off it."""

    number: int
    title: str
    state: str
    problem: str | None
    changes: tuple[str, ...]
    by: str
    as_of: date
    report: Report | None = None
    digest: str = ""
    lists: tuple[ListShown, ...] = ()
    parts: tuple[tuple[str, int, int, int, str], ...] = ()
    by_policy: Matrix | None = None
    without_policy: Matrix | None = None
    distribution: Chart | None = None
    deciles: tuple[tuple[str, tuple[str, ...]], ...] = ()
    clauses: tuple[ClauseShown, ...] = ()
    clause_chart: Chart | None = None
    groups: tuple[GroupShown, ...] = ()


def view_rehearsal(frame: Frame, row: Rehearsal, report: Report | None) -> RehearsalView:
    """The page of one rehearsal."""
    assert row.rehearsal_id is not None
    start = RehearsalView(
        number=row.rehearsal_id,
        title=frame.say("rehearsal.title", number=row.rehearsal_id, draft=row.policy, against=row.against),
        state=frame.say(STATES[RehearsalState(row.state)]),
        problem=row.problem,
        changes=tuple(row.changes),
        by=row.started_by,
        as_of=row.as_of,
    )
    if report is None:
        return start
    distributions = report.distributions
    panels = tuple(Panel(one.policy, tuple((float(b.lower), b.enterprises) for b in one.bins)) for one in distributions)
    told = {
        "report": report,
        "digest": row.digest or "",
        "lists": tuple(_list(frame, one) for one in report.lists),
        "parts": tuple((frame.tell(PARTS[one.part]), one.up, one.down, one.grades, one.points) for one in report.parts),
        "by_policy": _matrix(report.moves_by_policy, report.grades_against, report.grades_draft),
        "without_policy": _matrix(report.moves_without_policy, report.grades_against, report.grades_against),
        "distribution": Chart(draw_distributions(panels), frame.say("rehearsal.distribution.says")) if panels[0].bins else None,
        "deciles": tuple(map(_deciles, distributions)),
        "clauses": tuple(ClauseShown(frame.tell(one.title), view_clause(frame, one.clause), one) for one in report.clauses[:CLAUSES]),
        "clause_chart": _clause_chart(frame, report),
        "groups": tuple(_group(frame, one) for one in report.groups),
    }
    return RehearsalView(**(vars(start) | told))


def _list(frame: Frame, one: ListOutcome) -> ListShown:
    ways = [("rehearsal.enters", mover) for mover in one.enters[:NAMED]] + [("rehearsal.leaves", mover) for mover in one.leaves[:NAMED]]
    return ListShown(
        title=frame.tell(one.title),
        counts=frame.say("rehearsal.lists.counts", entering=one.entering, leaving=one.leaving),
        clause=view_clause(frame, one.clause),
        movers=tuple(_mover(frame, frame.say(what), mover) for what, mover in ways),
        is_cut=len(ways) < one.entering + one.leaving,
    )


def _mover(frame: Frame, what: str, mover: Mover) -> MoverShown:
    cause = frame.tell(PARTS[Part(mover.by)]) if mover.by else frame.say("rehearsal.as_before")
    return MoverShown(what, f"/enterprises/{mover.scheme}/{mover.value}", mover.value, mover.score, mover.grade, cause)


def _matrix(moves: tuple[Move, ...], before: tuple[str, ...], after: tuple[str, ...]) -> Matrix:
    counts = {(move.before, move.after): move.enterprises for move in moves}
    rows = [grade for grade in before if any(pair[0] == grade for pair in counts)]
    columns = tuple(grade for grade in after if any(pair[1] == grade for pair in counts))
    return Matrix(columns, tuple((row, tuple((counts.get((row, column)), row == column) for column in columns)) for row in rows))


def _deciles(one: Distribution) -> tuple[str, tuple[str, ...]]:
    return one.policy, one.deciles


def _clause_chart(frame: Frame, report: Report) -> Chart | None:
    """What the draft's rules give and take beside those in force: the rules that move most enterprises."""
    bars = []
    for one in report.clauses[:BARS]:
        points = _x100(one.points_draft) - _x100(one.points_against)
        if points:
            bars.append(Bar(frame.tell(one.title), points, f"{'−' if points < 0 else '+'}{abs(points) / 100:,.0f}"))
    return Chart(draw_contributions(tuple(bars)), frame.say("rehearsal.chart.clauses")) if bars else None


def _x100(points: str) -> int:
    return int(points.replace(".", ""))


def _group(frame: Frame, one: Group) -> GroupShown:
    rows = one.rows[:GROUPS]
    names = [frame.tell(row.title) if row.value else frame.say("rehearsal.not_given") for row in rows]
    shares = tuple(
        Share(name, 1000 * row.grades_changed // row.enterprises, f"{100 * row.grades_changed / row.enterprises:.1f} %")
        for name, row in zip(names, rows, strict=True)
    )
    shown = zip(names, rows, strict=True)
    return GroupShown(
        by=one.by,
        title=frame.say(BY[one.by]),
        rows=tuple((name, row.enterprises, row.grades_changed, row.median_against, row.median_draft) for name, row in shown),
        chart=Chart(draw_shares(shares), frame.say("rehearsal.chart.region")) if one.by == "region" and shares else None,
    )
