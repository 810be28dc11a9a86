"""A rehearsal of a policy (规则演练): what would change, for whom and why, if a draft answered instead of the version it is held against.

It answers and lists nobody: what it finds is a report with a digest, and a file with one row per enterprise.
"""

import hashlib
import json
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import StringConstraints

from models.differences import Part
from models.law import Clause
from models.results import ListStanding
from models.shapes import Bilingual, Shape

Decimals = Annotated[str, StringConstraints(pattern=r"^-?[0-9]+\.[0-9]{2}$")]
"""Points with two places, as text."""
NAMED_AT_MOST = 200
"""So many of those that enter or leave a list are named in the report; the file names all."""


class RehearsalState(StrEnum):
    """How far a rehearsal is. The last three are ends, and stay."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RehearsalEnd(Shape):
    """What an answer of a rehearsal rests on."""

    policy: str
    policy_hash: str
    as_of: date
    known_at: datetime


class PartTotal(Shape):
    """What one cause did to all enterprises together, on the way from the last answers to those of the draft."""

    part: Part
    up: int
    """Enterprises whose score it raised."""
    down: int
    points: Decimals
    grades: int
    """Enterprises whose grade it changed."""


class ListCell(Shape):
    """How many enterprises a list rule judges so under the version in force, and so under the draft, on the same day and facts."""

    against: ListStanding
    draft: ListStanding
    enterprises: int


class Mover(Shape):
    """One enterprise that the draft's list rule would let enter or leave."""

    scheme: str
    value: str
    score: Decimals
    grade: str
    by: Part | None
    """The last cause that changed what the rule says of it; None when it said so already."""


class ListOutcome(Shape):
    """What the draft says of one list: who enters and leaves, beside what the other version says."""

    list: str
    title: Bilingual
    clause: Clause | None
    """Of the draft's rule; None when it has none for this list."""
    decided_by: str | None
    cells: tuple[ListCell, ...]
    entering: int
    leaving: int
    enters: tuple[Mover, ...]
    leaves: tuple[Mover, ...]


class Move(Shape):
    """How many enterprises have one grade on one side and another on the other."""

    before: str
    after: str
    enterprises: int


class Bin(Shape):
    """Enterprises with a score from `lower` on, below the next one's."""

    lower: Decimals
    enterprises: int


class Distribution(Shape):
    """The scores under one policy; two policies may have two scales."""

    policy: str
    bins: tuple[Bin, ...]
    deciles: tuple[Decimals, ...]
    """Scores that a tenth, two tenths, ... nine tenths of the enterprises have at most."""


class GroupRow(Shape):
    """What the draft means for one region, industry, size or age."""

    value: str | None
    title: Bilingual
    enterprises: int
    grades_changed: int
    entering: dict[str, int]
    """List -> enterprises that would enter it."""
    leaving: dict[str, int]
    median_against: Decimals
    median_draft: Decimals


class Group(Shape):
    by: Literal["region", "industry", "size", "age"]
    rows: tuple[GroupRow, ...]


class ClauseMove(Shape):
    """What one rule does under the two versions; rules are the same while their code is."""

    code: str
    title: Bilingual
    clause: Clause | None
    enterprises: int
    """Whose points by this rule, or how often it holds, the draft changes."""
    up: int
    down: int
    held_against: int
    """Enterprises it gives or takes something, or whose grade it holds down, under the version in force."""
    held_draft: int
    points_against: Decimals
    points_draft: Decimals


class Report(Shape):
    """All that a rehearsal found, in numbers; its digest stands for it."""

    form: Literal["rehearsal-1"] = "rehearsal-1"
    before: RehearsalEnd
    """The answers the way begins at: those of the last published run under the version held against, or of the same day."""
    against: RehearsalEnd
    draft: RehearsalEnd
    enterprises: int
    new: int
    """Not known yet when the answers before were given."""
    parts: tuple[PartTotal, ...]
    lists: tuple[ListOutcome, ...]
    grades_against: tuple[str, ...]
    """The grades of the version in force, best first, and behind them what it says instead of a grade."""
    grades_draft: tuple[str, ...]
    moves_without_policy: tuple[Move, ...]
    """Grades before, and on the day under the same version: what days and facts did."""
    moves_by_policy: tuple[Move, ...]
    """Grades under the version in force and under the draft, same day, same facts: two scales, not a movement of any enterprise."""
    distributions: tuple[Distribution, Distribution]
    groups: tuple[Group, ...]
    clauses: tuple[ClauseMove, ...]
    rows_digest: str
    """Sum modulo 2**256 of the SHA-256 of every enterprise's row."""

    @property
    def digest(self) -> str:
        """SHA-256 of the report as canonical JSON: keys sorted, no spaces, UTF-8."""
        told = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()


class ListPair(Shape):
    """Enterprises that one draft, the other, or both would let enter or leave a list."""

    list: str
    standing: Literal["enter", "leave"]
    both: int
    only_one: int
    only_other: int


class ClausePair(Shape):
    """A rule that weighs otherwise under the two drafts."""

    code: str
    title: Bilingual
    held_one: int
    held_other: int
    points_one: Decimals
    points_other: Decimals


class Comparison(Shape):
    """Two rehearsals of the same day and facts beside each other."""

    one: RehearsalEnd
    other: RehearsalEnd
    enterprises: int
    scores_differ: int
    grades_differ: int
    moves: tuple[Move, ...]
    """Grades under the one draft and under the other."""
    lists: tuple[ListPair, ...]
    clauses: tuple[ClausePair, ...]
