"""Records and clauses as a page says them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from data.policy_files import shipped_acts
from models.glossary import (
    ACCIDENT_SEVERITY_TITLES,
    CAPACITY_TITLES,
    CHANNEL_TITLES,
    KIND_TITLES,
    LEVEL_TITLES,
    MARK_TITLES,
    OUTCOME_TITLES,
    QUANTITY_TITLES,
    SEVERITY_TITLES,
    TIER_TITLES,
)
from models.law import Clause, Mark
from models.publication import Publication
from models.records import Capacity, Kind, Level, Severity
from models.shapes import Bilingual
from service.pages.frame import Frame
from service.record_answers import RecordShown

TELLING = (
    *("summary", "violation", "product", "item", "items", "measure", "harm", "reason"),
    *("award", "certificate", "licence", "content", "result"),
)
"""Details that say what a record is about, the most telling first; the page shows two."""


@dataclass(frozen=True)
class ClauseView:
    """Act and article, with how sure we are of it."""

    act: str
    article: str
    mark: str
    is_sample: bool
    note: str | None
    number: int | None = None
    """Its act's number among those under the table: print names each act once."""


@dataclass(frozen=True)
class RecordView:
    """One record; `anchor` is its place on the page, for the contributions that rest on it."""

    anchor: str
    occurred_on: date
    kind: str
    outcome: str
    qualities: str
    content: str
    quantities: str
    authority: str | None
    document_no: str | None
    source: str
    marks: tuple[str, ...]
    publications: tuple[str, ...]
    """A sentence for each channel: how long it is published there, and from when repair can end that."""
    reply: str | None


def view_clause(frame: Frame, clause: Clause | None) -> ClauseView | None:
    """The act by its title where the register knows it, else by its key."""
    if clause is None:
        return None
    act = shipped_acts().get(clause.act)
    return ClauseView(
        act=frame.tell(act.title) if act else clause.act,
        article=clause.article,
        mark=frame.tell(MARK_TITLES[clause.mark]),
        is_sample=clause.mark is Mark.SAMPLE,
        note=clause.note,
    )


def view_record(frame: Frame, record: RecordShown, *, anchor: str, sources: Mapping[str, Bilingual]) -> RecordView:
    source = sources.get(record.source)
    return RecordView(
        anchor=anchor,
        occurred_on=record.occurred_on,
        kind=frame.tell(KIND_TITLES[record.kind]),
        outcome=outcome_of(frame, record),
        qualities=frame.join(_qualities(frame, record)),
        content=_content(frame, record),
        quantities=frame.join([_quantity(frame, name, value) for name, value in record.quantities.items()]),
        authority=record.authority,
        document_no=record.document_no,
        source=frame.tell(source) if source else record.source,
        marks=tuple(_marks(frame, record)),
        publications=tuple(_publication(frame, one) for one in record.publications),
        reply=record.reply,
    )


def _publication(frame: Frame, one: Publication) -> str:
    channel, tier = frame.tell(CHANNEL_TITLES[one.channel]), frame.tell(TIER_TITLES[one.tier])
    if not one.is_published:
        return frame.say("publication.none", channel=channel, tier=tier)
    if one.starts_on is None:
        return frame.say("publication.waits", channel=channel, tier=tier)
    if one.latest_end_on is None:
        return frame.say("publication.open", channel=channel, tier=tier, start=one.starts_on)
    key = "publication.repairable" if one.earliest_end_on else "publication.term"
    days = {"start": one.starts_on, "earliest": one.earliest_end_on, "latest": one.latest_end_on}
    return frame.say(key, channel=channel, tier=tier, **days)


def outcome_of(frame: Frame, record: RecordShown) -> str:
    words = OUTCOME_TITLES[record.kind].get(record.outcome)
    return frame.tell(words) if words else record.outcome


def _qualities(frame: Frame, record: RecordShown) -> list[str]:
    said = []
    if record.severity:
        of_kind = ACCIDENT_SEVERITY_TITLES if record.kind is Kind.ACCIDENT else SEVERITY_TITLES
        said.append(frame.tell(of_kind[Severity(record.severity)]))
    if record.level:
        said.append(frame.tell(LEVEL_TITLES[Level(record.level)]))
    if record.capacity != Capacity.PARTY:
        said.append(frame.tell(CAPACITY_TITLES[Capacity(record.capacity)]))
    return said


def _content(frame: Frame, record: RecordShown) -> str:
    told = [record.title] if record.title else []
    told += [text for name in TELLING if (text := record.detail.get(name)) and text not in told]
    return ("；" if frame.language == "zh" else "; ").join(" ".join(text.split()) for text in told[:2])


def _quantity(frame: Frame, name: str, value: str) -> str:
    title = QUANTITY_TITLES.get(name)
    whole, dot, part = value.partition(".")
    figure = f"{int(whole):,}{dot}{part}" if whole.lstrip("-").isdigit() else value
    return f"{frame.tell(title) if title else name} {figure}"


def _marks(frame: Frame, record: RecordShown) -> list[str]:
    """What has become of it; marks of the present stand only where the reader may see such records."""
    said = []
    if record.is_under_objection:
        said.append(frame.say("records.objection"))
    if record.is_withdrawn:
        said.append(frame.say("records.withdrawn"))
    if record.repaired_on:
        said.append(frame.say("records.repaired", day=record.repaired_on))
    if record.rectified_on:
        said.append(frame.say("records.rectified", day=record.rectified_on))
    if record.is_publication_over:
        said.append(frame.say("records.unpublished"))
    if record.is_revised_since:
        said.append(frame.say("records.revised"))
    if record.concluded_on is None:
        said.append(frame.say("records.not_concluded"))
    return said
