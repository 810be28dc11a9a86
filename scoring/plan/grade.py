"""From the sum of lines to score, grade and what the list rules say; and the conditions they ask."""

from typing import Any

import ibis
import ibis.expr.types as ir

from models.policies import ListRule, Policy, Rung
from models.results import ListStanding
from models.rules import Condition
from scoring.plan.arithmetic import after, all_of, any_of, choose, text, whole
from scoring.plan.conditions import is_enterprise, is_one_of, within
from scoring.plan.facts import events_of
from scoring.plan.items import Item
from scoring.plan.relations import conditions_of


def indicators_asked(policy: Policy) -> tuple[str, ...]:
    """Codes whose count or points some condition reads, direct grades included, in a fixed order."""
    asked: set[str] = set()
    for node in conditions_of(policy):
        for part in (node.points, node.each, node.count):
            asked.update(part.indicators if part is not None else ())
        asked.update(node.direct or ())
    return tuple(sorted(asked))


def holds(rows: ir.Table, node: Condition, policy: Policy) -> Any:
    """Whether a condition holds for an answer in the making; true or false, never null.

    rows: one row per question with score_x100, grade (once known), count_CODE, points_CODE, events_N, registry_*, on_LIST.
    """
    if node.all is not None:
        return all_of(holds(rows, child, policy) for child in node.all)
    if node.any is not None:
        return any_of(holds(rows, child, policy) for child in node.any)
    if node.none is not None:
        return ~any_of(holds(rows, child, policy) for child in node.none)
    return _single(rows, node, policy)


def _single(rows: ir.Table, node: Condition, policy: Policy) -> Any:
    if node.score is not None:
        return within(rows.score_x100, node.score)
    if node.grade is not None:
        return is_one_of(rows.grade, node.grade)
    if node.points is not None:
        return within(_sum(rows, "points", node.points.indicators), node.points)
    if node.each is not None:
        return all_of(within(rows[f"points_{code}"], node.each) for code in node.each.indicators)
    if node.count is not None:
        return _between(_sum(rows, "count", node.count.indicators), node.count.at_least, node.count.at_most)
    if node.events is not None:
        return _between(rows[f"events_{events_of(policy).index(node.events)}"], node.events.at_least, node.events.at_most)
    if node.direct is not None:
        return any_of(rows[f"count_{code}"] > whole(0) for code in node.direct)
    if node.enterprise is not None:
        return is_enterprise(rows, node.enterprise)
    if node.registered_for is not None:
        return (after(rows.registry_registered_on, node.registered_for) <= rows.as_of).fill_null(False)
    if node.listed is not None:
        return any_of(rows[f"on_{name}"] for name in node.listed)
    raise TypeError(node)


def _sum(rows: ir.Table, what: str, codes: tuple[str, ...]) -> Any:
    return sum((rows[f"{what}_{code}"] for code in codes[1:]), rows[f"{what}_{codes[0]}"])


def _between(column: Any, at_least: int | None, at_most: int | None) -> Any:
    parts = [] if at_least is None else [column >= whole(at_least)]
    parts += [] if at_most is None else [column <= whole(at_most)]
    return all_of(parts)


def grade_rows(rows: ir.Table, policy: Policy, items: tuple[Item, ...]) -> ir.Table:
    """Add `score_x100`, `ladder_grade`, `grade` and `is_rated` to one row per question.

    The ladder gives the best rung whose limits all hold; a direct grade lowers it or sets it; `not rated` comes before both.
    """
    scale = policy.scale
    total = whole(scale.start) + rows.sum_x100
    rows = rows.mutate(total_x100=total, score_x100=ibis.greatest(whole(scale.lowest), ibis.least(total, whole(scale.highest))))
    rungs = policy.grades
    place = choose(
        [(_on_rung(rows, rung, policy), ibis.literal(n, "int32")) for n, rung in enumerate(rungs[:-1])],
        ibis.literal(len(rungs) - 1, "int32"),
    )
    rows = rows.mutate(ladder_place=place)
    lowered = ibis.greatest(rows.ladder_place, rows.capped_at) if "capped_at" in rows.columns else rows.ladder_place
    names = {n: rung.grade for n, rung in enumerate(rungs)}
    grade = _name(lowered, names)
    if "set_by" in rows.columns:
        exact = [i for i in items if i.direct is not None and i.direct.mode == "exactly"]
        branches = [(rows.set_by == whole(i.direct.precedence * 1000 + i.number), text(i.direct.grade)) for i in exact if i.direct]
        grade = choose(branches, grade)
    rows = rows.mutate(ladder_grade=_name(rows.ladder_place, names), grade=grade)
    unrated = [(holds(rows, label.when, policy), text(label.label)) for label in policy.not_rated]
    rows = rows.mutate(unrated=choose(unrated, ibis.null("string")))
    return rows.mutate(grade=rows.unrated.fill_null(rows.grade), is_rated=rows.unrated.isnull()).drop("unrated", "ladder_place")


def _on_rung(rows: ir.Table, rung: Rung, policy: Policy) -> Any:
    parts: list[Any] = []
    if rung.at_least is not None:
        parts.append(rows.score_x100 >= whole(rung.at_least))
    if rung.below is not None:
        parts.append(rows.score_x100 < whole(rung.below))
    if rung.when is not None:
        parts.append(holds(rows, rung.when, policy))
    return all_of(parts)


def _name(place: Any, names: dict[int, str]) -> Any:
    *others, (_, otherwise) = names.items()
    return choose([(place == ibis.literal(n, "int32"), text(name)) for n, name in others], text(otherwise))


def list_rows(rows: ir.Table, policy: Policy) -> ir.Table:
    """Add `list_LIST` for each list rule: what the rule says of this answer (see ListStanding)."""
    return rows.mutate(**{f"list_{rule.list}": _standing(rows, rule, policy) for rule in policy.lists})


def _standing(rows: ir.Table, rule: ListRule, policy: Policy) -> Any:
    listed = rows[f"on_{rule.list}"]
    meets = holds(rows, rule.enter, policy)
    blocked = holds(rows, rule.blocked_by, policy) if rule.blocked_by is not None else ibis.literal(False)
    leaves = ibis.literal(False)
    if rule.leave is not None:
        leaves = holds(rows, rule.leave, policy)
        if rule.earliest_exit is not None:
            leaves = leaves & (after(rows[f"since_{rule.list}"], rule.earliest_exit) <= rows.as_of).fill_null(False)
    return choose(
        [
            (listed & (blocked | leaves), text(ListStanding.LEAVE)),
            (listed & meets, text(ListStanding.STAY)),
            (listed, text(ListStanding.OFF)),
            (meets & blocked, text(ListStanding.BLOCKED)),
            (meets, text(ListStanding.ENTER)),
        ],
        text(ListStanding.OFF),
    )


def grading_days(rows: ir.Table, policy: Policy) -> list[Any]:
    """Days on which a registry age or an earliest exit is reached; null where there is none or it has passed already."""
    days: list[Any] = []
    ages = {node.registered_for for node in conditions_of(policy) if node.registered_for is not None}
    days += [after(rows.registry_registered_on, age) for age in sorted(ages, key=str)]
    days += [after(rows[f"since_{rule.list}"], rule.earliest_exit) for rule in policy.lists if rule.leave and rule.earliest_exit]
    return [ibis.ifelse(d > rows.as_of, d, ibis.null("date")) for d in days]
