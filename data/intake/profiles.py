"""Profiles: small data files that say which column of an agency's table is which field, so that a new agency needs no code.

A profile is YAML, closed to fields it does not know, and linted as a whole: every fault is told at once with line and field.
Its version and the hash of its text are stored with each delivery. `docs/profiles.md` explains each construct.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from data.intake.cleaning import SENTINEL_DATES
from data.yaml_files import read_yaml
from models.errors import Malformed, NotFound
from models.records import ANCHORS, Capacity, Kind, Level, Severity, detail_fields, outcomes, severities
from models.shapes import Bilingual, Shape

DATE_FIELDS: Final = (*ANCHORS, "rectified_on", "in_force_from", "in_force_until", "public_until", "repaired_on", "disclosed_at")
TEXT_FIELDS: Final = {"source_mark": 500, "code": 100, "title": 500, "authority": 500, "document_no": 200}
CLOSED_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "kind": tuple(Kind),
    "severity": tuple(Severity),
    "level": tuple(Level),
    "capacity": tuple(Capacity),
}
REGISTRY_DATES: Final = ("state_on", "registered_on", "valid_from")
REGISTRY_STATES: Final = ("in_business", "deregistered", "revoked", "moved_out", "closed", "cancelled")
REGISTRY_SIZES: Final = ("large", "medium", "small", "micro")
REGISTRY_FIELDS: Final = ("type", "state", "region", "industry", "size", "is_natural_person", *REGISTRY_DATES)
ANY_CHINESE: Final = "cn-any"
"""Stands for the three Chinese schemes, told apart by length: many agencies put any of them into one column."""

Scalar = str | bool | None


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _rule(value: Any) -> Any:
    return {"column": value} if isinstance(value, str | list) else value


Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Columns = Annotated[tuple[Name, ...], BeforeValidator(_one_or_many)]
"""A column under the names it may bear; of several that are there, the first that is filled counts."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=63)]
Scheme = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]


class When(Shape):
    """A condition on a column of the row; exactly one of its three forms."""

    column: Columns
    one_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    is_filled: bool | None = None

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        if sum((bool(self.one_of), bool(self.none_of), self.is_filled is not None)) != 1:
            raise ValueError("say exactly one of one_of, none_of, is_filled")
        return self


class FieldRule(Shape):
    """Where a field's value comes from and how it is read. A bare column name is the short form."""

    column: Columns = ()
    join: tuple[Name, ...] = ()
    """Several columns whose filled cells make one text."""
    between: str = "；"
    value: Scalar = None
    """The same value for every row."""
    map: dict[str, Scalar] = Field(default_factory=dict)
    """Cell text to value; width, case and blanks make no difference."""
    words: dict[str, Scalar] = Field(default_factory=dict)
    """Words to look for in the cell, the first found counts; for cells with more than one word."""
    several: bool = False
    """With `words` on `outcome`: each word found makes a record of its own."""
    otherwise: Scalar = None
    """Value for texts that neither map nor words know; without it they reject the row."""
    empty: Scalar = None
    """Value for empty cells."""
    unit: Literal["one", "yuan", "wan_yuan"] = "one"
    may_be_negative: bool = False
    forms: tuple[str, ...] = ()
    required: bool = False
    when: When | None = None
    only_for: tuple[str, ...] = ()
    """Outcomes of which records get this field; the others do without."""

    @model_validator(mode="after")
    def has_one_origin(self) -> Self:
        if sum((bool(self.column), bool(self.join), "value" in self.model_fields_set)) != 1:
            raise ValueError("say exactly one of column, join, value")
        if "otherwise" in self.model_fields_set and not (self.map or self.words or "empty" in self.model_fields_set):
            raise ValueError("otherwise needs map, words or empty beside it")
        if self.several and not self.words:
            raise ValueError("several needs words")
        return self

    @property
    def has_otherwise(self) -> bool:
        return "otherwise" in self.model_fields_set

    @property
    def results(self) -> tuple[Scalar, ...]:
        """Every value that the rule itself states."""
        stated = (self.value, self.otherwise, self.empty, *self.map.values(), *self.words.values())
        return tuple(dict.fromkeys(value for value in stated if value is not None))


Rule = Annotated[FieldRule, BeforeValidator(_rule)]


class IdentifierRule(Shape):
    """A column with an enterprise's number; schemes stand in the order in which the first one filled founds an enterprise."""

    column: Columns
    scheme: Scheme | None = None
    scheme_column: Columns = ()

    @model_validator(mode="after")
    def knows_its_scheme(self) -> Self:
        if (self.scheme is None) == (not self.scheme_column):
            raise ValueError("say either scheme or scheme_column")
        return self


