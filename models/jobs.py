"""Jobs: long work that outlives the process that asked for it; and schedules, by which the service gives itself work (任务, 定时任务)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from models.shapes import Bilingual, Shape

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
CLOCK = "%H:%M"


class JobState(StrEnum):
    """How a job stands, as people see it. The last three are ends, and stay."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        return self in (JobState.FINISHED, JobState.FAILED, JobState.CANCELLED)


class Weekday(StrEnum):
    """Days of the week, in the order of `date.weekday`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"there is no time zone {name}; write it as Asia/Shanghai")
    return name


def _clock(text: str) -> str:
    try:
        return datetime.strptime(text, CLOCK).strftime(CLOCK)  # noqa: DTZ007  # a time of day has no zone of its own
    except ValueError:
        raise ValueError(f"{text} is no time of day; write it as 00:00 or 18:30") from None


def _some(given: tuple[Any, ...]) -> tuple[Any, ...]:
    # Not `Field(min_length=1)`, which counts what is left after faulty members were taken out, and tells a second fault.
    if not given:
        raise ValueError("name at least one")
    return given


class Schedule(Shape):
    """When the service does what by itself: at these local times of these days, a job of this kind with these arguments."""

    name: Name
    title: Bilingual
    at: Annotated[tuple[Annotated[str, AfterValidator(_clock)], ...], AfterValidator(_some)]
    """Local times of day. One that a change of the clock leaves out falls as much later; one that comes twice counts the first time."""
    zone: Annotated[str, AfterValidator(_zone)]
    on: Annotated[tuple[Weekday, ...], AfterValidator(_some)] = tuple(Weekday)
    kind: Name
    arguments: dict[str, Any] = Field(default_factory=dict)
    made_up_for: Annotated[int, Field(ge=0, le=24 * 14)] = 0
    """Hours: a time that passed while nothing ran is made up for at the next start if it is not longer ago; the latest one alone, once."""
    at_first_start: bool = False
    """Whether a database that never had this schedule counts the latest time as missed; otherwise it waits for the next one."""
    enabled: bool = True

    def latest_due(self, now: datetime) -> datetime:
        """The last instant at or before `now` at which this was due, in UTC."""
        local = now.astimezone(ZoneInfo(self.zone)).date()
        return max(due for day in (local - timedelta(days=n) for n in range(9)) for due in self._of(day) if due <= now)

    def next_due(self, now: datetime) -> datetime:
        """The first instant after `now` at which this is due, in UTC."""
        local = now.astimezone(ZoneInfo(self.zone)).date()
        return min(due for day in (local + timedelta(days=n) for n in range(-1, 9)) for due in self._of(day) if due > now)

    def _of(self, day: date) -> Iterator[datetime]:
        if list(Weekday)[day.weekday()] in self.on:
            for text in self.at:
                yield datetime.combine(day, time.fromisoformat(text), ZoneInfo(self.zone)).astimezone(UTC)
