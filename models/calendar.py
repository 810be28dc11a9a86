"""Working days (工作日): the table of holidays and make-up days that clocks of law are reckoned by, and nothing beyond it.

The State Council names a year's holidays the autumn before; a day past the last named year is said to be beyond the table, never guessed.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from models.errors import CreditError


class BeyondCalendar(CreditError):
    """A clock runs past the last year whose holidays are known."""

    code = "calendar.beyond"

    def __init__(self, day: date, last: date) -> None:
        super().__init__(
            f"Working days are known up to {last}, and the clock runs past it (asked: {day}). "
            "Add the year's holidays to data/codes/working_days.csv when they are published."
        )


@dataclass(frozen=True)
class WorkingDays:
    """The calendar: weekdays without the holidays, and the weekend days worked to make up for them, from `first` to `last`."""

    first: date
    last: date
    off: frozenset[date]
    made_up: frozenset[date]

    def is_working(self, day: date) -> bool:
        """Whether offices are open. Raises `BeyondCalendar` outside the table."""
        if not self.first <= day <= self.last:
            raise BeyondCalendar(day, self.last)
        return day in self.made_up or (day.weekday() < 5 and day not in self.off)

    def after(self, day: date, count: int) -> date:
        """The last day of a clock of `count` working days that starts on `day`; the day itself does not count (行政处罚法第85条)."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day
