"""A sample is answered anew at night, and compared with what the latest published run says."""

from models.shapes import Bilingual
from service.jobs.kinds import Given, Kind, Result, Stopped, only_one
from service.operations.recount import NothingToRecount, RecountAsked, recount


def _work(given: Given[RecountAsked]) -> Result:
    try:
        found = recount(given.place.database, given.arguments, actor=given.actor, tell=given.tell, stop=given.stop)
    except NothingToRecount as nothing:  # before the first published run the night has nothing to compare with
        return {"nothing": str(nothing)}
    if found is None:
        raise Stopped("The recount was stopped, and nothing of it is kept.")
    return {
        "recount_id": found.recount_id,
        "run_id": found.run_id,
        "seed": found.seed,
        "asked": found.asked,
        "differing": found.differing,
        "differences": found.differences,
    }


RECOUNT = Kind(
    name="recount",
    title=Bilingual(zh="抽样复算", en="Answer a sample anew and compare"),
    shape=RecountAsked,
    work=_work,
    lock=only_one("recount"),
    link=lambda _arguments, result: "/v1/recounts" if result is not None and "recount_id" in result else None,
)
