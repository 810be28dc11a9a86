"""Why an answer changed, as a page says it: both ends, a bar and a row for each cause, and the lines that each moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.results import ListStanding
from models.shapes import Bilingual
from service.clock import LEGAL_ZONE
from service.difference_answers import Difference, DifferenceEnd, LineMoved, PartShown
from service.operations.differ import End
from service.pages.charts import Bar, draw_contributions
from service.pages.evidence_view import ClauseView, RecordView, view_clause, view_record
from service.pages.frame import Frame
from service.pages.score_view import ChartView, plain, signed

NOTHING = "0.00"


@dataclass(frozen=True)
class EndView:
    as_of: date
    known_at: datetime
    policy: str
    score: str
    grade: str
    is_rated: bool
    lists: str


@dataclass(frozen=True)
class MovedView:
    """A line of the score that a cause brought, took or changed; an empty side is none."""

    title: str
    clause: ClauseView | None
    evidence: RecordView | None
    before: str
    after: str


@dataclass(frozen=True)
class PartView:
    code: str
    title: str
    points: str
    score: str
    grade: str
    lists: tuple[str, ...]
    lines: tuple[MovedView, ...]
    beside: str | None
    is_between_versions: bool


@dataclass(frozen=True)
class FoundView:
    """Both ends, and what lies between them."""

    ends: tuple[EndView, EndView]
    change: str
    is_new: bool
    chart: ChartView | None
    parts: tuple[PartView, ...]


@dataclass(frozen=True)
class DifferencePage:
    """The whole page: the form with what was asked, and what was found, or why it cannot be told."""

    name: str
    code: str
    file: str
    """The address of the enterprise's file."""
    path: str
    since: date | None
    until: date | None
    known_from: str
    known_to: str
    policy_from: str
    policy_to: str
    fault: str | None
    found: FoundView | None


def view_difference(frame: Frame, found: Difference, before: End, after: End, *, sources: dict[str, Bilingual]) -> DifferencePage:
    view = FoundView(
        ends=(_end(frame, found.before, found), _end(frame, found.after, found)),
        change=signed(found.change),
        is_new=found.is_new,
        chart=_chart(frame, found),
        parts=tuple(_part(frame, part, sources) for part in found.parts),
    )
    return _page(frame, found.enterprise.name or found.enterprise.value, found.enterprise.value, before, after, found=view)


def view_refused(frame: Frame, enterprise: Mapping[str, Any], before: End, after: End, *, fault: str) -> DifferencePage:
    """The form alone, with the sentence that says what to do."""
    return _page(frame, enterprise["name"] or enterprise["value"], enterprise["value"], before, after, fault=fault)


def _page(
    frame: Frame, name: str, code: str, before: End, after: End, *, found: FoundView | None = None, fault: str | None = None
) -> DifferencePage:
    return DifferencePage(
        name=name,
        code=code,
        file=frame.path.removesuffix("/difference"),
        path=frame.path,
        since=before.as_of,
        until=after.as_of,
        known_from=_typed(before.known_at),
        known_to=_typed(after.known_at),
        policy_from=before.policy or "",
        policy_to=after.policy or "",
        fault=fault,
        found=found,
    )


def _typed(instant: datetime | None) -> str:
    return instant.astimezone(LEGAL_ZONE).strftime("%Y-%m-%dT%H:%M:%S") if instant else ""


def _end(frame: Frame, end: DifferenceEnd, found: Difference) -> EndView:
    titles = {moved.list: frame.tell(moved.title) for part in found.parts for moved in part.lists}
    said = [f"{titles.get(name, name)} {_standing(frame, what)}" for name, what in sorted(end.lists.items())]
    return EndView(
        as_of=end.as_of,
        known_at=end.known_at,
        policy=end.policy,
        score=plain(end.score),
        grade=end.grade,
        is_rated=end.is_rated,
        lists=frame.join(said),
    )


def _standing(frame: Frame, what: ListStanding) -> str:
    return frame.say("difference.off" if what is ListStanding.OFF else f"suggest.{what}")


def _chart(frame: Frame, found: Difference) -> ChartView | None:
    moving = [part for part in found.parts if part.points != NOTHING]
    bars = tuple(Bar(frame.tell(part.title), int(part.points.replace(".", "")), signed(part.points)) for part in moving)
    if not bars:
        return None
    says = frame.say("difference.chart.alt", parts=frame.join([f"{bar.title} {bar.text}" for bar in bars]))
    return ChartView(draw_contributions(bars), says)


def _part(frame: Frame, part: PartShown, sources: dict[str, Bilingual]) -> PartView:
    grade = part.grade_after if part.grade_before == part.grade_after else f"{part.grade_before} → {part.grade_after}"
    return PartView(
        code=part.part,
        title=frame.tell(part.title),
        points=signed(part.points),
        score=plain(part.score),
        grade=grade,
        lists=tuple(
            frame.say(
                "difference.list_moved",
                list=frame.tell(moved.title),
                before=_standing(frame, moved.before),
                after=_standing(frame, moved.after),
            )
            for moved in part.lists
        ),
        lines=tuple(_line(frame, line, sources) for line in part.lines),
        beside=signed(part.beside_lines) if part.beside_lines != NOTHING else None,
        is_between_versions=part.is_between_versions,
    )


def _line(frame: Frame, line: LineMoved, sources: dict[str, Bilingual]) -> MovedView:
    return MovedView(
        title=frame.tell(line.title),
        clause=view_clause(frame, line.clause),
        evidence=view_record(frame, line.evidence, anchor="", sources=sources) if line.evidence else None,
        before="—" if line.before is None else signed(line.before),
        after="—" if line.after is None else signed(line.after),
    )
