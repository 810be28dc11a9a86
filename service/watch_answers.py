"""Watches over suppliers, and what they tell."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from models.shapes import Bilingual, Shape
from service.enterprise_answers import EnterpriseNamed


class WatchAsked(Shape):
    """Watch suppliers of a check of yours until a contract ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"check_id": 12, "suppliers": [1, 3], "until": "2027-12-31"}]})

    check_id: Annotated[int, Field(ge=1)]
    suppliers: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=5_000)] = ()
    """Their numbers in the check; all that were found unless given."""
    matter: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    """The contract; that of the check unless given."""
    until: date
    """Last day of the contract: changes are told to its end, and the check is kept 15 years from it."""


class WatchShown(Shape):
    """A watch, and whether it has news that were not read."""

    watch_id: int
    check_id: int
    holder: str
    matter: str | None
    until: date
    from_seq: int
    read_seq: int
    made_at: datetime
    ended_at: datetime | None
    suppliers: int
    has_news: bool


class WatchPage(Shape):
    watches: tuple[WatchShown, ...]
    next: int | None
    """The `before` of the next page; null at the end."""


class NoticeShown(Shape):
    """One change of a watched supplier. Of an entry that ended it is only said that the supplier is no longer listed."""

    seq: int
    """The line of the log; acknowledge up to here."""
    no: int
    """The supplier's number in the check."""
    enterprise: EnterpriseNamed
    what: Literal["entered", "changed", "no_longer_listed"]
    list: str | None
    """Null where the entry may no longer be shown."""
    title: Bilingual | None
    state: str | None
    effective_on: date | None
    recorded_at: datetime


class NoticePage(Shape):
    """News of a watch, oldest first."""

    watch_id: int
    notices: tuple[NoticeShown, ...]
    next: int | None
    """The `after` of the next page; null at the end."""


class Acknowledged(Shape):
    """How far the news of a watch were read."""

    seq: Annotated[int, Field(ge=0)]
