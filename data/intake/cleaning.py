"""Cells to text and dates: what agencies type, in the forms they type it, or a problem that says what to type instead.

Pure functions over one cell. A cell that says nothing gives None; a cell that cannot be what it should be raises BadValue.
"""

import calendar
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from models.errors import CreditError

Value = str | int | float | bool | Decimal | date | datetime | time | timedelta
Cell = Value | None
"""What a reader may find in one cell; CSV gives text only."""

EMPTY_WORDS: Final = frozenset(
    [
        "",
        "暂无",
        "无",
        "空",
        "—",
        "——",
        "-",
        "--",
        "---",
        "/",
        "\\",
        "\\n",
        "\\N",
        "NULL",
        "null",
        "None",
        "none",
        "N/A",
        "n/a",
        "NA",
        "#N/A",
        "NaN",
        "nan",
    ]
)
"""Cells that say nothing."""
SENTINEL_DATES: Final = frozenset([date(1900, 1, 1), date(9999, 12, 31), date(2099, 12, 31), date(9999, 9, 9)])
"""Days that mean 'not known' or 'without end' in government tables."""

LEGAL_ZONE: Final = ZoneInfo("Asia/Shanghai")
_EARLIEST, _LATEST = date(1800, 1, 1), date(2200, 1, 1)
_BLANK = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b\u200e\u200f"
_CONTROL = re.compile("[\x01-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\ufeff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[\sT]*(\d{1,2})[:时点](?:(\d{1,2})(?:[:分](?:(\d{1,2})(?:\.\d+)?秒?)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6})?")
_SERIAL = re.compile(r"([2-7]\d{4})(?:\.\d+)?")  # 1954 to 2119; as text, other numbers are more likely something else
_PART_OF_A_DATE = re.compile(r"\d{4}\s*年?|\d{4}\s*[-/.年]\s*\d{1,2}\s*月?|\d{1,2}\s*月\s*\d{1,2}\s*日?")
_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_WRITTEN_DAY = re.compile("[〇○零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,3}月[一二三四五六七八九十]{1,3}[日号]")


