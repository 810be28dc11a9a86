"""From a field's rule to a function of one cell, made once per file so that rows cost little."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from data.codes.industries import find_industry
from data.intake.amounts import ONE, WAN, number_of
from data.intake.cleaning import EMPTY_WORDS, BadValue, Cell, code_of, date_of, text_of
from data.intake.personal_data import find_personal_data, refuse_personal_data, without_personal_data
from data.intake.profiles import (
    ANY_CHINESE,
    CLOSED_FIELDS,
    DATE_FIELDS,
    REGISTRY_DATES,
    REGISTRY_SIZES,
    REGISTRY_STATES,
    FieldRule,
    Profile,
    Scalar,
)
from models.identifiers import ORGANIZATION_CODE, REGISTRATION_NO, USCC, IdentifierError, normalise
from models.records import QUANTITY_SCALE

Convert = Callable[[Cell], Any]
"""One cell to the stored form of a field; None when the cell says nothing; raises BadValue."""

_MEMO: Final = 20_000
_YES: Final = frozenset(["是", "有", "true", "yes", "y", "1", "√"])
_NO: Final = frozenset(["否", "无", "没有", "false", "no", "n", "0", "×"])
_INDUSTRY = re.compile("[A-T]?[0-9]{2,4}|[A-T]")
_TOKEN = re.compile("[a-z][a-z0-9_]*")
_BY_LENGTH: Final = {18: USCC, 15: REGISTRATION_NO, 9: ORGANIZATION_CODE, 10: ORGANIZATION_CODE}


class NotInSet(BadValue):
    """A text for which the profile or the closed set of the field has no value."""

    code = "value.not_in_set"


class TooLong(BadValue):
    """More text than the field can hold."""

    code = "value.too_long"


class BadIdentifier(BadValue):
    """A code that is none of its scheme; carries the scheme's own code of what is wrong."""

    def __init__(self, error: IdentifierError) -> None:
        super().__init__(str(error), suggestion=", ".join(error.suggestions) or None)
        self.stable_code = error.code


class Reading:
    """What all converters of one profile share: words for nothing, sentinels, and what was dropped from the row at hand."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.empty_words = EMPTY_WORDS | frozenset(profile.empty_words)
        self.sentinels = frozenset(profile.sentinels)
        self.dropped: list[str] = []
        """Columns of the present row from which personal data was dropped; emptied by the row's reader."""

    def text(self, limit: int, column: str) -> Convert:
        """Make a converter to text of at most `limit` characters, without personal data."""
        empties = self.empty_words
        drop = self.profile.personal_data == "drop"

        def convert(cell: Cell) -> str | None:
            text = text_of(cell, empties)
            if text is None:
                return None
            if drop:
                if find_personal_data(text):
                    text = without_personal_data(text)[0]
                    self.dropped.append(column)
            else:
                refuse_personal_data(text)
            if len(text) > limit:
                raise TooLong(f"The cell has {len(text):,} characters; the field holds {limit:,}. Shorten it to what matters.")
            return text

        return convert if drop else memorised(convert)  # what was dropped is noted with each row

    def day(self, forms: tuple[str, ...]) -> Convert:
        forms = (*forms, *self.profile.date_forms)
        sentinels = self.sentinels
        return lambda cell: date_of(cell, forms=forms, sentinels=sentinels)

    def plain(self, name: str, rule: FieldRule, column: str, limit: int) -> Convert:
        """Make the converter that a field's own sort asks for, before any map."""
        convert = self._by_sort(name, rule)
        if convert is None:
            return self.text(limit, column)
        if own := frozenset(self.profile.empty_words):
            return memorised(lambda cell: None if type(cell) is str and cell.strip() in own else convert(cell))
        return memorised(convert)

    def _by_sort(self, name: str, rule: FieldRule) -> Convert | None:
        if name in DATE_FIELDS or name in REGISTRY_DATES:
            return self.day(rule.forms)
        if name.startswith("quantities."):
            return quantity(rule)
        if name in ("withdrawn", "is_natural_person"):
            return _truth
        if name in CLOSED_FIELDS:
            return _member(CLOSED_FIELDS[name])
        if name == "outcome":
            return _token
        return {"state": _member(REGISTRY_STATES), "size": _member(REGISTRY_SIZES), "region": _region, "industry": _industry}.get(name)

    def mapped(self, rule: FieldRule) -> Convert:
        """Make a converter through the rule's map or words; a text that they do not know rejects the row."""
        table = {text_key(text): value for text, value in rule.map.items()}
        words = [(text_key(word), value) for word, value in rule.words.items()]
        known = [*rule.map, *rule.words]

        def convert(cell: Cell) -> Scalar:
            text = text_of(cell, self.empty_words)
            if text is None:
                return rule.empty
            key = text_key(text)
            if key in table:
                return table[key]
            for word, value in words:
                if word in key:
                    return value
            if rule.has_otherwise:
                return rule.otherwise
            raise unknown(text, known)

        return memorised(convert)

    def found_words(self, rule: FieldRule) -> Callable[[Cell], tuple[Scalar, ...]]:
        """Make a converter to all values whose words stand in the cell, each once, in the rule's order."""
        words = [(text_key(word), value) for word, value in rule.words.items()]

        def convert(cell: Cell) -> tuple[Scalar, ...]:
            text = text_of(cell, self.empty_words)
            if text is None:
                return (rule.empty,) if rule.empty is not None else ()
            key = text_key(text)
            values: dict[Scalar, None] = {}
            for word, value in words:
                if word in key:
                    key = key.replace(word, "\0")  # a longer word stated before hides the shorter one inside it
                    values[value] = None
            if values:
                return tuple(values)
            if rule.has_otherwise:
                return (rule.otherwise,)
            raise unknown(text, list(rule.words))

        return memorised(convert)


