"""The difference between two answers about one enterprise, split by cause into parts that sum to it exactly.

The way from the earlier answer to the later one is walked in one fixed order, one cause at a time, and every stop on it is an answer of
the plan; a part is the difference of two stops next to each other. So the parts always sum to the whole, and a cause that is absent gives
nothing.
"""

from enum import StrEnum


class Part(StrEnum):
    """Why an answer is another than before, in the order in which the causes are taken."""

    AGEING = "ageing"  # the day moved on; the same facts under the same policy
    WITHDRAWN = "withdrawn"  # facts that were known and no longer stand: withdrawn, annulled, moved to another enterprise
    CORRECTED = "corrected"  # facts that both know, told anew with other content: a corrected date, a repair, a rectification
    NEW = "new"  # facts told since, and what the registry and the lists say now in place of what they said
    POLICY = "policy"  # another version of the policy over the same facts on the same day


STOPS = ("before", "aged", "withdrawn", "corrected", "told", "after")
"""The stops of the way: the earlier answer, then one after each part; `told` stands after what is new, `after` is the later answer."""

STEPS = (1, 1, 2, 3, 4, 4)
"""What is known at each stop, as the step of knowledge by which facts are told apart: 1 what the earlier answer knew, 2 without what was
withdrawn since, 3 with what was corrected since, 4 all that the later answer knows.
"""
