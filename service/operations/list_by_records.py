"""Let the entries follow the records that are list decisions of competent authorities, and the registry (自动移出)."""

from collections.abc import Sequence
from datetime import date

from data.database import WriteSession
from data.stores import changes, knowledge, listing_records, listings, policies, proposals
from data.stores.changes import Move
from data.stores.listing_records import Row
from data.stores.listings import NewListing, Step
from data.stores.policies import NonePolicyInForce
from models.listings import Cause, Origin
from models.periods import end_of
from models.policies import ListRule
from models.shapes import Shape
from service.clock import legal_day
from service.operations.entering import supersede_red
from service.settings import read_settings


class Unlisted(Shape):
    """A list decision that made no entry, and why."""

    record_key: int
    enterprise_key: int
    list: str
    why: str


class Followed(Shape):
    """What the records did to the lists."""

    entered: int = 0
    ended: int = 0
    corrected: int = 0
    unlisted: tuple[Unlisted, ...] = ()


def list_by_records(session: WriteSession, known_seq: int, *, day: date | None = None) -> Followed:
    """Enter, correct and end entries for the list decisions that this number brought; the same transaction, the same number.

    Where the policy in force knows the list, the entry has its colour, otherwise `other`. A black decision without basis, authority,
    number or end, or a red one beside a black entry, makes no entry and is told. `day`, unless given, is the legal day of the number.
    """
    touched = listing_records.touched_by_listing_records(session, known_seq)
    if not touched:
        return Followed()
    day = day or legal_day(knowledge.resolve(session, None).committed_at)
    moves, unlisted = follow_records(session, known_seq=known_seq, day=day, enterprise_keys=touched)
    return close_moves(session, moves, unlisted, known_seq=known_seq)


def end_deregistered(session: WriteSession, known_seq: int, *, day: date | None = None) -> Followed:
    """End the entries of enterprises that this number told to be deregistered, from the day of the registry."""
    day = day or legal_day(knowledge.resolve(session, None).committed_at)
    rows = listing_records.deregistered_by(session, day, known_seq=known_seq)
    steps = [Step(row["listing_id"], Cause.DEREGISTERED, row["deregistered_on"]) for row in rows]
    return close_moves(session, listings.move(session, steps, known_seq=known_seq), [], known_seq=known_seq)


def follow_records(
    session: WriteSession, *, known_seq: int, day: date, enterprise_keys: Sequence[int] | None
) -> tuple[list[Move], list[Unlisted]]:
    """Bring the entries of these enterprises (None: all) in line with their list decisions as of a day."""
    moves = listings.move(session, steps_of_records(session, day=day, enterprise_keys=enterprise_keys), known_seq=known_seq)
    rules = _rules(session, day=day, known_seq=known_seq)
    red_lists = [rule.list for rule in rules.values() if rule.colour == "red"]
    unlisted: list[Unlisted] = []
    for is_red in (False, True):  # a red entry beside a black one is refused, so black ones come first
        seen: set[int] = set()
        while rows := listing_records.unlisted_records(
            session, day=day, enterprise_keys=enterprise_keys, red_lists=red_lists, is_red=is_red, without=sorted(seen)
        ):
            seen |= {row["record_key"] for row in rows}
            entries, refused = _sort_out(session, [(row, _entry(row, rules.get(row["list"]))) for row in rows])
            unlisted += refused
            moves += _enter(session, entries, day=day, known_seq=known_seq)
    return moves, unlisted


def steps_of_records(session: WriteSession, *, day: date, enterprise_keys: Sequence[int] | None) -> list[Step]:
    """What the present revisions of their records do to the entries that records made."""
    steps = [_step(row, day) for row in listing_records.entries_with_records(session, enterprise_keys=enterprise_keys)]
    return [step for step in steps if step is not None]


def has_entries_to_make(session: WriteSession, *, known_seq: int, day: date, enterprise_keys: Sequence[int]) -> bool:
    """Whether a list decision about one of these enterprises would make an entry now."""
    rules: dict[str, ListRule] | None = None
    seen: set[int] = set()
    while rows := listing_records.unlisted_records(
        session, day=day, enterprise_keys=enterprise_keys, red_lists=(), is_red=False, without=sorted(seen)
    ):
        if rules is None:
            rules = _rules(session, day=day, known_seq=known_seq)
        if _sort_out(session, [(row, _entry(row, rules.get(row["list"]))) for row in rows])[0]:
            return True
        seen |= {row["record_key"] for row in rows}  # those behind them may make one
    return False


