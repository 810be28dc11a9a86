"""Law cases: what officers wrote down, read as questions with facts and what the answer must say.

A case gives records as their source would deliver them; what it leaves out is ordinary: an enterprise registered in 2010 and in
business, a record concluded on the day it happened, an event of its own.
"""

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from data.policy_files import load_shipped
from data.yaml_files import read_yaml
from models.policies import Policy
from models.records import QUANTITY_SCALE, RECORD
from models.results import ListStanding
from models.shapes import Shape
from tests.oracle.facts import Fact, ListingSpan, RegistrySpan

CASES = Path(__file__).parent / "cases"


class CitedClause(Shape):
    act: str
    article: str


class Expected(Shape):
    """Only what is given is compared; `points` are the sums of all lines by code, `holds` the direct grades that hold."""

    score: Decimal | None = None
    total: Decimal | None = None
    grade: str | None = None
    ladder_grade: str | None = None
    is_rated: bool | None = None
    points: dict[str, Decimal] | None = None
    holds: tuple[str, ...] | None = None
    lists: dict[str, ListStanding] = Field(default_factory=dict)
    covered: dict[str, date | None] = Field(default_factory=dict)
    next_change_on: date | None = None


class Later(Shape):
    as_of: date
    expect: Expected


class Entry(Shape):
    """The enterprise's entry on a list."""

    list: str
    start: date = Field(alias="from")
    until: date | None = None


class LawCase(Shape):
    """One case under one policy."""

    policy: str
    name: str
    clause: CitedClause
    about: tuple[str, ...] = Field(min_length=1)
    """Codes of indicators, caps, repeats, direct grades, coverage and labels; `grade X`; `LIST enter|stay|leave|blocked`."""
    as_of: date
    registry: dict[str, Any] = Field(default_factory=dict)
    records: tuple[dict[str, Any], ...] = ()
    listings: tuple[Entry, ...] = ()
    expect: Expected
    later: tuple[Later, ...] = ()

    def asked(self) -> list[tuple[date, Expected]]:
        return [(self.as_of, self.expect), *((later.as_of, later.expect) for later in self.later)]

    def facts(self, enterprise_key: int) -> list[Fact]:
        named = sorted({str(raw["event"]) for raw in self.records if "event" in raw})
        events = {name: enterprise_key * 1000 + 500 + number for number, name in enumerate(named)}
        return [
            fact_of(raw, enterprise_key=enterprise_key, record_key=enterprise_key * 1000 + number, events=events)
            for number, raw in enumerate(self.records)
        ]

    def span(self, enterprise_key: int) -> RegistrySpan:
        given = {"state": "in_business", "registered_on": date(2010, 1, 1), "type": None, **self.registry}
        return RegistrySpan(enterprise_key=enterprise_key, valid_from=given["registered_on"], valid_until=None, **given)

    def entries(self, enterprise_key: int) -> list[ListingSpan]:
        rules = {rule.list: str(rule.colour) for rule in policy_of(self.policy).lists}
        return [
            ListingSpan(
                enterprise_key=enterprise_key,
                list=entry.list,
                colour=rules.get(entry.list, "other"),
                starts_on=entry.start,
                ends_on=entry.until,
            )
            for entry in self.listings
        ]


def fact_of(raw: dict[str, Any], *, enterprise_key: int, record_key: int, events: dict[str, int]) -> Fact:
    """A record as the plan reads it; it passes the shape that deliveries pass."""
    given = dict(raw)
    event, pending, withdrawn = given.pop("event", None), given.pop("pending", False), given.pop("withdrawn", False)
    given.setdefault("occurred_on", given.get("concluded_on"))
    if not pending:
        given.setdefault("concluded_on", given["occurred_on"])
    record = RECORD.validate_python(given)
    return Fact(
        record_key=record_key,
        enterprise_key=enterprise_key,
        event_key=record_key if event is None else events[str(event)],
        kind=str(record.kind),
        outcome=record.outcome,
        severity=record.severity,
        level=record.level,
        capacity=str(record.capacity),
        code=record.code,
        occurred_on=record.occurred_on,
        concluded_on=record.concluded_on,
        ended_on=record.ended_on,
        decided_on=record.decided_on,
        rectified_on=record.rectified_on,
        in_force_from=record.in_force_from,
        in_force_until=record.in_force_until,
        public_until=record.public_until,
        repaired_on=record.repaired_on,
        is_withdrawn=withdrawn,
        quantities={name: int(amount * QUANTITY_SCALE) for name, amount in record.quantities.items()},
        details={name: value for name, value in record.detail.model_dump().items() if value is not None},
    )


@cache
def policy_of(name: str) -> Policy:
    return load_shipped(name)


def read_cases(file: Path) -> list[LawCase]:
    """Read one file of cases; its `policy` and `clause` hold for each case that gives none of its own."""
    plain = read_yaml(file.read_text(encoding="utf-8"))
    assert not plain.blemishes, f"{file}: {plain.blemishes}"
    head = {name: plain.value[name] for name in ("policy", "clause")}
    return [LawCase.model_validate(head | case) for case in plain.value["cases"]]


def all_cases() -> list[LawCase]:
    return [case for file in sorted(CASES.rglob("*.yaml")) for case in read_cases(file)]


def items_of(policy: Policy) -> set[str]:
    """Everything of a policy that must have a case."""
    items = {item.code for part in (policy.indicators, policy.caps, policy.repeats, policy.direct_grades) for item in part}
    items |= {cover.code for cover in policy.coverage} | {unrated.label for unrated in policy.not_rated}
    items |= {f"grade {rung.grade}" for rung in policy.grades}
    for rule in policy.lists:
        ways = {"enter", "stay"} | ({"blocked"} if rule.blocked_by else set()) | ({"leave"} if rule.leave else set())
        items |= {f"{rule.list} {way}" for way in ways}
    return items
