"""Where officers' decisions wait for one another: in the process, and not each on a connection and a thread of its own.

They commit one after the other in any case. Fifty at once had forty connections, most of them opened for one request and planning the live
answer anew (0.2 s of the server's time), and forty threads, so that whoever held the clock's lock waited for the interpreter at each
of its statements.
"""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")
AT_ONCE = 3
"""One commits, one reads and evaluates before the lock, one is just coming or going."""


class Desk:
    """One per process."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._limiter = CapacityLimiter(at_once)

    async def do(self, act: Callable[[], T]) -> T:
        """Do it in a thread when its turn comes; first come, first served. Raises what it raises."""
        return await to_thread.run_sync(act, limiter=self._limiter)
