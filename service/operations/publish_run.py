"""Publish a run: the one way in which an evaluation has effects on lists.

Under the clock's lock it makes the run's answers the standings, asks again for every enterprise of which something became known since,
and applies the difference to the lists and proposals of now. The run is the decision of those lists whose clause lets published criteria
decide; for the others it opens, renews or lets lapse proposals.
"""

from datetime import date

from data.database import WriteSession, driver_connection
from data.stores import changes, effects, knowledge, listings, policies, proposals, runs
from data.stores.changes import Move
from data.stores.knowledge import Drawn
from data.stores.listings import Step
from models.access import Actor
from models.errors import Refused
from models.listings import Cause, Direction
from models.policies import ListRule
from models.results import Question
from models.shapes import Shape
from models.tables.base import now
from models.tables.runs import Run
from scoring.runs.answering import Rules, answer_many
from service.clock import legal_day
from service.operations.entering import expire_over, supersede_red
from service.operations.notify_grades import notify_grades
from service.operations.run_matters import advance, advance_fresh, open_matters, procedure_of, run_entry

ASKED_AGAIN_LIMIT = 200_000
"""Enterprises asked again while every writer waits; with more, running again is quicker."""


class NotPublishable(Refused):
    """The run is not of the kind that has effects."""

    code = "run.not_publishable"


class Overtaken(Refused):
    """Another run was published, or too much became known, since this one looked."""

    code = "run.overtaken"


class ListEffect(Shape):
    """What publishing did to one list."""

    list: str
    decided_by: str
    entered: int = 0
    left: int = 0
    superseded: int = 0
    """Red entries that a black one ended."""
    proposed: int = 0
    renewed: int = 0


class Published(Shape):
    """What publishing a run did."""

    run_id: int
    known_seq: int
    standings_changed: int
    asked_again: int
    """Enterprises of which something became known after the run looked."""
    noticed: int = 0
    """Enterprises told of a bad grade, before others see it."""
    lapsed: int
    lists: tuple[ListEffect, ...]
    change_seq: int


def publish_run(session: WriteSession, run_id: int, *, actor: Actor, noticed_on: date | None = None) -> Published:
    """Give a finished run its effects, in one transaction under one `known_seq`; the caller commits.

    Publishing is the notice of bad grades, of today unless `noticed_on` says that they were told by other means before.

    Raises `NotPublishable` (not finished, not the full scope, a day before the last published run or not yet come, a policy not in
    force) and `Overtaken`.
    """
    knowledge.lock_clock(session)
    session.expire_all()
    run = runs.get_run(session, run_id)
    published = policies.get_policy(session, run.policy_hash)
    rules = Rules(published.policy, published.policy_hash)
    drawn = knowledge.draw(session, "run", str(run_id))
    _refuse(session, run, drawn)
    changed = effects.changed_since(session, run.known_seq)
    if len(changed) > ASKED_AGAIN_LIMIT:
        raise Overtaken(f"Of {len(changed)} enterprises something became known since run {run_id} looked. Run again, and publish that run.")
    standings_changed = runs.promote(session, run_id)
    told = noticed_on or legal_day(drawn.committed_at)
    noticed = notify_grades(session, family=policies.get_policy(session, run.policy_hash).policy.family, day=told, by=f"run {run_id}")
    questions = [Question(enterprise_key=key, as_of=run.as_of, known_seq=drawn.known_seq) for key in changed]
    fresh = answer_many(driver_connection(session), rules, questions) if questions else []
    people = sorted({run.started_by, actor.holder})
    # What is over by the run's day makes room first, however late the nightly job is; then come the matters whose days are over.
    moves = expire_over(session, run.as_of, known_seq=drawn.known_seq)
    moves += advance(session, proposals.run_matters_due(session, run.as_of), run.as_of, known_seq=drawn.known_seq)
    effects.gather_verdicts(session, policy_hash=run.policy_hash, fresh=fresh, asked_again=changed)
    effects_told = []
    # Black before red: whoever meets both is black, and keeps no red entry.
    for rule in sorted(rules.policy.lists, key=lambda rule: rule.colour != "black"):
        effect, made = _apply(session, run, rule, drawn=drawn, people=people)
        effects_told.append(effect)
        moves += made
    lapsed = effects.lapse(
        session, family=rules.policy.family, run_id=run_id, why=f"Run {run_id}, as of {run.as_of}, no longer supports it."
    )
    proposals.lapse_for_entries(session, [move.listing_id for move in moves], why=f"Run {run_id} has moved the entry itself.")
    run.state, run.published_at, run.published_by = "published", now(), actor.holder
    session.add(run)
    head = changes.append(session, moves, known_seq=drawn.known_seq)
    return Published(
        run_id=run_id,
        known_seq=drawn.known_seq,
        standings_changed=standings_changed,
        asked_again=len(changed),
        noticed=noticed,
        lapsed=lapsed,
        lists=tuple(effects_told),
        change_seq=head.seq,
    )


