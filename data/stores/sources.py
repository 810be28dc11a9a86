"""The organisations that deliver, and what each may send."""

from collections.abc import Sequence

from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from models.errors import Malformed, NotFound, Refused
from models.records import Kind
from models.tables.deliveries import Source

REGISTRY = "enterprise"
"""The entitlement to deliver registry facts, beside the kinds of record."""
ENTITLEMENTS = (*(kind.value for kind in Kind), REGISTRY)


class UnknownSource(NotFound):
    """No organisation of that code delivers here."""

    code = "source.unknown"


class SourceExists(Refused):
    """The code is taken."""

    code = "source.exists"


class UnknownEntitlement(Malformed):
    """A word that is no kind of record."""

    code = "source.entitlement"


def get_source(session: ReadSession, code: str) -> Source:
    """Raises `UnknownSource`."""
    found = session.get(Source, code)
    if found is None:
        raise UnknownSource(
            f"No source has the code '{code[:80]}'. `qcredit sources list` shows those there are; `qcredit sources add` adds one."
        )
    return found


def list_sources(session: ReadSession, *, after: str = "", limit: int = 1000) -> Sequence[Source]:
    """One page of sources in the order of their codes."""
    return session.exec(select(Source).where(col(Source.code) > after).order_by(col(Source.code)).limit(limit)).all()


def add_source(
    session: WriteSession, code: str, *, title_zh: str, title_en: str, kinds: Sequence[str], region: str | None = None
) -> Source:
    """Raises `SourceExists` and `UnknownEntitlement`."""
    _check(kinds)
    if session.get(Source, code) is not None:
        raise SourceExists(f"The source {code} is there already. Change what it may send with `qcredit sources entitle`.")
    source = Source(code=code, title_zh=title_zh, title_en=title_en, kinds=sorted(set(kinds)), region=region)
    session.add(source)
    session.flush()
    return source


def entitle_source(session: WriteSession, code: str, *, kinds: Sequence[str]) -> Source:
    """Set what a source may send from now on; what it sent before stays."""
    _check(kinds)
    source = get_source(session, code)
    source.kinds = sorted(set(kinds))
    session.add(source)
    session.flush()
    return source


def _check(kinds: Sequence[str]) -> None:
    if unknown := sorted(set(kinds) - set(ENTITLEMENTS)):
        raise UnknownEntitlement(f"{', '.join(unknown)} is no kind of record. Known are: {', '.join(ENTITLEMENTS)}.")
