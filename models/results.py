"""What a question gives: contributions, score and grade, coverage, and what it suggests for the lists."""

from datetime import date
from enum import StrEnum

from models.shapes import Shape


class Question(Shape):
    """One enterprise, the legal day asked about, and how much was known: `known_seq` is what `known_at` resolved to."""

    enterprise_key: int
    as_of: date
    known_seq: int


class RunKind(StrEnum):
    """Whom a run asks: everyone in scope, or those alone whose answer can differ from the latest published run. Both find the same."""

    FULL = "full"
    INCREMENTAL = "incremental"


class LineKind(StrEnum):
    """What a line of an explanation is."""

    RECORD = "record"  # what one record gives
    SHARE = "share"  # what a share of failures gives; rests on many records
    CAP = "cap"  # the correction by a cap
    FROZEN = "frozen"  # bonuses taken back while a direct grade is not put right
    DIRECT = "direct"  # a direct grade that holds; carries no points


class Line(Shape):
    """One line of the explanation (得分项); the points of all lines sum to the score before it is held to the scale."""

    line: LineKind
    item: str
    """The code of the indicator, cap or direct grade."""
    record_key: int | None
    event_key: int | None
    points_x100: int
    undoubled_x100: int
    is_repeat: bool
    anchor_on: date | None
    valid_until: date | None
    """First day it no longer counts as it does now (an end or the next step); None is without end."""


class ListStanding(StrEnum):
    """What a list rule says of one answer."""

    ENTER = "enter"  # meets the rule and is not listed
    STAY = "stay"  # meets the rule and is listed
    LEAVE = "leave"  # listed, and the rule's way out is open
    BLOCKED = "blocked"  # meets the rule, but something forbids the entry
    OFF = "off"  # neither meets the rule nor has to leave


class Answer(Shape):
    """One row of a run: the answer to one question."""

    enterprise_key: int
    as_of: date
    known_seq: int
    total_x100: int
    """Start of the scale plus all lines, before it is held between the ends of the scale."""
    score_x100: int
    grade: str
    ladder_grade: str
    """The grade the score alone would give; kept beside a direct grade."""
    is_rated: bool
    records_known: int
    covered: dict[str, date | None]
    """For each coverage rule, the day of the latest concluded event inside its window; None is not looked at, never clean."""
    lists: dict[str, ListStanding]
    next_change_on: date | None
