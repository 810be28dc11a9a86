"""List rules: what bars a red entry, what a black entry must rest on, and the way out."""

from collections.abc import Iterator

from models.linting.context import Context
from models.linting.findings import Finding, quoted
from models.linting.terms import days_of
from models.rules import Condition


def red_lists(context: Context) -> Iterator[Finding]:
    blacks = [rule.list for rule in context.policy.lists if rule.colour == "black"]
    for index, rule in enumerate(context.policy.lists):
        if rule.colour != "red":
            continue
        if rule.blocked_by is None:
            sentence = "a red list is barred by any active black entry and any serious record not repaired; say so in `blocked_by`"
            yield Finding(("lists", index), "policy.red_unblocked", sentence)
            continue
        missing = sorted(set(blacks) - _blocking_lists(rule.blocked_by))
        if missing:
            sentence = f"an entry on {quoted(missing)} does not bar this red list; name it under `listed` in `blocked_by`"
            yield Finding(("lists", index, "blocked_by"), "policy.red_and_black", sentence)
        if not any(node.events is not None or node.direct is not None for node in _nodes(rule.blocked_by)):
            sentence = "no serious record bars this red list; ask for `events` that are not repaired, or for direct grades"
            yield Finding(("lists", index, "blocked_by"), "policy.red_unblocked", sentence)


def black_lists(context: Context) -> Iterator[Finding]:
    """A score alone never lists: every way in passes a fact."""
    for index, rule in enumerate(context.policy.lists):
        if rule.colour == "black" and not asks_a_fact(rule.enter):
            sentence = "a black entry must rest on facts, and this may hold by score or grade alone; add `events`, `count` or `direct`"
            yield Finding(("lists", index, "enter"), "policy.black_by_score_alone", sentence)


def exits(context: Context) -> Iterator[Finding]:
    for index, rule in enumerate(context.policy.lists):
        path = ("lists", index, "earliest_exit")
        if rule.earliest_exit is None:
            continue
        if rule.leave is None:
            yield Finding(path, "policy.exit_without_way", "`earliest_exit` needs `leave`, the conditions of leaving")
        elif rule.lasts is not None and days_of(rule.earliest_exit) >= days_of(rule.lasts):
            yield Finding(path, "policy.exit_after_end", "the entry ends by itself before its earliest exit; shorten one or leave it out")


def asks_a_fact(node: Condition) -> bool:
    """Whether a condition can hold only when some record, direct grade or contribution is there."""
    if node.all is not None:
        return any(asks_a_fact(child) for child in node.all)
    if node.any is not None:
        return bool(node.any) and all(asks_a_fact(child) for child in node.any)
    if node.events is not None:
        return (node.events.at_least or 0) >= 1
    if node.count is not None:
        return (node.count.at_least or 0) >= 1
    return node.direct is not None


def _nodes(node: Condition) -> Iterator[Condition]:
    yield node
    for children in (node.all, node.any, node.none):
        for child in children or ():
            yield from _nodes(child)


def _blocking_lists(node: Condition) -> set[str]:
    """Lists an entry on which makes the condition hold by itself."""
    if node.listed is not None:
        return set(node.listed)
    if node.any is not None:
        return {name for child in node.any for name in _blocking_lists(child)}
    if node.all is not None and node.all:
        return set.intersection(*(_blocking_lists(child) for child in node.all))
    return set()
