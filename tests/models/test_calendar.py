from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.codes.working_days import working_days
from models.calendar import BeyondCalendar

CALENDAR = working_days()
DAYS = st.dates(min_value=CALENDAR.first, max_value=date(2026, 6, 30))


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # the National Day week does not count
        (date(2026, 10, 9), 1, date(2026, 10, 10)),  # a Saturday worked to make up for it does
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2024, 12, 31), 1, date(2025, 1, 2)),
    ],
)
def test_a_clock_counts_working_days_after_its_first_day(start: date, count: int, last: date) -> None:
    assert CALENDAR.after(start, count) == last


def test_a_clock_past_the_known_holidays_says_so() -> None:
    with pytest.raises(BeyondCalendar, match="2026-12-31"):
        CALENDAR.after(date(2026, 12, 28), 10)


@given(DAYS, st.integers(1, 60))
def test_a_clock_ends_on_a_working_day_with_the_others_before_it(start: date, count: int) -> None:
    last = CALENDAR.after(start, count)
    between = [start + timedelta(days=n) for n in range(1, (last - start).days + 1)]
    assert CALENDAR.is_working(last)
    assert sum(map(CALENDAR.is_working, between)) == count
