"""A file's header held against a profile: which column feeds which field, what is missing, what is left unread."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from data.intake.cleaning import BadValue, Cell, text_of
from data.intake.converters import Convert, Reading, converter_of, text_key
from data.intake.personal_data import without_personal_data
from data.intake.profiles import FieldRule, When
from data.intake.readers.base import column_key
from models.deliveries import Problem
from models.errors import Malformed


class MissingColumns(Malformed):
    """The file lacks columns that the profile needs."""

    code = "file.missing_columns"


class RowProblems:
    """What is wrong with the row at hand; any of it rejects the row as a whole."""

    __slots__ = ("found", "row_no")

    def __init__(self, row_no: int) -> None:
        self.row_no = row_no
        self.found: list[Problem] = []

    def refuse(self, error: BadValue, column: str | None, cell: Cell) -> None:
        """Add a refused cell; personal data in its value is masked."""
        value = None if cell is None else without_personal_data(shown(cell)[:200])[0]
        code = getattr(error, "stable_code", error.code)
        self.found.append(
            Problem(row_no=self.row_no, column=column, value=value, code=code, message=str(error), suggestion=error.suggestion)
        )

    def say(self, code: str, column: str | None, message: str) -> None:
        """Add a problem of the row rather than of a value."""
        self.found.append(Problem(row_no=self.row_no, column=column, value=None, code=code, message=message))

    def need(self, column: str) -> None:
        """Add that a needed cell is empty, unless something else is wrong with it already."""
        if all(problem.column != column for problem in self.found):
            self.say("row.required", column, f"{column} is empty, and every row needs it.")


class Plan(NamedTuple):
    """How one field is filled from a row."""

    key: str
    indexes: tuple[int, ...]
    convert: Convert
    title: str
    rule: FieldRule
    applies: Callable[[Sequence[Cell]], bool] | None

    @property
    def is_simple(self) -> bool:
        """One column, no condition, nothing to give for an empty cell: the quick way."""
        return len(self.indexes) == 1 and self.applies is None and self.rule.empty is None and not self.rule.join and not self.rule.several


class Header:
    """Finds columns by any of their names, and remembers which were used and which were missed."""

    def __init__(self, names: Sequence[str], reading: Reading) -> None:
        self.names = tuple(names)
        self.reading = reading
        self._places = {column_key(name): index for index, name in enumerate(names)}
        self.used: set[int] = set()
        self.missing: list[tuple[str, ...]] = []

    def indexes(self, columns: Sequence[str], *, required: bool = False) -> tuple[int, ...]:
        """Give the places of those of the names that the file has."""
        found = tuple(dict.fromkeys(self._places[key] for name in columns if (key := column_key(name)) in self._places))
        self.used.update(found)
        if required and not found:
            self.missing.append(tuple(columns))
        return found

    def plan(self, key: str, name: str, rule: FieldRule, *, limit: int, required: bool) -> Plan | None:
        """Plan a field; None when the file has none of its columns."""
        required = required and rule.empty is None
        indexes = self.indexes(rule.join or rule.column, required=required)
        if not indexes and rule.empty is None:
            return None
        title = self.names[indexes[0]] if indexes else (rule.join or rule.column)[0]
        convert = converter_of(self.reading, name, rule, column=title, limit=limit)
        return Plan(key, indexes, convert, title, rule, self.condition(rule.when) if rule.when else None)

    def condition(self, when: When) -> Callable[[Sequence[Cell]], bool]:
        """Make a test of a row; a column that the file lacks is empty."""
        indexes = self.indexes(when.column)
        empties = self.reading.empty_words
        keys = frozenset(map(text_key, when.one_of or when.none_of))

        def holds(cells: Sequence[Cell]) -> bool:
            text = next((text for index in indexes if (text := text_of(cells[index], empties)) is not None), None)
            if when.is_filled is not None:
                return (text is not None) == when.is_filled
            return (text is not None and text_key(text) in keys) == bool(when.one_of)

        return holds

    def unread(self) -> list[int]:
        """List the places of columns that nothing asked for."""
        return [index for index in range(len(self.names)) if index not in self.used]

    def fit(self, cells: list[Cell], problems: RowProblems, *, pads: bool) -> bool:
        """Bring a row to the header's width; `pads` says that rows end at their last filled cell, as a sheet's do."""
        width = len(self.names)
        if len(cells) > width and not any(cell not in (None, "") for cell in cells[width:]):
            del cells[width:]
        elif len(cells) < width and pads:
            cells.extend([None] * (width - len(cells)))
        if len(cells) < width:
            message = f"The row has {len(cells)} cells, the header {width}. A cell is missing, or a line break splits the row."
            problems.say("row.too_short", None, message)
        elif len(cells) > width:
            message = f"The row has {len(cells)} cells, the header {width}. Put quotation marks around cells that hold the delimiter."
            problems.say("row.too_long", None, message)
        return len(cells) == width

    def check(self) -> None:
        """Raise MissingColumns with every column that is needed and not there."""
        if not self.missing:
            return
        parts = []
        for columns in dict.fromkeys(self.missing):
            near = get_close_matches(columns[0], self.names, n=1, cutoff=0.5)
            parts.append(f"'{columns[0]}'" + (f" (perhaps '{near[0]}' is meant)" if near else ""))
        raise MissingColumns(
            f"The file lacks {len(parts)} column(s) that the profile needs: {', '.join(parts)}. "
            f"It has: {', '.join(self.names[:40])}. Rename the columns, or use the profile of this table."
        )


class Filler:
    """Fills fields from a row: the quick way for one column each, the long way for conditions and several columns."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._simple = [(plan.key, plan.indexes[0], plan.convert, plan.title) for plan in plans if plan.is_simple]
        self._others = [plan for plan in plans if not plan.is_simple]
        self._required = [(plan.key, plan.title) for plan in plans if plan.rule.required]

    def fill(self, target: dict[str, Any], cells: Sequence[Cell], problems: RowProblems) -> None:
        """Put into `target` whatever the row says."""
        for key, index, convert, title in self._simple:
            cell = cells[index]
            if cell is None or cell == "":
                continue
            try:
                value = convert(cell)
            except BadValue as error:
                problems.refuse(error, title, cell)
            else:
                if value is not None:
                    target[key] = value
        for plan in self._others:
            value = value_of(plan, cells, problems)
            if value is not None:
                target[plan.key] = value
        for key, title in self._required:
            if key not in target:
                problems.need(title)


