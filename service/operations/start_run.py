"""Start a run beside the request that asked for it: the request gets its number, the run goes on."""

import logging
import threading

from data.database import Database
from models.access import Actor
from models.errors import Refused
from service.operations.recalculate import Request, carry_out, order_run

AT_ONCE = 2
"""Runs of one process at the same time; each may take the memory that its request allows."""
LOG = logging.getLogger("qcredit.runs")
_ROOM = threading.BoundedSemaphore(AT_ONCE)


class Busy(Refused):
    """As many runs as the process carries are under way."""

    code = "run.busy"


def start_run(database: Database, request: Request, *, actor: Actor) -> int:
    """Order a run and begin it; gives its number. What goes wrong later is written at the run. Raises `run.busy` and as `order_run`."""
    if not _ROOM.acquire(blocking=False):
        raise Busy(f"{AT_ONCE} runs are under way here. Wait for one to finish; /v1/runs tells how far they are.")
    try:
        run_id = order_run(database, request, actor=actor)
    except BaseException:
        _ROOM.release()
        raise

    def work() -> None:
        try:
            carry_out(database, run_id)
            LOG.info("run finished", extra={"run_id": run_id})
        except Exception:  # the edge of a job: the run's row says that it failed, and the log says why
            LOG.exception("run failed", extra={"run_id": run_id})
        finally:
            _ROOM.release()

    threading.Thread(target=work, name="run", daemon=True).start()
    return run_id
