"""What follows when facts became known: entries that rest on them, and the standings of the enterprises they are about."""

from collections.abc import Iterable

from data.database import WriteSession, driver_connection
from data.stores import standings
from data.stores.knowledge import Drawn, resolve
from data.stores.policies import NonePolicyInForce
from data.stores.records import has_standings, touched_enterprises
from scoring.runs.refreshing import refresh
from service.clock import legal_day
from service.operations.choose_rules import choose_rules
from service.operations.list_by_records import end_deregistered, list_by_records
from service.operations.notify_grades import notify_grades
from service.operations.review_basis import review_basis
from service.settings import read_settings


def follow_facts(session: WriteSession, drawn: Drawn) -> None:
    """Let lists follow new facts in the same transaction: listing records list, deregistration ends, withdrawn evidence is reviewed.

    Standings follow in a transaction of their own (`follow_standings`); until they have, the number stands in `standings_due`.
    """
    standings.owe(session, drawn.known_seq)
    list_by_records(session, drawn.known_seq)
    end_deregistered(session, drawn.known_seq)
    review_basis(session, drawn.known_seq)


def follow_standings(session: WriteSession, published_seq: int | None) -> int:
    """Bring the standings of the enterprises touched up to date, in a transaction of its own; gives how many changed. Commits.

    Before the first published run there are no standings to keep up, and nothing is done.
    """
    if published_seq is None:
        session.rollback()
        return 0
    changed = follow_touched(session, published_seq) if has_standings(session) else 0
    standings.pay(session, published_seq)
    session.commit()
    return changed


def follow_touched(session: WriteSession, published_seq: int) -> int:
    """The same within the caller's transaction."""
    day = legal_day()
    known_seq = resolve(session, None).known_seq
    try:
        rules = choose_rules(session, family=read_settings().family, as_of=day, known_seq=known_seq)
    except NonePolicyInForce:
        return 0
    touched = touched_enterprises(driver_connection(session), published_seq)
    changed = refresh(session, rules, touched, as_of=day, known_seq=known_seq)
    notify_grades(session, family=rules.policy.family, day=day, by=f"delivery known as of {published_seq}", enterprise_keys=touched)
    return changed


def follow_all(session: WriteSession, numbers: Iterable[int]) -> None:
    """`follow_standings` for several numbers that one decision drew. Commits."""
    for number in numbers:
        follow_standings(session, number)
