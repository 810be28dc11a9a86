"""Publish a policy: freeze its text under version and hash."""

from dataclasses import dataclass
from datetime import date

from data.database import WriteSession, driver_connection
from data.policy_files import load_policy, policy_hash
from data.stores import policies
from data.stores.knowledge import draw, lock_clock
from data.stores.policies import PublishedPolicy
from models.access import Actor
from models.errors import Refused
from models.policies import Policy
from scoring.runs.answering import compile_live, keep_compiled
from service.operations.policy_way import draft_to_publish


class VersionTaken(Refused):
    """The version is published already, with another content."""

    code = "policy.version_taken"


class Backdated(Refused):
    """A policy never takes effect backwards."""

    code = "policy.backdated"


@dataclass(frozen=True)
class Publication:
    """A published policy, and whether it was published just now or stood there already."""

    published: PublishedPolicy
    is_new: bool


def publish_policy(
    session: WriteSession, *, text: str, file: str, today: date, actor: Actor, backdated_history: bool = False
) -> Publication:
    """Lint a policy and freeze it; publishing the same content again changes nothing.

    Before any run of its family has had effects, a version is a founding one: it needs no steps and may begin in the past. Later it needs
    its whole way (`policy_way`), and begins in the past only with `backdated_history`, for one that was in force then and is entered late.
    Raises `policy.faulty`, `policy.version_taken`, `policy.backdated` and `policy.step_missing`.
    """
    policy = load_policy(text, file=file)
    identity = policy_hash(policy)
    compiled = compile_live(policy)  # takes seconds, in which nobody has to wait for the clock
    lock_clock(session)
    there = policies.find_policy(session, policy.family, policy.version)
    if there is not None:
        if there.policy_hash != identity:
            raise VersionTaken(
                f"{policy.name} is published already with another content (hash {there.policy_hash[:12]}, this one {identity[:12]}). "
                "A published policy never changes: give the changed one a new version."
            )
        return Publication(there, is_new=False)
    draft_id = None
    if policies.has_published_runs(session, policy.family):
        if policy.in_force_from < today and not backdated_history:
            raise _backdated(policy, today)
        draft_id = draft_to_publish(session, identity, name=policy.name, today=today)
    drawn = draw(session, "policy", policy.name)
    published = policies.add_policy(
        session,
        policy,
        policy_hash=identity,
        text=text,
        published_by=actor.holder,
        known_seq=drawn.known_seq,
        draft_id=draft_id,
    )
    keep_compiled(driver_connection(session), policy_hash=identity, text=compiled)
    return Publication(published, is_new=True)


def _backdated(policy: Policy, today: date) -> Backdated:
    return Backdated(
        f"{policy.name} would be in force from {policy.in_force_from}, before today ({today}), and runs of this family had effects. "
        "Give it a later in_force_from; --backdated-history enters a version that was in force then."
    )
