"""Publish a catalogue of measures: freeze its text under version and hash."""

from dataclasses import dataclass

from data.database import WriteSession
from data.measure_files import FIRST, catalogue_hash, load_catalogue, shipped_catalogue
from data.stores import measures
from data.stores.knowledge import draw, lock_clock
from data.stores.measures import PublishedCatalogue
from models.access import Actor
from models.errors import Refused


class CatalogueTaken(Refused):
    """The version is published already, with another content."""

    code = "measures.version_taken"


@dataclass(frozen=True)
class CataloguePublication:
    """A published catalogue, and whether it was published just now or stood there already."""

    published: PublishedCatalogue
    is_new: bool


def publish_measures(session: WriteSession, *, text: str, file: str, actor: Actor) -> CataloguePublication:
    """Lint a catalogue and freeze it; the same content again changes nothing. Raises `measures.faulty` and `measures.version_taken`."""
    catalogue = load_catalogue(text, file=file)
    identity = catalogue_hash(catalogue)
    lock_clock(session)
    there = measures.find_catalogue(session, catalogue.version)
    if there is not None:
        if there.catalogue_hash != identity:
            raise CatalogueTaken(
                f"The catalogue {catalogue.version} is published already with another content (hash {there.catalogue_hash[:12]}, this one "
                f"{identity[:12]}). A published catalogue never changes: give the changed one a new version."
            )
        return CataloguePublication(there, is_new=False)
    drawn = draw(session, "measures", catalogue.version)
    made = measures.add_catalogue(
        session, catalogue, catalogue_hash=identity, text=text, published_by=actor.holder, known_seq=drawn.known_seq
    )
    return CataloguePublication(made, is_new=True)


def ensure_measures(session: WriteSession, *, actor: Actor) -> PublishedCatalogue | None:
    """Give a database that has no catalogue the shipped one, so that no check has to say nothing of legal effect."""
    if measures.list_catalogues(session):
        return None
    return publish_measures(session, text=shipped_catalogue(), file=f"{FIRST}.yaml", actor=actor).published
