"""The test feed: invented entries through every cause, signed by the same keys, so that a consumer can be developed against them."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from models.changes import written_at
from models.checkpoints import TYPE, Checkpoint, payload_of
from models.invented_feed import FORGOTTEN, invented_copy, invented_lines
from service.access import Caller
from service.answers import respond_json
from service.feed_answers import CursorAhead, FeedPage
from service.house import ReadSessionDep, SignerDep
from service.problems import problems
from service.proof_answers import CheckpointSigned, Epochs, ForgottenPage

router = APIRouter(prefix="/v1/test-feed", tags=["test feed"])
NDJSON = "application/x-ndjson"
Cursor = Annotated[int, Query(ge=0, le=2**63 - 1)]
BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


def _after(after: int, limit: int | None) -> list[dict[str, Any]]:
    lines = invented_lines()
    if after > len(lines):
        raise CursorAhead(after, epoch=1, seq=len(lines))
    return list(lines[after:] if limit is None else lines[after : after + limit])


def _signed(session: ReadSessionDep, signer: SignerDep) -> tuple[Checkpoint, str]:
    copy = invented_copy()
    made = Checkpoint(
        log="test",
        epoch=copy.epoch,
        seq=copy.seq,
        hash=copy.hash,
        log_root=copy.log_root() or "",
        lists_root=copy.lists_root(),
        entries=len(copy.leaves()),
        forgotten=len(FORGOTTEN),
        issued_at=written_at(datetime.now(UTC)),
    )
    return made, signer.active_key(session).sign(payload_of(made), typ=TYPE)


@router.get("/changes", response_model=FeedPage, responses=problems(401, 409, 422))
def read_test_changes(
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    after: Cursor = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Give invented changes after a cursor, oldest first, each marked as a test."""
    lines, copy = _after(after, limit), invented_copy()
    head = {"epoch": copy.epoch, "seq": copy.seq, "hash": copy.hash}
    return respond_json(request, {"changes": lines, "next": lines[-1]["seq"] if lines else after, "head": head})


@router.get("/changes.ndjson", response_class=Response, responses={200: {"content": {NDJSON: {}}}, **problems(401, 409, 422)})
def stream_test_changes(caller: Caller, after: Cursor = 0, limit: Annotated[int | None, Query(ge=1)] = None) -> Response:  # noqa: ARG001
    """Give invented changes after a cursor, one JSON object a line, each marked as a test."""
    return Response(_ndjson(_after(after, limit)), media_type=NDJSON)


@router.get("/snapshot.ndjson", response_class=Response, responses={200: {"content": {NDJSON: {}}}, **problems(401, 422)})
def stream_test_snapshot(caller: Caller, session: ReadSessionDep, signer: SignerDep) -> Response:  # noqa: ARG001  # admitted
    """Give the last line of every invented entry, under a signed checkpoint."""
    told, token = _signed(session, signer)
    held = invented_copy().lines
    head = {"snapshot": told.model_dump(), "list": None, "token": token}
    return Response(_ndjson([head, *(held[seq] for seq in sorted(held))]), media_type=NDJSON)


@router.get("/checkpoint", response_model=CheckpointSigned, responses=problems(401))
def read_test_checkpoint(request: Request, caller: Caller, session: ReadSessionDep, signer: SignerDep) -> Response:  # noqa: ARG001
    """Give a checkpoint of the test feed, signed now."""
    told, token = _signed(session, signer)
    return respond_json(request, {"checkpoint": told, "token": token}, headers={"Cache-Control": "no-store"})


@router.get("/epochs", response_model=Epochs, responses=problems(401))
def read_test_epochs(request: Request, caller: Caller) -> Response:  # noqa: ARG001  # admitted
    """Name the one epoch of the test feed."""
    first = invented_lines()[0]["previous_hash"]
    told = {"epoch": 1, "begins_after": 0, "hash": first, "started_at": BEGUN, "reason": "the beginning of the test feed"}
    return respond_json(request, {"epochs": [told]})


@router.get("/forgotten", response_model=ForgottenPage, responses=problems(401, 422))
def read_test_forgotten(request: Request, caller: Caller, after: Cursor = 0) -> Response:  # noqa: ARG001  # admitted
    """Give the lines of the test feed that were emptied."""
    told = [{"number": number, "seq": seq, "forgotten_at": BEGUN} for number, seq in enumerate(FORGOTTEN, 1) if number > after]
    return respond_json(request, {"forgotten": told, "next": max(after, len(FORGOTTEN))})


def _ndjson(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(to_json(line) + b"\n" for line in lines)
