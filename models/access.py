"""Roles: who may ask what; the one access table over them lives in `service.access`."""

from enum import StrEnum

from models.shapes import Shape


class Role(StrEnum):
    """The role a key carries."""

    PUBLIC = "public"
    PROCUREMENT = "procurement"
    PLATFORM = "platform"
    SOURCE = "source"
    REGULATOR = "regulator"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Actor(Shape):
    """Who acts: the holder of a key, or the operator at the command line."""

    holder: str
    role: Role
    source: str | None = None
    """The source a delivering key belongs to."""
    region: str | None = None
