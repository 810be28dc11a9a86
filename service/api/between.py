"""The two ends of a difference, as a request names them."""

from datetime import date
from typing import Annotated, NamedTuple

from fastapi import Depends, Query

from service.answers import KnownAt, PolicyName
from service.clock import legal_day
from service.operations.differ import End

FromDay = Annotated[date | None, Query(alias="from", description="The earlier legal day.")]
ToDay = Annotated[date | None, Query(alias="to", description="The later legal day; today, unless given.")]
OfRun = Annotated[int | None, Query(ge=1, lt=2**63, description="A run instead of a day: its day, its knowledge and its policy.")]


class Between(NamedTuple):
    """Both ends, each with what was known at it: by the end of the day, unless an instant is given."""

    before: End
    after: End


def read_between(
    *,
    from_on: FromDay = None,
    to_on: ToDay = None,
    known_from: KnownAt = None,
    known_to: KnownAt = None,
    policy_from: PolicyName = None,
    policy_to: PolicyName = None,
    run_from: OfRun = None,
    run_to: OfRun = None,
) -> Between:
    """Read both ends from the query."""
    before = End(from_on, known_from, policy_from, run_from)
    return Between(before, End(to_on or legal_day(), known_to, policy_to, run_to))


BetweenDep = Annotated[Between, Depends(read_between)]
