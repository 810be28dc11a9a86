"""Identifiers of enterprises by scheme, and the 63-bit keys and name keys that matching rests on.

Three Chinese schemes are checked in full (GB 32100, the old registration number, GB 11714); any other scheme, such as
`toronto-dinesafe`, carries a free value. What is wrong is said with the code that was probably meant.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256
from itertools import product
from operator import mul
from typing import Any

from pydantic import model_validator
from pydantic_core import PydanticCustomError
from zhconv_rs import zhconv

from models.errors import Malformed
from models.shapes import Shape

USCC = "cn-uscc"
REGISTRATION_NO = "cn-registration-no"
ORGANIZATION_CODE = "cn-organization-code"

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 symbols; no I, O, S, V, Z
_USCC_VALUES = {symbol: value for value, symbol in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)
_USCC_FORM = re.compile(f"[{USCC_ALPHABET}]{{2}}[0-9]{{6}}[{USCC_ALPHABET}]{{10}}")
_ORGANIZATION_FORM = re.compile("[0-9A-Z]{8}[0-9X]")
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SCHEME_FORM = re.compile("[a-z][a-z0-9-]{1,62}")
_FREE_LENGTH = 64
_SUGGESTIONS = 3
_LOOK_ALIKES = (
    "0ODQC",
    "1ILJT7",
    "2Z7",
    "5S6",
    "8B3R",
    "6G",
    "UVYW",
    "EF",
    "PR",
    "MNH",
    "4A",
    "KXY",
    "9G",
)
_NEIGHBOURS: dict[str, str] = {}
for _group in _LOOK_ALIKES:
    for _symbol in _group:
        _NEIGHBOURS[_symbol] = _NEIGHBOURS.get(_symbol, "") + "".join(c for c in _group if c != _symbol and c in _USCC_VALUES)


class IdentifierError(Malformed):
    """A text is not an identifier of its scheme; `suggestions` are the codes that were probably meant, likeliest first."""

    code = "identifier.malformed"

    def __init__(self, message: str, *, scheme: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.scheme = scheme
        self.suggestions = suggestions


class UnknownScheme(IdentifierError):
    """The scheme's name has not the form of one."""

    code = "identifier.scheme"


class WrongLength(IdentifierError):
    """The code has too many or too few characters."""

    code = "identifier.length"


class WrongCharacter(IdentifierError):
    """The code has a character that its scheme does not know."""

    code = "identifier.character"


class WrongCheckDigit(IdentifierError):
    """The check digit does not fit: at least one character was mistyped, or two swapped."""

    code = "identifier.check_digit"


class Identifier(Shape):
    """One enterprise's number under one scheme, in the scheme's normal form."""

    scheme: str
    value: str

    @model_validator(mode="before")
    @classmethod
    def in_normal_form(cls, data: Any) -> Any:
        match data:
            case {"scheme": str(scheme), "value": str(value), **others}:
                try:
                    return others | {
                        "scheme": scheme,
                        "value": normalise(scheme, value),
                    }
                except IdentifierError as error:
                    raise PydanticCustomError(
                        "identifier",
                        "{reason}",
                        {"reason": str(error), "code": error.code},
                    ) from error
        return data

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"

    @property
    def key(self) -> int:
        """The enterprise key that this identifier gives."""
        return key_of(self.scheme, self.value)


@lru_cache(maxsize=1 << 16)
def parse_identifier(scheme: str, text: str) -> Identifier:
    """Read a code as it was typed (lower case, full-width, spaced) under its scheme; raises IdentifierError."""
    return Identifier.model_construct(scheme=scheme, value=normalise(scheme, text))


