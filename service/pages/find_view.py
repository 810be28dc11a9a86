"""What a search found, as pages say it: results, several of one name, nothing."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from data.codes.industries import industry_name
from data.codes.regions import full_region_name
from models.glossary import REGISTRY_STATE_TITLES
from service.enterprise_answers import Ambiguous, EnterpriseNamed, NothingFound
from service.pages.file_view import HeldView, LinkView, address_of, link_to, view_held
from service.pages.frame import Frame

HITS = 20


@dataclass(frozen=True)
class HitView:
    """One enterprise in a list of several."""

    name: str
    address: str
    code: str
    matched: str | None
    where: str
    state: str | None
    is_listed: bool
    bears_it_now: bool | None


@dataclass(frozen=True)
class StartPage:
    """The search box, what went wrong with it, or what it found."""

    q: str
    fault: str | None
    hits: tuple[HitView, ...]
    first: int
    previous: str | None
    next: str | None

    @property
    def last(self) -> int:
        return self.first + len(self.hits) - 1


@dataclass(frozen=True)
class AmbiguousPage:
    q: str
    hits: tuple[HitView, ...]
    has_more: bool


@dataclass(frozen=True)
class NotFoundPage:
    """Nothing by this name or number, with what is held here and whom else to ask."""

    q: str
    fault: str | None
    suggestions: tuple[LinkView, ...]
    lists_held: tuple[HeldView, ...]


def view_start(*, q: str = "", fault: str | None = None) -> StartPage:
    return StartPage(q=q, fault=fault, hits=(), first=0, previous=None, next=None)


def view_hits(frame: Frame, rows: list[dict[str, Any]], *, q: str, skip: int) -> StartPage:
    """One page of hits; `rows` may hold one more than is shown, which says that there is a next page."""
    hits = tuple(
        HitView(
            name=row["name"] or row["value"],
            address=address_of(EnterpriseNamed(scheme=row["scheme"], value=row["value"], name=row["name"])),
            code=row["value"],
            matched=row["matched"] if row["matched"] not in (row["name"], row["value"]) else None,
            where=_where(frame, row["region"], row["industry"]),
            state=_state(frame, row["state"]),
            is_listed=row["is_listed"],
            bears_it_now=None,
        )
        for row in rows[:HITS]
    )
    return StartPage(
        q=q,
        fault=None,
        hits=hits,
        first=skip + 1,
        previous=_page(q, max(skip - HITS, 0)) if skip else None,
        next=_page(q, skip + HITS) if len(rows) > HITS else None,
    )


def view_ambiguous(frame: Frame, found: Ambiguous) -> AmbiguousPage:
    hits = tuple(
        HitView(
            name=one.enterprise.name or one.enterprise.value,
            address=address_of(one.enterprise),
            code=one.enterprise.value,
            matched=None,
            where=_where(frame, one.region, None),
            state=_state(frame, one.state),
            is_listed=False,
            bears_it_now=one.bears_it_now,
        )
        for one in found.candidates
    )
    return AmbiguousPage(q=found.asked, hits=hits, has_more=found.more)


def view_nothing(frame: Frame, found: NothingFound) -> NotFoundPage:
    """A code that was mistyped is told with its fault; the fault's sentence comes from the check of identifiers, in English."""
    meant = tuple(link_to(EnterpriseNamed(scheme="cn-uscc", value=value, name=None)) for value in found.suggestions)
    lists = tuple(view_held(frame, one) for one in found.held if one.what == "list")
    return NotFoundPage(q=found.asked, fault=found.reason if meant else None, suggestions=meant, lists_held=lists)


def _page(q: str, skip: int) -> str:
    return f"/?{urlencode({'q': q, 'similar': '1', 'skip': skip})}"


def _where(frame: Frame, region: str | None, industry: str | None) -> str:
    names = [full_region_name(region) or region if region else None, industry_name(industry) if industry else None]
    return frame.join([name for name in names if name])


def _state(frame: Frame, state: str | None) -> str | None:
    title = REGISTRY_STATE_TITLES.get(state or "")
    return frame.tell(title) if title else state
