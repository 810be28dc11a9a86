"""The page of the city's targets as its template takes it: everything in the reader's words, nothing left to decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from data.codes.regions import region_name
from models.glossary import KIND_TITLES
from service.operations.show_targets import UNKNOWN
from service.pages.charts import Drawing
from service.pages.evidence_view import ClauseView, view_clause
from service.pages.frame import Frame
from service.pages.target_charts import MonthShare, draw_months
from service.target_answers import Figure, SourceQuality, TargetFigures, TargetsShown


@dataclass(frozen=True)
class FigureLine:
    """A row of a table: whose figure, and the figure."""

    name: str
    counted: str
    reached: str
    share: str
    verdict: str
    is_missed: bool
    address: str | None = None


@dataclass(frozen=True)
class TargetView:
    code: str
    title: str
    asked: str
    figure: str
    verdict: str
    is_missed: bool
    clause: ClauseView | None
    chart: Drawing | None
    says: str
    months: tuple[FigureLine, ...]
    districts: tuple[FigureLine, ...]
    sources: tuple[FigureLine, ...]


@dataclass(frozen=True)
class QualityView:
    title: str
    rows: str
    first: date
    lateness: tuple[tuple[str, str, ClauseView | None, str, str, str, str, str], ...]
    """Kind, delay, clause, records, history, in time, late, half of them within."""
    fields: tuple[tuple[str, str, str, str, str], ...]
    """Kind, field, records, filled, share."""


@dataclass(frozen=True)
class TargetsPage:
    lead: str
    scope: str | None
    as_of: date
    known_at: datetime
    csv: str
    targets: tuple[TargetView, ...]
    quality: QualityView | None


def view_targets(frame: Frame, shown: TargetsShown, quality: SourceQuality | None, *, asked_of: date | None) -> TargetsPage:
    """What the reader sees of the targets, and of one source's deliveries when they asked.

    Links name the day that was asked of, and no other: a day that is named is counted anew, and the figures shown may be last night's.
    """
    of_day = {} if asked_of is None else {"as_of": asked_of.isoformat()}
    scope = None
    if shown.source is not None:
        scope = frame.say("target.of_source")
    elif shown.region is not None:
        scope = frame.say("target.of_region", region=region_name(shown.region) or shown.region)
    return TargetsPage(
        lead=frame.say("target.lead", first=shown.first, as_of=shown.as_of),
        scope=scope,
        as_of=shown.as_of,
        known_at=shown.known_at,
        csv=_address("/targets.csv", of_day),
        targets=tuple(_target(frame, one, of_day) for one in shown.targets),
        quality=_quality(frame, quality) if quality is not None else None,
    )


def _address(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def percent(share_x10000: int | None) -> str:
    return "–" if share_x10000 is None else f"{share_x10000 / 100:.2f} %"


def _target(frame: Frame, one: TargetFigures, of_day: Mapping[str, str]) -> TargetView:
    asked = percent(one.at_least_x10000)
    drawn = tuple(MonthShare(m.month, m.figure.share_x10000) for m in one.months if m.figure.share_x10000 is not None)
    figure = one.figure
    return TargetView(
        code=one.code,
        title=frame.tell(one.title),
        asked=frame.say("target.at_least", share=asked),
        figure=frame.say("target.figure", share=percent(figure.share_x10000), counted=f"{figure.counted:,}", reached=f"{figure.reached:,}"),
        verdict=_verdict(frame, figure),
        is_missed=figure.is_met is False,
        clause=view_clause(frame, one.clause),
        chart=draw_months(drawn, one.at_least_x10000) if drawn else None,
        says=frame.say("target.months.says", share=asked),
        months=tuple(_line(frame, f"{m.month:%Y-%m}", m.figure) for m in one.months),
        districts=tuple(_line(frame, _district(frame, d.district, d.name), d.figure) for d in one.districts),
        sources=tuple(
            _line(
                frame,
                s.title_en if frame.language == "en" else s.title_zh,
                s.figure,
                address=_address("/targets", {"source": s.source, **of_day}) + "#quality",
            )
            for s in one.sources
        ),
    )


def _district(frame: Frame, code: str, name: str | None) -> str:
    return frame.say("target.unknown") if code == UNKNOWN else name or code


def _verdict(frame: Frame, figure: Figure) -> str:
    return frame.say({True: "target.met", False: "target.missed", None: "target.nothing"}[figure.is_met])


def _line(frame: Frame, name: str, figure: Figure, *, address: str | None = None) -> FigureLine:
    return FigureLine(
        name=name,
        counted=f"{figure.counted:,}",
        reached=f"{figure.reached:,}",
        share=percent(figure.share_x10000),
        verdict=_verdict(frame, figure),
        is_missed=figure.is_met is False,
        address=address,
    )


def _quality(frame: Frame, found: SourceQuality) -> QualityView:
    rows = found.rows
    return QualityView(
        title=frame.say("quality.title", name=frame.tell(found.title)),
        rows=frame.say(
            "quality.rows",
            deliveries=rows.deliveries,
            rows=f"{rows.rows_read:,}",
            rejected=f"{rows.rejected:,}",
            queued=f"{rows.queued:,}",
            waiting=f"{rows.waiting:,}",
        ),
        first=found.first,
        lateness=tuple(
            (
                frame.tell(KIND_TITLES[one.kind]),
                frame.say("quality.days", days=one.working_days),
                view_clause(frame, one.clause),
                f"{one.records:,}",
                f"{one.history:,}",
                f"{one.in_time:,}",
                f"{one.late:,}",
                "–" if one.late_days_half is None else frame.say("quality.day_count", days=one.late_days_half),
            )
            for one in found.lateness
        ),
        fields=tuple(
            (frame.tell(KIND_TITLES[one.kind]), one.field, f"{one.records:,}", f"{one.filled:,}", percent(one.share_x10000))
            for one in found.fields
        ),
    )