def normalise(scheme: str, text: str) -> str:
    """Give the scheme's normal form of a code, checked; raises IdentifierError."""
    match scheme:
        case "cn-uscc":
            return _uscc(_compact(text))
        case "cn-registration-no":
            return _registration_no(_compact(text))
        case "cn-organization-code":
            return _organization_code(_compact(text))
    if not _SCHEME_FORM.fullmatch(scheme):
        raise UnknownScheme(
            f"'{scheme[:80]}' is not the name of an identifier scheme. Use {USCC}, {REGISTRATION_NO}, {ORGANIZATION_CODE}, "
            "or a name of lower-case letters, digits and hyphens such as toronto-dinesafe.",
            scheme=scheme[:80],
        )
    value = text.strip()
    if not 1 <= len(value) <= _FREE_LENGTH:
        raise WrongLength(
            f"A value of {scheme} has 1 to {_FREE_LENGTH} characters; this one has {len(value)}.",
            scheme=scheme,
        )
    if not value.isprintable():
        raise WrongCharacter(
            f"The value {value!r} of {scheme} has a control character. Type it anew.",
            scheme=scheme,
        )
    return value


def uscc_check_symbol(first17: str) -> str:
    """Compute the last symbol of a unified social credit code (GB 32100) from the seventeen before it."""
    return USCC_ALPHABET[-sum(map(mul, map(_USCC_VALUES.__getitem__, first17), _USCC_WEIGHTS)) % 31]


def organization_check_symbol(first8: str) -> str:
    """Compute the last symbol of an organisation code (GB 11714) from the eight before it."""
    total = sum(map(mul, (int(symbol, 36) for symbol in first8), _ORGANIZATION_WEIGHTS))
    return "0123456789X0"[11 - total % 11]


def registration_check_digit(first14: str) -> str:
    """Compute the last digit of an old business registration number (ISO 7064, mod 11,10) from the fourteen before it."""
    remainder = 10
    for digit in first14:
        remainder = ((remainder + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - remainder) % 10)


def warnings_of(identifier: Identifier) -> tuple[str, ...]:
    """Say what looks odd in a code that is accepted all the same; most codes give nothing."""
    value = identifier.value
    if identifier.scheme == USCC and organization_check_symbol(value[8:16]) != value[16]:
        return (f"Characters 9 to 17 of {value} are no valid organisation code (GB 11714); the code as a whole is valid.",)
    if identifier.scheme == REGISTRATION_NO and registration_check_digit(value[:14]) != value[14]:
        return (f"The last digit of registration number {value} does not fit; {value[:14]}{registration_check_digit(value[:14])} would.",)
    return ()


def key_of(*parts: str) -> int:
    """Give 63 bits of SHA-256 over the parts, each prefixed with its length, so that no two lists of parts read alike."""
    encoded = "".join([f"{len(part)}:{part}" for part in parts]).encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(encoded).digest()[:8], "big") >> 1


_DROPPED = dict.fromkeys(
    [point for point in range(0x3001) if unicodedata.category(chr(point)) in ("Zs", "Zl", "Zp", "Cc", "Cf")]
    + [0xFEFF, *map(ord, "·•‧∙⋅・")]
)
_BRACKETS = str.maketrans("〔［【〖[{〕］】〗]}", "(((((())))))")
_NAME_TABLE = _DROPPED | _BRACKETS


@lru_cache(maxsize=1 << 16)
def name_key(name: str) -> str:
    """Give the form under which two spellings of one name are equal.

    Full width, traditional characters, case, blanks, middle dots and the sort of bracket make no difference; every other
    character does.
    """
    key = unicodedata.normalize("NFKC", name).casefold().translate(_NAME_TABLE)
    return key if key.isascii() else unicodedata.normalize("NFKC", zhconv(key, "zh-Hans"))