class BadValue(CreditError):
    """A cell is not what its column should hold; `suggestion` is a text to type instead, where one can be told."""

    code = "value.malformed"

    def __init__(self, message: str, *, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.suggestion = suggestion


class UnreadableDate(BadValue):
    """Not a date in any form known here."""

    code = "value.date"


class ImpossibleDate(BadValue):
    """Reads like a date, but the calendar has no such day."""

    code = "value.impossible_date"


class DateOutOfRange(BadValue):
    """A day so far off that it must be a slip or an unlisted way to say 'unknown'."""

    code = "value.date_range"


class LostDigits(BadValue):
    """A long number kept as a floating number by the spreadsheet: its last digits are gone."""

    code = "value.lost_digits"


class UnstorableText(BadValue):
    """The text holds a character that no database text can hold."""

    code = "value.character"


def text_of(cell: Cell, empty_words: frozenset[str] = EMPTY_WORDS) -> str | None:
    """Give the cell as trimmed text without control characters; None when it says nothing."""
    if type(cell) is str:
        text = cell.strip(_BLANK)
        if not text.isprintable():
            text = _mend(text)
        return None if text in empty_words else text
    return None if cell is None else _text_of_value(cell)


def code_of(cell: Cell, empty_words: frozenset[str] = EMPTY_WORDS) -> str | None:
    """Give the cell as a code: full width narrowed, upper case, no blanks inside; None when it says nothing."""
    text = text_of(cell, empty_words)
    if text is None or (text.isascii() and text.isalnum()):
        return text and text.upper()
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def date_of(cell: Cell, *, forms: Sequence[str] = (), sentinels: frozenset[date] = SENTINEL_DATES) -> date | None:
    """Give the day that a cell names, as a legal day in China; None when it says nothing or only 'unknown'.

    `forms` are tried before the forms that are always known: 2024-3-5, 2024/03/05, 2024.3.5, 20240305, 2024年3月5日,
    二〇二四年三月五日, each also with a time, and Excel's serial days.
    """
    if type(cell) is str:
        text = cell.strip(_BLANK)
        day = None if text in EMPTY_WORDS else _day_of_text(text, tuple(forms))
    else:
        day = _day_of_value(cell)
    if day is None or day in sentinels:
        return None
    if not _EARLIEST <= day < _LATEST:
        raise DateOutOfRange(f"{day} is not a plausible day. If it means 'unknown' or 'without end', leave the cell empty.")
    return day


def excel_day(serial: float) -> date:
    """Turn a serial day of Excel's 1900 system into a date; its day 60, 1900-02-29, never existed."""
    days = int(serial)
    if not 1 <= days <= 2_958_465:
        raise UnreadableDate(f"{serial:g} is neither a date nor an Excel serial day. Write the day as 2024-03-05.")
    if days == 60:
        raise ImpossibleDate("Excel's serial day 60 is 1900-02-29, which never existed.", suggestion="1900-03-01")
    return date(1899, 12, 31 if days < 60 else 30) + timedelta(days)


def _mend(text: str) -> str:
    if _UNSTORABLE.search(text):
        raise UnstorableText("The text holds a NUL or half of a character pair. Type the cell anew.")
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip(_BLANK)


def _text_of_value(value: Value) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer():
            if abs(value) >= 1e15:
                raise LostDigits(
                    f"The spreadsheet keeps {value:.0f} as a number with at most 15 digits; the digits after them are lost. "
                    "Set the column's format to text and type the code again."
                )
            return str(int(value))
        case datetime() if value.time() == time() and value.tzinfo is None:
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
    return str(value)


def _day_of_value(value: Cell) -> date | None:
    match value:
        case None:
            return None
        case datetime():
            return (value.astimezone(LEGAL_ZONE) if value.tzinfo else value).date()
        case date():
            return value
        case bool():
            raise UnreadableDate("The cell holds yes or no, not a date. Write the day as 2024-03-05.")
        case Decimal() if value.is_finite():
            return _day_of_value(float(value))
        case int() | float() if abs(value) < 1e8:  # false for NaN
            number = float(value)
            if 10_000_101 <= number <= 99_991_231 and number.is_integer():
                return _day_of_text(str(int(number)), ())
            return excel_day(number) if number else None
    raise UnreadableDate(f"'{value}' is not a date. Write the day as 2024-03-05.")


@lru_cache(maxsize=1 << 15)
def _day_of_text(text: str, forms: tuple[str, ...]) -> date:
    for form in forms:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a legal day as written, no instant
        except ValueError:
            continue
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if _WRITTEN_DAY.match(text):
            text = _figures(text)
    if found := _DAY.fullmatch(text):
        year, month, day, hour, minute, second, offset = found.groups()
        legal = _calendar_day(int(year), int(month), int(day), text)
        if offset is None or hour is None:
            return legal
        clock = f"{int(hour):02}:{int(minute or 0):02}:{int(second or 0):02}"
        try:
            return datetime.fromisoformat(f"{legal}T{clock}{offset}").astimezone(LEGAL_ZONE).date()
        except ValueError:
            raise UnreadableDate(f"'{text}' has a time that no clock shows. Write the day as {legal}.", suggestion=str(legal)) from None
    if found := _COMPACT_DAY.fullmatch(text):
        return _calendar_day(int(found[1]), int(found[2]), int(found[3]), text)
    if _SERIAL.fullmatch(text):
        return excel_day(float(text))
    if _PART_OF_A_DATE.fullmatch(text):
        raise UnreadableDate(f"'{text}' is only part of a date. Write year, month and day, such as 2024-03-05.")
    raise UnreadableDate(f"'{text[:60]}' is not a date. Write the day as 2024-03-05.")


def _calendar_day(year: int, month: int, day: int, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        pass
    if 1 <= day <= 12 < month <= 31 and year >= 1:  # day and month changed places
        swapped = min(month, calendar.monthrange(year, day)[1])
        suggestion = f"{year:04}-{day:02}-{swapped:02}"
    elif 1 <= month <= 12 and day > 0 and year >= 1:
        suggestion = f"{year:04}-{month:02}-{calendar.monthrange(year, month)[1]:02}"
    else:
        raise ImpossibleDate(f"'{text}' names no day of the calendar. Compare it with the document.") from None
    raise ImpossibleDate(
        f"'{text}' names no day of the calendar. Perhaps {suggestion} was meant; compare it with the document.", suggestion=suggestion
    )


def _figures(written: str) -> str:
    year, rest = written.split("年", 1)
    month, rest = rest.split("月", 1)
    return f"{year.translate(_NUMERALS)}-{_below_hundred(month)}-{_below_hundred(rest[:-1])}"


def _below_hundred(numeral: str) -> int:
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return int(numeral.translate(_NUMERALS))
    return int(tens.translate(_NUMERALS) or 1) * 10 + int(ones.translate(_NUMERALS) or 0)