def waiting_for_day(session: WriteSession, day: date) -> set[int]:
    """Enterprises whose list decisions may have come to do something to entries by a day; looks at all of them."""
    behind = listing_records.entries_with_records(session, enterprise_keys=None)
    unlisted = listing_records.unlisted_records(session, day=day, enterprise_keys=None, red_lists=(), is_red=False, without=())
    return {row["enterprise_key"] for row in behind if _step(row, day) is not None} | {row["enterprise_key"] for row in unlisted}


def close_moves(session: WriteSession, moves: list[Move], unlisted: list[Unlisted], *, known_seq: int) -> Followed:
    """Write the moves into the log, close the proposals that they settle, and count."""
    ended = [move.listing_id for move in moves if move.cause in listings.LEAVING]
    proposals.lapse_for_entries(session, ended, why="The entry has ended by itself.")
    if moves:
        changes.append(session, moves, known_seq=known_seq)
    return Followed(
        entered=sum(move.cause is Cause.ENTERED for move in moves),
        ended=len(ended),
        corrected=sum(move.cause is Cause.CORRECTED for move in moves),
        unlisted=tuple(unlisted),
    )


def _step(row: Row, day: date) -> Step | None:
    listing_id, repaired_on, ended_on = row["listing_id"], row["repaired_on"], row["ended_on"]
    if row["is_gone"]:
        return Step(listing_id, Cause.ANNULLED, day)
    if repaired_on is not None and repaired_on <= day:
        return Step(listing_id, Cause.REPAIRED, repaired_on)
    if ended_on is not None and ended_on <= day and (row["ends_on"] is None or ended_on < row["ends_on"]):
        return Step(listing_id, Cause.REMOVED, ended_on)
    if row["in_force_until"] is not None and row["in_force_until"] != row["ends_on"]:
        return Step(listing_id, Cause.CORRECTED, day, ends_on=row["in_force_until"])
    return None


def _enter(session: WriteSession, entries: list[NewListing], *, day: date, known_seq: int) -> list[Move]:
    """Enter, ending red entries first where black ones come; what is over by the day ends at once, as history."""
    moves = supersede_red(session, [entry for entry in entries if entry.colour == "black"], known_seq=known_seq)
    moves += listings.enter(session, entries, known_seq=known_seq)
    made = {move.listing_id for move in moves}
    keys = sorted({move.enterprise_key for move in moves})
    past = [row for row in listing_records.over_by(session, day, enterprise_keys=keys) if row["listing_id"] in made]
    return moves + listings.move(session, [Step(row["listing_id"], Cause.EXPIRED, row["ends_on"]) for row in past], known_seq=known_seq)


def _sort_out(session: WriteSession, candidates: list[tuple[Row, NewListing]]) -> tuple[list[NewListing], list[Unlisted]]:
    """Those that make an entry, and those that cannot, with the reason."""
    spans = [(entry.enterprise_key, entry.starts_on, entry.ends_on) for _, entry in candidates]
    beside = listing_records.beside_black(session, spans)
    entries: list[NewListing] = []
    unlisted: list[Unlisted] = []
    for place, (row, entry) in enumerate(candidates):
        why = None
        if entry.colour == "red" and place in beside:
            why = "A black entry holds on some of these days."
        if entry.colour == "black" and (lacking := _lacking(entry)):
            why = f"A black entry needs {', '.join(lacking)}, and the record has none."
        if why is None:
            entries.append(entry)
        else:
            unlisted.append(Unlisted(record_key=row["record_key"], enterprise_key=row["enterprise_key"], list=row["list"], why=why))
    return entries, unlisted


def _lacking(entry: NewListing) -> list[str]:
    asked = {"a basis": entry.basis, "an authority": entry.authority, "a decision number": entry.decision_no}
    missing = [name for name, value in asked.items() if not value]
    return missing if entry.ends_on or entry.ends_when else [*missing, "an end"]


def _entry(row: Row, rule: ListRule | None) -> NewListing:
    term_end = end_of(row["starts_on"], rule.lasts) if rule is not None and rule.lasts is not None else None
    return NewListing(
        enterprise_key=row["enterprise_key"],
        list=row["list"],
        colour=rule.colour if rule is not None else "other",
        origin=Origin.RECORD,
        record_key=row["record_key"],
        evidence=(row["record_key"],),
        basis=row["basis"],
        authority=row["authority"],
        decision_no=row["document_no"],
        decided_on=row["decided_on"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"] or term_end,
        ends_when=rule.ends_when if rule is not None else None,
        reason=row["reason"] or row["title"] or "",
    )


def _rules(session: WriteSession, *, day: date, known_seq: int) -> dict[str, ListRule]:
    """The list rules of the policy in force, by list; none where no policy is published yet."""
    try:
        published = policies.policy_in_force(session, read_settings().family, day, known_seq)
    except NonePolicyInForce:
        return {}
    return {rule.list: rule for rule in published.policy.lists}
