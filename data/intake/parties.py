"""Who a row is about: numbers by scheme, names, several enterprises in one row or one cell."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from data.intake.cleaning import BadValue, Cell, text_of
from data.intake.columns import Header, RowProblems
from data.intake.converters import TooLong, identifier, identifier_of
from data.intake.packed_cells import producers
from data.intake.parsed import IdentifierPair
from data.intake.profiles import Columns, IdentifierRule, Party
from data.intake.readers.base import column_key

_NAME: Final = 500
_OPEN: Final = "identifier."


class SchemeMissing(BadValue):
    """A number whose scheme column is empty."""

    code = "identifier.scheme"


class Named(NamedTuple):
    """One enterprise of a row, with the mark that its records carry in their reference."""

    mark: str
    capacity: str | None
    identifiers: tuple[IdentifierPair, ...]
    name: str | None


class IdentifierPlan:
    """Reads one identifier column."""

    def __init__(self, rule: IdentifierRule, header: Header) -> None:
        self._empties = header.reading.empty_words
        self._indexes = header.indexes(rule.column)
        self._schemes = header.indexes(rule.scheme_column)
        self._titles = header.names
        self._convert: Callable[[Cell], IdentifierPair | None] | None = identifier(rule.scheme, self._empties) if rule.scheme else None

    @property
    def is_there(self) -> bool:
        return bool(self._indexes)

    @property
    def title(self) -> str:
        return self._titles[self._indexes[0]]

    def read(self, cells: Sequence[Cell], problems: RowProblems) -> IdentifierPair | None:
        for index in self._indexes:
            cell = cells[index]
            if cell is None or cell == "":
                continue
            try:
                pair = self._convert(cell) if self._convert else self._under_named_scheme(cells, cell)
            except BadValue as error:
                problems.refuse(error, self._titles[index], cell)
                return None
            if pair is not None:
                return pair
        return None

    def _under_named_scheme(self, cells: Sequence[Cell], cell: Cell) -> IdentifierPair | None:
        value = text_of(cell, self._empties)
        if value is None:
            return None
        scheme = next((text for index in self._schemes if (text := text_of(cells[index], self._empties))), None)
        if scheme is None:
            raise SchemeMissing("The number stands without its scheme. Fill the scheme's column, such as cn-uscc.")
        return identifier_of(scheme, value)


def identifier_plans(rules: Sequence[IdentifierRule], header: Header, *, is_open: bool = False) -> list[IdentifierPlan]:
    """Plan the identifier columns that the file has, in the profile's order; open profiles take `identifier.<scheme>` too."""
    rules = list(rules)
    if is_open:
        own = [name for name in header.names if column_key(name).startswith(_OPEN)]
        rules += [IdentifierRule(column=(name,), scheme=column_key(name)[len(_OPEN) :]) for name in own]
    return [plan for plan in (IdentifierPlan(rule, header) for rule in rules) if plan.is_there]


def pairs_of(plans: Sequence[IdentifierPlan], cells: Sequence[Cell], problems: RowProblems) -> tuple[IdentifierPair, ...]:
    """Read all identifiers of one enterprise, each once."""
    if len(plans) == 1:
        only = plans[0].read(cells, problems)
        return () if only is None else (only,)
    return tuple(dict.fromkeys(pair for plan in plans if (pair := plan.read(cells, problems)) is not None))


class NamePlan:
    """Reads an enterprise's name."""

    def __init__(self, columns: Columns, header: Header) -> None:
        self._indexes = header.indexes(columns)
        self._empties = header.reading.empty_words
        self._titles = header.names

    @property
    def title(self) -> str | None:
        return self._titles[self._indexes[0]] if self._indexes else None

    def read(self, cells: Sequence[Cell], problems: RowProblems) -> str | None:
        for index in self._indexes:
            try:
                name = text_of(cells[index], self._empties)
            except BadValue as error:
                problems.refuse(error, self._titles[index], cells[index])
                return None
            if name:
                if len(name) > _NAME:
                    problems.refuse(TooLong(f"The name has {len(name):,} characters; a name holds {_NAME}."), self._titles[index], name)
                    return None
                return " ".join(name.split()) if "\n" in name else name
        return None


class PartyPlan:
    """Reads one party of a row; none, one, or (producers in one cell) several enterprises."""

    def __init__(self, party: Party, header: Header, *, is_open: bool) -> None:
        self._party = party
        self._capacity = party.capacity.value if party.capacity else None
        self._identifiers = identifier_plans(party.identifiers, header, is_open=is_open)
        self._name = NamePlan(party.name, header)

    @property
    def title(self) -> str | None:
        """The first column of the party that the file has."""
        return self._identifiers[0].title if self._identifiers else self._name.title

    def read(self, cells: Sequence[Cell], problems: RowProblems) -> tuple[Named, ...]:
        pairs = pairs_of(self._identifiers, cells, problems)
        name = self._name.read(cells, problems)
        part = self._party.part
        if name is None and not pairs:
            return ()
        if name is None or not self._party.name_holds_producers:
            return (Named(part, self._capacity, pairs, name),)
        several = producers(name)
        numbers = pairs if len(several) == 1 else ()  # of several names, nobody knows whose number it is
        marks = [part, *(f"{part}.{place}" for place in range(2, len(several) + 1))]
        return tuple(Named(mark, self._capacity, numbers, one.name) for mark, one in zip(marks, several, strict=True))
