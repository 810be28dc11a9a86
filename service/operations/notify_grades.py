"""Tell enterprises of bad grades before others see them: the notice is given as a standing turns bad, its days run from then."""

from collections.abc import Sequence
from datetime import date, timedelta

from data.codes.working_days import working_days
from data.database import WriteSession
from data.grade_notice_rules import bad_grade_rules
from data.stores import grade_notices
from models.calendar import BeyondCalendar
from models.procedures import Clock


def notify_grades(session: WriteSession, *, family: str, day: date, by: str, enterprise_keys: Sequence[int] | None = None) -> int:
    """Give the notices that standings ask for, dated on a day; the caller commits. Gives how many."""
    given = 0
    for rule in bad_grade_rules():
        if rule.family == family and rule.in_force_from <= day:
            shown_from = _first_shown(rule.wait, day)
            given += grade_notices.renew(
                session,
                family=family,
                grades=rule.grades,
                day=day,
                shown_from=shown_from,
                by=by,
                enterprise_keys=enterprise_keys,
            )
    return given


def _first_shown(wait: Clock, day: date) -> date | None:
    try:
        return wait.last_day(day, working_days()) + timedelta(days=1)
    except BeyondCalendar:
        return None
