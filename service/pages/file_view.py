"""The file of one enterprise as a page says it: who it is, its entries, and for a key its score, history and records."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from data.codes.industries import industry_name
from data.codes.known_lists import known_lists
from models.glossary import COLOUR_TITLES, LISTING_STATE_TITLES, ORIGIN_TITLES, REGISTRY_STATE_TITLES, SCHEME_TITLES, SIZE_TITLES
from models.grade_notices import Withheld
from models.listings import ListingState, Origin
from service.clock import LEGAL_ZONE
from service.enterprise_answers import STAFF, EnterpriseNamed, EnterpriseShown, Held, ListingShown
from service.operations.show_file import Assessment, File
from service.pages.evidence_view import ClauseView, RecordView, view_clause, view_record
from service.pages.frame import Frame
from service.pages.score_view import HistoryView, ScoreView, place_of, view_history, view_score

PRINTED_LISTINGS = 3
PRINTED_ROWS = 13
"""Rows of contributions and records that one sheet has room for beside a single entry. What else there is takes of it."""


@dataclass(frozen=True)
class LinkView:
    """Another enterprise, and its file here."""

    name: str
    address: str


@dataclass(frozen=True)
class FormerName:
    name: str
    since: date | None
    until: date | None


@dataclass(frozen=True)
class WhoView:
    """Who it is; facts that nobody registered are left out."""

    name: str
    code: str
    identifiers: tuple[tuple[str, str], ...]
    former: tuple[FormerName, ...]
    facts: tuple[tuple[str, str], ...]
    state: str | None
    is_in_business: bool
    is_natural_person: bool
    head_office: LinkView | None
    same_as: tuple[LinkView, ...]
    succeeded_by: tuple[LinkView, ...]


@dataclass(frozen=True)
class ListingView:
    """One entry; `colour` names it in the style, `colour_word` for people."""

    title: str
    colour: str
    colour_word: str
    state: str
    is_under_review: bool
    is_stayed: bool
    facts: tuple[tuple[str, str], ...]
    origin: str
    clause: ClauseView | None
    starts_on: date
    ends_on: date | None
    reason: str
    is_under_objection: bool
    reply: str | None
    is_printed: bool


@dataclass(frozen=True)
class HeldView:
    title: str
    is_held: bool
    current_to: str | None
    ask: str | None
    named_by: str | None


@dataclass(frozen=True)
class RecordsView:
    records: tuple[RecordView, ...]
    next: str | None
    known_at: datetime
    not_printed: int


@dataclass(frozen=True)
class WithheldView:
    """A result that others do not see yet: from when they do, and under which clause."""

    until: date | None
    clause: ClauseView | None


@dataclass(frozen=True)
class FilePage:
    """The whole page; what the reader may not see is None and not merely hidden."""

    path: str
    who: WhoView
    is_branch: bool
    is_duplicate: bool
    """The same enterprise as another entry, where everything that is known of both stands."""
    as_of: date
    known_at: datetime
    is_today: bool
    is_future: bool
    known_then: datetime | None
    """The instant of knowledge that the reader chose; None is now."""
    known_typed: str
    """The same as the form's field holds it, by the clock of the legal zone."""
    asked: str | None
    asked_address: str | None
    listings: tuple[ListingView, ...]
    listings_not_printed: int
    lists_held: tuple[HeldView, ...]
    kinds_held: tuple[HeldView, ...]
    to_ask: tuple[HeldView, ...]
    may_see_scores: bool
    withheld: WithheldView | None
    score: ScoreView | None
    history: HistoryView | None
    records: RecordsView | None
    difference: str | None
    """Where the authorities read why the score changed; the address of the page."""


