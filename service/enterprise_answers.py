"""What the service says of one enterprise, and what each role may see of it.

Who asks decides what is shown: the public sees who it is and its active listings; a sole proprietor, being a natural person, only while
a listing that must be published names them. Nobody outside sees an entry or a record that may no longer be shown today, whatever day
they ask about. See docs/decisions/0030-what-each-role-sees.md.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from data.codes.known_lists import list_title
from data.codes.regions import full_region_name
from data.grade_notice_rules import bad_grade_rules
from models.access import Actor, Role
from models.errors import NotFound
from models.grade_notices import Withheld, withheld
from models.indicators import decimals
from models.law import Clause
from models.shapes import Bilingual, Shape
from service.answers import Decimals

STAFF = frozenset({Role.REGULATOR, Role.AUDITOR, Role.ADMIN})
"""Who sees what may no longer be shown to others, with its marks."""


class IdentifierShown(Shape):
    scheme: str
    value: str


class NameShown(Shape):
    """A name with the days it was borne; a missing end is open."""

    name: str
    valid_from: date | None
    valid_until: date | None


class EnterpriseNamed(Shape):
    """An enterprise in a word: one identifier and its name."""

    scheme: str
    value: str
    name: str | None


class EnterpriseShown(Shape):
    """Who it is. `names` has the present name first, former ones after it."""

    identifiers: tuple[IdentifierShown, ...]
    name: str | None
    names: tuple[NameShown, ...]
    type: str | None
    state: str | None
    region: str | None
    region_name: str | None
    industry: str | None
    size: str | None
    registered_on: date | None
    is_natural_person: bool
    head_office: EnterpriseNamed | None
    """For a branch, which is an enterprise of its own."""
    same_as: tuple[EnterpriseNamed, ...]
    succeeded_by: tuple[EnterpriseNamed, ...]


class ListingShown(Shape):
    """An entry on a list with its basis and its days; `ends_on` is the first day it no longer holds."""

    listing_id: int
    list: str
    title: Bilingual
    colour: Literal["red", "black", "other"]
    state: Literal["announced", "in_force", "under_review", "stayed", "ended"]
    origin: Literal["run", "decision", "record"]
    basis: str | None
    clause: Clause | None
    authority: str | None
    decision_no: str | None
    decided_on: date
    starts_on: date
    ends_on: date | None
    ends_when: str | None
    reason: str
    ended_on: date | None
    """Only where the asker may see entries that have ended."""
    end_cause: str | None
    is_under_objection: bool = False
    """Somebody objected to it, and nothing is decided yet."""
    reply: str | None = None
    """What the enterprise says to it, in its own words, after an officer let it through."""


class CoverageShown(Shape):
    """Whether it was looked at lately: without a day, silence means nothing."""

    code: str
    title: Bilingual
    looked_at_on: date | None


class StandingShown(Shape):
    """Score and grade under a policy, on a day, as known at an instant. Advisory: no measure follows from a score."""

    policy: str
    policy_hash: str
    as_of: date
    known_at: datetime | None
    advisory: Literal[True] = True
    score: Decimals
    grade: str
    ladder_grade: str
    is_rated: bool
    records_known: int
    coverage: tuple[CoverageShown, ...]
    lists: dict[str, str]
    """What the policy's list rules say of this answer: a suggestion, never a listing."""
    next_change_on: date | None
    """The answer stays as it is until then, unless something new becomes known."""


class Held(Shape):
    """Whether a list or a kind of record is held here, how current it is, and where to ask otherwise. Nothing held is not nothing found."""

    what: Literal["list", "kind"]
    code: str
    title: Bilingual
    held: bool
    current_to: datetime | None
    ask: Bilingual | None
    named_by: str | None
    """The rule under which a buyer must ask this list."""


class EnterpriseAnswer(Shape):
    """The answer to a look-up that found one enterprise; a branch says so, and names its head office.

    `same_as` is an entry that is the same enterprise as another one, `enterprise.same_as`: it has no listings and no standing of its own,
    see there.
    """

    answer: Literal["found", "branch", "same_as"]
    as_of: date
    known_at: datetime | None
    enterprise: EnterpriseShown
    listings: tuple[ListingShown, ...]
    standing: StandingShown | None
    """Null for who may not see scores, for an enterprise that no run has evaluated, and while a bad grade is withheld."""
    withheld: Withheld | None = None
    """Why there is no standing yet: the enterprise is told of a bad grade before others are."""
    held: tuple[Held, ...]


