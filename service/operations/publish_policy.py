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

    Before any run of its family has had effects, history may be loaded, so a policy may begin in the past; later only with
    `backdated_history`, for a version that was in force then and is only entered late.
    Raises `policy.faulty`, `policy.version_taken` and `policy.backdated`.
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
    if policy.in_force_from < today and not backdated_history:
        _refuse_backdating(session, policy, today)
    drawn = draw(session, "policy", policy.name)
    published = policies.add_policy(session, policy, policy_hash=identity, text=text, published_by=actor.holder, known_seq=drawn.known_seq)
    keep_compiled(driver_connection(session), policy_hash=identity, text=compiled)
    return Publication(published, is_new=True)


def _refuse_backdating(session: WriteSession, policy: Policy, today: date) -> None:
    if policies.has_published_runs(session, policy.family):
        raise Backdated(
            f"{policy.name} would be in force from {policy.in_force_from}, before today ({today}), and runs of this family had effects. "
            "Give it a later in_force_from; --backdated-history enters a version that was in force then."
        )
