"""Look an enterprise up by code or name: found, branch, ambiguous and not found are answers of their own."""

from datetime import date
from typing import Any

from data.database import ReadSession
from data.stores import lookups, same_as
from data.stores.lookups import EVERYTHING_KNOWN
from models.access import Actor
from models.identifiers import ORGANIZATION_CODE, REGISTRATION_NO, USCC, IdentifierError, name_key, parse_identifier
from service.enterprise_answers import (
    Ambiguous,
    Candidate,
    EnterpriseNamed,
    Held,
    NothingFound,
    UnknownEnterprise,
    enterprise_of,
    may_see,
    shown_listings,
)

LENGTHS = {18: USCC, 15: REGISTRATION_NO, 9: ORGANIZATION_CODE}


def look_up(
    session: ReadSession, text: str, *, actor: Actor, today: date, held: tuple[Held, ...]
) -> dict[str, Any] | Ambiguous | NothingFound:
    """The row of the one enterprise that a code or name means, or the answer that there is none or more than one.

    A code is tried before a name. A name that exactly one enterprise bears today means that one, whoever bore it before.
    """
    text = text.strip()
    by_code = lookups.find_by_code(session, text)
    if by_code:
        rows = visible(session, by_code, actor=actor, today=today)
        present = {int(row["enterprise_key"]) for row in rows}
    else:
        named = lookups.find_by_name(session, name_key(text), day=today, known_seq=EVERYTHING_KNOWN)
        rows = visible(session, [key for key, _ in named], actor=actor, today=today)
        present = {key for key, bears_it_now in named if bears_it_now} & {int(row["enterprise_key"]) for row in rows}
    # A duplicate often has the name of the entry that is kept, and means no other.
    kept = same_as.kept_by(session, [int(row["enterprise_key"]) for row in rows], known_seq=EVERYTHING_KNOWN) if len(rows) > 1 else {}
    doubled = {key for key, other in kept.items() if any(row["enterprise_key"] == other for row in rows)}
    rows = [row for row in rows if row["enterprise_key"] not in doubled]
    present -= doubled
    if len(rows) == 1:
        return rows[0]
    if len(present) == 1 and not by_code:
        return next(row for row in rows if row["enterprise_key"] in present)
    if rows:
        return _ambiguous(text, rows, present=present, held=held)
    return _nothing(text, held=held)


def visible(session: ReadSession, keys: list[int], *, actor: Actor, today: date) -> list[dict[str, Any]]:
    """Rows of those of these enterprises that may be shown to the asker, as they are today."""
    rows = lookups.subjects(session, keys, today=today, day=today, known_seq=EVERYTHING_KNOWN) if keys else []
    return [row for row in rows if is_visible(row, actor=actor)]


def is_visible(row: dict[str, Any], *, actor: Actor) -> bool:
    natural = bool((row["fact"] or {}).get("is_natural_person"))
    return may_see(actor, is_natural_person=natural, has_listing=bool(shown_listings(actor, row["listings"])))


def get_row(session: ReadSession, scheme: str, value: str, *, actor: Actor, today: date) -> dict[str, Any]:
    """The row of the enterprise of an identifier. Raises `identifier.*` and `enterprise.not_found`."""
    asked = parse_identifier(scheme, value)
    key = lookups.find_by_identifier(session, asked.scheme, asked.value)
    rows = visible(session, [key], actor=actor, today=today) if key is not None else []
    if not rows:
        raise UnknownEnterprise(str(asked))
    return rows[0]


def _ambiguous(text: str, rows: list[dict[str, Any]], *, present: set[int], held: tuple[Held, ...]) -> Ambiguous:
    ordered = sorted(rows, key=lambda row: (row["enterprise_key"] not in present, row["enterprise_key"]))
    candidates = tuple(_candidate(row, bears_it_now=row["enterprise_key"] in present) for row in ordered[: lookups.CANDIDATES])
    return Ambiguous(asked=text, candidates=candidates, more=len(ordered) > lookups.CANDIDATES, held=held)


def _candidate(row: dict[str, Any], *, bears_it_now: bool) -> Candidate:
    shown = enterprise_of(row)
    first = shown["identifiers"][0]
    named = EnterpriseNamed(scheme=first["scheme"], value=first["value"], name=shown["name"])
    return Candidate(enterprise=named, bears_it_now=bears_it_now, region=shown["region"], state=shown["state"])


def _nothing(text: str, *, held: tuple[Held, ...]) -> NothingFound:
    """What was typed has a code's length: say what is wrong with it and what was probably meant."""
    compact = "".join(text.split())
    scheme = LENGTHS.get(len(compact))
    if scheme is not None and compact.isalnum() and compact.isascii():
        try:
            parse_identifier(scheme, compact)
        except IdentifierError as fault:
            return NothingFound(asked=text, reason=str(fault), suggestions=fault.suggestions, held=held)
    reason = "No enterprise is known here by this name or number. Part of a name can be searched at /v1/enterprises?q=."
    return NothingFound(asked=text, reason=reason, suggestions=(), held=held)
