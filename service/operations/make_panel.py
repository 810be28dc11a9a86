"""Make a panel: answers on many days for many enterprises, each from what was known then, with what came to pass afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from data.database import Database, ReadSession, make_engine, read_session
from data.panels.outcomes import shipped_outcomes
from data.stores import knowledge
from models.access import Actor
from models.errors import Malformed, Refused
from models.indicators import Length
from models.panels import Knowledge
from models.periods import end_of
from scoring.statistics.panels import PanelDay, PanelMade, PanelOrder, Window, write_panel
from service.clock import end_of_legal_day
from service.operations.choose_rules import choose_rules

MOST_DAYS = 120
MOST_MONTHS = 120
A_MOMENT = timedelta(microseconds=1)


class BadDays(Malformed):
    """The days or months of a panel cannot be what they should be."""

    code = "panel.days"


class NotKnownThen(Refused):
    """On one of the days nothing was known here yet, or it is not over."""

    code = "panel.not_known_then"


@dataclass(frozen=True)
class PanelRequest:
    """What a panel is asked: its days, the policy (the one in force on the last of them unless named), and the months to look ahead."""

    days: tuple[date, ...]
    out: Path
    family: str
    policy: str | None = None
    months_after: tuple[int, ...] = (6, 12)
    knowledge: Knowledge = Knowledge.THEN
    memory_limit: str = "4GB"


def month_by_month(first: date, last: date) -> tuple[date, ...]:
    """A day a month from `first` to `last`; where a month has no 31st, its last day stands for it."""
    days: list[date] = []
    while len(days) <= MOST_DAYS:
        following = end_of(first, Length(months=len(days))) if days else first
        if following is None or following > last:
            break
        days.append(following)
    return tuple(days)


def make_panel(
    database: Database,
    request: PanelRequest,
    *,
    actor: Actor,  # noqa: ARG001  # every operation says who acts; a panel reads and changes nothing
    tell: Callable[[str, int], None],
    stop: Callable[[], bool],
) -> PanelMade:
    """Write the panel to its file. Raises `panel.*` and `policy.*`."""
    days = _checked(request)
    engine = make_engine(database.url, size=2)
    try:
        with read_session(engine) as session:
            head, now = knowledge.resolve(session, None), datetime.now(UTC)
            rules = choose_rules(session, family=request.family, as_of=days[-1], known_seq=head.known_seq, name=request.policy)
            told = [_known_at_end_of(session, day) if request.knowledge is Knowledge.THEN else head.known_seq for day in days]
    finally:
        engine.dispose()
    order = PanelOrder(
        rules=rules,
        days=tuple(PanelDay(day, seq, _windows(day, request.months_after, now)) for day, seq in zip(days, told, strict=True)),
        knowledge=request.knowledge,
        known_seq=head.known_seq,
        known_at=now,
        outcomes=shipped_outcomes() if request.months_after else (),
        out=request.out,
        memory_limit=request.memory_limit,
    )
    return write_panel(database.url, order, tell=tell, stop=stop)


def _checked(request: PanelRequest) -> tuple[date, ...]:
    days = tuple(sorted(set(request.days)))
    if not 1 <= len(days) <= MOST_DAYS:
        raise BadDays(f"A panel has between 1 and {MOST_DAYS} days, and this one would have {len(days)}. Give them as YYYY-MM-DD.")
    if any(not 1 <= months <= MOST_MONTHS for months in request.months_after) or len(set(request.months_after)) < len(request.months_after):
        raise BadDays(f"The months to look ahead are different whole numbers from 1 to {MOST_MONTHS}, such as 6,12.")
    return days


def _known_at_end_of(session: ReadSession, day: date) -> int:
    instant = end_of_legal_day(day) - A_MOMENT
    try:
        return knowledge.resolve(session, instant).known_seq
    except knowledge.InFuture:
        raise NotKnownThen(
            f"{day} is not over, so what was known at its end cannot be said yet. Leave it out, or ask with --known now."
        ) from None
    except knowledge.BeforeBeginning:
        raise NotKnownThen(
            f"On {day} nothing was known here yet. Ask for later days; or, for history that was loaded later, with --known now, which lets "
            "corrections and late deliveries of after that day into its rows."
        ) from None


def _windows(day: date, months_after: tuple[int, ...], now: datetime) -> tuple[Window, ...]:
    found = []
    for months in sorted(months_after):
        until = end_of(day, Length(months=months))
        assert until is not None
        found.append(Window(months=months, until=until, is_over=end_of_legal_day(until) <= now))
    return tuple(found)
