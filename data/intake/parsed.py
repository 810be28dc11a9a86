"""What a profile makes of a file, row by row: the seam between reading (readers, profiles) and storing (staging, matching).

Values are in the form in which they are stored: text, `date`, `bool`, whole ten-thousandths for quantities. Whoever fills these
has checked them against the shapes of `models.records`; from here on they are trusted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from data.intake.cleaning import Cell
from models.deliveries import Problem

IdentifierPair = tuple[str, str]
"""Scheme and value in the scheme's normal form, checked."""


@dataclass(slots=True)
class ParsedRecord:
    """One record of a row. A row may hold several, such as one per packed item or one per enterprise it names.

    `fields` holds only what the source said: keys from `data.stores.staged.RECORD_FIELDS`, of which `source_ref`, `kind`, `outcome`
    and `occurred_on` are always there. A source without references gets a hash of the profile's key columns as `source_ref`,
    with the place of the record in its row where a row holds several. `quantities_x10000` is a dict of int, `detail` a dict of str.
    """

    identifiers: tuple[IdentifierPair, ...]
    name: str | None
    fields: dict[str, Any]


@dataclass(slots=True)
class ParsedName:
    """A name with the days it was borne; None is not known, or still."""

    name: str
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(slots=True)
class ParsedLink:
    """A relation of the row's enterprise to another one (`branch_of`), named by identifier."""

    kind: str
    identifier: IdentifierPair
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(slots=True)
class ParsedEnterprise:
    """What a registry row says of one enterprise; None is not said and erases nothing.

    The first identifier founds the enterprise when none of them is known. `state_on` is the day the state began,
    `valid_from` the day from which the other facts hold, where the registry says so.
    """

    identifiers: tuple[IdentifierPair, ...]
    name: ParsedName | None
    former_names: tuple[ParsedName, ...] = ()
    type: str | None = None
    state: str | None = None
    state_on: date | None = None
    region: str | None = None
    industry: str | None = None
    size: str | None = None
    registered_on: date | None = None
    valid_from: date | None = None
    is_natural_person: bool = False
    other: dict[str, str] = field(default_factory=dict)
    links: tuple[ParsedLink, ...] = ()


@dataclass(slots=True)
class ParsedRow:
    """One row of a file: `problems` reject it as a whole; `notes` accompany it without harm (personal data dropped and the like).

    `cells` are the row as it came, in the order of the parsing's `columns`.
    """

    row_no: int
    cells: Sequence[Cell]
    records: Sequence[ParsedRecord] = ()
    enterprises: Sequence[ParsedEnterprise] = ()
    problems: Sequence[Problem] = ()
    notes: Sequence[Problem] = ()


class Parsing(Protocol):
    """A file opened through a profile; faults of the file as a whole (encoding, missing columns) are raised as CreditError."""

    @property
    def columns(self) -> Sequence[str]:
        """The headers as delivered; known once the file is open."""
        ...

    def rows(self) -> Iterator[ParsedRow]:
        """Read the file from its beginning, as a stream."""
        ...

    def cells(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Read the file again from its beginning without parsing: each row's number and cells, as in `rows`."""
        ...
