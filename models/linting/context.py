"""What every check is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from models.law import Act
from models.linting.findings import Names
from models.linting.walk import Walked
from models.policies import Policy


class Looked(Protocol):
    """What checks of filters need, be it of a policy or of a catalogue of measures."""

    @property
    def walked(self) -> Walked: ...


@dataclass(frozen=True)
class Context:
    """The policy, walked once; the register of acts; and the names that the file declares, also where the policy is only its sound part."""

    policy: Policy
    acts: Mapping[str, Act]
    names: Names
    walked: Walked
