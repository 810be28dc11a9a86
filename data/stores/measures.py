"""Published catalogues of measures: kept under version and hash, never changed; which one answers for a question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from data.database import ReadSession, WriteSession
from data.measure_files import parse_published_catalogue
from models.errors import NotFound, Refused
from models.measures import Catalogue
from models.tables.measures import MeasureCatalogue


class NoSuchCatalogue(NotFound):
    """No catalogue of this version or hash is published."""

    code = "measures.not_found"


class NonePublished(Refused):
    """No catalogue of measures is published, so that nothing could be said of legal effect."""

    code = "measures.none_published"


@dataclass(frozen=True)
class PublishedCatalogue:
    """A catalogue as it was published."""

    catalogue_hash: str
    catalogue: Catalogue
    text: str
    published_at: datetime
    published_by: str
    known_seq: int


def _published(row: MeasureCatalogue) -> PublishedCatalogue:
    return PublishedCatalogue(
        catalogue_hash=row.catalogue_hash,
        catalogue=parse_published_catalogue(row.text),
        text=row.text,
        published_at=row.published_at,
        published_by=row.published_by,
        known_seq=row.known_seq,
    )


def add_catalogue(
    session: WriteSession, catalogue: Catalogue, *, catalogue_hash: str, text: str, published_by: str, known_seq: int
) -> PublishedCatalogue:
    """Keep a catalogue that was linted; the database refuses a second one of the same version."""
    row = MeasureCatalogue(
        catalogue_hash=catalogue_hash, version=catalogue.version, text=text, published_by=published_by, known_seq=known_seq
    )
    session.add(row)
    session.flush()
    return _published(row)


def find_catalogue(session: ReadSession, version: str) -> PublishedCatalogue | None:
    row = session.exec(select(MeasureCatalogue).where(col(MeasureCatalogue.version) == version)).one_or_none()
    return None if row is None else _published(row)


def get_catalogue(session: ReadSession, name: str) -> PublishedCatalogue:
    """A catalogue by its version or hash. Raises `measures.not_found`."""
    row = session.get(MeasureCatalogue, name)
    found = find_catalogue(session, name) if row is None else _published(row)
    if found is None:
        raise NoSuchCatalogue(f"No catalogue {name} is published. `qcredit measures list` names those there are.")
    return found


def catalogue_known(session: ReadSession, known_seq: int) -> PublishedCatalogue:
    """The newest catalogue published by then; before any was, the first one, whose measures say themselves since when they hold.

    Raises `measures.none_published`.
    """
    rows = select(MeasureCatalogue)
    known = rows.where(col(MeasureCatalogue.known_seq) <= known_seq).order_by(col(MeasureCatalogue.known_seq).desc()).limit(1)
    first = rows.order_by(col(MeasureCatalogue.known_seq)).limit(1)
    row = session.exec(known).one_or_none() or session.exec(first).one_or_none()
    if row is None:
        raise NonePublished("No catalogue of measures is published here. Publish one with `qcredit measures publish FILE`.")
    return _published(row)


def list_catalogues(session: ReadSession) -> Sequence[PublishedCatalogue]:
    """Every published catalogue, newest first; there are few."""
    rows = session.exec(select(MeasureCatalogue).order_by(col(MeasureCatalogue.known_seq).desc()).limit(1000)).all()
    return [_published(row) for row in rows]
