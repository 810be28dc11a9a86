"""Sources: who delivers, and what each may send."""

from typing import Annotated

from fastapi import APIRouter, Body

from data.stores import sources
from models.tables.deliveries import Source
from service.access import Caller
from service.act_answers import SourcePage, SourceShown
from service.answers import Limit
from service.house import ReadSessionDep, WriteSessionDep
from service.problems import problems

router = APIRouter(prefix="/v1/sources", tags=["sources"])


@router.get("", responses=problems(401, 403))
def list_sources(caller: Caller, session: ReadSessionDep, after: str = "", limit: Limit = 100) -> SourcePage:  # noqa: ARG001  # admitted
    """List sources in the order of their codes."""
    found = sources.list_sources(session, after=after, limit=limit + 1)
    shown = tuple(_shown(one) for one in found[:limit])
    return SourcePage(sources=shown, next=shown[-1].code if len(found) > limit else None)


@router.post("", status_code=201, responses=problems(401, 403, 409, 422))
def add_source(caller: Caller, session: WriteSessionDep, asked: SourceShown) -> SourceShown:  # noqa: ARG001  # admitted
    """Register a source with the kinds of record it may send."""
    made = sources.add_source(session, asked.code, title_zh=asked.title_zh, title_en=asked.title_en, kinds=asked.kinds, region=asked.region)
    session.commit()
    return _shown(made)


@router.put("/{code}/kinds", responses=problems(401, 403, 404, 422))
def entitle_source(
    caller: Caller,  # noqa: ARG001  # admitted
    session: WriteSessionDep,
    code: str,
    kinds: Annotated[tuple[str, ...], Body(max_length=50, examples=[["penalty", "sampling"]])],
) -> SourceShown:
    """Say what a source may send from now on; what it sent before stays."""
    source = sources.entitle_source(session, code, kinds=kinds)
    session.commit()
    return _shown(source)


def _shown(source: Source) -> SourceShown:
    return SourceShown(
        code=source.code, title_zh=source.title_zh, title_en=source.title_en, kinds=tuple(source.kinds), region=source.region
    )
