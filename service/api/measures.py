"""The catalogue of measures that is in use: what may follow from a listing, and nothing else may."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from data.stores.measures import catalogue_known
from models.checks import Purpose
from models.measures import Measure, Retention
from models.shapes import Bilingual, Shape
from service.access import Caller
from service.answers import respond_json
from service.house import ReadSessionDep
from service.problems import problems

router = APIRouter(prefix="/v1/measures", tags=["measures"])
NEWEST = 2**63 - 1


class CatalogueShown(Shape):
    """A published catalogue, or the part of it that is in force in one setting on one day."""

    version: str
    catalogue_hash: str
    title: Bilingual
    checks_kept: Retention
    measures: tuple[Measure, ...]


@router.get("", response_model=CatalogueShown, responses=problems(401, 409, 422))
def read_measures(
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    setting: Annotated[Purpose | None, Query(description="Only measures of this setting.")] = None,
    on: Annotated[date | None, Query(description="Only measures in force on this day.")] = None,
) -> Response:
    """Give the newest published catalogue of measures; each with its articles, its agency, and what it follows from."""
    found = catalogue_known(session, NEWEST)
    chosen = [one for one in found.catalogue.measures if (setting is None or setting in one.setting) and (on is None or one.holds_on(on))]
    catalogue = found.catalogue
    shown = CatalogueShown(
        version=catalogue.version,
        catalogue_hash=found.catalogue_hash,
        title=catalogue.title,
        checks_kept=catalogue.checks_kept,
        measures=tuple(chosen),
    )
    return respond_json(request, shown)