def _refuse(session: WriteSession, run: Run, drawn: Drawn) -> None:
    """What design rule 8 asks of a run before it has effects."""
    if run.state != "finished":
        raise NotPublishable(f"Run {run.run_id} is {run.state}; only a finished run is published, and only once.")
    if run.scope != {"all": True}:
        raise NotPublishable(f"Run {run.run_id} looked at a part of the enterprises. Run over all of them, and publish that run.")
    policy = policies.get_policy(session, run.policy_hash).policy
    if run.as_of < policy.in_force_from or (policy.in_force_until is not None and run.as_of >= policy.in_force_until):
        raise NotPublishable(f"Policy {run.policy} is not in force on {run.as_of}. Run under the version in force on that day.")
    if run.as_of > legal_day(drawn.committed_at):
        raise NotPublishable(f"Run {run.run_id} is as of {run.as_of}, a day that has not come. Publish it on that day or later.")
    before = effects.latest_effective_run(session, policy.family)
    if before is not None and run.as_of < before.as_of:
        raise NotPublishable(f"Run {before.run_id}, already published, is as of {before.as_of}. Run as of that day or later.")
    if knowledge.has_drawn_since(session, "run", run.known_seq, before=drawn.known_seq):
        raise Overtaken(f"Another run was published while run {run.run_id} looked. Run again, and publish that run.")


def _apply(session: WriteSession, run: Run, rule: ListRule, *, drawn: Drawn, people: list[str]) -> tuple[ListEffect, list[Move]]:
    assert run.run_id is not None
    if rule.decided_by != "run":
        made = open_matters(session, run, rule, directions=(Direction.ENTER, Direction.LEAVE), people=people)
        opened = sum(map(len, made.opened.values()))
        return ListEffect(list=rule.list, decided_by=rule.decided_by, proposed=opened, renewed=made.renewed), []
    steps = [Step(listing_id, Cause.REMOVED, run.as_of) for listing_id in effects.leaving(session, rule)]
    left = listings.move(session, steps, known_seq=drawn.known_seq)
    procedure = procedure_of(session, rule, Direction.ENTER, day=run.as_of)
    if procedure is not None:
        made = open_matters(session, run, rule, directions=(Direction.ENTER,), people=people)
        fresh = made.opened[Direction.ENTER]
        entered = advance_fresh(session, run, rule, procedure, fresh, known_seq=drawn.known_seq)
        effect = ListEffect(
            list=rule.list,
            decided_by=rule.decided_by,
            entered=sum(move.cause is Cause.ENTERED for move in entered),
            left=len(left),
            superseded=sum(move.cause is Cause.SUPERSEDED for move in entered),
            proposed=len(fresh),
            renewed=made.renewed,
        )
        return effect, left + entered
    entries = [run_entry(run, rule, row, decided_on=run.as_of) for row in effects.entering(session, rule, day=run.as_of)]
    superseded = supersede_red(session, entries, known_seq=drawn.known_seq) if rule.colour == "black" else []
    entered = listings.enter(session, entries, known_seq=drawn.known_seq)
    effect = ListEffect(list=rule.list, decided_by=rule.decided_by, entered=len(entered), left=len(left), superseded=len(superseded))
    return effect, superseded + left + entered
