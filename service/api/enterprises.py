"""Enterprises: one by its identifier, by code or name, and search."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic_core import to_json

from data.stores import lookups
from data.stores.lookups import EVERYTHING_KNOWN
from models.access import Actor
from models.identifiers import parse_identifier
from models.shapes import Shape
from service.access import Caller, judge, presented_key
from service.answers import Limit, respond_bytes, respond_json
from service.clock import legal_day
from service.enterprise_answers import (
    Ambiguous,
    EnterpriseAnswer,
    EnterpriseNamed,
    NothingFound,
    UnknownEnterprise,
    enterprise_of,
    may_see_scores,
    shown_listings,
    standing_of,
)
from service.house import Board, House, ReadSessionDep, house_of
from service.operations import look_up, search
from service.operations.manage_keys import split_key
from service.problems import problems

router = APIRouter(prefix="/v1/enterprises", tags=["enterprises"])
look_ups = APIRouter(prefix="/v1/look-up", tags=["enterprises"])
Asked = Annotated[str, Query(min_length=1, max_length=200, description="A code of any scheme, or a name.", examples=["91640100MA0000000X"])]


class Hit(Shape):
    """One enterprise that a search found, with what matched: the present name may be another."""

    enterprise: EnterpriseNamed
    matched: str
    region: str | None
    industry: str | None
    state: str | None
    is_listed: bool


class SearchPage(Shape):
    hits: tuple[Hit, ...]
    next: int | None
    """The `skip` of the next page; null at the end."""


@router.get("", responses=problems(401, 403, 422))
def search_enterprises(
    caller: Caller, session: ReadSessionDep, q: Asked, skip: Annotated[int, Query(ge=0)] = 0, limit: Limit = 20
) -> SearchPage:
    """Search by code, name, former name or part of a name; best first."""
    found = search.search(session, q, actor=caller, today=legal_day(), skip=skip, limit=limit + 1)
    hits = tuple(
        Hit(
            enterprise=EnterpriseNamed(scheme=row["scheme"], value=row["value"], name=row["name"]),
            matched=row["matched"],
            region=row["region"],
            industry=row["industry"],
            state=row["state"],
            is_listed=row["is_listed"],
        )
        for row in found[:limit]
    )
    return SearchPage(hits=hits, next=skip + limit if len(found) > limit else None)


@look_ups.get("", response_model=EnterpriseAnswer | Ambiguous | NothingFound, responses=problems(401, 403, 422))
def look_up_enterprise(request: Request, caller: Caller, board: Board, session: ReadSessionDep, q: Asked) -> Response:
    """Say which enterprise a code or name means: found, branch, ambiguous or not found, each an answer of its own."""
    found = look_up.look_up(session, q, actor=caller, today=legal_day(), held=board.held)
    if isinstance(found, (Ambiguous, NothingFound)):
        return respond_json(request, found)
    return _respond_found(request, found, caller=caller, house=house_of(request))


@router.get("/{scheme}/{value}", response_model=EnterpriseAnswer, responses=problems(401, 404, 422))
async def read_enterprise(request: Request, scheme: str, value: str) -> Response:
    """Give an enterprise by its identifier: who it is, its active listings, and its standing for who may see scores.

    Key, role, enterprise, listings and standing come in one round trip; that is why the key is not read by the usual dependency.
    """
    house = house_of(request)
    asked = parse_identifier(scheme, value)
    text, today = presented_key(request), legal_day()
    split = split_key(text) if text else None
    async with house.pool.connection() as connection:
        row = await lookups.look_up(
            connection,
            key_id=split[0] if split else None,
            scheme=asked.scheme,
            value=asked.value,
            today=today,
            day=today,
            known_seq=EVERYTHING_KNOWN,
        )
    caller = judge(text, row if row["role"] else None, endpoint=request.scope["endpoint"], access=house.access)
    await house.board.refresh()
    if row["enterprise_key"] is None or not look_up.is_visible(row, actor=caller):
        raise UnknownEnterprise(str(asked), held=house.board.held)
    return _respond_found(request, row, caller=caller, house=house)


def _respond_found(request: Request, row: dict[str, Any], *, caller: Actor, house: House) -> Response:
    """`EnterpriseAnswer` as bytes: what is held here is the same for all, and stands ready."""
    enterprise = enterprise_of(row)
    stored = row["standing"] if may_see_scores(caller) else None
    answer = {
        "answer": "branch" if enterprise["head_office"] else "found",
        "as_of": legal_day(),
        "known_at": stored["known_at"] if stored else None,
        "enterprise": enterprise,
        "listings": shown_listings(caller, row["listings"]),
        "standing": standing_of(stored, {}) if stored else None,
    }
    return respond_bytes(request, to_json(answer)[:-1] + b',"held":' + house.board.as_json + b"}")
