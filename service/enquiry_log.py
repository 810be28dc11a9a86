"""Who looked whom up: noted in memory while answering, written once a second beside the requests.

A look-up must not wait for a write. What a process noted in its last second is lost if it is killed; a check, which is kept, keeps its
enquiries in its own transaction.
"""

from collections import deque
from datetime import UTC, datetime
from time import time

from data.database import Engine, write_session
from data.stores import enquiries
from data.stores.enquiries import Asked
from models.access import Actor, Role
from models.remedies import Way
from service.clock import legal_day

Note = tuple[int, str, str, str, float, str]
"""What is noted while somebody waits: enterprise, holder, role, way, instant, purpose; a row is made of it later."""
MOST = 100_000
"""Notes held while the database is away; beyond them the oldest is dropped."""
AT_ONCE = 5_000
EVERY_S = 1.0


class EnquiryLog:
    """One per process; noting is safe from every thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._noted: deque[Note] = deque(maxlen=MOST)

    def note(self, actor: Actor, enterprise_key: int, way: Way, purpose: str | None = None) -> None:
        """Keep that the holder of a key looked an enterprise up. Without a key nobody is known, and one's own file is no enquiry."""
        if actor.role is Role.PUBLIC or actor.enterprise_key == enterprise_key:
            return
        self._noted.append((enterprise_key, actor.holder, actor.role, way, time(), purpose or ""))

    def write(self) -> None:
        """Write what was noted so far; what could not be written is noted again."""
        while taken := [self._noted.popleft() for _ in range(min(len(self._noted), AT_ONCE))]:
            try:
                with write_session(self._engine) as session:
                    enquiries.count(session, map(_asked, taken))
                    session.commit()
            except BaseException:
                self._noted.extendleft(reversed(taken))
                raise


def _asked(note: Note) -> Asked:
    enterprise_key, holder, role, way, instant, purpose = note
    at = datetime.fromtimestamp(instant, UTC)
    return Asked(enterprise_key, holder, role, way, legal_day(at), at, purpose)
