"""Choose the policy that answers a question: the version of the family in force on the day, or the one that was named."""

from datetime import date

from data.database import ReadSession
from data.stores.policies import get_policy, next_switch_on, policy_in_force
from scoring.runs.answering import Rules


def choose_rules(session: ReadSession, *, family: str, as_of: date, known_seq: int, name: str | None = None) -> Rules:
    """The rules for a day as known at a number; a version that is named answers for any day.

    Raises `policy.not_found` and `policy.none_in_force`.
    """
    if name is not None:
        found = get_policy(session, name)
        return Rules(policy=found.policy, policy_hash=found.policy_hash)
    found = policy_in_force(session, family, as_of, known_seq)
    return Rules(policy=found.policy, policy_hash=found.policy_hash, changes_on=next_switch_on(session, family, as_of, known_seq))
