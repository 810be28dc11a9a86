"""Deliveries: files and batches of records, what became of their rows, and the rejected ones to mend."""

import io
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, BackgroundTasks, File, Form, Path, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import ConfigDict, Field
from pydantic_core import to_json

from data.database import Engine, read_session, write_session
from data.intake.profiles import load_profile
from data.stores import deliveries
from models.access import Role
from models.deliveries import DeliveryState, Mode, RowOutcome
from models.shapes import Shape
from models.tables.deliveries import Delivery, DeliveryRow
from service.access import Caller
from service.act_answers import DeliveryPage, DeliveryShown, Named, RowPage, RowShown, UndoingAsked
from service.answers import JSON, IdempotencyKey, Limit
from service.house import JobSessionDep, ReadSessionDep, house_of
from service.operations.deliver import resume_delivery
from service.operations.do_once import do_once
from service.operations.follow_facts import follow_standings
from service.operations.receive_delivery import get_visible, receive_delivery, source_of
from service.operations.show_rejects import show_rejects
from service.operations.undo_delivery import Undone, undo_delivery
from service.problems import problems

router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])
Number = Annotated[int, Path(ge=1, lt=2**63)]
AT_ONCE = 2 * 1024 * 1024
"""Bytes of a file that is published while the sender waits; a larger one is published afterwards, and asked about at its address."""
MOST_RECORDS = 10_000


class Batch(Shape):
    """Records in the service's own layout, sent as JSON; a faulty one is told in the report and holds back no other."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mode": "delta",
                    "records": [
                        {
                            "kind": "penalty",
                            "outcome": "fine",
                            "severity": "minor",
                            "source_ref": "2026-0017",
                            "enterprise": [{"scheme": "cn-uscc", "value": "91640100MA0000000L"}],
                            "occurred_on": "2026-02-01",
                            "concluded_on": "2026-03-01",
                            "quantities": {"fine_cny": "5000"},
                        }
                    ],
                }
            ]
        }
    )

    source: Named | None = None
    profile: Named = "native"
    mode: Mode = Mode.DELTA
    records: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=MOST_RECORDS)]


@router.post(
    "", response_model=DeliveryShown, status_code=201, responses={202: {"model": DeliveryShown}, **problems(401, 403, 404, 409, 413, 422)}
)
def deliver_file(
    *,
    request: Request,
    caller: Caller,
    session: JobSessionDep,
    later: BackgroundTasks,
    file: Annotated[UploadFile, File(description="CSV, XLSX, JSON Lines or Parquet, as the profile says.")],
    profile: Annotated[Named, Form(description="The profile that says which column is which field.", examples=["cn-penalty"])],
    source: Annotated[Named | None, Form(description="For whom; a delivering key delivers for its own source.")] = None,
    mode: Annotated[Mode, Form()] = Mode.DELTA,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Deliver a file. A small one is published at once (201), a larger one afterwards (202); the address tells what became of it.

    Sent again, with the same key or as the same file, it changes nothing and gives the same delivery.
    """
    number = receive_delivery(
        session,
        file=file.file,
        file_name=file.filename or "upload",
        profile=load_profile(profile),
        source=source_of(caller, source),
        mode=mode,
        idempotency_key=idempotency_key,
        actor=caller,
    )
    if file.size is not None and file.size > AT_ONCE:
        later.add_task(_publish, house_of(request).jobs, number)
        return _respond(get_visible(session, number, actor=caller), status=202)
    resume_delivery(session, delivery_id=number)
    return _respond(get_visible(session, number, actor=caller), status=201)


@router.post("/batch", response_model=DeliveryShown, status_code=201, responses=problems(401, 403, 404, 409, 413, 422))
def deliver_batch(*, caller: Caller, session: JobSessionDep, batch: Batch, idempotency_key: IdempotencyKey = None) -> Response:
    """Deliver up to 10,000 records as JSON; the same batch again changes nothing."""
    lines: BinaryIO = io.BytesIO(b"\n".join(to_json(record) for record in batch.records) + b"\n")
    number = receive_delivery(
        session,
        file=lines,
        file_name="batch.jsonl",
        profile=load_profile(batch.profile),
        source=source_of(caller, batch.source),
        mode=batch.mode,
        idempotency_key=idempotency_key,
        actor=caller,
    )
    resume_delivery(session, delivery_id=number)
    return _respond(get_visible(session, number, actor=caller), status=201)


