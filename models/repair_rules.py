"""What a repair asks for: a checklist, a minimum term, and what false material costs; as data, in force between dates."""

from datetime import date
from typing import Annotated

from pydantic import Field

from models.indicators import Code, Length
from models.law import Clause
from models.shapes import Bilingual, Shape

RECORDS = "records"
"""Stands for records where a rule or procedure names a list."""


class CheckItem(Shape):
    """One thing that the applicant confirms."""

    code: Code
    title: Bilingual


class AfterFalseMaterial(Shape):
    """What follows when the material of a granted repair turns out false."""

    restarts_term: bool
    barred_for: Length


class RepairRule(Shape):
    """The conditions of repair for records or for one list; a record's minimum term comes from its regime of publication."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    list: Code
    title: Bilingual
    in_force_from: date
    in_force_until: date | None = None
    clause: Clause
    minimum: Length | None = None
    """How long an entry stands before repair; None for records."""
    checklist: tuple[CheckItem, ...] = Field(min_length=1)
    after_false_material: AfterFalseMaterial

    def holds_on(self, day: date) -> bool:
        return self.in_force_from <= day and (self.in_force_until is None or day < self.in_force_until)


class RepairRules(Shape):
    """Every rule, and how long after service an objection to a result of sampling keeps it from counting."""

    sampling_objection_days: Annotated[int, Field(ge=1, le=90)]
    rules: tuple[RepairRule, ...]

    def rule_for(self, list_name: str, day: date) -> RepairRule | None:
        return next((rule for rule in self.rules if rule.list == list_name and rule.holds_on(day)), None)


HOW_TO_APPLY = Bilingual(
    zh="凭本企业密钥在“我的档案”页面或接口申请，逐项确认清单并附材料",
    en="apply on the page My file, or by the API, with the enterprise's own key; confirm each item and add papers",
)


class RightToRepair(Shape):
    """What an enterprise may do to leave a list early, served together with the decision that enters it (两书同达)."""

    rule: str
    title: Bilingual
    clause: Clause
    earliest_on: date | None
    """The first day on which repair can be asked for; None where the rule knows no minimum."""
    items: tuple[CheckItem, ...]
    """What is to be confirmed."""
    how: Bilingual = HOW_TO_APPLY
