"""The feed: changes after a cursor, as JSON by page or as NDJSON in one stream."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from data.database import Pool
from data.stores.changes import READ_AT_ONCE, Head, Page, head_async, page_after_async
from service.access import Caller
from service.answers import JSON
from service.feed_answers import CursorAhead, FeedPage
from service.house import house_of
from service.problems import problems

router = APIRouter(prefix="/v1/changes", tags=["changes"])
NDJSON = "application/x-ndjson"
BLOCK = 1_000
"""Lines of one block of the stream, about a megabyte: beside a streamed file, larger and smaller ones were slower."""
AHEAD = 2
"""Blocks read at once, each on a connection of its own: numbers have no gap, so where each begins is known before the last has come."""
Cursor = Annotated[int, Query(ge=0, le=2**63 - 1, description="The `seq` of the last line you have; 0 is the beginning.")]


@router.get("", response_model=FeedPage, responses=problems(401, 403, 409, 422))
async def read_changes(
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    after: Cursor = 0,
    limit: Annotated[int, Query(ge=1, le=READ_AT_ONCE)] = 100,
) -> Response:
    """Give the changes after a cursor, oldest first; the lines are sent as they are stored."""
    async with house_of(request).pool.connection() as connection:
        head = await _head_beyond(connection, after)
        page = await page_after_async(connection, after, limit=limit)
    lines = page.ndjson.removesuffix(b"\n").replace(b"\n", b",")
    tail = f'],"next":{page.last_seq},"head":{{"epoch":{head.epoch},"seq":{max(head.seq, page.last_seq)},"hash":"{head.hash}"}}}}'
    return Response(b'{"changes":[' + lines + tail.encode(), media_type=JSON, headers={"Cache-Control": "no-store"})


@router.get(".ndjson", response_class=StreamingResponse, responses={200: {"content": {NDJSON: {}}}, **problems(401, 403, 409, 422)})
async def stream_changes(
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    after: Cursor = 0,
    limit: Annotated[int | None, Query(ge=1)] = None,
) -> StreamingResponse:
    """Give all changes after a cursor up to the present head, one JSON object a line; an empty answer says that nothing is new."""
    pool = house_of(request).pool
    async with pool.connection() as connection:
        head = await _head_beyond(connection, after)
    until = head.seq if limit is None else min(head.seq, after + limit)
    headers = {"Cache-Control": "no-store", "Log-Epoch": str(head.epoch), "Log-Seq": str(until)}
    return StreamingResponse(_lines(pool, after, until=until), media_type=NDJSON, headers=headers)


async def _head_beyond(connection: Any, after: int) -> Head:
    head = await head_async(connection)
    if after > head.seq:
        raise CursorAhead(after, epoch=head.epoch, seq=head.seq)
    return head


async def _lines(pool: Pool, seq: int, *, until: int) -> AsyncIterator[bytes]:
    """Blocks of lines, some read ahead while the last is sent; no connection is held meanwhile, so that a slow reader costs none."""
    starts = iter(range(seq, until, BLOCK))
    ahead = deque(asyncio.create_task(_read(pool, start, until=until)) for start in islice(starts, AHEAD))
    try:
        while ahead:
            page = await ahead.popleft()
            if (start := next(starts, None)) is not None:
                ahead.append(asyncio.create_task(_read(pool, start, until=until)))
            yield page.ndjson
    finally:
        for task in ahead:
            task.cancel()


async def _read(pool: Pool, seq: int, *, until: int) -> Page:
    async with pool.connection() as connection:
        return await page_after_async(connection, seq, limit=min(BLOCK, until - seq))
