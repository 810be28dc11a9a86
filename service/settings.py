"""What the environment decides: one frozen object, read once at start, safe when nothing is set."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError

from models.errors import Malformed
from models.shapes import Shape

PREFIX = "QCREDIT_"


class BadSettings(Malformed):
    """The environment sets something that cannot be used."""

    code = "settings.malformed"


class Settings(Shape):
    """Each field is the environment's `QCREDIT_` and its name in capitals; where the data lies is `data.database`'s to know."""

    host: str = "127.0.0.1"
    """Loopback unless somebody decides otherwise: a service without TLS in front of it is for this machine."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*[^\s/?#])?$", max_length=200)] | None = None
    """The address under which others reach the service; codes on paper lead there. Without it, the address that a request came by."""
    family: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)] = "yinchuan"
    """The family of policies that answers when a question names none."""
    read_connections: Annotated[int, Field(ge=1, le=200)] = 8
    write_connections: Annotated[int, Field(ge=1, le=200)] = 5
    body_limit: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024
    """Bytes of a request; 5,000 suppliers by name fit, a million do not."""
    upload_limit: Annotated[int, Field(ge=1024)] = 1024 * 1024 * 1024
    """Bytes of a delivered file."""
    signing_secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    """Seals the private signing keys in the database; all workers have the same. Without it, a file in the var folder holds one."""
    webhook_private: bool = False
    """Whether webhooks may go to plain http and into private networks; off, so that nobody makes the service knock on doors inside."""
    jobs: Annotated[int, Field(ge=0, le=16)] = 2
    """Long jobs that each process works on at once beside answering; 0 leaves them to `qcredit jobs work`."""
    schedules: Path | None = None
    """A file of what the service does by itself, instead of the one that comes with it."""
    access_log: bool = False
    """One line per request, which names whom was asked about; off unless somebody needs it."""


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment makes; every bad one is told at once. Raises `BadSettings`."""
    given = {name: environ[key] for name in Settings.model_fields if (key := PREFIX + name.upper()) in environ and environ[key].strip()}
    try:
        return Settings.model_validate(given)
    except ValidationError as fault:
        told = [(str(error["loc"][0]), error["msg"]) for error in fault.errors()]
        faults = "; ".join(f"{PREFIX}{name.upper()}{_shown(name, given)}: {message}" for name, message in told)
        raise BadSettings(f"The environment cannot be used: {faults}. Correct these variables, or leave them out.") from None


def _shown(name: str, given: Mapping[str, str]) -> str:
    """What was set, unless it is a secret."""
    return "" if name.endswith("_secret") else f"={given[name]!r}"
