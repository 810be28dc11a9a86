"""Personal data is found at the door: identity numbers, mobile phones, private e-mail addresses.

It is never repeated in a report: what is shown of it is masked.
"""

import re
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from data.intake.cleaning import BadValue
from models.identifiers import registration_check_digit

_SUSPECT = re.compile(r"\d{11}|[@＠]|1[3-9]\d[ -]\d{4}[ -]\d{4}")
_IDENTITY_18 = re.compile(r"(?<![0-9A-Za-z])(\d{17}[\dXx])(?![0-9A-Za-z])", re.ASCII)
_IDENTITY_15 = re.compile(r"(?<![0-9A-Za-z])(\d{15})(?![0-9A-Za-z])", re.ASCII)
_MOBILE = re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[ -]?)?(1[3-9]\d(?:[ -]?\d{4}){2})(?![0-9A-Za-z])", re.ASCII)
_MAIL = re.compile(
    r"[A-Za-z0-9._%+-]+@(?:vip\.)?(?:qq|foxmail|163|126|yeah|sina|sohu|139|189|wo|aliyun|21cn|tom|gmail|hotmail|outlook|live|msn|yahoo|icloud|me|proton(?:mail)?)"
    r"\.(?:com|cn|net|me)(?:\.cn)?(?![A-Za-z0-9.-]*[A-Za-z0-9])",
    re.IGNORECASE,
)
_PROVINCES: Final = frozenset(
    f"{code}"
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66), (71, 81, 82, 83, 91))
    for code in codes
)
_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_WEIGHTS: Final = tuple(2 ** (17 - place) % 11 for place in range(17))


class PersonalData(StrEnum):
    """What sort of personal data was found."""

    IDENTITY_NUMBER = "identity_number"
    MOBILE_PHONE = "mobile_phone"
    PRIVATE_EMAIL = "private_email"


class Finding(NamedTuple):
    """One piece of personal data and its place in a text."""

    sort: PersonalData
    start: int
    end: int


class PersonalDataFound(BadValue):
    """The cell holds data of a natural person that has no place here."""

    code = "value.personal_data"


_WORDS: Final = {
    PersonalData.IDENTITY_NUMBER: "an identity number",
    PersonalData.MOBILE_PHONE: "a mobile phone number",
    PersonalData.PRIVATE_EMAIL: "a private e-mail address",
}


def find_personal_data(text: str) -> tuple[Finding, ...]:
    """List the personal data in a text; nearly always nothing, told at the cost of one search."""
    if not _SUSPECT.search(text):
        return ()
    narrow = text if text.isascii() else text.translate(_NARROW)
    identities = [match for form in (_IDENTITY_18, _IDENTITY_15) for match in form.finditer(narrow) if is_identity_number(match[1])]
    return (
        *(Finding(PersonalData.IDENTITY_NUMBER, *match.span(1)) for match in identities),
        *(Finding(PersonalData.MOBILE_PHONE, *match.span(1)) for match in _MOBILE.finditer(narrow)),
        *(Finding(PersonalData.PRIVATE_EMAIL, *match.span()) for match in _MAIL.finditer(narrow)),
    )


def refuse_personal_data(text: str) -> str:
    """Give the text back, or raise PersonalDataFound without repeating what was found."""
    if _SUSPECT.search(text) and (findings := find_personal_data(text)):
        sorts = " and ".join(dict.fromkeys(_WORDS[finding.sort] for finding in findings))
        raise PersonalDataFound(
            f"The cell holds {sorts}. Take it out: personal data is not accepted here.", suggestion=without_personal_data(text)[0]
        )
    return text


def without_personal_data(text: str) -> tuple[str, tuple[PersonalData, ...]]:
    """Give the text with each piece of personal data replaced by asterisks, and say what sorts there were."""
    findings = find_personal_data(text)
    if not findings:
        return text, ()
    for finding in sorted(findings, key=lambda found: found.start, reverse=True):
        text = f"{text[: finding.start]}***{text[finding.end :]}"
    return text, tuple(dict.fromkeys(finding.sort for finding in findings))


def is_identity_number(text: str) -> bool:
    """Tell whether 18 or 15 characters are the number of a resident identity card: region, birthday, check digit."""
    if text[:2] not in _PROVINCES:
        return False
    if len(text) == 18:
        check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False)) % 11]
        return check == text[17].upper() and 1850 <= int(text[6:10]) <= 2100 and _is_day(text[6:10], text[10:12], text[12:14])
    return _is_day("19" + text[6:8], text[8:10], text[10:12]) and registration_check_digit(text[:14]) != text[14]


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