def view_file(frame: Frame, file: File, *, asked: str | None, known_at: datetime | None = None) -> FilePage:
    answer = file.answer
    who = _who(frame, answer.enterprise)
    lists = tuple(view_held(frame, one) for one in answer.held if one.what == "list")
    assessment = file.assessment
    views = _records(frame, file, assessment) if assessment else {}
    lines, records = room_on_paper(frame, listings=len(answer.listings), former=len(who.former))
    score = history = None
    if assessment and assessment.policy and assessment.contributions:
        score = view_score(frame, assessment.contributions, assessment.policy, records=views, printed=lines)
        history = view_history(frame, assessment.history, assessment.policy) if assessment.history else None
    return FilePage(
        path=frame.path,
        who=who,
        is_branch=answer.answer == "branch",
        is_duplicate=answer.answer == "same_as",
        as_of=answer.as_of,
        known_at=file.known_at,
        is_today=answer.as_of == frame.today,
        is_future=answer.as_of > frame.today,
        known_then=known_at,
        known_typed=known_at.astimezone(LEGAL_ZONE).strftime("%Y-%m-%dT%H:%M:%S") if known_at else "",
        asked=asked if asked and asked not in (who.name, who.code) else None,
        asked_address=f"/?{urlencode({'q': asked, 'similar': '1'})}" if asked else None,
        listings=tuple(_listing(frame, one, is_printed=place < PRINTED_LISTINGS) for place, one in enumerate(_ordered(answer.listings))),
        listings_not_printed=max(len(answer.listings) - PRINTED_LISTINGS, 0),
        lists_held=lists,
        kinds_held=tuple(view_held(frame, one) for one in answer.held if one.what == "kind"),
        to_ask=tuple(one for one in lists if one.named_by and not one.is_held),
        may_see_scores=assessment is not None,
        withheld=_withheld(frame, assessment.withheld) if assessment and assessment.withheld else None,
        score=score,
        history=history,
        records=_records_view(frame, assessment, views, printed=records) if assessment else None,
        difference=f"{frame.path}/difference" if assessment and frame.reader.role in STAFF else None,
    )


def _withheld(frame: Frame, waits: Withheld) -> WithheldView:
    return WithheldView(until=waits.until, clause=view_clause(frame, waits.clause))


def room_on_paper(frame: Frame, *, listings: int, former: int) -> tuple[int, int]:
    """How many contributions and how many records one sheet of A4 holds beside so much else; a test prints it."""
    taken = 4 * (min(listings, PRINTED_LISTINGS) - 1) + min(former, 3) + (2 if frame.language == "en" else 0)
    rows = max(PRINTED_ROWS - taken, 4)
    return rows - rows * 2 // 5, rows * 2 // 5


def address_of(named: EnterpriseNamed) -> str:
    """The page of an enterprise; identifiers of other schemes may hold anything, so they are quoted."""
    return f"/enterprises/{_quoted(named.scheme)}/{_quoted(named.value)}"


def link_to(named: EnterpriseNamed) -> LinkView:
    return LinkView(name=named.name or named.value, address=address_of(named))


def _quoted(text: str) -> str:
    return urlencode({"": text})[1:].replace("+", "%20")


def _who(frame: Frame, shown: EnterpriseShown) -> WhoView:
    first = shown.identifiers[0].value if shown.identifiers else ""
    industry = " ".join(part for part in (shown.industry, industry_name(shown.industry) if shown.industry else None) if part)
    size = SIZE_TITLES.get(shown.size or "")
    facts = (
        ("who.type", shown.type),
        ("who.region", shown.region_name or shown.region),
        ("who.industry", industry),
        ("who.size", frame.tell(size) if size else shown.size),
        ("who.registered_on", shown.registered_on.isoformat() if shown.registered_on else None),
    )
    state = REGISTRY_STATE_TITLES.get(shown.state or "")
    identifiers = [(SCHEME_TITLES.get(one.scheme), one) for one in shown.identifiers]
    return WhoView(
        name=shown.name or first,
        code=first,
        identifiers=tuple((frame.tell(title) if title else one.scheme, one.value) for title, one in identifiers),
        former=tuple(FormerName(one.name, one.valid_from, one.valid_until) for one in shown.names[1:]),
        facts=tuple((frame.say(key), value) for key, value in facts if value),
        state=frame.tell(state) if state else shown.state,
        is_in_business=shown.state in (None, "in_business"),
        is_natural_person=shown.is_natural_person,
        head_office=link_to(shown.head_office) if shown.head_office else None,
        same_as=tuple(map(link_to, shown.same_as)),
        succeeded_by=tuple(map(link_to, shown.succeeded_by)),
    )


