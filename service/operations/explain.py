"""Explain a score line by line, follow it over the months, and show the records of an enterprise; live, as of a day and as known then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from data.database import ReadSession, driver_connection
from data.stores import evidence, same_as
from data.stores.knowledge import Drawn, resolve
from data.stores.listings import identities_of
from data.stores.policies import NonePolicyInForce
from models.access import Actor, Role
from models.errors import Malformed, Refused
from models.grade_notices import Withheld
from models.indicators import decimals
from models.results import Answer, Line, LineKind, Question
from models.shapes import Bilingual
from scoring.runs.answering import Explained, Rules, answer_many
from scoring.runs.answering import explain as explain_live
from service.enterprise_answers import STAFF, enterprise_of, standing_of, withheld_from
from service.operations.choose_rules import choose_rules
from service.operations.look_up import get_row
from service.record_answers import contribution_of, may_be_shown, record_of

MONTHS = 24


class BadCursor(Malformed):
    """The cursor is none that a page gave."""

    code = "records.cursor"


class GradeWithheld(Refused):
    """The result waits for the enterprise's notice, and is not shown to others before."""

    code = "grade.notice_pending"

    def __init__(self, found: Withheld) -> None:
        self.withheld = found
        when = f"It is shown from {found.until} on." if found.until else "The notice has not been given yet."
        super().__init__(
            f"The grade is first told to the enterprise, which has some days to object ({found.clause.act} {found.clause.article}). "
            f"{when} Entries on lists are shown all the same; ask again then."
        )


