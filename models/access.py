"""Roles: who may ask what; the one access table over them lives in `service.access`."""

from enum import StrEnum

from models.shapes import Shape


class Role(StrEnum):
    """The role a key carries."""

    PUBLIC = "public"
    PROCUREMENT = "procurement"
    PLATFORM = "platform"
    SOURCE = "source"
    ENTERPRISE = "enterprise"
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
    enterprise_key: int | None = None
    """The enterprise whose own key this is; only a key of role enterprise has one."""

    @property
    def is_outside(self) -> bool:
        """Sees what everybody sees; an enterprise sees more of itself alone, through its own view."""
        return self.role in (Role.PUBLIC, Role.ENTERPRISE)
