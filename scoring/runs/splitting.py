"""The difference between two answers split by cause, for one enterprise where its facts are; see `models.differences` for the way."""

from dataclasses import dataclass
from datetime import date

from data.database import Connection
from data.stores.stepping import stepped_relations
from models.differences import STEPS, STOPS, Part
from models.results import Answer, Line, Question
from scoring.engines.postgres import live_sql, run_live
from scoring.plan.relations import needs_of
from scoring.runs.answering import Explained, Rules, compiled_shapes
from scoring.runs.answers import read_answer, read_line

_STATEMENTS: dict[str, tuple[str, str]] = {}


@dataclass(frozen=True)
class Corner:
    """What one of the two answers rests on: the policy, the day, and the number up to which was known."""

    rules: Rules
    as_of: date
    known_seq: int


@dataclass(frozen=True)
class Stop:
    """One answer on the way from the earlier to the later; `part` is the cause that leads to it, None at the first."""

    name: str
    part: Part | None
    rules: Rules
    answer: Answer
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class LineDifference:
    """A line that one cause brought, took or changed; points in hundredths, None where the line is not there."""

    line: Line
    rules: Rules
    """The policy the line stands under: the later one where both have it."""
    before_x100: int | None
    after_x100: int | None


def split_live(connection: Connection, enterprise_key: int, before: Corner, after: Corner) -> tuple[Stop, ...]:
    """Walk the way for one enterprise: the stops in their order, each an answer of the plan with its lines."""
    moments = (str(before.known_seq), str(after.known_seq))
    steps = dict(zip(STOPS, STEPS, strict=True))
    explained: dict[str, tuple[Rules, Explained]] = {}
    for corner, names in ((before, STOPS[:-1]), (after, STOPS[-1:])):
        days = {name: before.as_of if name == "before" else after.as_of for name in names}
        questions = [Question(enterprise_key=enterprise_key, as_of=days[name], known_seq=steps[name]) for name in names]
        found = _explain(connection, corner.rules, questions, moments)
        explained |= {name: (corner.rules, one) for name, one in zip(names, found, strict=True)}
    parts = (None, *Part)
    stops = zip(STOPS, parts, strict=True)
    return tuple(Stop(name, part, rules, one.answer, one.lines) for name, part in stops for rules, one in [explained[name]])


def _explain(connection: Connection, rules: Rules, questions: list[Question], moments: tuple[str, str]) -> list[Explained]:
    ready = _STATEMENTS.get(rules.policy_hash)
    if ready is None:
        shapes, needs = compiled_shapes(connection, rules), needs_of(rules.policy)
        answers, lines = (live_sql(needs, shapes[shape], shape, relations=stepped_relations) for shape in ("answers", "lines"))
        ready = _STATEMENTS[rules.policy_hash] = (answers, lines)
    answered = run_live(connection, ready[0], questions, more=moments)
    of_question: dict[int, list[Line]] = {}
    for row in run_live(connection, ready[1], questions, is_set=True, more=moments):
        of_question.setdefault(row["question"], []).append(read_line(row, rules.policy))
    given = [read_answer(row, rules.policy, changes_on=None) for row in answered]
    return [Explained(answer, tuple(of_question.get(number, ()))) for number, answer in enumerate(given)]


def lines_moved(earlier: Stop, later: Stop) -> list[LineDifference]:
    """The lines that differ between two stops next to each other; their differences sum to that of the totals before the scale's ends.

    Lines are the same while kind, item and record are; of several such, their sum is compared.
    """
    sides = [_by_place(stop.lines) for stop in (earlier, later)]
    moved = []
    for place in dict.fromkeys((*sides[0], *sides[1])):
        was, now = (side.get(place) for side in sides)
        points = [sum(line.points_x100 for line in lines) if lines else None for lines in (was, now)]
        if points[0] != points[1]:
            lines, rules = (now, later.rules) if now else (was, earlier.rules)
            assert lines
            moved.append(LineDifference(lines[0], rules, points[0], points[1]))
    return moved


def _by_place(lines: tuple[Line, ...]) -> dict[tuple[str, str, int | None], list[Line]]:
    found: dict[tuple[str, str, int | None], list[Line]] = {}
    for line in lines:
        found.setdefault((line.line, line.item, line.record_key), []).append(line)
    return found
