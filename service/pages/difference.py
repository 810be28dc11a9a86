"""The page that says why an enterprise's answer is another than on an earlier day, for the authorities."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from data.stores.sources import list_sources
from models.errors import NotFound, Refused
from models.remedies import Way
from models.shapes import Bilingual
from service.access import STAFF
from service.clock import legal_day
from service.house import ReadSessionDep, SettingsDep, house_of
from service.operations.differ import End, differ, ends_of
from service.operations.explain import subject_of
from service.pages.difference_view import view_difference, view_refused
from service.pages.forms import read_day, read_instant
from service.pages.frame import frame_of
from service.pages.rendering import respond_page
from service.pages.sessions import Reader, for_roles

router = APIRouter(include_in_schema=False)
Version = Annotated[str, Query(max_length=100)]
StaffDep = Annotated[Reader, for_roles(STAFF, home="/")]


@router.get("/enterprises/{scheme}/{value}/difference")
def show_difference(
    *,
    request: Request,
    reader: StaffDep,
    session: ReadSessionDep,
    settings: SettingsDep,
    scheme: str,
    value: str,
    since: Annotated[str, Query(alias="from")] = "",
    until: Annotated[str, Query(alias="to")] = "",
    known_from: str = "",
    known_to: str = "",
    policy_from: Version = "",
    policy_to: Version = "",
) -> Response:
    """Show both answers and what each cause did in between; without a first day, from a year before the second."""
    frame, today = frame_of(request, reader=reader.actor, is_signed_in=True), legal_day()
    subject = subject_of(session, scheme, value, actor=reader.actor, today=today, as_of=None, known_at=None)
    house_of(request).enquiries.note(reader.actor, subject.key, Way.CONTRIBUTIONS)
    last = read_day(until) or today
    before = End(as_of=read_day(since) or _year_before(last), known_at=read_instant(known_from), policy=policy_from.strip() or None)
    after = End(as_of=last, known_at=read_instant(known_to), policy=policy_to.strip() or None)
    try:
        found = differ(session, subject, ends_of(session, before, after, family=settings.family, now=datetime.now(UTC)), today=today)
    except (Refused, NotFound) as fault:
        page = view_refused(frame, subject.named, before, after, fault=str(fault))
    else:
        sources = {one.code: Bilingual(zh=one.title_zh, en=one.title_en) for one in list_sources(session)}
        page = view_difference(frame, found, before, after, sources=sources)
    return respond_page(request, "difference.html", page, frame=frame)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28))
