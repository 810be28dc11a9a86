"""Roles: who may ask what; the one access table over them lives in `service.access`."""

from enum import StrEnum


class Role(StrEnum):
    """The role a key carries."""

    PUBLIC = "public"
    PROCUREMENT = "procurement"
    PLATFORM = "platform"
    SOURCE = "source"
    REGULATOR = "regulator"
    AUDITOR = "auditor"
    ADMIN = "admin"