class Party(Shape):
    """An enterprise that a row names; each party that is filled gets records of its own."""

    part: Code = "party"
    capacity: Capacity | None = None
    identifiers: tuple[IdentifierRule, ...] = ()
    name: Columns = ()
    name_holds_producers: bool = False
    """The name cell may read 委托方：…；受托方：…; each enterprise in it is a party."""

    @model_validator(mode="after")
    def can_be_found(self) -> Self:
        if not self.identifiers and not self.name:
            raise ValueError("a party needs identifiers or a name")
        return self


class Reference(Shape):
    """A reference from a column, or the hash of columns that together tell records apart."""

    column: Columns = ()
    key: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def rests_on_something(self) -> Self:
        if not self.column and not self.key:
            raise ValueError("say column, key, or both")
        return self


class Items(Shape):
    """A cell with several items packed into it; each becomes a record. The three names are fields of `detail`."""

    column: Columns
    item: Name = "items"
    result: Name | None = None
    standard: Name | None = None


class Refusal(Shape):
    """Rows that have no business here, with the sentence that says why."""

    when: When
    code: Annotated[str, StringConstraints(pattern=r"^row\.[a-z_]+$")]
    sentence: Name


class FileRule(Shape):
    """What is known of the files: where the header stands, and what cannot be found out."""

    header_row: int = Field(default=1, ge=1, le=50)
    sheet: Name | None = None
    encoding: Name | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None


class FormerNames(Shape):
    """A cell with former names, parted by any of the characters of `between`."""

    column: Columns
    between: str = "、,，;；\n"


class Profile(Shape):
    """One agency's table."""

    profile: Code
    version: int = Field(ge=1)
    title: Bilingual
    target: Literal["records", "enterprises"]
    file: FileRule = FileRule()
    empty_words: tuple[str, ...] = ()
    sentinels: tuple[date, ...] = tuple(sorted(SENTINEL_DATES))
    date_forms: tuple[str, ...] = ()
    personal_data: Literal["refuse", "drop"] = "refuse"
    ignore: tuple[Name, ...] = ()
    """Columns left out on purpose, such as those of natural persons; never read, never kept beside a rejected row."""
    open_columns: bool = False
    """Columns named `quantities.*`, `detail.*` and `identifier.*` are read under their own names."""
    refuse: tuple[Refusal, ...] = ()
    source_ref: Annotated[Reference, BeforeValidator(_rule)] | None = None
    event_ref: Annotated[Reference, BeforeValidator(_rule)] | None = None
    parties: tuple[Party, ...] = ()
    items: Items | None = None
    fields: dict[str, Rule] = Field(default_factory=dict)
    identifiers: tuple[IdentifierRule, ...] = ()
    name: Columns = ()
    former_names: FormerNames | None = None
    branch_of: IdentifierRule | None = None

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of record that the profile can give."""
        rule = self.fields.get("kind")
        if rule is None or (rule.column and not rule.map and not rule.words):
            return tuple(Kind)
        return tuple(Kind(str(value)) for value in rule.results if value in tuple(Kind))


class Fault(NamedTuple):
    """One thing wrong with a profile."""

    line: int
    field: str
    sentence: str


class ProfileFaults(Malformed):
    """A profile cannot be used; every fault with its line and field."""

    code = "profile.faults"

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        lines = "\n".join(f"  line {fault.line}, {fault.field}: {fault.sentence}" for fault in faults)
        super().__init__(f"The profile {name} has {len(faults)} fault(s):\n{lines}")
        self.faults = faults


class ProfileNotFound(NotFound):
    """There is no profile of that name."""

    code = "profile.not_found"


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile with its text and the hash under which deliveries name it."""

    profile: Profile
    text: str
    hash: str


def read_profile(text: str, *, name: str = "profile") -> LoadedProfile:
    """Read and lint a profile's text; raises ProfileFaults with every fault."""
    plain = read_yaml(text)
    faults = [Fault(blemish.line, _dotted(blemish.path), blemish.sentence) for blemish in plain.blemishes]
    profile: Profile | None = None
    if plain.value is not None:
        try:
            profile = Profile.model_validate(plain.value)
        except ValidationError as error:
            faults += [Fault(plain.line_of(tuple(detail["loc"])), _dotted(detail["loc"]), _sentence(detail)) for detail in error.errors()]
    if profile is not None:
        faults += [Fault(plain.line_of(path), _dotted(path), sentence) for path, sentence in _contradictions(profile)]
    if faults or profile is None:
        raise ProfileFaults(name, tuple(sorted(faults)))
    return LoadedProfile(profile, text, sha256(text.replace("\r\n", "\n").encode()).hexdigest())


def list_profiles() -> tuple[str, ...]:
    """List the codes of the profiles that are shipped."""
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in files("data.profiles").iterdir() if entry.name.endswith(".yaml")))


@lru_cache(maxsize=256)
def _shipped(code: str) -> LoadedProfile:
    entry = files("data.profiles") / f"{code}.yaml"
    return read_profile(entry.read_text(encoding="utf-8"), name=code)


