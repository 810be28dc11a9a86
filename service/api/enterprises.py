"""Enterprises: one by its identifier, by code or name, and search."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, Field, StringConstraints
from pydantic_core import to_json

from data.stores import lookups
from data.stores.knowledge import Drawn, resolve_async
from data.stores.lookups import EVERYTHING_KNOWN
from data.stores.policies import NonePolicyInForce
from models.access import Actor
from models.identifiers import parse_identifier
from models.records import Kind
from models.remedies import Way
from models.results import Question
from models.shapes import Shape
from scoring.runs.answering import answer_many_async
from service.access import Caller, judge, let_out, presented_key
from service.answers import AsOf, KnownAt, Limit, PolicyName, parameters_of, read_query, respond_bytes, respond_json
from service.api.between import BetweenDep
from service.clock import legal_day
from service.difference_answers import Difference
from service.enterprise_answers import (
    Ambiguous,
    EnterpriseAnswer,
    EnterpriseNamed,
    NothingFound,
    UnknownEnterprise,
    answer_word,
    enterprise_of,
    is_duplicate,
    may_see_scores,
    shown_listings,
    standing_of,
    withheld_from,
)
from service.house import Board, House, ReadSessionDep, SettingsDep, house_of
from service.operations import explain, look_up, search
from service.operations.differ import differ, ends_of
from service.operations.manage_keys import split_key
from service.problems import problems
from service.record_answers import Contributions, History, RecordPage

router = APIRouter(prefix="/v1/enterprises", tags=["enterprises"])
look_ups = APIRouter(prefix="/v1/look-up", tags=["enterprises"])
Asked = Annotated[str, Query(min_length=1, max_length=200, description="A code of any scheme, or a name.", examples=["91640100MA0000000X"])]


class OnDay(Shape):
    """What a question about one enterprise may say besides its identifier."""

    as_of: date | None = Field(default=None, description="The legal day asked about; today, unless given.")
    known_at: AwareDatetime | None = Field(
        default=None, description="What was known at this instant, with its offset; by now, unless given."
    )
    policy: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="A version such as `yinchuan/2026`; the one in force, unless given."
    )
    purpose: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="What the look-up is for; the enterprise sees it with your name among who looked it up."
    )
    live: bool = Field(default=False, description="Evaluate now, instead of reading the standing of the last published run.")

    @property
    def is_live(self) -> bool:
        return self.live or self.as_of is not None or self.known_at is not None or self.policy is not None


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


@router.get(
    "/{scheme}/{value}",
    response_model=EnterpriseAnswer,
    responses=problems(401, 404, 409, 422),
    openapi_extra={"parameters": parameters_of(OnDay, path=("scheme", "value"))},
)
async def read_enterprise(request: Request) -> Response:
    """Give an enterprise by its identifier: who it is, its active listings, and its standing for who may see scores.

    Without a day, an instant or a policy the stored standing answers; with one, or `live`, the question is evaluated now. Key, role,
    enterprise, listings and standing come in one round trip, and parameters are read here: both by the usual dependencies would take
    half the time of the request.
    """
    house = house_of(request)
    asked = parse_identifier(request.path_params["scheme"], request.path_params["value"])
    on = read_query(OnDay, request)
    text, today = presented_key(request), legal_day()
    day = on.as_of or today
    split = split_key(text) if text else None
    await house.board.refresh()
    async with house.pool.connection() as connection:
        known = await resolve_async(connection, on.known_at) if on.known_at else None
        row = await lookups.look_up(
            connection,
            key_id=split[0] if split else None,
            scheme=asked.scheme,
            value=asked.value,
            today=today,
            day=day,
            known_seq=known.known_seq if known else EVERYTHING_KNOWN,
            stored=not on.is_live,
        )
    # The connection goes back before anything else may ask for one: whoever holds one and waits for another can wait for themselves.
    caller = judge(text, row["caller"], endpoint=request.scope["endpoint"], access=house.access)
    await house.gate.let_out(caller)
    if row["enterprise_key"] is None or not look_up.is_visible(row, actor=caller):
        raise UnknownEnterprise(str(asked), held=house.board.held)
    house.enquiries.note(caller, row["enterprise_key"], Way.LOOK_UP, on.purpose)
    standing = None
    if may_see_scores(caller) and not is_duplicate(row):
        if on.is_live:
            known = known or Drawn(row["known"]["seq"], datetime.fromisoformat(row["known"]["at"]))
            standing = await _evaluate(house, row["enterprise_key"], as_of=day, known=known, policy=on.policy)
        elif row["standing"]:
            standing = standing_of(row["standing"], await house.rules.titles(row["standing"]["policy_hash"]))
    return _respond_found(request, row, caller=caller, as_of=day, standing=standing)


@router.get("", responses=problems(401, 403, 422), dependencies=[Depends(let_out)])
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
    today = legal_day()
    found = look_up.look_up(session, q, actor=caller, today=today, held=board.held)
    if isinstance(found, (Ambiguous, NothingFound)):
        return respond_json(request, found)
    house_of(request).enquiries.note(caller, found["enterprise_key"], Way.LOOK_UP)
    stored = found["standing"] if may_see_scores(caller) and not is_duplicate(found) else None
    titles = house_of(request).rules.titles_now(stored["policy_hash"]) if stored else {}
    standing = standing_of(stored, titles) if stored else None
    return _respond_found(request, found, caller=caller, as_of=today, standing=standing)


@router.get("/{scheme}/{value}/contributions", response_model=Contributions, responses=problems(401, 403, 404, 409, 422))
def read_contributions(
    *,
    request: Request,
    caller: Caller,
    session: ReadSessionDep,
    settings: SettingsDep,
    scheme: str,
    value: str,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    policy: PolicyName = None,
) -> Response:
    """Explain the score line by line, live: each line with its clause and the record behind it; start and lines sum to the total."""
    today = legal_day()
    subject = explain.subject_of(session, scheme, value, actor=caller, today=today, as_of=as_of, known_at=known_at)
    house_of(request).enquiries.note(caller, subject.key, Way.CONTRIBUTIONS)
    found = explain.explain(session, subject, family=settings.family, policy=policy, actor=caller, today=today)
    return respond_json(request, found)


@router.get("/{scheme}/{value}/history", response_model=History, responses=problems(401, 403, 404, 409, 422))
def read_history(
    *,
    request: Request,
    caller: Caller,
    session: ReadSessionDep,
    settings: SettingsDep,
    scheme: str,
    value: str,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    policy: PolicyName = None,
    months: Annotated[int, Query(ge=1, le=120)] = explain.MONTHS,
) -> Response:
    """Give the score of each month up to a day, all as known at one instant."""
    today = legal_day()
    subject = explain.subject_of(session, scheme, value, actor=caller, today=today, as_of=as_of, known_at=known_at)
    house_of(request).enquiries.note(caller, subject.key, Way.HISTORY)
    found = explain.follow(session, subject, family=settings.family, policy=policy, actor=caller, today=today, months=months)
    return respond_json(request, found)


@router.get("/{scheme}/{value}/records", response_model=RecordPage, responses=problems(401, 403, 404, 409, 422))
def read_records(
    *,
    request: Request,
    caller: Caller,
    session: ReadSessionDep,
    scheme: str,
    value: str,
    known_at: KnownAt = None,
    kind: Kind | None = None,
    after: Annotated[str | None, Query(max_length=60)] = None,
    limit: Limit = 100,
) -> Response:
    """Give an enterprise's records, latest first; outside the regulators only what may be shown today, a source only its own."""
    today = legal_day()
    subject = explain.subject_of(session, scheme, value, actor=caller, today=today, as_of=None, known_at=known_at)
    house_of(request).enquiries.note(caller, subject.key, Way.RECORDS)
    found = explain.list_records(session, subject, actor=caller, today=today, kind=kind, after=after, limit=limit)
    return respond_json(request, found)


