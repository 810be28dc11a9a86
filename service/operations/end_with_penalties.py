"""A failed result that led to a penalty is published no longer than the penalty: it ends with it, by repair or by itself."""

from datetime import date
from itertools import groupby

from data.database import WriteSession
from data.publication.regimes import facts_of, shipped_regimes
from data.stores import remedies
from models.publication import shown_until
from service.operations.publish_delivery import revise_records


def end_with_penalties(session: WriteSession, day: date, *, by: str) -> list[int]:
    """End the results of sampling and inspection all of whose penalties are over by a day, on the day the last of them ended.

    They leave score, pages and checks from that day, as what a source says of `public_until` does; a source that sends them again cannot
    bring them back. A penalty that is not published at all ends nothing. Gives the numbers drawn; the caller commits.
    """
    regimes = shipped_regimes()
    sets: dict[int, dict[str, str]] = {}
    for key, pairs in groupby(remedies.results_of_penalties(session, day), key=lambda row: int(row["result_key"])):
        days: list[date] = []
        for row in pairs:
            until = row["repaired_on"] or shown_until(facts_of(row), regimes)
            days.append(until if isinstance(until, date) else date.max)
        if (last := max(days)) <= day:
            sets[key] = {"public_until": last.isoformat()}
    if not sets:
        return []
    remedies.keep_effects(session, dict(sets), subject="penalty", subject_id=0, by=by)
    return revise_records(session, sets, by=by, why="the penalty's publication is over")
