"""The right to repair, told together with the decision that burdens (两书同达): from which day, by which checklist, under which clause."""

from datetime import date
from typing import Any

from data.database import ReadSession
from data.remedies.rules import repair_rules
from data.stores import matters
from models.periods import end_of
from models.repair_rules import RightToRepair
from service.own_answers import EntryRight


def right_to_repair(list_name: str, *, decided_on: date, starts_on: date) -> RightToRepair | None:
    """The right that goes with an entry on a list; None where no rule of repair is in force for it."""
    rule = repair_rules().rule_for(list_name, decided_on)
    if rule is None:
        return None
    return RightToRepair(
        rule=rule.code,
        title=rule.title,
        clause=rule.clause,
        earliest_on=end_of(starts_on, rule.minimum) if rule.minimum is not None else None,
        items=rule.checklist,
    )


def as_content(right: RightToRepair | None) -> dict[str, Any]:
    """The part of a decision's step that keeps the right."""
    return {"repair": right.model_dump(mode="json")} if right is not None else {}


def rights_of_entries(session: ReadSession, enterprise_key: int) -> list[EntryRight]:
    """The right that goes with each standing entry: as its decision's file keeps it, else by the rule of its day."""
    found = []
    for row in matters.decisions_of_entries(session, enterprise_key):
        kept = row["repair"]
        right = (
            RightToRepair.model_validate(kept)
            if kept
            else right_to_repair(row["list"], decided_on=row["decided_on"], starts_on=row["starts_on"])
        )
        if right is not None:
            found.append(EntryRight(listing_id=row["listing_id"], is_kept=bool(kept), right=right))
    return found
