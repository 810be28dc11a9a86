"""The city's targets in figures: per target, district, source and month, from the first day of a year to a day."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from data.codes.regions import region_name
from data.database import Engine, ReadSession, write_session
from data.stores import knowledge, sources
from data.stores.targets import Cell, Counting, count_cells, keep_counting, latest_counting
from data.targets.rules import city_targets
from models.access import Actor
from models.regions import is_within
from models.targets import Target, is_met, share_x10000
from service.clock import legal_day
from service.operations.show_source_quality import count_source_quality
from service.target_answers import DistrictFigure, Figure, MonthFigure, SourceFigure, TargetFigures, TargetsShown

UNKNOWN = "unknown"
"""Stands for a district that the registry does not say, among codes of six digits."""


def count_targets(session: ReadSession, *, as_of: date, known_at: datetime | None) -> Counting:
    """Count the year up to a day, now. Raises `knowledge.*`."""
    known = knowledge.resolve(session, known_at)
    cells = count_cells(session, city_targets(), first=as_of.replace(month=1, day=1), as_of=as_of, known_seq=known.known_seq)
    return Counting(as_of=as_of, known_seq=known.known_seq, known_at=known_at or known.committed_at, cells=tuple(cells))


def read_counting(session: ReadSession, *, actor: Actor, as_of: date | None, known_at: datetime | None) -> Counting:
    """What was counted last night, or what is counted now where a day or an instant is named or no night has counted yet.

    Of it a source gets the cells of its own records, an officer of a district those of the district.
    """
    kept = latest_counting(session) if as_of is None and known_at is None else None
    counting = kept or count_targets(session, as_of=as_of or legal_day(), known_at=known_at)
    mine = tuple(
        cell
        for cell in counting.cells
        if (actor.source is None or cell.source == actor.source) and (actor.region is None or is_within(cell.district, actor.region))
    )
    return replace(counting, cells=mine)


def count_last_night(engine: Engine) -> Counting:
    """Count as of the day that ended last, targets and how sources deliver, and keep it; in a transaction of its own."""
    with write_session(engine) as session:
        counting = count_targets(session, as_of=legal_day() - timedelta(days=1), known_at=None)
        quality = {
            source.code: count_source_quality(session, source, as_of=counting.as_of, known_at=counting.known_at).model_dump(mode="json")
            for source in sources.list_sources(session)
        }
        keep_counting(session, replace(counting, quality=quality))
        session.commit()
    return counting


def show_targets(session: ReadSession, *, actor: Actor, as_of: date | None, known_at: datetime | None) -> TargetsShown:
    """Each target with its figure of the year up to a day, and the same by district, source and month. Raises `knowledge.*`."""
    found = read_counting(session, actor=actor, as_of=as_of, known_at=known_at)
    titles = {one.code: (one.title_zh, one.title_en) for one in sources.list_sources(session)}
    return TargetsShown(
        as_of=found.as_of,
        first=found.as_of.replace(month=1, day=1),
        known_at=found.known_at,
        source=actor.source,
        region=actor.region,
        targets=tuple(_figures(target, [cell for cell in found.cells if cell.target == target.code], titles) for target in city_targets()),
    )


def _figures(target: Target, cells: list[Cell], titles: dict[str, tuple[str, str]]) -> TargetFigures:
    total = _sums(cells, lambda _: "")
    return TargetFigures(
        code=target.code,
        title=target.title,
        description=target.description,
        at_least_x10000=target.at_least,
        clause=target.clause,
        figure=_figure(target, *total.get("", (0, 0))),
        districts=tuple(
            DistrictFigure(district=code, name=region_name(code), figure=_figure(target, *sums))
            for code, sums in sorted(_sums(cells, lambda cell: cell.district or UNKNOWN).items())
        ),
        sources=tuple(
            SourceFigure(source=code, title_zh=titles[code][0], title_en=titles[code][1], figure=_figure(target, *sums))
            for code, sums in sorted(_sums(cells, lambda cell: cell.source).items())
        ),
        months=tuple(
            MonthFigure(month=month, figure=_figure(target, *sums)) for month, sums in sorted(_sums(cells, lambda cell: cell.month).items())
        ),
    )


K = TypeVar("K", bound=Hashable)


def _sums(cells: Iterable[Cell], key: Callable[[Cell], K]) -> dict[K, tuple[int, int]]:
    found: dict[K, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for cell in cells:
        reached, counted = found[key(cell)]
        found[key(cell)] = (reached + cell.reached, counted + cell.counted)
    return found


def _figure(target: Target, reached: int, counted: int) -> Figure:
    return Figure(
        counted=counted,
        reached=reached,
        share_x10000=share_x10000(reached, counted),
        is_met=is_met(reached, counted, at_least=target.at_least),
    )