class IsDuplicate(Refused):
    """The entry is a duplicate: what is known of it counts for the one that is kept, and there the question is answered."""

    code = "enterprise.same_as"

    def __init__(self, named: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
        super().__init__(
            f"{named['scheme']} {named['value']} is the same enterprise as {kept['scheme']} {kept['value']}, and is not rated by itself. "
            f"Ask there: /v1/enterprises/{kept['scheme']}/{kept['value']}."
        )


@dataclass(frozen=True)
class Subject:
    """Of whom, on which day, as known when: what every live answer begins with."""

    row: dict[str, Any]
    named: dict[str, Any]
    as_of: date
    known: Drawn
    kept: dict[str, Any] | None
    """The entry that this one was known to be the same as; it is asked about there."""

    @property
    def key(self) -> int:
        return int(self.row["enterprise_key"])

    def refuse_duplicate(self) -> None:
        """Raises `enterprise.same_as`."""
        if self.kept is not None:
            raise IsDuplicate(self.named, self.kept)


def subject_of(
    session: ReadSession, scheme: str, value: str, *, actor: Actor, today: date, as_of: date | None, known_at: datetime | None
) -> Subject:
    """The enterprise of an identifier, if the asker may see it. Raises `enterprise.not_found`, `identifier.*`, `knowledge.*`."""
    row = get_row(session, scheme, value, actor=actor, today=today)
    shown = enterprise_of(row)
    first = shown["identifiers"][0] if shown["identifiers"] else {"scheme": scheme, "value": value}
    known = resolve(session, known_at)
    return Subject(
        row=row,
        named=first | {"name": shown["name"]},
        as_of=as_of or today,
        known=known,
        kept=kept_entry(session, row["enterprise_key"], known),
    )


def kept_entry(session: ReadSession, enterprise_key: int, known: Drawn) -> dict[str, Any] | None:
    """The entry that this one was known to be a duplicate of; None for all others."""
    kept = same_as.kept_by(session, [enterprise_key], known_seq=known.known_seq).get(enterprise_key)
    if kept is None:
        return None
    scheme, value, name = identities_of(session, [kept])[kept]
    return {"scheme": scheme, "value": value, "name": name}


def sees_all(actor: Actor, subject: Subject) -> bool:
    """Whether what may no longer be shown to others is shown: to regulators and auditors, and to the enterprise itself."""
    return actor.role in STAFF or actor.enterprise_key == subject.key


def explain(
    session: ReadSession, subject: Subject, *, family: str, policy: str | None, actor: Actor, today: date, is_own: bool = False
) -> dict[str, Any]:
    """`Contributions` of one enterprise. Lines on records that may no longer be shown are folded into one for those outside."""
    subject.refuse_duplicate()
    known_seq = subject.known.known_seq
    rules = choose_rules(session, family=family, as_of=subject.as_of, known_seq=known_seq, name=policy)
    found = explain_live(driver_connection(session), rules, Question(enterprise_key=subject.key, as_of=subject.as_of, known_seq=known_seq))
    waits = withheld_from(actor, subject.row, grade=found.answer.grade, policy=rules.policy.name, today=today)
    if waits and not is_own:
        raise GradeWithheld(waits)
    keys = [line.record_key for line in found.lines if line.record_key is not None]
    rows = evidence.records_by_key(session, keys, known_seq=known_seq, today=today)
    return {
        "enterprise": subject.named,
        "standing": standing_of_answer(found.answer, rules, known_at=subject.known.committed_at),
        "start": decimals(rules.policy.scale.start),
        "lines": _lines(found, rules, rows, sees_all=sees_all(actor, subject)),
        "total": decimals(found.answer.total_x100),
    }


def follow(
    session: ReadSession, subject: Subject, *, family: str, policy: str | None, actor: Actor, today: date, months: int = MONTHS
) -> dict[str, Any]:
    """`History` of one enterprise: its answer on this day of each month, under the version in force then, as known at one instant.

    Months with a grade that is not this asker's to see yet are left out.

    Months before the first version have no point. Raises `policy.none_in_force` when there is none at all.
    """
    subject.refuse_duplicate()
    days = [month_before(subject.as_of, back) for back in range(months - 1, -1, -1)]
    known_seq = subject.known.known_seq
    by_rules: dict[str, tuple[Rules, list[date]]] = {}
    for day in days:
        try:
            rules = choose_rules(session, family=family, as_of=day, known_seq=known_seq, name=policy)
        except NonePolicyInForce:
            if day == days[-1]:
                raise
            continue
        by_rules.setdefault(rules.policy_hash, (rules, []))[1].append(day)
    points = []
    for rules, of_rules in by_rules.values():
        questions = [Question(enterprise_key=subject.key, as_of=day, known_seq=known_seq) for day in of_rules]
        points += [
            _point(answer, rules)
            for answer in answer_many(driver_connection(session), rules, questions)
            if not withheld_from(actor, subject.row, grade=answer.grade, policy=rules.policy.name, today=today)
        ]
    points.sort(key=lambda point: point["as_of"])
    return {"enterprise": subject.named, "known_at": subject.known.committed_at, "points": points}


def list_records(
    session: ReadSession, subject: Subject, *, actor: Actor, today: date, kind: str | None, after: str | None, limit: int
) -> dict[str, Any]:
    """`RecordPage` of one enterprise. A source sees its own records, regulators and auditors all, others what may be shown today."""
    subject.refuse_duplicate()
    own = actor.source if actor.role is Role.SOURCE else None
    rows = evidence.records_of(
        session,
        subject.key,
        known_seq=subject.known.known_seq,
        today=today,
        show_all=sees_all(actor, subject),
        only_source=own,
        kind=kind,
        before=_place(after),
        limit=limit + 1,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "enterprise": subject.named,
        "known_at": subject.known.committed_at,
        "records": [record_of(row) for row in rows[:limit]],
        "next": f"{last['occurred_on']}.{last['record_key']}" if last else None,
    }


def standing_of_answer(answer: Answer, rules: Rules, *, known_at: datetime) -> dict[str, Any]:
    """`StandingShown` of a live answer."""
    told = answer.model_dump() | {"policy": rules.policy.name, "policy_hash": rules.policy_hash, "known_at": known_at}
    told["lists"] = {name: standing for name, standing in answer.lists.items() if standing != "off"}
    return standing_of(told, coverage_titles(rules))


def coverage_titles(rules: Rules) -> dict[str, Bilingual]:
    return {rule.code: rule.title for rule in rules.policy.coverage}


def month_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last day."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def _lines(found: Explained, rules: Rules, rows: dict[int, dict[str, Any]], *, sees_all: bool) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    withheld: list[Line] = []
    for line in found.lines:
        row = rows.get(line.record_key) if line.record_key is not None else None
        if row is not None and not sees_all and not may_be_shown(row):
            withheld.append(line)
        else:
            shown.append(contribution_of(line, rules.policy, row, is_withheld=False))
    if withheld:
        folded = withheld[0].model_copy(update={"line": LineKind.RECORD, "points_x100": sum(line.points_x100 for line in withheld)})
        shown.append(contribution_of(folded, rules.policy, None, is_withheld=True))
    return shown


def _point(answer: Answer, rules: Rules) -> dict[str, Any]:
    return {
        "as_of": answer.as_of,
        "policy": rules.policy.name,
        "policy_hash": rules.policy_hash,
        "score": decimals(answer.score_x100),
        "grade": answer.grade,
        "ladder_grade": answer.ladder_grade,
        "is_rated": answer.is_rated,
    }


def _place(cursor: str | None) -> tuple[date, int] | None:
    """Where a page ended: the day and key of its last record."""
    if cursor is None:
        return None
    day, _, key = cursor.partition(".")
    try:
        place = date.fromisoformat(day), int(key)
    except ValueError:
        raise BadCursor("`after` is the `next` of the page before. Leave it out to begin.") from None
    if not 0 <= place[1] < 2**63:
        raise BadCursor("`after` is the `next` of the page before. Leave it out to begin.")
    return place