def _ordered(listings: tuple[ListingShown, ...]) -> list[ListingShown]:
    """What weighs most first: black, other authorities' lists, red."""
    return sorted(listings, key=lambda one: (("black", "other", "red").index(one.colour), one.list, one.listing_id))


def _listing(frame: Frame, one: ListingShown, *, is_printed: bool) -> ListingView:
    clause = view_clause(frame, one.clause)
    basis = _basis(one, clause)
    clause_is_basis = clause is not None and basis == f"{clause.act} {clause.article}"
    facts = (
        ("listing.basis", basis),
        ("listing.authority", one.authority),
        ("listing.decision_no", one.decision_no),
        ("listing.decided_on", one.decided_on.isoformat()),
        ("listing.ends_when", one.ends_when),
        ("listing.note", clause.note if clause and clause_is_basis else None),
    )
    return ListingView(
        title=frame.tell(one.title),
        colour=one.colour,
        colour_word=frame.tell(COLOUR_TITLES[one.colour]),
        state=frame.tell(LISTING_STATE_TITLES[ListingState(one.state)]),
        is_under_review=one.state == "under_review",
        is_stayed=one.state == "stayed",
        facts=tuple((frame.say(key), value) for key, value in facts if value),
        origin=frame.tell(ORIGIN_TITLES[Origin(one.origin)]),
        clause=None if clause_is_basis else clause,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        reason=one.reason,
        is_under_objection=one.is_under_objection,
        reply=one.reply,
        is_printed=is_printed,
    )


def _basis(one: ListingShown, clause: ClauseView | None) -> str | None:
    """A basis that names an act by its key in the register is shown with the act's title."""
    if one.basis and one.clause and clause and one.basis.startswith(one.clause.act):
        return clause.act + one.basis.removeprefix(one.clause.act)
    return one.basis


def view_held(frame: Frame, one: Held) -> HeldView:
    keeper = known_lists().get(one.code) if one.what == "list" else None
    where = frame.join([frame.tell(keeper.keeper), frame.tell(one.ask)]) if keeper and one.ask else frame.tell(one.ask) if one.ask else None
    return HeldView(
        title=frame.tell(one.title),
        is_held=one.held,
        current_to=frame.moment(one.current_to) if one.current_to else None,
        ask=where,
        named_by=one.named_by,
    )


def _records(frame: Frame, file: File, assessment: Assessment) -> dict[tuple[str, str], RecordView]:
    """Every record that the page names, once: those it lists have a place of their own, older ones that still count have none."""
    listed = {place_of(record): record for record in assessment.records.records}
    anchors = {place: f"record-{number}" for number, place in enumerate(listed, 1)}
    lines = assessment.contributions.lines if assessment.contributions else ()
    named = {place_of(line.evidence): line.evidence for line in lines if line.evidence} | listed
    return {place: view_record(frame, one, anchor=anchors.get(place, ""), sources=file.sources) for place, one in named.items()}


def _records_view(frame: Frame, assessment: Assessment, views: dict[tuple[str, str], RecordView], *, printed: int) -> RecordsView:
    found = assessment.records
    query = [(name, value) for name, value in frame.query if name != "records_after"]
    more = f"{frame.path}?{urlencode([*query, ('records_after', found.next)])}#records" if found.next else None
    return RecordsView(
        records=tuple(views[place_of(record)] for record in found.records),
        next=more,
        known_at=found.known_at,
        not_printed=max(len(found.records) - printed, 0),
    )
