"""The relations a plan reads, with declared columns, and what of them a policy needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from models.indicators import EnterpriseFilter, PointsByField, PointsByQuantity, PointsByShare, PointsTimesQuantity, RecordFilter
from models.policies import Policy
from models.rules import Condition

FOREVER = date(9999, 12, 31)
"""Stands for `without end` inside the plan, where `least` must not meet a null; answers show null."""

QUESTIONS = ibis.schema({"question": "!int64", "enterprise_key": "!int64", "as_of": "!date", "known_seq": "!int64"})

RECORDS = {
    "record_key": "!int64",
    "enterprise_key": "!int64",
    "event_key": "!int64",
    "kind": "!string",
    "outcome": "!string",
    "severity": "string",
    "level": "string",
    "capacity": "!string",
    "code": "string",
    "occurred_on": "!date",
    "ended_on": "date",
    "concluded_on": "date",
    "decided_on": "date",
    "rectified_on": "date",
    "in_force_from": "date",
    "in_force_until": "date",
    "public_until": "date",
    "repaired_on": "date",
    "is_withdrawn": "!boolean",
    "known_seq": "!int64",
    "superseded_seq": "int64",
}
"""Columns of every record; a policy's own quantities (`q_NAME`, int64 ten-thousandths) and details (`d_NAME`, text) follow."""

REGISTRY = ibis.schema(
    {
        "enterprise_key": "!int64",
        "valid_from": "!date",
        "valid_until": "date",
        "state": "!string",
        "type": "string",
        "region": "string",
        "industry": "string",
        "size": "string",
        "registered_on": "date",
        "known_seq": "!int64",
        "superseded_seq": "int64",
    }
)

LISTINGS = ibis.schema(
    {
        "enterprise_key": "!int64",
        "list": "!string",
        "colour": "!string",
        "starts_on": "!date",
        "ends_on": "date",
        "known_seq": "!int64",
        "superseded_seq": "int64",
    }
)


@dataclass(frozen=True)
class Needs:
    """What a policy reads beyond the fixed columns, in a fixed order; engines project exactly this."""

    quantities: tuple[str, ...]
    details: tuple[str, ...]
    lists: tuple[str, ...]
    """Lists whose standing some rule asks for."""
    registry: tuple[str, ...]
    """Registry facts that some rule asks for."""
    registry_in_records: tuple[str, ...]
    """Those that a record filter asks for, so that they must be known before matching."""
    lists_in_records: tuple[str, ...]
    latest: tuple[RecordFilter, ...]
    """The distinct filters of which only the latest event counts."""


@dataclass(frozen=True)
class Relations:
    """The input tables of one plan."""

    questions: ir.Table
    records: ir.Table
    registry: ir.Table
    listings: ir.Table


def conditions_of(policy: Policy) -> Iterator[Condition]:
    """Walk every condition node of a policy, outer before inner."""

    def walk(node: Condition | None) -> Iterator[Condition]:
        if node is None:
            return
        yield node
        for children in (node.all, node.any, node.none):
            for child in children or ():
                yield from walk(child)

    for rung in policy.grades:
        yield from walk(rung.when)
    for label in policy.not_rated:
        yield from walk(label.when)
    for rule in policy.lists:
        for node in (rule.enter, rule.blocked_by, rule.leave):
            yield from walk(node)


def filters_of(policy: Policy) -> Iterator[RecordFilter]:
    """Walk every record filter of a policy."""
    for indicator in policy.indicators:
        yield indicator.records
        if indicator.latest_event_of is not None:
            yield indicator.latest_event_of
        if isinstance(indicator.points, PointsByShare):
            yield indicator.points.failures
    for direct in policy.direct_grades:
        yield direct.records
        if direct.latest_event_of is not None:
            yield direct.latest_event_of
    for node in conditions_of(policy):
        if node.events is not None:
            yield node.events.records
            if node.events.latest_event_of is not None:
                yield node.events.latest_event_of


def needs_of(policy: Policy) -> Needs:
    """Collect what the policy's rules read."""
    filters = list(filters_of(policy))
    conditions = list(conditions_of(policy))
    quantities = {limit.name for f in filters for limit in f.quantities}
    details = {name for f in filters for name in f.detail}
    for indicator in policy.indicators:
        match indicator.points:
            case PointsByQuantity(quantity=name) | PointsTimesQuantity(quantity=name):
                quantities.add(name)
            case PointsByField(field=field) if field.startswith("detail."):
                details.add(field.removeprefix("detail."))
            case _:
                pass
    lists_in_records = {name for f in filters for name in f.listed}
    lists = lists_in_records | {name for c in conditions for name in c.listed or ()} | {rule.list for rule in policy.lists}
    registry_in_records = {name for f in filters for name in _facts_of(f.enterprise)}
    registry = registry_in_records | {name for c in conditions for name in _facts_of(c.enterprise)}
    if any(c.registered_for is not None for c in conditions):
        registry.add("registered_on")
    latest: list[RecordFilter] = []
    asked = [i.latest_event_of for i in policy.indicators] + [d.latest_event_of for d in policy.direct_grades]
    asked += [c.events.latest_event_of for c in conditions if c.events is not None]
    for wanted in asked:
        if wanted is not None and wanted not in latest:
            latest.append(wanted)
    return Needs(
        quantities=tuple(sorted(quantities)),
        details=tuple(sorted(details)),
        lists=tuple(sorted(lists)),
        registry=tuple(sorted(registry)),
        registry_in_records=tuple(sorted(registry_in_records)),
        lists_in_records=tuple(sorted(lists_in_records)),
        latest=tuple(latest),
    )


def _facts_of(wanted: EnterpriseFilter | None) -> list[str]:
    return [name for name in ("state", "type", "region", "industry", "size") if wanted is not None and getattr(wanted, name)]


def records_schema(needs: Needs) -> ibis.Schema:
    """Declare the records relation of a policy: the fixed columns, then its quantities and details."""
    return ibis.schema(RECORDS | {f"q_{name}": "int64" for name in needs.quantities} | {f"d_{name}": "string" for name in needs.details})


def declare(needs: Needs) -> Relations:
    """Name the four input tables; an engine binds them to what it stores."""
    return Relations(
        questions=ibis.table(QUESTIONS, name="questions"),
        records=ibis.table(records_schema(needs), name="records"),
        registry=ibis.table(REGISTRY, name="registry"),
        listings=ibis.table(LISTINGS, name="listings"),
    )
