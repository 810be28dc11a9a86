"""Start a run beside the request that asked for it: the request gets its number, the run goes on."""

import logging
import threading
from concurrent.futures import Future

from data.database import Database
from models.access import Actor
from models.errors import CreditError, Refused
from service.operations.recalculate import Request, recalculate

AT_ONCE = 2
"""Runs of one process at the same time; each may take the memory that its request allows."""
LOG = logging.getLogger("qcredit.runs")
_ROOM = threading.BoundedSemaphore(AT_ONCE)


class Busy(Refused):
    """As many runs as the process carries are under way."""

    code = "run.busy"


def start_run(database: Database, request: Request, *, actor: Actor) -> int:
    """Begin a run and give its number; what goes wrong later is written at the run. Raises `run.busy` and what `recalculate` raises."""
    if not _ROOM.acquire(blocking=False):
        raise Busy(f"{AT_ONCE} runs are under way here. Wait for one to finish; /v1/runs tells how far they are.")
    begun: Future[int] = Future()

    def work() -> None:
        try:
            run_id = recalculate(database, request, actor=actor, begun=begun.set_result)
            LOG.info("run finished", extra={"run_id": run_id})
        except CreditError as fault:
            if not begun.done():
                begun.set_exception(fault)
        except Exception as fault:  # the edge of a job: the run's row says that it failed, and the log says why
            LOG.exception("run failed")
            if not begun.done():
                begun.set_exception(fault)
        finally:
            _ROOM.release()

    threading.Thread(target=work, name="run", daemon=True).start()
    return begun.result()
