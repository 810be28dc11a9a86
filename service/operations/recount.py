"""Recount: answer a random sample of enterprises anew, as the latest published run was asked, and compare (抽样复算).

Whatever went wrong on the way from facts to standings (an incremental run that missed somebody, a row changed by hand, a standing that
was restored from elsewhere) shows as a difference. Every recount is kept.
"""

import logging
import secrets
from collections.abc import Callable

from data.database import JOB, Database, connect, make_engine, read_session, write_session
from data.stores import policies, recounts
from data.stores.due import draw_sample
from models.access import Actor
from models.errors import Malformed, Refused
from models.shapes import Shape
from models.tables.runs import Recount
from scoring.engines.base import plan_version
from scoring.runs.answering import Rules
from scoring.runs.recounting import find_differences

SHOWN = 100
"""So many differences are kept one by one; all are counted."""
LARGEST = 100_000
LOG = logging.getLogger("qcredit.recounts")


class NothingToRecount(Refused):
    """No published run says of every enterprise what it answered."""

    code = "recount.nothing"


class BadSample(Malformed):
    """A sample of that size cannot be drawn."""

    code = "recount.bad_sample"


class RecountAsked(Shape):
    """How many enterprises are answered anew, and by which seed they are chosen (a new one unless given)."""

    sample: int = 1_000
    seed: int | None = None


def recount(
    database: Database,
    request: RecountAsked,
    *,
    actor: Actor,
    tell: Callable[[str, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Recount | None:
    """Recount a sample and keep what came out; None when it was stopped, and nothing is kept.

    Raises `recount.bad_sample` and `recount.nothing`.
    """
    if not 1 <= request.sample <= LARGEST:
        raise BadSample(f"A sample has between 1 and {LARGEST} enterprises, not {request.sample}.")
    seed = request.seed if request.seed is not None else secrets.randbelow(1 << 31)
    sample = draw_sample(database.url, number=request.sample, seed=seed)
    if sample is None:
        raise NothingToRecount("No run in parts is the latest published one. Publish a run, and recount then.")
    engine = make_engine(database.url, limits=JOB, size=1)
    try:
        with read_session(engine) as session:
            policy = policies.get_policy(session, sample.policy_hash).policy
        rules = Rules(policy, sample.policy_hash, sample.changes_on)
        with connect(database.url) as connection:
            counted = (lambda rows: tell("recounting", rows)) if tell is not None else (lambda _: None)
            differences = find_differences(connection, rules, sample, tell=counted, stop=stop or (lambda: False))
        if differences is None:
            return None
        found = Recount(
            run_id=sample.run_id,
            seed=seed,
            asked=len(sample.questions),
            differing=len(differences),
            differences=differences[:SHOWN],
            plan_version=plan_version(),
            done_by=actor.holder,
        )
        with write_session(engine) as session:
            recounts.add_recount(session, found)
            session.commit()
    finally:
        engine.dispose()
    if found.differing:
        LOG.error("recount differs", extra={"recount_id": found.recount_id, "run_id": found.run_id, "differing": found.differing})
    return found
