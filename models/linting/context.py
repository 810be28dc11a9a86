"""What every check is given."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.law import Act
from models.linting.findings import Names
from models.linting.walk import Walked
from models.policies import Policy


@dataclass(frozen=True)
class Context:
    """The policy, walked once; the register of acts; and the names that the file declares, also where the policy is only its sound part."""

    policy: Policy
    acts: Mapping[str, Act]
    names: Names
    walked: Walked
