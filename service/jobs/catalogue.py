"""Every kind of job there is, by name. A new one is a line here, an operation, and a route or a schedule that asks for it."""

from pathlib import Path
from typing import Any

from data.schedule_files import load_schedules
from models.errors import Malformed
from models.jobs import Schedule
from service.jobs.expiring import EXPIRY
from service.jobs.forgetting import FORGETTING
from service.jobs.kinds import Kind
from service.jobs.recounting import RECOUNT
from service.jobs.rehearsals import REHEARSAL
from service.jobs.runs import RUN
from service.jobs.targets import COUNTING

KINDS: dict[str, Kind[Any]] = {kind.name: kind for kind in (RUN, REHEARSAL, EXPIRY, FORGETTING, COUNTING, RECOUNT)}


class UnknownKind(Malformed):
    """No kind of job has this name."""

    code = "job.unknown_kind"


def kind_of(name: str) -> Kind[Any]:
    """The kind of a name. Raises `job.unknown_kind`."""
    if name not in KINDS:
        raise UnknownKind(f"There is no kind of job {name!r}. There are {', '.join(sorted(KINDS))}.")
    return KINDS[name]


def schedules(path: Path | None) -> tuple[Schedule, ...]:
    """The schedules of a file, or those that come with the service, each of a kind there is. Raises `FaultySchedules`."""
    return load_schedules({name: kind.asked_by_schedules for name, kind in KINDS.items()}, path)
