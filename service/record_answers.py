"""Records and contributions as they are shown: what each gives, for how long, under which clause, and whether it may be shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import StringConstraints

from models.indicators import decimals
from models.law import Clause
from models.policies import Policy
from models.publication import Publication
from models.records import Kind
from models.results import Line, LineKind
from models.shapes import Bilingual, Shape
from scoring.plan.total import FREEZE
from service.answers import Decimals
from service.enterprise_answers import EnterpriseNamed, StandingShown

Quantity = Annotated[str, StringConstraints(pattern=r"^-?[0-9]+(\.[0-9]{1,4})?$")]


class RecordShown(Shape):
    """One fact as its source told it. Marks that speak of the present are true only where the asker may see such records."""

    source: str
    source_ref: str
    revision: int
    event_ref: str | None
    kind: Kind
    outcome: str
    severity: str | None
    level: str | None
    capacity: str
    code: str | None
    title: str | None
    authority: str | None
    document_no: str | None
    occurred_on: date
    ended_on: date | None
    concluded_on: date | None
    decided_on: date | None
    served_on: date | None
    published_on: date | None
    rectified_on: date | None
    in_force_from: date | None
    in_force_until: date | None
    public_until: date | None
    repaired_on: date | None
    quantities: dict[str, Quantity]
    detail: dict[str, str]
    recorded_at: datetime
    is_withdrawn: bool
    is_revised_since: bool
    is_repaired_today: bool
    is_publication_over: bool
    publications: tuple[Publication, ...] = ()
    """On each channel that speaks of such a record: its tier, since when it is published, when repair can end that, when it ends anyhow."""
    is_under_objection: bool = False
    """Somebody objected to it, and nothing is decided yet."""
    reply: str | None = None
    """What the enterprise says to it, in its own words, after an officer let it through."""


class RecordPage(Shape):
    """One page of an enterprise's records, latest first."""

    enterprise: EnterpriseNamed
    known_at: datetime
    records: tuple[RecordShown, ...]
    next: str | None
    """The `after` of the next page; null at the end."""


class ContributionShown(Shape):
    """One line of the score (得分项), with its clause and the record it rests on."""

    line: LineKind
    item: str
    title: Bilingual
    clause: Clause | None
    points: Decimals
    is_repeat: bool
    """It counts more because the like happened before."""
    anchor_on: date | None
    valid_until: date | None
    """First day it no longer counts as it does now; null is without end."""
    evidence: RecordShown | None
    is_withheld: bool
    """The record behind it may no longer be shown; only its points stand here, so that the sum is whole."""


class Contributions(Shape):
    """How a score came about: `start` and the lines sum to `total`, which the ends of the scale hold to the score."""

    enterprise: EnterpriseNamed
    standing: StandingShown
    start: Decimals
    lines: tuple[ContributionShown, ...]
    total: Decimals


class HistoryPoint(Shape):
    """The answer for one day, under the version in force on it; two points under different versions are not to be subtracted."""

    as_of: date
    policy: str
    policy_hash: str
    score: Decimals
    grade: str
    ladder_grade: str
    is_rated: bool


class History(Shape):
    """Scores by month, oldest first, as known at one instant."""

    enterprise: EnterpriseNamed
    known_at: datetime
    points: tuple[HistoryPoint, ...]


def record_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """`RecordShown` of a stored revision."""
    given = {name: row[name] for name in RecordShown.model_fields if name in row}
    return given | {
        "quantities": {name: _quantity(value) for name, value in row["quantities_x10000"].items()},
        "detail": {name: value for name, value in row["detail"].items() if value is not None},
        "is_withdrawn": row["now_withdrawn"],
        "is_revised_since": row["now_revised"],
        "is_repaired_today": row["now_repaired"],
        "is_publication_over": row["now_unpublished"],
    }


def may_be_shown(row: Mapping[str, Any]) -> bool:
    """Whether the record behind this revision may be shown to others today."""
    gone = row["now_withdrawn"] or row["now_moved"] or row["now_repaired"] or row["now_unpublished"]
    return not (gone or row["now_declined"])


def contribution_of(line: Line, policy: Policy, evidence: Mapping[str, Any] | None, *, is_withheld: bool) -> dict[str, Any]:
    """`ContributionShown` of one line; of a withheld one only kind and points are told."""
    if is_withheld:
        title, clause = WITHHELD, None
    else:
        title, clause = item_of(line.item, policy)
    return {
        "line": line.line,
        "item": "withheld" if is_withheld else line.item,
        "title": title,
        "clause": clause,
        "points": decimals(line.points_x100),
        "is_repeat": line.is_repeat and not is_withheld,
        "anchor_on": None if is_withheld else line.anchor_on,
        "valid_until": None if is_withheld else line.valid_until,
        "evidence": record_of(evidence) if evidence is not None and not is_withheld else None,
        "is_withheld": is_withheld,
    }


def item_of(code: str, policy: Policy) -> tuple[Bilingual, Clause | None]:
    """Title and clause of an indicator, cap or direct grade."""
    items: dict[str, tuple[Bilingual, Clause]] = {}
    for part in (policy.indicators, policy.caps, policy.direct_grades):
        items |= {item.code: (item.title, item.clause) for item in part}
    if code in items:
        return items[code]
    return (FROZEN, None) if code == FREEZE else (Bilingual(zh=code, en=code), None)


WITHHELD = Bilingual(zh="不再公示的信息", en="No longer shown")
FROZEN = Bilingual(zh="整改前加分暂不计入", en="Bonuses held back until put right")


def _quantity(value_x10000: int) -> str:
    """Ten-thousandths as decimal text without needless zeros."""
    sign = "-" if value_x10000 < 0 else ""
    whole, part = divmod(abs(value_x10000), 10_000)
    return f"{sign}{whole}" + (f".{part:04d}".rstrip("0") if part else "")
