"""The feed in other forms: tables for people, Parquet for analysis, CloudEvents for event buses; and the schema of its lines."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from data.stores import changes
from service.access import Caller
from service.answers import respond_bytes
from service.api.changes import Cursor
from service.change_files import CLOUDEVENTS, COLUMNS, as_event_lines, event_of, rows_of
from service.feed_answers import CursorAhead
from service.house import ReadSessionDep
from service.list_answers import as_csv
from service.operations.change_schema import ADDRESS, change_schema
from service.problems import problems
from service.table_files import PARQUET, XLSX, as_parquet, as_xlsx

router = APIRouter(prefix="/v1/changes", tags=["changes"])
schemas = APIRouter(tags=["changes"])
NDJSON, CSV = "application/x-ndjson", "text/csv; charset=utf-8"
Many = Annotated[int, Query(ge=1, le=100_000, description="How many lines at most.")]
REFUSALS = problems(401, 403, 409, 422)


def _content(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}}, **REFUSALS}


@router.get(".csv", response_class=StreamingResponse, responses=_content("text/csv"))
def export_changes_csv(caller: Caller, session: ReadSessionDep, after: Cursor = 0, limit: Many = 10_000) -> Response:  # noqa: ARG001
    """Give changes after a cursor as CSV; cells that a spreadsheet would execute are neutralised."""
    return _file(session, (after, limit), media_type=CSV, name="csv", write=lambda lines: b"".join(as_csv(COLUMNS, rows_of(lines))))


@router.get(".xlsx", response_class=Response, responses=_content(XLSX))
def export_changes_xlsx(caller: Caller, session: ReadSessionDep, after: Cursor = 0, limit: Many = 10_000) -> Response:  # noqa: ARG001
    """Give changes after a cursor as a workbook; cells that a spreadsheet would execute are neutralised."""
    return _file(session, (after, limit), media_type=XLSX, name="xlsx", write=lambda lines: as_xlsx(COLUMNS, rows_of(lines)))


@router.get(".parquet", response_class=Response, responses=_content(PARQUET))
def export_changes_parquet(caller: Caller, session: ReadSessionDep, after: Cursor = 0, limit: Many = 10_000) -> Response:  # noqa: ARG001
    """Give changes after a cursor as Parquet."""
    return _file(session, (after, limit), media_type=PARQUET, name="parquet", write=lambda lines: as_parquet(COLUMNS, rows_of(lines)))


@router.get(".cloudevents.json", response_class=Response, responses=_content(CLOUDEVENTS))
def export_events(caller: Caller, session: ReadSessionDep, after: Cursor = 0, limit: Many = 1_000) -> Response:  # noqa: ARG001
    """Give changes after a cursor as a batch of CloudEvents 1.0."""
    return _file(session, (after, limit), media_type=CLOUDEVENTS, name="", write=_as_batch)


@router.get(".cloudevents.ndjson", response_class=Response, responses=_content(NDJSON))
def export_event_lines(caller: Caller, session: ReadSessionDep, after: Cursor = 0, limit: Many = 10_000) -> Response:  # noqa: ARG001
    """Give changes after a cursor as CloudEvents 1.0, one a line."""
    return _file(session, (after, limit), media_type=NDJSON, name="", write=lambda lines: b"".join(as_event_lines(lines)))


@schemas.get(ADDRESS, response_class=Response, responses={200: {"content": {"application/schema+json": {}}}})
def read_change_schema(request: Request, caller: Caller) -> Response:  # noqa: ARG001  # admitted
    """Give the JSON Schema of a line of the feed with its body; within v1 it only gains fields."""
    return respond_bytes(request, to_json(change_schema(), indent=1), media_type="application/schema+json")


def _as_batch(lines: Iterator[dict[str, Any]]) -> bytes:
    return to_json([event_of(line) for line in lines])


def _file(
    session: ReadSessionDep, asked: tuple[int, int], *, media_type: str, name: str, write: Callable[[Iterator[dict[str, Any]]], bytes]
) -> Response:
    """One file of the lines after a number, so many at most; `name` is how its name ends, or nothing for what is no download."""
    after, limit = asked
    head = changes.head(session)
    if after > head.seq:
        raise CursorAhead(after, epoch=head.epoch, seq=head.seq)
    until = min(head.seq, after + limit)
    headers = {"Cache-Control": "no-store", "Log-Epoch": str(head.epoch), "Log-Seq": str(until)}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="changes-{after + 1}-{until}.{name}"'
    return Response(write(changes.read_until(session, after, until=until)), media_type=media_type, headers=headers)
