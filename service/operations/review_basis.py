"""What becomes of entries whose basis was withdrawn: a run's entry is annulled at once, an officers' one comes under review."""

from collections import defaultdict

from data.database import WriteSession, driver_connection
from data.stores import changes, knowledge, listing_records, listings, policies, proposals
from data.stores.listing_records import Row
from data.stores.listings import Step
from models.listings import Cause, ListingState, Origin
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

    A run's entry stands on a rule, not on one record: it is asked again for its own first day with what is known now, and annulled if the
    rule no longer holds. An officers' entry turns `under_review` at once, with a proposal to annul it.
    """
    rows = listing_records.with_withdrawn_basis(session, known_seq)
    if not rows:
        return Reviewed()
    day = legal_day(knowledge.resolve(session, None).committed_at)
    void = _no_longer_supported(session, [row for row in rows if row["origin"] == Origin.RUN], known_seq=known_seq)
    doubtful = [row for row in rows if row["origin"] == Origin.DECISION]
    newly = [row for row in doubtful if row["state"] != ListingState.UNDER_REVIEW]
    steps = [Step(listing_id, Cause.ANNULLED, day) for listing_id in void]
    steps += [Step(row["listing_id"], Cause.REVIEW_OPENED, day) for row in newly]
    moves = listings.move(session, steps, known_seq=known_seq)
    proposals.lapse_for_entries(session, void, why="The entry was annulled: a record that it rested on was withdrawn.")
    proposals.propose_annulments(session, {row["listing_id"]: row["withdrawn"] for row in doubtful})
    if moves:
        changes.append(session, moves, known_seq=known_seq)
    return Reviewed(annulled=len(void), under_review=len(newly))


def _no_longer_supported(session: WriteSession, rows: list[Row], *, known_seq: int) -> list[int]:
    by_policy: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_policy[row["policy_hash"]].append(row)
    void: list[int] = []
    for policy_hash, group in sorted(by_policy.items()):
        published = policies.get_policy(session, policy_hash)
        questions = [Question(enterprise_key=row["enterprise_key"], as_of=row["starts_on"], known_seq=known_seq) for row in group]
        answers = answer_many(driver_connection(session), Rules(published.policy, published.policy_hash), questions)
        void += [
            row["listing_id"]
            for row, answer in zip(group, answers, strict=True)
            if answer.lists.get(row["list"], ListStanding.OFF) not in HOLDS
        ]
    return void