def _compact(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text.upper()
    return "".join(unicodedata.normalize("NFKC", text).upper().translate(_DROPPED).replace("-", "").split())


def _uscc(code: str) -> str:
    if len(code) == 18 and _USCC_FORM.fullmatch(code):
        if sum(map(mul, map(_USCC_VALUES.__getitem__, code), _USCC_WEIGHTS)) % 31 == 0:
            return code
        right = code[:17] + uscc_check_symbol(code[:17])
        suggestions = _likely(code)
        if organization_check_symbol(code[8:16]) == code[16]:  # the part with a check of its own is whole: the last symbol is wrong
            suggestions = (right, *(other for other in suggestions if other != right))[:_SUGGESTIONS]
        likely = f" Probably meant: {', '.join(suggestions)}." if suggestions else ""
        raise WrongCheckDigit(
            f"The unified social credit code {code} has a wrong check digit.{likely} "
            f"If the first 17 characters are right, the code is {right}. Compare it with the business licence.",
            scheme=USCC,
            suggestions=(*suggestions, right) if right not in suggestions else suggestions,
        )
    if len(code) != 18:
        hint = {
            15: f" 15 digits are an old registration number: use {REGISTRATION_NO}.",
            9: f" 9 are an organisation code: use {ORGANIZATION_CODE}.",
        }
        raise WrongLength(
            f"A unified social credit code has 18 characters; '{code[:40]}' has {len(code)}.{hint.get(len(code), '')}",
            scheme=USCC,
        )
    wrong = [place for place, symbol in enumerate(code) if symbol not in (USCC_ALPHABET if not 2 <= place < 8 else "0123456789")]
    suggestions = _likely(code, places=wrong)
    likely = f" Probably meant: {', '.join(suggestions)}." if suggestions else ""
    raise WrongCharacter(
        f"The unified social credit code {code} has '{code[wrong[0]]}' at place {wrong[0] + 1}, which cannot stand there "
        f"(places 3 to 8 are digits; I, O, S, V and Z are never used).{likely}",
        scheme=USCC,
        suggestions=suggestions,
    )


def _likely(code: str, *, places: list[int] | None = None) -> tuple[str, ...]:
    """Find valid codes one look-alike or one swap away; with `places`, replace exactly those wrong characters."""
    found: dict[str, int] = {}
    if places is not None:
        if len(places) > 4:
            return ()
        for symbols in product(*(_NEIGHBOURS.get(code[place], "") for place in places)):
            mended = list(code)
            for place, symbol in zip(places, symbols, strict=True):
                mended[place] = symbol
            _weigh(found, "".join(mended), rank=0)
    else:
        for place in range(17):
            if code[place] != code[place + 1]:
                _weigh(
                    found,
                    code[:place] + code[place + 1] + code[place] + code[place + 2 :],
                    rank=0,
                )
        for place, symbol in enumerate(code):
            for neighbour in _NEIGHBOURS.get(symbol, ""):
                _weigh(found, code[:place] + neighbour + code[place + 1 :], rank=1)
    return tuple(sorted(found, key=lambda candidate: (found[candidate], candidate)))[:_SUGGESTIONS]


def _weigh(found: dict[str, int], candidate: str, *, rank: int) -> None:
    if _USCC_FORM.fullmatch(candidate) and uscc_check_symbol(candidate[:17]) == candidate[17]:
        usual = candidate[8] == "M" or candidate[9:16].isdigit()  # letters stand inside only where the subject's number begins with M
        inner = usual and organization_check_symbol(candidate[8:16]) == candidate[16]
        found[candidate] = min(found.get(candidate, 9), rank + (0 if inner else 2))


def _registration_no(code: str) -> str:
    if len(code) != 15:
        raise WrongLength(
            f"An old registration number has 15 digits; '{code[:40]}' has {len(code)} characters.",
            scheme=REGISTRATION_NO,
        )
    if not (code.isascii() and code.isdigit()):
        raise WrongCharacter(
            f"The registration number {code} has a character that is not a digit.",
            scheme=REGISTRATION_NO,
        )
    return code


def _organization_code(code: str) -> str:
    if len(code) != 9:
        raise WrongLength(
            f"An organisation code has 9 characters; '{code[:40]}' has {len(code)}.",
            scheme=ORGANIZATION_CODE,
        )
    if not _ORGANIZATION_FORM.fullmatch(code):
        raise WrongCharacter(
            f"The organisation code {code} must be eight digits or letters and a digit or X.",
            scheme=ORGANIZATION_CODE,
        )
    if organization_check_symbol(code[:8]) != code[8]:
        right = code[:8] + organization_check_symbol(code[:8])
        raise WrongCheckDigit(
            f"The organisation code {code} has a wrong check digit. If the first 8 characters are right, the code is {right}.",
            scheme=ORGANIZATION_CODE,
            suggestions=(right,),
        )
    return code
