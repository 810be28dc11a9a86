"""The difference between two answers as it is shown: both ends, and between them one part for each cause, with what it moved."""

from datetime import date, datetime
from typing import Any

from models.differences import Part
from models.law import Clause
from models.results import ListStanding
from models.shapes import Bilingual, Shape
from service.answers import Decimals
from service.enterprise_answers import EnterpriseNamed
from service.record_answers import RecordShown


class DifferenceEnd(Shape):
    """One of the two answers, with all that it rests on."""

    as_of: date
    known_at: datetime
    policy: str
    policy_hash: str
    score: Decimals
    grade: str
    is_rated: bool
    lists: dict[str, ListStanding]
    """What each list rule says; what is off is left out."""


class LineMoved(Shape):
    """A line of the score that a cause brought, took or changed; null where the line is not there."""

    item: str
    title: Bilingual
    clause: Clause | None
    evidence: RecordShown | None
    before: Decimals | None
    after: Decimals | None


class ListMoved(Shape):
    """What a list rule says otherwise because of a cause."""

    list: str
    title: Bilingual
    before: ListStanding
    after: ListStanding


class PartShown(Shape):
    """What one cause did, on top of the causes before it."""

    part: Part
    title: Bilingual
    points: Decimals
    """Its share of the change; the shares of all parts sum to it exactly."""
    score: Decimals
    """The score with this cause and all before it."""
    grade_before: str
    grade_after: str
    lists: tuple[ListMoved, ...]
    lines: tuple[LineMoved, ...]
    beside_lines: Decimals
    """What of `points` no line explains: the score is held between the ends of the scale, and two policies may start it apart."""
    is_between_versions: bool
    """The two scores stand under different versions of the policy, and are subtracted here and nowhere else."""


class Difference(Shape):
    """Why an answer is another than before: ageing, withdrawn, corrected and new facts, and the policy, in this order."""

    enterprise: EnterpriseNamed
    before: DifferenceEnd
    after: DifferenceEnd
    is_new: bool
    """The enterprise was not known here at the earlier moment: its earlier answer is that of an empty file."""
    change: Decimals
    parts: tuple[PartShown, ...]


PARTS: dict[Part, Bilingual] = {
    Part.AGEING: Bilingual(zh="时间推移", en="Ageing"),
    Part.WITHDRAWN: Bilingual(zh="撤回的信息", en="Withdrawn facts"),
    Part.CORRECTED: Bilingual(zh="更正的信息", en="Corrected facts"),
    Part.NEW: Bilingual(zh="新增的信息", en="New facts"),
    Part.POLICY: Bilingual(zh="评价规则变化", en="Policy"),
}


def standings(lists: dict[str, Any]) -> dict[str, Any]:
    """What list rules say, without what is off."""
    return {name: standing for name, standing in lists.items() if standing != ListStanding.OFF}
