"""Publish procedures: freeze the way matters of a list go, from a day on."""

from data.database import WriteSession
from data.procedure_files import read_procedures, shipped_procedures
from data.stores import procedures
from models.access import Actor
from models.shapes import Shape


class ProceduresPublished(Shape):
    """How many procedures a file holds, and how many of them were new."""

    read: int
    new: int


def publish_procedures(session: WriteSession, *, text: str, file: str, actor: Actor) -> ProceduresPublished:
    """Publish a file of procedures; the caller commits. Raises `procedures.faulty` and `procedures.overlap`."""
    found = read_procedures(text, file=file)
    return ProceduresPublished(read=len(found), new=procedures.publish(session, found, by=actor.holder))


def publish_shipped(session: WriteSession, *, actor: Actor) -> ProceduresPublished:
    """Publish the samples that come with the service."""
    found = shipped_procedures()
    return ProceduresPublished(read=len(found), new=procedures.publish(session, found, by=actor.holder))
