"""Cells to exact numbers: yuan and ten-thousand-yuan, thousands separators, units written into the cell.

Every amount comes out as a Decimal in the base unit, with at most four decimals kept exactly; no float is calculated with.
"""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Final

from data.intake.cleaning import EMPTY_WORDS, BadValue, Cell

DECIMALS: Final = 4
LIMIT: Final = Decimal(10) ** 13
WAN: Final = Decimal(10_000)
ONE: Final = Decimal(1)
_EXACT_DIGITS: Final = 24  # leaves room for the largest factor in Decimal's 28 digits

_PLAIN = re.compile(r"\d{1,13}(?:\.\d{1,4})?", re.ASCII)
_NUMBER = re.compile(r"([-+])?(?:(\d{1,3}(?:,\d{3})+|\d+)(\.\d*)?|(\.\d+))", re.ASCII)
_SIGNS = re.compile(r"^(?:人民币|RMB|CNY|¥)\s*[::]?\s*|\s*(?:RMB|CNY)$", re.IGNORECASE)
_FOREIGN = re.compile(r"[$€£]|USD|EUR|HKD|JPY|美元|港币|港元|欧元|日元", re.IGNORECASE)
_UNITS: Final = (
    (re.compile(r"\s*亿(?:元|圆)?(?:整|正)?$"), Decimal(100_000_000)),
    (re.compile(r"\s*百万(?:元|圆)?(?:整|正)?$"), Decimal(1_000_000)),
    (re.compile(r"\s*万(?:元|圆)?(?:整|正)?$"), WAN),
    (re.compile(r"\s*千(?:元|圆)(?:整|正)?$"), Decimal(1000)),
    (re.compile(r"\s*(?:元|圆)(?:整|正)?$"), ONE),
)


class UnreadableNumber(BadValue):
    """Not a number, or not one amount."""

    code = "value.number"


class NegativeNumber(BadValue):
    """A number below zero where none can be."""

    code = "value.negative"


class TooManyDecimals(BadValue):
    """More than four decimals in the base unit: the exact amount cannot be kept."""

    code = "value.decimals"


class NumberOutOfRange(BadValue):
    """So large that it must be a slip of unit or of the comma."""

    code = "value.number_range"


def number_of(cell: Cell, *, factor: Decimal = ONE, may_be_negative: bool = False, is_money: bool = False) -> Decimal | None:
    """Give the cell's number times `factor`; None when it says nothing.

    As money, a currency sign is dropped and a unit written into the cell (`1.2万`, `5,000元`) goes before the column's own.
    """
    match cell:
        case None:
            return None
        case str():
            return _number_of_text(cell, factor, may_be_negative, is_money)
        case bool():
            raise UnreadableNumber("The cell holds yes or no, not a number.")
        case float() | Decimal() if not _is_finite(cell):
            raise UnreadableNumber("The cell's formula gives no number. Type the number itself.")
        case float():
            number = Decimal(f"{cell:.15g}")  # a spreadsheet shows 15 digits; beyond them is binary noise
        case int() | Decimal():
            number = Decimal(cell)
        case _:
            raise UnreadableNumber(f"'{cell}' is not a number.")
    return _checked(number * factor, str(cell), may_be_negative)


def money_of(cell: Cell, *, in_wan: bool = False, may_be_negative: bool = False) -> Decimal | None:
    """Give the cell's amount in yuan; `in_wan` says that a bare number counts ten-thousand yuan."""
    return number_of(cell, factor=WAN if in_wan else ONE, may_be_negative=may_be_negative, is_money=True)


@lru_cache(maxsize=1 << 14)
def _number_of_text(written: str, factor: Decimal, may_be_negative: bool, is_money: bool) -> Decimal | None:
    text = written.strip()
    if _PLAIN.fullmatch(text):
        return _checked(Decimal(text) * factor, text, may_be_negative)
    if text in EMPTY_WORDS:
        return None
    text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("，", ",").strip()
    if is_money:
        text, factor = _without_currency(text, factor)
    if text.startswith("(") and text.endswith(")"):  # the bookkeepers' minus
        text = "-" + text[1:-1].strip()
    found = _NUMBER.fullmatch(text)
    if not found:
        example = "12000.50 or 1.2万" if is_money else "12000.5"
        raise UnreadableNumber(f"'{written[:60]}' is not a number. Write it in figures, such as {example}.")
    sign, whole, fraction, bare = found.groups()
    digits = (whole or "0").replace(",", "") + (fraction or bare or "").rstrip(".")
    if len(digits) > _EXACT_DIGITS:
        raise NumberOutOfRange(f"'{written[:60]}' has more digits than an amount can have.")
    number = Decimal(digits)
    return _checked((-number if sign == "-" else number) * factor, written.strip(), may_be_negative)


def _without_currency(text: str, factor: Decimal) -> tuple[str, Decimal]:
    if found := _FOREIGN.search(text):
        raise UnreadableNumber(f"'{text[:60]}' is in another currency ({found[0]}). Write the amount in yuan.")
    text = _SIGNS.sub("", text).strip()
    for ending, unit in _UNITS:
        shortened = ending.sub("", text)
        if shortened != text:
            return shortened, unit
    return text, factor


def _is_finite(number: float | Decimal) -> bool:
    return number.is_finite() if isinstance(number, Decimal) else isfinite(number)


def _checked(number: Decimal, written: str, may_be_negative: bool) -> Decimal:
    if number < 0 and not may_be_negative:
        raise NegativeNumber(f"{written} is below zero, which this column cannot be.", suggestion=f"{-number.normalize():f}")
    if abs(number) >= LIMIT:
        raise NumberOutOfRange(f"{written} is too large to be right. Look at the unit and the decimal point.")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS:
        kept = number.quantize(Decimal("0.0001"))
        if kept != number:
            raise TooManyDecimals(f"{written} has more than {DECIMALS} decimals in the base unit.", suggestion=f"{kept.normalize():f}")
        return kept
    return number
