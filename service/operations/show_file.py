"""Show an enterprise's whole file on one day: who it is and its entries for everybody, score, history and records for who may see them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from data.database import ReadSession
from data.stores import lookups
from data.stores.policies import NonePolicyInForce
from data.stores.sources import list_sources
from models.access import Actor
from models.grade_notices import Withheld
from models.policies import Policy
from models.shapes import Bilingual
from scoring.runs.answering import Rules
from service.enterprise_answers import EnterpriseAnswer, Held, UnknownEnterprise, answer_word, enterprise_of, may_see_scores, shown_listings
from service.operations.choose_rules import choose_rules
from service.operations.explain import GradeWithheld, Subject, explain, follow, list_records, subject_of
from service.operations.look_up import is_visible
from service.record_answers import Contributions, History, RecordPage

RECORDS = 100
"""As many records as one page shows; the rest is a page further."""


@dataclass(frozen=True)
class Assessment:
    """What only a key shows. `contributions` and `policy` are missing when no version of the rules is in force on the day."""

    policy: Policy | None
    contributions: Contributions | None
    history: History | None
    records: RecordPage
    withheld: Withheld | None = None
    """A bad grade that others than the authorities and the enterprise do not see yet."""


@dataclass(frozen=True)
class File:
    """An enterprise on one day, as known at one instant."""

    enterprise_key: int
    answer: EnterpriseAnswer
    known_at: datetime
    assessment: Assessment | None
    sources: dict[str, Bilingual]


def show_file(
    session: ReadSession,
    scheme: str,
    value: str,
    *,
    actor: Actor,
    today: date,
    as_of: date | None,
    known_at: datetime | None,
    records_after: str | None,
    family: str,
    held: tuple[Held, ...],
) -> File:
    """The file of the enterprise of an identifier. Raises `enterprise.not_found`, `identifier.*`, `knowledge.*` and `records.cursor`."""
    subject = subject_of(session, scheme, value, actor=actor, today=today, as_of=as_of, known_at=known_at)
    on_day = lookups.subjects(session, [subject.key], today=today, day=subject.as_of, known_seq=subject.known.known_seq)
    if not on_day or not is_visible(on_day[0], actor=actor):
        raise UnknownEnterprise(f"{scheme} {value}", held=held)
    row = on_day[0]
    enterprise = enterprise_of(row)
    assessment = None
    if may_see_scores(actor) and subject.kept is None:
        assessment = _assess(session, subject, actor=actor, today=today, records_after=records_after, family=family)
    answer = EnterpriseAnswer.model_validate(
        {
            "answer": answer_word(enterprise),
            "as_of": subject.as_of,
            "known_at": subject.known.committed_at,
            "enterprise": enterprise,
            "listings": () if subject.kept else shown_listings(actor, row["listings"]),
            "standing": assessment.contributions.standing if assessment and assessment.contributions else None,
            "withheld": assessment.withheld if assessment else None,
            "held": held,
        }
    )
    sources = {source.code: Bilingual(zh=source.title_zh, en=source.title_en) for source in list_sources(session)} if assessment else {}
    return File(enterprise_key=subject.key, answer=answer, known_at=subject.known.committed_at, assessment=assessment, sources=sources)


def _assess(session: ReadSession, subject: Subject, *, actor: Actor, today: date, records_after: str | None, family: str) -> Assessment:
    after = records_after or f"{subject.as_of + timedelta(days=1)}.0"  # what happened later was not there on the day
    found = list_records(session, subject, actor=actor, today=today, kind=None, after=after, limit=RECORDS)
    records = RecordPage.model_validate(found)
    rules = _rules(session, subject, family=family)
    if rules is None:
        return Assessment(policy=None, contributions=None, history=None, records=records)
    try:
        explained = explain(session, subject, family=family, policy=None, actor=actor, today=today)
    except GradeWithheld as waits:
        return Assessment(policy=None, contributions=None, history=None, records=records, withheld=waits.withheld)
    return Assessment(
        policy=rules.policy,
        contributions=Contributions.model_validate(explained),
        history=_history(session, subject, family=family, actor=actor, today=today),
        records=records,
    )


def _rules(session: ReadSession, subject: Subject, *, family: str) -> Rules | None:
    try:
        return choose_rules(session, family=family, as_of=subject.as_of, known_seq=subject.known.known_seq)
    except NonePolicyInForce:
        return None


def _history(session: ReadSession, subject: Subject, *, family: str, actor: Actor, today: date) -> History | None:
    """None when the months reach back before the first version of the rules."""
    try:
        return History.model_validate(follow(session, subject, family=family, policy=None, actor=actor, today=today))
    except NonePolicyInForce:
        return None
