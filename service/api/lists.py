"""Lists: which there are, one by page as of a day, and exports that name where the log stood."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from data.codes.known_lists import list_title
from data.database import read_session
from data.stores import changes, knowledge
from data.stores.listing_states import states_on
from models.access import Actor
from service.access import Caller
from service.answers import Limit, respond_bytes, respond_json
from service.clock import legal_day
from service.house import ReadSessionDep, house_of
from service.list_answers import COLUMNS, EntryState, ListPage, Lists, StatePage, cells_of, csv_lines, ndjson_lines
from service.operations import show_list
from service.problems import problems
from service.table_files import PARQUET, XLSX, as_parquet, as_xlsx

router = APIRouter(prefix="/v1/lists", tags=["lists"])
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]*$", max_length=63, examples=["quality_black"])]
CSV, NDJSON = "text/csv; charset=utf-8", "application/x-ndjson"
Entries = Iterator[show_list.Entry]


@router.get("", response_model=Lists, responses=problems(401))
def read_lists(request: Request, caller: Caller, session: ReadSessionDep) -> Response:  # noqa: ARG001  # admitted
    """Name the lists with how many entries each has today, and where to ask for those not held here."""
    return respond_json(request, {"lists": show_list.list_lists(session, today=legal_day())})


@router.get("/{name}", response_model=ListPage, responses=problems(401, 404, 409, 422))
def read_list(
    *,
    request: Request,
    caller: Caller,
    session: ReadSessionDep,
    name: Name,
    as_of: date | None = None,
    known_at: AwareDatetime | None = None,
    after: Annotated[int, "the number of the last entry you have"] = 0,
    limit: Limit = 100,
) -> Response:
    """Give one page of a list as of a day, as known at an instant."""
    today = legal_day()
    show_list.get_list(session, name, today=today)
    known = knowledge.resolve(session, known_at)
    entries, following = show_list.show_page(
        session, name, actor=caller, as_of=as_of or today, known=known, today=today, after=after, limit=limit
    )
    page = {
        "list": name,
        "title": list_title(name),
        "as_of": as_of or today,
        "known_at": known.committed_at,
        "entries": entries,
        "next": following,
    }
    return respond_json(request, page)


@router.get("/{name}/announcements", response_model=ListPage, responses=problems(401, 404, 422))
def read_announcements(
    *,
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    name: Name,
    after: Annotated[int, "the number of the last entry you have"] = 0,
    limit: Limit = 100,
) -> Response:
    """Give the entries of a list that are decided, announced, and not in effect yet; anybody may object to them."""
    today = legal_day()
    show_list.get_list(session, name, today=today)
    entries, following = show_list.show_announced(session, name, today=today, after=after, limit=limit)
    known = knowledge.resolve(session, None).committed_at
    page = {"list": name, "title": list_title(name), "as_of": today, "known_at": known, "entries": entries, "next": following}
    return respond_json(request, page)


@router.get("/{name}/states", responses=problems(401, 403, 404, 409, 422))
def read_states(
    *,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    name: Name,
    as_of: date | None = None,
    known_at: AwareDatetime | None = None,
    after: Annotated[int, "the number of the last entry you have"] = 0,
    limit: Limit = 100,
) -> StatePage:
    """Give the state of each entry of a list on a day, as known at an instant, as the lines of the log tell it."""
    today = legal_day()
    show_list.get_list(session, name, today=today)
    known = knowledge.resolve(session, known_at)
    found = states_on(session, name, day=as_of or today, known_seq=known.known_seq, after=after, limit=limit)
    entries = tuple(EntryState(listing_id=number, state=state) for number, state in found.items())
    following = entries[-1].listing_id if len(entries) == limit else None
    return StatePage(list=name, as_of=as_of or today, known_at=known.committed_at, entries=entries, next=following)


@router.get("/{name}/snapshot.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}, **problems(401, 404, 422)})
def export_csv(request: Request, caller: Caller, name: Name, as_of: date | None = None) -> Response:
    """Export a list as of a day as CSV; cells that a spreadsheet would execute are neutralised."""
    return _export(request, name, caller=caller, as_of=as_of, suffix="csv", media_type=CSV, write=lambda _head, entries: csv_lines(entries))


@router.get("/{name}/snapshot.ndjson", response_class=Response, responses={200: {"content": {NDJSON: {}}}, **problems(401, 404, 422)})
def export_ndjson(request: Request, caller: Caller, name: Name, as_of: date | None = None) -> Response:
    """Export a list as of a day as NDJSON; the first line names the number and hash that the log had reached."""
    return _export(request, name, caller=caller, as_of=as_of, suffix="ndjson", media_type=NDJSON, write=ndjson_lines)


@router.get("/{name}/snapshot.xlsx", response_class=Response, responses={200: {"content": {XLSX: {}}}, **problems(401, 404, 422)})
def export_xlsx(request: Request, caller: Caller, name: Name, as_of: date | None = None) -> Response:
    """Export a list as of a day as a workbook; cells that a spreadsheet would execute are neutralised."""
    return _export(request, name, caller=caller, as_of=as_of, suffix="xlsx", media_type=XLSX, write=_whole(as_xlsx))


@router.get("/{name}/snapshot.parquet", response_class=Response, responses={200: {"content": {PARQUET: {}}}, **problems(401, 404, 422)})
def export_parquet(request: Request, caller: Caller, name: Name, as_of: date | None = None) -> Response:
    """Export a list as of a day as Parquet."""
    return _export(request, name, caller=caller, as_of=as_of, suffix="parquet", media_type=PARQUET, write=_whole(as_parquet))


def _whole(write: Callable[[Sequence[str], Iterator[Sequence[Any]]], bytes]) -> Callable[[Mapping[str, Any], Entries], Iterator[bytes]]:
    """A form that is written as a whole."""
    return lambda _head, entries: iter((write(COLUMNS, map(cells_of, entries)),))


def _export(
    request: Request,
    name: str,
    *,
    caller: Actor,
    as_of: date | None,
    suffix: str,
    media_type: str,
    write: Callable[[Mapping[str, Any], Entries], Iterator[bytes]],
) -> Response:
    """One transaction reads the head of the log and the list, so that the export is exactly what the log says up to that number."""
    today = legal_day()
    day = as_of or today
    with ExitStack() as stack:
        session = stack.enter_context(read_session(house_of(request).engine))
        show_list.get_list(session, name, today=today)
        known, head = knowledge.resolve(session, None), changes.head(session)
        tag = f'"{name}.{day}.{today}.{head.epoch}.{head.seq}.{known.known_seq}.{caller.role in show_list.STAFF:d}.{suffix}"'
        headers = {
            "Log-Epoch": str(head.epoch),
            "Log-Seq": str(head.seq),
            "Log-Hash": head.hash,
            "Content-Disposition": f'attachment; filename="{name}-{day}-seq{head.seq}.{suffix}"',
        }
        if tag in request.headers.get("if-none-match", ""):
            return respond_bytes(request, b"", tag=tag, media_type=media_type, headers=headers)
        about = {"list": name, "as_of": day, "known_at": known.committed_at, "epoch": head.epoch, "seq": head.seq, "hash": head.hash}
        entries = show_list.show_all(session, name, actor=caller, as_of=day, known=known, today=today)
        closing = stack.pop_all()

    def body() -> Iterator[bytes]:
        with closing:
            yield from write(about, entries)

    return StreamingResponse(body(), media_type=media_type, headers={**headers, "ETag": tag, "Cache-Control": "private, no-cache"})
