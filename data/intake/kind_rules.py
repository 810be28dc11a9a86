"""What each kind of record allows, read off the shapes of `models.records` and checked without building one per row.

A test holds the two together: what one accepts the other accepts, with equal values.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from data.intake.cleaning import BadValue
from data.intake.converters import TooLong, unknown
from models.records import SHAPES, Kind, outcomes, severities

_SPANS: Final = (("ended_on", "occurred_on"), ("concluded_on", "occurred_on"), ("in_force_until", "in_force_from"))
_MOST_QUANTITIES: Final = 40
_MOST_TEXT: Final = 4000

Refused = tuple[str, BadValue, str]
"""The field, what is wrong with it, and its value."""


class DatesDisagree(BadValue):
    """Two dates of one record that cannot both be right."""

    code = "row.dates_disagree"


class NeedsList(BadValue):
    """A listing record that does not name its list."""

    code = "row.list_missing"


class TooManyQuantities(BadValue):
    """More quantities than a record holds."""

    code = "row.too_many_quantities"


class KindRules(NamedTuple):
    """What one kind allows: outcomes, severities, and each detail's length and closed set."""

    outcomes: frozenset[str]
    severities: frozenset[str]
    details: dict[str, tuple[int, tuple[str, ...] | None]]


@cache
def kind_rules(kind: str) -> KindRules:
    """Read a kind's closed sets and lengths off its shape."""
    detail: Any = SHAPES[Kind(kind)].model_fields["detail"].annotation
    details = {}
    for name, schema in detail.model_json_schema()["properties"].items():
        said = next(part for part in schema["anyOf"] if part.get("type") != "null")
        allowed = said.get("enum") or ([said["const"]] if "const" in said else None)
        details[name] = (said.get("maxLength", _MOST_TEXT), tuple(allowed) if allowed else None)
    return KindRules(frozenset(outcomes(Kind(kind))), frozenset(severities(Kind(kind))), details)


def longest_detail(kinds: Sequence[Kind], name: str) -> int:
    """Give the length of a detail in the kind that allows most of it."""
    return max((kind_rules(kind).details[name][0] for kind in kinds if name in kind_rules(kind).details), default=_MOST_TEXT)


def refused_by_kind(fields: Mapping[str, Any], detail: Mapping[str, str], found: Sequence[str]) -> Iterator[Refused]:
    """Find what the record's kind does not allow; `found` are its outcomes."""
    rules = kind_rules(fields["kind"])
    for outcome in found:
        if outcome not in rules.outcomes:
            yield "outcome", unknown(outcome, sorted(rules.outcomes)), outcome
    severity = fields.get("severity")
    if severity is not None and severity not in rules.severities:
        yield "severity", unknown(severity, sorted(rules.severities)), severity
    for name, text in detail.items():
        known = rules.details.get(name)
        if known is None:
            yield f"detail.{name}", unknown(name, sorted(rules.details)), text
        elif known[1] is not None and text not in known[1]:
            yield f"detail.{name}", unknown(text, list(known[1])), text
        elif len(text) > known[0]:
            yield f"detail.{name}", TooLong(f"{name} has {len(text):,} characters; it holds {known[0]:,}."), text
    if fields["kind"] == Kind.LISTING and not is_token(detail.get("list", "")):
        yield "detail.list", NeedsList("A listing names its list, such as serious_illegal or abnormal_operation."), detail.get("list", "")
    yield from _refused_dates(fields)
    if len(fields.get("quantities_x10000", ())) > _MOST_QUANTITIES:
        yield "quantities", TooManyQuantities(f"A record holds at most {_MOST_QUANTITIES} quantities."), ""


def is_token(text: str) -> bool:
    """Tell whether a text has the form of a code: lower-case letters, digits and underscores, a letter first."""
    plain = text.isascii() and text[:1].isalpha() and text.replace("_", "a").isalnum()
    return plain and text == text.lower() and len(text) <= 63


def _refused_dates(fields: Mapping[str, Any]) -> Iterator[Refused]:
    for later, earlier in _SPANS:
        end, begin = fields.get(later), fields.get(earlier)
        if end is not None and begin is not None and end < begin:
            yield later, DatesDisagree(f"{later} {end} is before {earlier} {begin}. One of the two is wrong."), str(end)
