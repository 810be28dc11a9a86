"""A run as a job: carried out by whichever worker is free, part by part, and published by it when that was asked for."""

from typing import Any

from data.database import WriteSession, read_session
from data.stores import runs
from data.stores.run_parts import UnderWay
from models.access import Actor
from models.results import RunKind
from models.shapes import Bilingual, Shape
from scoring.runs.running import call_off, carry_out
from service.clock import legal_day
from service.jobs.kinds import Given, Kind, NotNow, Result, Stopped, Wanted
from service.operations.recalculate import Request, order_in, publish

ONE_PUBLISHER = "publication"


class RunArguments(Shape):
    """An ordered run, which holds all that it was asked; and whether it is published when it is through."""

    run_id: int
    publish: bool = False


class RunOfToday(Shape):
    """What a schedule wants: everybody, as of the legal day on which it is ordered."""

    policy: str | None = None
    """A version such as `yinchuan/2026`; the one in force, unless given."""
    kind: RunKind = RunKind.FULL
    publish: bool = False


def _order_of_today(session: WriteSession, wanted: RunOfToday, actor: Actor, family: str) -> RunArguments:
    request = Request(as_of=legal_day(), family=family, policy=wanted.policy, kind=wanted.kind)
    return RunArguments(run_id=order_in(session, request, actor=actor), publish=wanted.publish)


def _work(given: Given[RunArguments]) -> Result:
    run_id, database = given.arguments.run_id, given.place.database
    total: list[int] = []

    def tell(phase: str, rows: int) -> None:
        if phase == "reading":
            given.tell(phase, rows)
            return
        if not total:
            with read_session(given.place.engine) as session:
                total.append(runs.get_run(session, run_id).questions)
        # Evaluating and storing take turns; for whoever waits it is one way through all enterprises.
        given.tell("evaluating", rows, total[0])

    try:
        state = carry_out(database, run_id, tell=tell, stop=given.stop)
    except UnderWay as elsewhere:
        raise NotNow(str(elsewhere)) from elsewhere
    if state == "cancelled" or (given.arguments.publish and given.stop()):
        raise Stopped(f"Run {run_id} was stopped.")
    result: dict[str, Any] = {"run_id": run_id}
    if given.arguments.publish and state != "published":
        given.tell("publishing", 0)
        result["published"] = publish(database, run_id, actor=given.actor).model_dump(mode="json")
    return result


def _drop(given: Given[RunArguments]) -> None:
    call_off(given.place.database, given.arguments.run_id)


RUN = Kind(
    name="run",
    title=Bilingual(zh="评价批次", en="Evaluate enterprises under a policy"),
    shape=RunArguments,
    work=_work,
    lock=lambda asked: ONE_PUBLISHER if asked.publish else None,
    link=lambda asked, _: f"/v1/runs/{asked.run_id}",
    drop=_drop,
    wanted=Wanted(RunOfToday, _order_of_today),
)