@router.get("/{scheme}/{value}/difference", responses=problems(401, 403, 404, 409, 422))
def read_difference(
    *,
    request: Request,
    caller: Caller,
    session: ReadSessionDep,
    settings: SettingsDep,
    scheme: str,
    value: str,
    between: BetweenDep,
) -> Difference:
    """Say why the answer is another than on an earlier day: a part for ageing, withdrawn, corrected and new facts, and the policy.

    The parts sum exactly to the change; each names the lines, the grade and the lists it moved.
    """
    today = legal_day()
    subject = explain.subject_of(session, scheme, value, actor=caller, today=today, as_of=None, known_at=None)
    house_of(request).enquiries.note(caller, subject.key, Way.CONTRIBUTIONS)
    return differ(session, subject, ends_of(session, *between, family=settings.family, now=datetime.now(UTC)), today=today)


async def _evaluate(house: House, enterprise_key: int, *, as_of: date, known: Drawn, policy: str | None) -> dict[str, Any] | None:
    """`StandingShown` of one enterprise, evaluated now; None where no version of the family is in force on the day."""
    try:
        ready = await house.rules.choose(policy, as_of=as_of, known_seq=known.known_seq)
    except NonePolicyInForce:
        return None
    question = Question(enterprise_key=enterprise_key, as_of=as_of, known_seq=known.known_seq)
    async with house.pool.connection() as connection:
        (answer,) = await answer_many_async(connection, ready.statements, ready.rules, [question])
    return explain.standing_of_answer(answer, ready.rules, known_at=known.committed_at)


def _respond_found(request: Request, row: dict[str, Any], *, caller: Actor, as_of: date, standing: dict[str, Any] | None) -> Response:
    """`EnterpriseAnswer` as bytes: what is held here is the same for all, and stands ready."""
    enterprise = enterprise_of(row)
    waits = None
    if standing:
        waits = withheld_from(caller, row, grade=standing["grade"], policy=standing["policy"], today=legal_day())
    answer = {
        "answer": answer_word(enterprise),
        "as_of": as_of,
        "known_at": standing["known_at"] if standing else None,
        "enterprise": enterprise,
        "listings": () if enterprise["same_as"] else shown_listings(caller, row["listings"]),
        "standing": None if waits else standing,
        "withheld": waits,
    }
    return respond_bytes(request, to_json(answer)[:-1] + b',"held":' + house_of(request).board.as_json + b"}")