class Candidate(Shape):
    """One of several enterprises that a name may mean."""

    enterprise: EnterpriseNamed
    bears_it_now: bool
    region: str | None
    state: str | None


class Ambiguous(Shape):
    """Several enterprises bear or bore this name; none of them is guessed."""

    answer: Literal["ambiguous"] = "ambiguous"
    asked: str
    candidates: tuple[Candidate, ...]
    more: bool
    held: tuple[Held, ...]


class NothingFound(Shape):
    """No enterprise is known here by this name or number, which says nothing about it."""

    answer: Literal["not_found"] = "not_found"
    asked: str
    reason: str
    suggestions: tuple[str, ...]
    """Codes that were probably meant."""
    held: tuple[Held, ...]


class UnknownEnterprise(NotFound):
    """No enterprise is known here under this identifier, or it is not the asker's to see."""

    code = "enterprise.not_found"

    def __init__(self, asked: str, *, held: Sequence[Held] = ()) -> None:
        super().__init__(
            f"No enterprise is known here as {asked}. Nothing held is not nothing found: `held` says what is held here and where to ask. "
            "Check the number, or search by name at /v1/enterprises?q=."
        )
        self.held = tuple(held)


def may_see_scores(actor: Actor) -> bool:
    return actor.role in STAFF or actor.role is Role.PROCUREMENT


def may_see(actor: Actor, *, is_natural_person: bool, has_listing: bool) -> bool:
    """Whether an enterprise may be shown to this asker at all."""
    return not (is_natural_person and actor.is_outside and not has_listing)


def shown_listings(actor: Actor, listings: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Of the entries that hold on the day asked about, those that may be shown to this asker today, with their titles."""
    return [
        {name: value for name, value in listing.items() if name != "may_be_shown"} | {"title": list_title(listing["list"])}
        for listing in listings or ()
        if listing["may_be_shown"] or actor.role in STAFF
    ]


def withheld_from(actor: Actor, row: Mapping[str, Any], *, grade: str, policy: str, today: date) -> Withheld | None:
    """Whether this grade of the enterprise of a look-up's row is not this asker's to see yet; the authorities see all."""
    if actor.role in STAFF:
        return None
    return withheld(grade, policy, row["grade_notices"], bad_grade_rules(), today=today)


def enterprise_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """`EnterpriseShown` of a row of the look-up, ready to be sent; validated in tests, not on each request."""
    fact = row["fact"] or {}
    names = row["names"] or []
    links: dict[str, list[Any]] = {"branch_of": [], "same_as": [], "succeeded_by": []}
    for link in row["links"] or ():
        links.setdefault(link["kind"], []).append(link["to"])
    region = fact.get("region")
    return {
        "identifiers": row["identifiers"] or [],
        "name": names[0]["name"] if names else None,
        "names": names,
        "type": fact.get("type"),
        "state": fact.get("state"),
        "region": region,
        "region_name": full_region_name(region) if region else None,
        "industry": fact.get("industry"),
        "size": fact.get("size"),
        "registered_on": fact.get("registered_on"),
        "is_natural_person": bool(fact.get("is_natural_person")),
        "head_office": next(iter(links["branch_of"]), None),
        "same_as": links["same_as"],
        "succeeded_by": links["succeeded_by"],
    }


def is_duplicate(row: Mapping[str, Any]) -> bool:
    """Whether the entry of a look-up's row was known to be the same enterprise as another one."""
    return any(link["kind"] == "same_as" for link in row["links"] or ())


def answer_word(enterprise: Mapping[str, Any]) -> str:
    """What kind of answer it is, by `enterprise_of`."""
    if enterprise["same_as"]:
        return "same_as"
    return "branch" if enterprise["head_office"] else "found"


def standing_of(stored: Mapping[str, Any], titles: Mapping[str, Bilingual]) -> dict[str, Any]:
    """`StandingShown` of a stored standing or a live answer in the names of one; `titles` are those of the policy's coverage rules."""
    return {
        "policy": stored["policy"],
        "policy_hash": stored["policy_hash"],
        "as_of": stored["as_of"],
        "known_at": stored["known_at"],
        "advisory": True,
        "score": decimals(stored["score_x100"]),
        "grade": stored["grade"],
        "ladder_grade": stored["ladder_grade"],
        "is_rated": stored["is_rated"],
        "records_known": stored["records_known"],
        "coverage": [
            {"code": code, "title": titles.get(code) or Bilingual(zh=code, en=code), "looked_at_on": day}
            for code, day in stored["covered"].items()
        ],
        "lists": stored["lists"],
        "next_change_on": stored["next_change_on"],
    }
