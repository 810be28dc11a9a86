"""Say that two entries of the registry are one enterprise, or that they are not after all: what follows is in the same transaction.

What is known of the duplicate counts for the entry that is kept, from the number drawn here on; nothing is rewritten. A red entry beside
a black one across the link ends, what proposes to enter the duplicate lapses, and the standings of both follow before anybody can read
the link.
"""

from data.database import WriteSession, driver_connection
from data.stores import changes, effects, knowledge, listings, proposals, same_as
from data.stores.enterprises import find_by_identifier
from data.stores.listings import Step
from data.stores.records import has_standings
from models.access import Actor
from models.errors import Malformed, NotFound, Refused
from models.identifiers import Identifier
from models.listings import Cause
from models.shapes import Shape
from service.operations.follow_facts import follow_touched


class NoSuchEntry(NotFound):
    """No enterprise bears the identifier."""

    code = "same_as.unknown_enterprise"


class NoReason(Malformed):
    """A link says why, and so does its undoing."""

    code = "same_as.no_reason"


class NotTwo(Malformed):
    """Both identifiers are those of one entry already."""

    code = "same_as.not_two"


class IsChain(Refused):
    """One of the two is part of a link already."""

    code = "same_as.chain"


class NotLinked(Refused):
    """There is no link to undo."""

    code = "same_as.not_linked"


class Joined(Shape):
    """What a link, or its undoing, did."""

    kept: Identifier
    duplicate: Identifier
    is_linked: bool
    known_seq: int
    superseded: int
    """Red entries that ended beside a black one."""
    standings_changed: int


def join_entries(session: WriteSession, *, kept: Identifier, duplicate: Identifier, reason: str, actor: Actor) -> Joined:
    """Link a duplicate to the entry that is kept; the caller commits.

    Raises `same_as.unknown_enterprise`, `same_as.no_reason`, `same_as.not_two` and `same_as.chain`.
    """
    kept_key, duplicate_key = _keys(session, kept, duplicate, reason)
    keys, everything = [kept_key, duplicate_key], knowledge.resolve(session, None).known_seq
    for key, other in same_as.kept_by(session, keys, known_seq=everything).items():
        raise IsChain(_chain(session, key, other, "is a duplicate already"))
    for other, key in same_as.duplicates_of(session, [duplicate_key], known_seq=everything).items():
        raise IsChain(_chain(session, other, key, "is kept for another already"))
    follows = has_standings(session)  # before the duplicate's is gone: it may be the only one
    drawn = knowledge.draw(session, "same_as", f"{duplicate} is {kept}", is_locked=True)
    same_as.join(session, drawn, kept=kept_key, duplicate=duplicate_key, reason=reason.strip(), by=actor.holder)
    steps = [Step(row["listing_id"], Cause.SUPERSEDED, row["ends_on"]) for row in effects.red_beside_standing(session, kept_key)]
    moves = listings.move(session, steps, known_seq=drawn.known_seq)
    if moves:
        changes.append(session, moves, known_seq=drawn.known_seq)
    proposals.lapse_to_enter(session, duplicate_key, why=f"{duplicate} is a duplicate of {kept}; a run proposes that one where it is due.")
    changed = follow_touched(session, drawn.known_seq) if follows else 0
    return Joined(
        kept=kept, duplicate=duplicate, is_linked=True, known_seq=drawn.known_seq, superseded=len(moves), standings_changed=changed
    )


def part_entries(session: WriteSession, *, kept: Identifier, duplicate: Identifier, reason: str, actor: Actor) -> Joined:
    """Undo a link: from now on each entry bears its own again. What ended because of the link stays ended. The caller commits.

    Raises `same_as.unknown_enterprise`, `same_as.no_reason`, `same_as.not_two` and `same_as.not_linked`.
    """
    kept_key, duplicate_key = _keys(session, kept, duplicate, reason)
    if same_as.kept_by(session, [duplicate_key], known_seq=knowledge.resolve(session, None).known_seq).get(duplicate_key) != kept_key:
        raise NotLinked(f"{duplicate} is not known as a duplicate of {kept}. `qcredit registry same-as --list` shows what was linked.")
    drawn = knowledge.draw(session, "same_as", f"{duplicate} is not {kept}", is_locked=True)
    same_as.undo(session, drawn, kept=kept_key, duplicate=duplicate_key, reason=reason.strip(), by=actor.holder)
    changed = follow_touched(session, drawn.known_seq) if has_standings(session) else 0
    return Joined(kept=kept, duplicate=duplicate, is_linked=False, known_seq=drawn.known_seq, superseded=0, standings_changed=changed)


def _keys(session: WriteSession, kept: Identifier, duplicate: Identifier, reason: str) -> tuple[int, int]:
    if not reason.strip():
        raise NoReason("Say why they are one enterprise, or why not: the reason is kept beside the link.")
    knowledge.lock_clock(session)
    found = []
    for identifier in (kept, duplicate):
        key = find_by_identifier(driver_connection(session), identifier.scheme, identifier.value)
        if key is None:
            raise NoSuchEntry(f"No enterprise is known here as {identifier}. Check the number, or deliver the registry's file first.")
        found.append(key)
    if found[0] == found[1]:
        raise NotTwo(f"{kept} and {duplicate} are identifiers of one entry already: there is nothing to link.")
    return found[0], found[1]


def _chain(session: WriteSession, duplicate: int, kept: int, what: str) -> str:
    who = listings.identities_of(session, [duplicate, kept])
    (_, gone, _), (_, stays, _) = who[duplicate], who[kept]
    named = gone if what.startswith("is a duplicate") else stays
    return f"{named} {what}: {gone} is the same as {stays}. Link each duplicate to the one that is kept for all, or undo that link first."
