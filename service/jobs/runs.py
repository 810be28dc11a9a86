"""A run as a job: evaluated by whichever worker is free, and published by it when that was asked for."""

from datetime import date, datetime
from typing import Any

from data.stores.runs import Scope
from models.shapes import Bilingual, Shape
from service.clock import legal_day
from service.jobs.kinds import Given, Kind, Result, Stopped
from service.operations.recalculate import Request, publish, recalculate

ONE_PUBLISHER = "publication"


class RunArguments(Shape):
    """What a run is to evaluate, as `service.operations.recalculate.Request`; of today, unless a day is named."""

    as_of: date | None = None
    policy: str | None = None
    known_at: datetime | None = None
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    enterprise_keys: tuple[int, ...] = ()
    publish: bool = False


def _work(given: Given[RunArguments]) -> Result:
    asked = given.arguments
    request = Request(
        as_of=asked.as_of or legal_day(),
        family=given.place.family,
        policy=asked.policy,
        known_at=asked.known_at,
        scope=Scope(asked.regions, asked.industries, asked.enterprise_keys),
    )

    def tell(phase: str, rows: int) -> None:
        given.tell(phase, rows)
        if given.stop():
            raise Stopped("The run was stopped.")

    run_id = recalculate(given.place.database, request, actor=given.actor, tell=tell)
    result: dict[str, Any] = {"run_id": run_id}
    if asked.publish:
        given.tell("publishing", 0)
        result["published"] = publish(given.place.database, run_id, actor=given.actor).model_dump(mode="json")
    return result


RUN = Kind(
    name="run",
    title=Bilingual(zh="评价批次", en="Evaluate enterprises under a policy"),
    shape=RunArguments,
    work=_work,
    lock=lambda asked: ONE_PUBLISHER if asked.publish else None,
    link=lambda _, result: f"/v1/runs/{result['run_id']}" if result else None,
)