@router.get("", responses=problems(401, 403, 422))
def list_deliveries(
    *,
    caller: Caller,
    session: ReadSessionDep,
    source: str | None = None,
    state: DeliveryState | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Limit = 100,
) -> DeliveryPage:
    """List deliveries, newest first; a source sees its own."""
    of = caller.source if caller.role is Role.SOURCE else source
    found = deliveries.list_deliveries(session, source=of, state=state, before=before, limit=limit + 1)
    shown = tuple(_shown(one) for one in found[:limit])
    return DeliveryPage(deliveries=shown, next=shown[-1].delivery_id if len(found) > limit else None)


@router.get("/{delivery_id}", responses=problems(401, 403, 404, 422))
def read_delivery(caller: Caller, session: ReadSessionDep, delivery_id: Number) -> DeliveryShown:
    """Give one delivery with the counts of its rows by outcome."""
    return _shown(get_visible(session, delivery_id, actor=caller))


@router.get("/{delivery_id}/rows", responses=problems(401, 403, 404, 422))
def read_rows(
    *,
    caller: Caller,
    session: ReadSessionDep,
    delivery_id: Number,
    outcome: RowOutcome | None = None,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Limit = 100,
) -> RowPage:
    """Report the rows that did not simply go in, in the order of the file, with every problem."""
    delivery = get_visible(session, delivery_id, actor=caller)
    found = deliveries.list_rows(session, delivery_id, outcome=outcome, after=after, limit=limit + 1)
    rows = tuple(_row(delivery, one) for one in found[:limit])
    return RowPage(rows=rows, next=rows[-1].row_no if len(found) > limit else None)


@router.get(
    "/{delivery_id}/rejects.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}, **problems(401, 403, 404)}
)
def download_rejects(request: Request, caller: Caller, session: ReadSessionDep, delivery_id: Number) -> Response:
    """Download the rejected rows with what is wrong with each, to mend and deliver again."""
    delivery = get_visible(session, delivery_id, actor=caller)
    headers = {"Content-Disposition": f'attachment; filename="delivery-{delivery_id}-rejects.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_rejects(house_of(request).engine, delivery), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/{delivery_id}/undoing", response_model=Undone, status_code=201, responses=problems(401, 403, 404, 409, 422))
def undo_published_delivery(
    *, caller: Caller, session: JobSessionDep, delivery_id: Number, asked: UndoingAsked, idempotency_key: IdempotencyKey = None
) -> Response:
    """Undo a delivery: what it brought is withdrawn, or what it revised comes back; nothing is deleted."""
    get_visible(session, delivery_id, actor=caller)
    done: list[Undone] = []

    def act() -> dict[str, Any]:
        done.append(undo_delivery(session, delivery_id=delivery_id, why=asked.why, actor=caller))
        return done[0].model_dump(mode="json")

    status, answer = do_once(session, key=idempotency_key, actor=caller, request=("undo", delivery_id, asked), status=201, act=act)
    session.commit()
    for undone in done:
        if undone.known_seq is not None:
            follow_standings(session, undone.known_seq)
    return Response(to_json(answer), status_code=status, media_type=JSON)


def _rejects(engine: Engine, delivery: Delivery) -> Iterator[bytes]:
    with read_session(engine) as session:
        yield from show_rejects(session, delivery)


def _publish(engine: Engine, number: int) -> None:
    """Publish a received delivery; what goes wrong is written down at the delivery, where the sender reads it."""
    with write_session(engine) as session:
        resume_delivery(session, delivery_id=number)


def _respond(delivery: Delivery, *, status: int) -> Response:
    headers = {"Location": f"/v1/deliveries/{delivery.delivery_id}"}
    return Response(to_json(_shown(delivery)), status_code=status, media_type=JSON, headers=headers)


def _shown(delivery: Delivery) -> DeliveryShown:
    return DeliveryShown.model_validate({name: getattr(delivery, name) for name in DeliveryShown.model_fields})


def _row(delivery: Delivery, row: DeliveryRow) -> RowShown:
    cells = dict(zip(delivery.columns, row.cells, strict=False))
    return RowShown.model_validate({"row_no": row.row_no, "outcome": row.outcome, "problems": row.problems, "cells": cells})
