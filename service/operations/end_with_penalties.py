"""A failed result that led to a penalty is published no longer than the penalty: it ends with it, by repair or by itself.

The end is final: a penalty that is later published longer, or withdrawn, does not bring the result back. An objection to the result does.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from data.database import WriteSession
from data.publication.regimes import facts_of, shipped_regimes
from data.stores import remedies
from models.errors import CreditError
from models.publication import Regimes, shown_until
from service.operations.publish_delivery import revise_records


@dataclass(frozen=True)
class Ended:
    """The numbers drawn, and what the sources refused, in words."""

    numbers: tuple[int, ...]
    refused: tuple[str, ...]


def end_with_penalties(session: WriteSession, day: date, *, by: str) -> Ended:
    """End the results of sampling and inspection all of whose published penalties are over by a day, on the day the last of them ended.

    They leave score, pages and checks from that day, as what a source says of `public_until` does; a source that sends them again cannot
    bring them back. A penalty that is not published at all ends nothing. Each source's are committed by themselves, so that one that may
    no longer send their kind stops nobody else's.
    """
    numbers: list[int] = []
    refused: list[str] = []
    for source, ends in sorted(_over(session, day, shipped_regimes()).items()):
        sets = {key: {"public_until": last.isoformat()} for key, (last, _) in ends.items()}
        try:
            for key, (_, penalty) in ends.items():
                remedies.keep_effects(session, {key: sets[key]}, subject="penalty", subject_id=penalty, by=by)
            numbers += revise_records(session, sets, by=by, why="the penalty's publication is over")
        except CreditError as fault:
            session.rollback()
            refused.append(f"{source}: {fault}")
        else:
            session.commit()
    return Ended(tuple(numbers), tuple(refused))


def _over(session: WriteSession, day: date, regimes: Regimes) -> Mapping[str, dict[int, tuple[date, int]]]:
    """By source, the results that are over: each with its last day and the key of the penalty that ended last."""
    found: dict[str, dict[int, tuple[date, int]]] = defaultdict(dict)
    results = groupby(remedies.results_of_penalties(session, day), key=lambda row: (str(row["result_source"]), int(row["result_key"])))
    for (source, key), pairs in results:
        ends = [(row["repaired_on"] or shown_until(facts_of(row), regimes), int(row["record_key"])) for row in pairs]
        published = [(until, penalty) for until, penalty in ends if until != "never"]
        dated = [(until, penalty) for until, penalty in published if isinstance(until, date)]
        if dated and len(dated) == len(published) and (last := max(dated))[0] <= day:
            found[source][key] = last
    return found
