"""Figures of the city's targets, and how each source delivers."""

import csv
import io
from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Path, Response

from data.stores.targets import Cell
from service.access import Caller
from service.answers import AsOf, KnownAt
from service.house import ReadSessionDep
from service.list_answers import neutral
from service.operations.show_source_quality import show_source_quality
from service.operations.show_targets import UNKNOWN, read_counting, show_targets
from service.problems import problems
from service.target_answers import SourceQuality, TargetsShown

router = APIRouter(prefix="/v1", tags=["targets"])
COLUMNS = ("target", "district", "source", "month", "counted", "reached")


@router.get("/targets", responses=problems(401, 403, 409, 422))
def read_targets(caller: Caller, session: ReadSessionDep, as_of: AsOf = None, known_at: KnownAt = None) -> TargetsShown:
    """Give each target with its figure of the year up to a day, by district, source and month.

    Without a day or an instant these are the figures counted last night; with one they are counted now.
    A source sees the figures of its own records, an officer of a district those of the district.
    """
    return show_targets(session, actor=caller, as_of=as_of, known_at=known_at)


@router.get("/targets.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}, **problems(401, 403, 409, 422)})
def export_targets(caller: Caller, session: ReadSessionDep, as_of: AsOf = None, known_at: KnownAt = None) -> Response:
    """Give the same as a table: one line per target, district, source and month."""
    counting = read_counting(session, actor=caller, as_of=as_of, known_at=known_at)
    return Response(cells_as_csv(counting.cells), media_type="text/csv; charset=utf-8")


@router.get("/sources/{code}/quality", responses=problems(401, 403, 404, 409, 422))
def read_source_quality(
    caller: Caller, session: ReadSessionDep, code: Annotated[str, Path(max_length=200)], as_of: AsOf = None, known_at: KnownAt = None
) -> SourceQuality:
    """Give how a source delivers: lateness against the legal delays, fields filled, rows rejected and waiting; a source sees its own.

    Without a day or an instant lateness and fields are those counted last night; with one they are counted now.
    """
    return show_source_quality(session, code, actor=caller, as_of=as_of, known_at=known_at)


def cells_as_csv(cells: Iterable[Cell]) -> str:
    """One line per target, district, source and month."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for cell in cells:
        lines.writerow([cell.target, cell.district or UNKNOWN, neutral(cell.source), f"{cell.month:%Y-%m}", cell.counted, cell.reached])
    return text.getvalue()
