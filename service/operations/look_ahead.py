"""What would change a score and grade, and when: the plan asked for coming days, and for facts that are only supposed.

Nothing here computes a score: every figure is an answer of the plan, as it would be given on that day or with that record repaired, if
nothing new became known. What is supposed is undone before anybody else could see it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.database import RehearsalSession, driver_connection
from data.stores import evidence
from data.stores.hypotheses import supposing_repairs
from data.stores.policies import NonePolicyInForce
from models.indicators import decimals
from models.publication import Publication
from models.results import Line, LineKind, Question
from scoring.runs.answering import Explained, Rules, answer_many
from scoring.runs.answering import explain as explain_live
from service.operations.act_for import Own
from service.operations.choose_rules import choose_rules
from service.own_answers import ComingChange, LineChange, Outlook, RepairEffect
from service.record_answers import RecordShown, item_of, record_of

DAYS = 60
"""As many coming days are asked about; each is one question to the plan."""
EVENTS = 40
"""As many events are supposed to be repaired, the heaviest first."""
YEARS = 10


@dataclass(frozen=True)
class _Event:
    """What one event takes now: its lines, and all present records of the enterprise that describe it."""

    lines: tuple[Line, ...]
    keys: tuple[int, ...]

    @property
    def points_x100(self) -> int:
        return sum(line.points_x100 for line in self.lines)


def look_ahead(session: RehearsalSession, own: Own, *, family: str) -> Outlook:
    """Ask the plan for the coming days and for each repair; the caller throws the session away."""
    known_seq = own.subject.known.known_seq
    told: dict[str, Any] = {"enterprise": own.subject.named, "as_of": own.today, "known_at": own.subject.known.committed_at}
    try:
        rules = choose_rules(session, family=family, as_of=own.today, known_seq=known_seq)
    except NonePolicyInForce:
        nothing: dict[str, Any] = {"policy": None, "score": None, "grade": None, "coming": (), "repairs": (), "more_repairs": 0}
        return Outlook.model_validate(told | nothing | {"looked_until": own.today})
    now = _explain(session, own, rules, own.today)
    coming, looked_until = _coming(session, own, now, rules, family=family)
    events = _events(session, own, now)
    return Outlook.model_validate(
        told
        | {
            "policy": rules.policy.name,
            "score": decimals(now.answer.score_x100),
            "grade": now.answer.grade,
            "coming": coming,
            "looked_until": looked_until,
            "repairs": _repairs(session, own, now, rules, events[:EVENTS]),
            "more_repairs": max(len(events) - EVENTS, 0),
        }
    )


def _coming(session: RehearsalSession, own: Own, now: Explained, rules: Rules, *, family: str) -> tuple[list[ComingChange], date]:
    """The days on which the answer is another than before. `next_change_on` is a lower bound, so some days change nothing."""
    found: list[ComingChange] = []
    last = date(own.today.year + YEARS, 1, 1)
    before, before_rules, on = now, rules, own.today
    for _ in range(DAYS):
        next_on = before.answer.next_change_on
        if next_on is None or next_on > last:
            return found, last
        on = next_on
        try:
            then_rules = choose_rules(session, family=family, as_of=on, known_seq=own.subject.known.known_seq)
        except NonePolicyInForce:
            return found, on
        then = _explain(session, own, then_rules, on)
        changed = list(_changed(session, own, (before, before_rules), (then, then_rules)))
        if changed or _shown(before) != _shown(then):
            found.append(
                ComingChange(
                    on=on,
                    policy=then_rules.policy.name,
                    score=decimals(then.answer.score_x100),
                    grade=then.answer.grade,
                    is_rated=then.answer.is_rated,
                    lines=tuple(changed),
                )
            )
        before, before_rules = then, then_rules
    return found, on


def _changed(session: RehearsalSession, own: Own, before: tuple[Explained, Rules], then: tuple[Explained, Rules]) -> Iterator[LineChange]:
    """The lines that give other points than before, each with its record."""
    (old, old_rules), (new, new_rules) = before, then
    points = [{_place(line): line for line in one.lines} for one in (old, new)]
    places = [place for place in dict.fromkeys((*points[0], *points[1])) if _points(points[0], place) != _points(points[1], place)]
    rows = evidence.records_by_key(
        session, [key for _, _, key in places if key is not None], known_seq=own.subject.known.known_seq, today=own.today
    )
    for place in places:
        _, item, key = place
        title, clause = item_of(item, (new_rules if place in points[1] else old_rules).policy)
        row = rows.get(key) if key is not None else None
        yield LineChange(
            title=title,
            clause=clause,
            source=row["source"] if row else None,
            source_ref=row["source_ref"] if row else None,
            before=_told(_points(points[0], place)),
            then=_told(_points(points[1], place)),
        )


def _events(session: RehearsalSession, own: Own, now: Explained) -> list[_Event]:
    """The events that cost something now, the heaviest first; a direct grade, which takes no points, weighs before all."""
    by_event: dict[int, list[Line]] = {}
    for line in now.lines:
        costs = line.points_x100 < 0 or line.line is LineKind.DIRECT
        if costs and line.event_key is not None and line.record_key is not None:
            by_event.setdefault(line.event_key, []).append(line)
    keys = evidence.keys_of_events(session, own.key, list(by_event))
    found = [_Event(lines=tuple(lines), keys=tuple(keys[event])) for event, lines in by_event.items() if keys.get(event)]
    return sorted(found, key=lambda event: (not any(line.line is LineKind.DIRECT for line in event.lines), event.points_x100, event.keys))


def _repairs(session: RehearsalSession, own: Own, now: Explained, rules: Rules, events: Sequence[_Event]) -> list[RepairEffect]:
    known_seq = own.subject.known.known_seq
    rows = evidence.records_by_key(session, [key for event in events for key in event.keys], known_seq=known_seq, today=own.today)
    groups = [event.keys for event in events]
    with supposing_repairs(session, groups, repaired_on=own.today, after_seq=known_seq) as numbers:
        questions = [Question(enterprise_key=own.key, as_of=own.today, known_seq=number) for number in numbers]
        answers = answer_many(driver_connection(session), rules, questions)
    effects = []
    for event, answer in zip(events, answers, strict=True):
        of_event = [rows[key] for key in event.keys]
        published: list[Publication] = [one for row in of_event for one in row["publications"]]
        ends = [line.valid_until for line in event.lines]
        is_repairable = all(one.is_repairable for one in published)
        effects.append(
            RepairEffect(
                records=tuple(RecordShown.model_validate(record_of(row)) for row in of_event),
                title=item_of(event.lines[0].item, rules.policy)[0],
                points=decimals(event.points_x100),
                is_repairable=is_repairable,
                earliest_on=max((one.earliest_end_on for one in published if one.earliest_end_on and is_repairable), default=None),
                ends_by_itself_on=None if None in ends else max(day for day in ends if day is not None),
                score=decimals(answer.score_x100),
                grade=answer.grade,
                gain=decimals(answer.score_x100 - now.answer.score_x100),
            )
        )
    return effects


def _explain(session: RehearsalSession, own: Own, rules: Rules, day: date) -> Explained:
    question = Question(enterprise_key=own.key, as_of=day, known_seq=own.subject.known.known_seq)
    return explain_live(driver_connection(session), rules, question)


def _place(line: Line) -> tuple[LineKind, str, int | None]:
    return line.line, line.item, line.record_key


def _points(lines: dict[tuple[LineKind, str, int | None], Line], place: tuple[LineKind, str, int | None]) -> int | None:
    """None where there is no such line: a direct grade that ends changes no points, and yet something."""
    line = lines.get(place)
    return line.points_x100 if line is not None else None


def _told(points_x100: int | None) -> str | None:
    return decimals(points_x100) if points_x100 is not None else None


def _shown(one: Explained) -> tuple[int, str, bool]:
    return one.answer.score_x100, one.answer.grade, one.answer.is_rated