def value_of(plan: Plan, cells: Sequence[Cell], problems: RowProblems) -> Any:
    """Give one field's value: conditions, several columns, values for empty cells."""
    if plan.applies is not None and not plan.applies(cells):
        return None
    cell: Cell = None
    if plan.rule.join:
        texts = [text for index in plan.indexes if (text := text_or_none(cells[index]))]
        cell = plan.rule.between.join(dict.fromkeys(texts)) or None
    else:
        for index in plan.indexes:
            cell = cells[index]
            if text_or_none(cell) is not None:
                break
    try:
        value = plan.convert(cell)
    except BadValue as error:
        problems.refuse(error, plan.title, cell)
        return None
    return plan.rule.empty if value is None else value


def text_or_none(cell: Cell) -> str | None:
    """Give a cell's text, or None when it says nothing or cannot be told as text."""
    try:
        return text_of(cell)
    except BadValue:
        return "?"


def shown(cell: Cell) -> str:
    """Give a cell as text for people."""
    try:
        return text_of(cell, frozenset()) or ""
    except BadValue:
        return repr(cell)


def without_persons(cells: Sequence[Cell]) -> list[Cell]:
    """Mask the personal data of a row that will be kept beside its problems."""
    return [without_personal_data(cell)[0] if type(cell) is str else cell for cell in cells]