def load_profile(name: str) -> LoadedProfile:
    """Load a shipped profile by its code, or one of your own by the path of its file; raises ProfileNotFound, ProfileFaults."""
    if name in list_profiles():
        return _shipped(name)
    path = Path(name)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return read_profile(path.read_text(encoding="utf-8"), name=name)
    raise ProfileNotFound(f"There is no profile '{name[:80]}'. There are {', '.join(list_profiles())}; or name a file ending in .yaml.")


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path) or "(file)"


def _sentence(detail: Any) -> str:
    match detail["type"]:
        case "missing":
            return "this field is missing"
        case "extra_forbidden":
            return "there is no such field here; look for a slip of the pen"
        case "value_error":
            return str(detail["ctx"]["error"])
        case _:
            return str(detail["msg"])


def _contradictions(profile: Profile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find what the shapes cannot see: fields of the other target, values outside closed sets, details a kind does not know."""
    if profile.target == "enterprises":
        yield from _registry_faults(profile)
    else:
        yield from _record_faults(profile)
    for name, rule in profile.fields.items():
        if rule.several and name != "outcome":
            yield ("fields", name, "several"), "only outcome can be several"
        if rule.only_for and name in ("kind", "outcome", "occurred_on"):
            yield ("fields", name, "only_for"), "every record needs this field"


def _registry_faults(profile: Profile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if not profile.identifiers:
        yield ("identifiers",), "an enterprise is founded on an identifier; name at least one column"
    for unused in ("parties", "items", "source_ref", "event_ref", "open_columns"):
        if getattr(profile, unused):
            yield (unused,), "belongs to profiles of records"
    for name, rule in profile.fields.items():
        closed = {"state": REGISTRY_STATES, "size": REGISTRY_SIZES}.get(name)
        if name not in REGISTRY_FIELDS and not name.startswith("other."):
            yield ("fields", name), f"no such field; there are {', '.join(REGISTRY_FIELDS)}, other.*"
        elif closed:
            yield from _outside(("fields", name), rule, closed)


def _record_faults(profile: Profile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if not profile.parties:
        yield ("parties",), "a record is about an enterprise; name at least one party"
    if len({party.part for party in profile.parties}) < len(profile.parties):
        yield ("parties",), "each party needs a part of its own: it is in the reference of its records"
    if profile.source_ref is None:
        yield ("source_ref",), "say the column with the source's number, or the key columns that tell records apart"
    for unused in ("identifiers", "name", "former_names", "branch_of"):
        if getattr(profile, unused):
            yield (unused,), "belongs to profiles of enterprises; use parties"
    for needed in ("kind", "outcome", "occurred_on"):
        if needed not in profile.fields:
            yield ("fields",), f"{needed} is missing: every record has it"
    known_details = {name: allowed for kind in profile.kinds for name, allowed in detail_fields(kind).items()}
    if profile.items:
        for part in (profile.items.item, profile.items.result, profile.items.standard):
            if part is not None and part not in known_details:
                yield ("items",), f"detail has no field {part} for {', '.join(profile.kinds)}"
    for name, rule in profile.fields.items():
        yield from _field_faults(profile, name, rule, known_details)


def _field_faults(
    profile: Profile, name: str, rule: FieldRule, known_details: dict[str, tuple[str, ...] | None]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    path = ("fields", name)
    group, _, rest = name.partition(".")
    if name == "outcome":
        yield from _outside(path, rule, tuple(dict.fromkeys(value for kind in profile.kinds for value in outcomes(kind))))
    elif name == "severity":
        yield from _outside(path, rule, tuple(dict.fromkeys(value for kind in profile.kinds for value in severities(kind))))
    elif name in CLOSED_FIELDS:
        yield from _outside(path, rule, CLOSED_FIELDS[name])
    elif group == "detail":
        if rest not in known_details:
            yield path, f"detail has no field {rest} for {', '.join(profile.kinds)}; there are {', '.join(known_details)}"
        elif allowed := known_details[rest]:
            yield from _outside(path, rule, allowed)
    elif group == "quantities":
        if not (rest.isascii() and rest.isidentifier() and rest.islower()):
            yield path, "a quantity's name is of lower-case letters, digits and underscores, and ends in its unit"
        if rest.endswith("_cny") and (rule.unit == "one" or rule.may_be_negative):
            yield path, "an amount says its unit, yuan or wan_yuan, and is never negative"
    elif name not in (*DATE_FIELDS, *TEXT_FIELDS, "withdrawn"):
        yield path, "no such field of a record; source_ref and event_ref stand outside `fields`"


def _outside(path: tuple[str | int, ...], rule: FieldRule, allowed: tuple[str, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    wrong = [str(value) for value in rule.results if value not in allowed]
    if wrong:
        yield path, f"{', '.join(wrong)}: not in the closed set {', '.join(allowed) or '(empty)'}"
