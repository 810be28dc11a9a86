"""The edge's clock: the legal day is that of China, which has kept one offset since 1991."""

from datetime import UTC, date, datetime, time, timedelta, timezone

LEGAL_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")


def legal_day(instant: datetime | None = None) -> date:
    """The legal day of an instant; of now, unless told."""
    return (instant or datetime.now(UTC)).astimezone(LEGAL_ZONE).date()


def end_of_legal_day(day: date) -> datetime:
    """The first instant after a legal day."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=LEGAL_ZONE)
