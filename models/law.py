"""Acts and clauses: where every number comes from, when it is in force, and how sure we are of it."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from models.shapes import Bilingual, Shape


class Mark(StrEnum):
    """How sure a stated rule is."""

    ENACTED = "enacted"  # read in the issuing authority's full text
    SECONDARY = "secondary"  # read in a secondary source
    SAMPLE = "sample"  # a sample value for this service, not an enacted rule


class Clause(Shape):
    """One article of one act, as a rule cites it; `act` is a key of the acts register."""

    act: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    article: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    mark: Mark = Mark.SAMPLE
    note: str | None = None


class Act(Shape):
    """An act in the register: law, regulation, published scheme or standard."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Bilingual
    issuer: str
    number: str | None = None
    in_force_from: date | None = None
    in_force_until: date | None = Field(default=None)
    mark: Mark
    address: str | None = None