def converter_of(reading: Reading, name: str, rule: FieldRule, *, column: str, limit: int) -> Convert:
    """Make the converter of one field: its map or words where it has them, else what its sort asks for."""
    if rule.map or rule.words or rule.has_otherwise:
        return reading.mapped(rule)
    return reading.plain(name, rule, column, limit)


def identifier(scheme: str, empty_words: frozenset[str]) -> Callable[[Cell], tuple[str, str] | None]:
    """Make a converter to (scheme, normal form); raises BadIdentifier with the code that was probably meant."""

    def convert(cell: Cell) -> tuple[str, str] | None:
        text = text_of(cell, empty_words)
        return identifier_of(scheme, text) if text else None

    return memorised(convert)


def identifier_of(scheme: str, text: str) -> tuple[str, str]:
    """Read a code under its scheme; `cn-any` tells the Chinese schemes apart by length."""
    if scheme == ANY_CHINESE:
        scheme = _BY_LENGTH.get(len(code_of(text) or ""), USCC)
    try:
        return scheme, normalise(scheme, text)
    except IdentifierError as error:
        raise BadIdentifier(error) from None


def quantity(rule: FieldRule) -> Convert:
    """Make a converter to whole ten-thousandths of the base unit."""
    factor = WAN if rule.unit == "wan_yuan" else ONE
    is_money = rule.unit != "one"

    def convert(cell: Cell) -> int | None:
        number = number_of(cell, factor=factor, may_be_negative=rule.may_be_negative, is_money=is_money)
        return None if number is None else int(number * QUANTITY_SCALE)

    return convert


class _Memory(dict[Cell, Any]):
    """What texts gave; a text met before costs one look into the dict, without a call of Python."""

    def __init__(self, convert: Convert) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, cell: Cell) -> Any:
        value = self._convert(cell)
        if type(cell) is str and len(cell) < 200:  # other types are not kept: 1, 1.0 and True are one key
            if len(self) >= _MEMO:
                self.clear()
            self[cell] = value
        return value


def memorised(convert: Convert) -> Convert:
    """Remember what texts gave: most columns of a large file hold few different ones."""
    return _Memory(convert).__getitem__


def text_key(text: str) -> str:
    """Give the form under which cell texts and the keys of maps are compared."""
    if text.isascii():
        return "".join(text.casefold().split())
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def unknown(text: str, known: list[str]) -> NotInSet:
    """Make the refusal of a text outside a closed set, with the nearest member."""
    nearest = get_close_matches(text, known, n=1, cutoff=0.6)
    shown = ", ".join(known[:12]) + (" ..." if len(known) > 12 else "")
    return NotInSet(f"'{text[:60]}' is none of: {shown}.", suggestion=nearest[0] if nearest else None)


def check_member(value: str, allowed: Mapping[str, Any] | tuple[str, ...] | frozenset[str]) -> str:
    """Give the value back if it is in the closed set; raises NotInSet."""
    if value not in allowed:
        raise unknown(value, list(allowed))
    return value


def _member(allowed: tuple[str, ...]) -> Convert:
    def convert(cell: Cell) -> str | None:
        token = _token(cell)
        return None if token is None else check_member(token, allowed)

    return convert


def _token(cell: Cell) -> str | None:
    text = text_of(cell)
    if text is None:
        return None
    token = text_key(text)
    if not _TOKEN.fullmatch(token):
        raise NotInSet(f"'{text[:60]}' is no code: codes are of lower-case letters, digits and underscores.")
    return token


def _truth(cell: Cell) -> bool | None:
    if isinstance(cell, bool):
        return cell
    text = text_of(cell, frozenset([""]))
    if text is None:
        return None
    key = text_key(text)
    if key in _YES:
        return True
    if key in _NO:
        return False
    raise NotInSet(f"'{text[:60]}' is neither yes nor no.")


def _region(cell: Cell) -> str | None:
    code = _digits(cell)
    if code is None:
        return None
    if len(code) < 6 and code.isdigit():
        code = code.ljust(6, "0")
    if not (code[:6].isdigit() and code.isascii() and len(code) in (6, 9, 12)):
        raise NotInSet(f"'{code[:40]}' is no region code: it has six digits (GB/T 2260), or nine or twelve.")
    return code[:6]


def _industry(cell: Cell) -> str | None:
    code = _digits(cell)
    if code is None:
        return None
    if code.isdigit() and len(code) == 3 and find_industry("0" + code) and not isinstance(cell, str):
        code = "0" + code  # a spreadsheet took the zero for a number's
    if not _INDUSTRY.fullmatch(code):
        raise NotInSet(f"'{code[:40]}' is no industry code: it has up to four digits, or a section's letter (GB/T 4754).")
    return code


def _digits(cell: Cell) -> str | None:
    code = code_of(cell)
    if code is not None and code.endswith(".0"):
        code = code[:-2]
        if len(code) == 3:
            code = "0" + code
    return code
