"""The snapshot a consumer may begin with instead of the first line: the last line of every entry, under a signed checkpoint."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from data.database import read_session
from data.stores import snapshots
from models.checkpoints import told_in
from service.access import Caller
from service.house import house_of
from service.operations import prove
from service.problems import problems

router = APIRouter(prefix="/v1", tags=["changes"])
NDJSON = "application/x-ndjson"
ListName = Annotated[
    str | None, Query(alias="list", pattern=r"^[a-z][a-z0-9_]*$", max_length=63, description="One list; all, unless given.")
]


@router.get(
    "/snapshot.ndjson", response_class=StreamingResponse, responses={200: {"content": {NDJSON: {}}}, **problems(401, 403, 404, 422)}
)
def stream_snapshot(request: Request, caller: Caller, list_name: ListName = None) -> StreamingResponse:  # noqa: ARG001  # admitted
    """Give the last line of every entry up to the newest checkpoint, which is the first line of the answer; go on with `after=seq`.

    Entries that ended are among them, so that a later line that names its predecessor finds it.
    """
    with ExitStack() as stack:
        session = stack.enter_context(read_session(house_of(request).engine))
        kept = prove.latest_checkpoint(session)
        closing = stack.pop_all()

    def body() -> Iterator[bytes]:
        with closing:
            yield to_json({"snapshot": told_in(kept.token), "list": list_name, "token": kept.token}) + b"\n"
            yield from snapshots.lines_at(session, kept.seq, list_name=list_name)

    headers = {"Cache-Control": "no-store", "Log-Epoch": str(kept.epoch), "Log-Seq": str(kept.seq)}
    return StreamingResponse(body(), media_type=NDJSON, headers=headers)
