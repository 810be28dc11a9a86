"""Days reckoned by the calendar: the end of a span, as every engine reckons it."""

from calendar import monthrange
from datetime import date, timedelta

from models.indicators import Length


def end_of(start: date, length: Length) -> date | None:
    """The first day after a span that starts on `start`, or None; where a month has no 31st, its last day stands for it."""
    if length.forever:
        return None
    if length.days is not None:
        return start + timedelta(days=length.days)
    months = start.month - 1 + (length.months or 0) + 12 * (length.years or 0)
    year, month = start.year + months // 12, months % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))
