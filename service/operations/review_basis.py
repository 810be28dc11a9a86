"""What becomes of entries whose basis was withdrawn: a run's entry is annulled at once, an officers' one comes under review."""

from collections import defaultdict
from datetime import date

from data.codes.working_days import working_days
from data.database import WriteSession, driver_connection
from data.stores import changes, knowledge, listing_records, listings, matters, policies, procedures, proposals
from data.stores.listing_records import Row
from data.stores.listings import Step
from data.stores.matters import Subject
from models.listings import Cause, ListingState, Origin
from models.procedures import clocks_from
from models.results import ListStanding, Question
from models.shapes import Shape
from scoring.runs.answering import Rules, answer_many
from service.clock import legal_day

HOLDS = frozenset({ListStanding.ENTER, ListStanding.STAY, ListStanding.BLOCKED})
"""What a list rule says of a day on which an entry could have been made."""


class Reviewed(Shape):
    """What withdrawn records did to entries that rest on them."""

    annulled: int = 0
    under_review: int = 0


def review_basis(session: WriteSession, known_seq: int) -> Reviewed:
    """Follow the records that this number withdrew or moved to another enterprise; the same transaction, the same number.

    An entry stands on a rule, not on one record: it is asked again for the day it was decided, with what is known now. Where the rule no
    longer holds, a run's entry is annulled, and an officers' one turns `under_review` at once, with a proposal to annul it; so does one
    whose officers had the record before them.
    """
    rows = listing_records.with_withdrawn_basis(session, known_seq)
    if not rows:
        return Reviewed()
    day = legal_day(knowledge.resolve(session, None).committed_at)
    fallen = _no_longer_supported(session, rows, known_seq=known_seq)
    void = [row["listing_id"] for row in rows if row["origin"] == Origin.RUN and row["listing_id"] in fallen]
    doubtful = [row for row in rows if row["origin"] == Origin.DECISION and (row["was_seen"] or row["listing_id"] in fallen)]
    newly = [row for row in doubtful if row["state"] != ListingState.UNDER_REVIEW]
    steps = [Step(listing_id, Cause.ANNULLED, day) for listing_id in void]
    steps += [Step(row["listing_id"], Cause.REVIEW_OPENED, day) for row in newly]
    moves = listings.move(session, steps, known_seq=known_seq)
    proposals.lapse_for_entries(session, void, why="The entry was annulled: a record that it rested on was withdrawn.")
    opened = proposals.propose_annulments(session, {row["listing_id"]: row["withdrawn"] for row in doubtful}, day=day)
    _start_clocks(session, opened, day=day)
    if moves:
        changes.append(session, moves, known_seq=known_seq)
    return Reviewed(annulled=len(void), under_review=len(newly))


def _start_clocks(session: WriteSession, opened: list[proposals.Row], *, day: date) -> None:
    """Let the clock of withdrawal run (三日, working days, where the procedure says so)."""
    for row in opened:
        if row["procedure_hash"] is not None:
            procedure = procedures.get_procedure(session, row["procedure_hash"]).procedure
            clocks = clocks_from(procedure, None, "done", on=day, calendar=working_days())
            matters.start_clocks(session, Subject.PROPOSAL, [row["proposal_id"]], clocks)


def _no_longer_supported(session: WriteSession, rows: list[Row], *, known_seq: int) -> set[int]:
    by_policy: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_policy[row["policy_hash"]].append(row)
    fallen: set[int] = set()
    for policy_hash, group in sorted(by_policy.items()):
        published = policies.get_policy(session, policy_hash)
        questions = [Question(enterprise_key=row["enterprise_key"], as_of=row["decided_on"], known_seq=known_seq) for row in group]
        answers = answer_many(driver_connection(session), Rules(published.policy, published.policy_hash), questions)
        fallen |= {
            row["listing_id"]
            for row, answer in zip(group, answers, strict=True)
            if answer.lists.get(row["list"], ListStanding.OFF) not in HOLDS
        }
    return fallen
