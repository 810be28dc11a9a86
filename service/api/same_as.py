"""Entries of the registry that are one enterprise: linking them, undoing a link, and what was done by whom."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict
from pydantic_core import to_json

from data.stores.same_as import list_acts
from models.identifiers import Identifier, parse_identifier
from models.shapes import Shape
from service.access import Caller
from service.act_answers import Said
from service.answers import JSON, IdempotencyKey, Limit
from service.house import JobSessionDep, ReadSessionDep
from service.operations.do_once import do_once
from service.operations.same_entries import Joined, join_entries, part_entries
from service.problems import problems

router = APIRouter(prefix="/v1/same-as", tags=["enterprises"])


class SameAsAsked(Shape):
    """Two entries, the one that is kept and its duplicate, and why they are one enterprise, or are not after all."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kept": {"scheme": "cn-uscc", "value": "91640100MA0000000L"},
                    "duplicate": {"scheme": "cn-registration-no", "value": "640100000000018"},
                    "reason": "One licence, renumbered when the registers were joined.",
                }
            ]
        }
    )

    kept: Identifier
    duplicate: Identifier
    reason: Said


class SameAsAct(Shape):
    """What was linked or undone, by whom, why and when; each entry by the identifier it was founded with."""

    act: str
    kept: Identifier
    duplicate: Identifier
    reason: str
    done_by: str
    done_at: datetime
    known_seq: int


class SameAsPage(Shape):
    acts: tuple[SameAsAct, ...]
    next: int | None
    """The `before` of the next page; null at the end."""


@router.get("", responses=problems(401, 403, 422))
def list_same_as(
    *,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Limit = 100,
) -> SameAsPage:
    """List what was linked and undone, latest first."""
    found = list_acts(session, before=before, limit=limit + 1)
    acts = tuple(
        SameAsAct(
            act=one.act,
            kept=Identifier(scheme=one.kept_scheme, value=one.kept_value),
            duplicate=Identifier(scheme=one.duplicate_scheme, value=one.duplicate_value),
            reason=one.reason,
            done_by=one.done_by,
            done_at=one.done_at,
            known_seq=one.known_seq,
        )
        for one in found[:limit]
    )
    return SameAsPage(acts=acts, next=acts[-1].known_seq if len(found) > limit else None)


@router.post("", response_model=Joined, status_code=201, responses=problems(401, 403, 404, 409, 422))
def link_entries(*, caller: Caller, session: JobSessionDep, asked: SameAsAsked, idempotency_key: IdempotencyKey = None) -> Response:
    """Say that two entries are one enterprise: what is known of the duplicate counts for the one kept, and the duplicate points there."""
    kept, duplicate = _pair(asked)

    def act() -> dict[str, Any]:
        return join_entries(session, kept=kept, duplicate=duplicate, reason=asked.reason, actor=caller).model_dump(mode="json")

    status, answer = do_once(session, key=idempotency_key, actor=caller, request=("same-as", asked), status=201, act=act)
    session.commit()
    return Response(to_json(answer), status_code=status, media_type=JSON)


@router.post("/undoings", response_model=Joined, status_code=201, responses=problems(401, 403, 404, 409, 422))
def undo_link(*, caller: Caller, session: JobSessionDep, asked: SameAsAsked, idempotency_key: IdempotencyKey = None) -> Response:
    """Undo a link: from now on each entry bears its own again. What was answered before stays as it was."""
    kept, duplicate = _pair(asked)

    def act() -> dict[str, Any]:
        return part_entries(session, kept=kept, duplicate=duplicate, reason=asked.reason, actor=caller).model_dump(mode="json")

    status, answer = do_once(session, key=idempotency_key, actor=caller, request=("same-as undone", asked), status=201, act=act)
    session.commit()
    return Response(to_json(answer), status_code=status, media_type=JSON)


def _pair(asked: SameAsAsked) -> tuple[Identifier, Identifier]:
    return parse_identifier(asked.kept.scheme, asked.kept.value), parse_identifier(asked.duplicate.scheme, asked.duplicate.value)
