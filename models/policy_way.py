"""The way a policy goes before it is published (规则发布程序): consultation, legal review, rehearsal, two persons; its days are data."""

from enum import StrEnum

from models.law import Clause, Mark
from models.procedures import Clock
from models.shapes import Bilingual, Shape


class PolicyStepName(StrEnum):
    """The steps that are taken with a draft, in their order; a withdrawal ends the way at any time."""

    CONSULTATION = "consultation"  # 公开征求意见
    LEGAL_REVIEW = "legal_review"  # 合法性审核
    REHEARSAL = "rehearsal"  # 规则演练
    APPROVAL = "approval"  # 双人批准
    WITHDRAWAL = "withdrawal"  # 撤回草案


class WayStep(Shape):
    """One step with its clause, and for the consultation how long it stays open at least."""

    step: PolicyStepName
    title: Bilingual
    clause: Clause
    lasts: Clock | None = None


class PolicyWay(Shape):
    """The steps and their days; a sample where marked so."""

    title: Bilingual
    mark: Mark
    steps: tuple[WayStep, ...]
    persons: int = 2
    """So many approve, each apart from who filed the draft, rehearsed it, or runs evaluations of the family."""

    def step(self, name: PolicyStepName) -> WayStep:
        return next(step for step in self.steps if step.step is name)
