"""How a source delivers: lateness against the legal delays, fields filled, rows rejected and waiting."""

from datetime import date, datetime, timedelta

from data.codes.working_days import working_days
from data.database import ReadSession
from data.stores import knowledge
from data.stores.source_quality import Period, count_filled, count_lateness, count_rows
from data.stores.sources import UnknownSource, get_source
from data.stores.targets import latest_counting
from data.targets.rules import source_rules
from models.access import Actor
from models.calendar import BeyondCalendar
from models.records import Kind
from models.shapes import Bilingual
from models.tables.deliveries import Source
from models.targets import Delay, share_x10000
from service.clock import legal_day
from service.target_answers import FieldFilled, KindLateness, RowsOfSource, SourceQuality


def show_source_quality(session: ReadSession, code: str, *, actor: Actor, as_of: date | None, known_at: datetime | None) -> SourceQuality:
    """The quality of one source's deliveries in the year up to the day; a source sees its own. Raises `source.unknown`, `knowledge.*`.

    What was counted last night, but for its rows, or what is counted now where a day or an instant is named or no night has counted it.
    """
    if actor.source is not None and actor.source != code:
        raise UnknownSource(f"There is no source {code} that your key may look at. A key of a source sees that source.")
    source = get_source(session, code)
    kept = latest_counting(session) if as_of is None and known_at is None else None
    if kept is not None and code in kept.quality:
        found = SourceQuality.model_validate(kept.quality[code])
        period = Period(first=found.first, as_of=found.as_of, known_seq=kept.known_seq)
        return found.model_copy(update={"rows": RowsOfSource.model_validate(count_rows(session, code, period=period))})
    return count_source_quality(session, source, as_of=as_of or legal_day(), known_at=known_at)


def count_source_quality(session: ReadSession, source: Source, *, as_of: date, known_at: datetime | None) -> SourceQuality:
    """Count it now: a pass over the source's records for each of its kinds. Raises `knowledge.*`."""
    code, known = source.code, knowledge.resolve(session, known_at)
    period = Period(first=as_of.replace(month=1, day=1), as_of=as_of, known_seq=known.known_seq)
    rules = source_rules()
    kinds = [kind for kind in Kind if kind.value in source.kinds]
    return SourceQuality(
        source=code,
        title=Bilingual(zh=source.title_zh, en=source.title_en),
        as_of=as_of,
        first=period.first,
        known_at=known_at or known.committed_at,
        rows=RowsOfSource.model_validate(count_rows(session, code, period=period)),
        lateness=tuple(_lateness(session, code, delay, period) for delay in rules.delays if delay.kind in kinds),
        fields=tuple(line for kind in kinds if kind in rules.fields for line in _filled(session, code, kind, period)),
    )


def _lateness(session: ReadSession, code: str, delay: Delay, period: Period) -> KindLateness:
    dues = _dues(period.first, period.as_of, delay.working_days)
    found = count_lateness(session, code, kind=delay.kind, anchor=delay.anchor, dues=dues, period=period)
    return KindLateness(kind=delay.kind, counted_from=delay.anchor, working_days=delay.working_days, clause=delay.clause, **vars(found))


def _dues(first: date, last: date, count: int) -> dict[date, date]:
    """The last legal day for each day of a period; a day whose clock runs beyond the published holidays has none."""
    calendar, found = working_days(), {}
    for days in range((last - first).days + 1):
        day = first + timedelta(days=days)
        try:
            found[day] = calendar.after(day, count)
        except BeyondCalendar:
            continue
    return found


def _filled(session: ReadSession, code: str, kind: Kind, period: Period) -> list[FieldFilled]:
    names = source_rules().fields[kind]
    counts = count_filled(session, code, kind=kind, fields=names, period=period)
    records = counts["records"]
    return [
        FieldFilled(kind=kind, field=name, records=records, filled=counts[name], share_x10000=share_x10000(counts[name], records))
        for name in names
        if records
    ]
