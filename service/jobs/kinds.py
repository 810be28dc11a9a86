"""What a kind of job is: the shape of its arguments, the operation it runs, and beside what it may not run (任务种类).

A kind's work is carried out at least once: a worker that dies leaves its job to the next one, which calls the work again with the same
arguments. So the work goes on from what it finds done, and doing it twice harms nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from data.database import Database, Engine, WriteSession
from models.access import Actor, Role
from models.errors import CreditError
from models.shapes import Bilingual, Shape

A = TypeVar("A", bound=Shape)
Result = Mapping[str, Any]
BY_ITSELF = Actor(holder="the service itself", role=Role.ADMIN)
"""Who asks for what a schedule orders."""


class Tell(Protocol):
    """How work says how far it is: the phase, the rows done in it, and of how many where it knows."""

    def __call__(self, phase: str, rows: int, of: int | None = None) -> None: ...


Stop = Callable[[], bool]
"""Whether somebody asked to stop; work asks between its parts, and raises `Stopped` when it has put things in order."""


class Stopped(CreditError):
    """The work stopped because it was asked to; what it has finished until then stays."""

    code = "job.stopped"


class NotNow(Exception):
    """The work cannot go on at the moment, since somebody else is at it: it is tried again after a while."""


class Lane(StrEnum):
    """Quick jobs have workers of their own, so that none waits behind a run of an hour."""

    QUICK = "quick"
    LONG = "long"


@dataclass(frozen=True)
class Place:
    """What a worker has for its work: the database, an engine for long work, and the settings that an operation is asked with."""

    database: Database
    engine: Engine
    family: str


@dataclass(frozen=True)
class Given(Generic[A]):
    """One call of a kind's work."""

    place: Place
    arguments: A
    actor: Actor
    tell: Tell
    stop: Stop


@dataclass(frozen=True)
class Wanted:
    """What a schedule may say of a kind whose arguments come into being when it is due: its shape, and what makes arguments of it.

    `order` writes in the transaction that queues the job: session, what is wanted, who asks, the family of policies.
    """

    shape: type[Any]
    order: Callable[[WriteSession, Any, Actor, str], Shape]


@dataclass(frozen=True)
class Kind(Generic[A]):
    """A kind of job. Two jobs of the same `lock` never run at once."""

    name: str
    title: Bilingual
    shape: type[A]
    work: Callable[[Given[A]], Result]
    lane: Lane = Lane.LONG
    lock: Callable[[A], str | None] = lambda _: None
    link: Callable[[A, Result | None], str | None] = lambda _arguments, _result: None
    """Where the result is to be found, as an address of the API."""
    drop: Callable[[Given[A]], None] = lambda _: None
    """What is to be put in order when a job is cancelled before it began."""
    wanted: Wanted | None = None
    """How a schedule asks for it, where that is not by the arguments themselves."""

    @property
    def asked_by_schedules(self) -> type[Shape]:
        """The shape of what a schedule says of this kind."""
        return self.wanted.shape if self.wanted is not None else self.shape


class Nothing(Shape):
    """Arguments of a kind that needs none."""


def only_one(name: str) -> Callable[[Shape], str]:
    """A lock for a kind of which one job runs at a time."""
    return lambda _: name
