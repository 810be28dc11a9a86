"""Histories and questions drawn by chance, small enough to collide: few days, few values, few events.

Everything takes a `random.Random`: a seed gives the same world again, and hypothesis can stand behind it and shrink.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from models.indicators import PointsByField, PointsByQuantity, PointsTimesQuantity
from models.policies import Policy
from models.records import Kind, outcomes, severities
from models.results import Question
from scoring.plan.relations import filters_of, needs_of
from tests.oracle.facts import Fact, ListingSpan, RegistrySpan

OUTCOMES = {
    "inspection": ("found", "none_found", "refused"),
    "penalty": ("warning", "fine", "revocation"),
    "complaint": ("substantiated", "unsubstantiated"),
    "recall": ("ordered", "refused"),
    "award": ("quality_award", "charity"),
    "certification": ("valid", "suspended"),
}
SEVERITIES = {"inspection": ("minor", "general", "serious"), "penalty": ("minor", "general", "serious"), "recall": ("general", "serious")}
LEVELS = ("district", "city", "province", "national")
CAPACITIES = ("party", "nominal_producer")
CODES = ("a1", "b2", "c3")
DETAILS = {"inspection": ("statutory", ("yes", "no")), "penalty": ("effect", ("bad", "very_bad"))}
QUANTITIES = {"penalty": ("fine_cny", (0, 50, 9_999, 10_000, 10_000.5, 200_000)), "inspection": ("rating", (-2, 0, 4, 4.5, 15, 16))}
LISTS = ("red", "black", "watch")
STATES = ("in_business", "deregistered", "revoked")
REGIONS = ("640104", "640105", "640121", "110000")
FIRST = date(2019, 1, 1)
ODD_DAYS = (date(2020, 2, 29), date(2021, 1, 31), date(2022, 8, 31), date(2023, 12, 31), date(2024, 2, 29))
LATEST_SEQ = 6


@dataclass(frozen=True)
class Vocabulary:
    """The values that drawn facts are made of; by kind where a kind has its own."""

    outcomes: Mapping[str, Sequence[str]] = field(default_factory=lambda: OUTCOMES)
    severities: Mapping[str, Sequence[str]] = field(default_factory=lambda: SEVERITIES)
    codes: Sequence[str] = CODES
    details: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=lambda: {kind: dict([own]) for kind, own in DETAILS.items()})
    quantities: Mapping[str, Mapping[str, Sequence[int]]] = field(
        default_factory=lambda: {kind: {name: [int(a * 10_000) for a in amounts]} for kind, (name, amounts) in QUANTITIES.items()}
    )
    lists: Sequence[str] = LISTS

    @classmethod
    def of(cls, policy: Policy) -> "Vocabulary":
        """What a policy speaks of: all outcomes of its kinds, the values its rules name, and amounts at the edges they draw."""
        needs = needs_of(policy)
        filters = list(filters_of(policy))
        kinds = sorted({kind for wanted in filters for kind in wanted.kind})
        codes = {code for wanted in filters for code in wanted.code} | {"other"}
        details = {name: {value for wanted in filters for value in wanted.detail.get(name, ())} | {"other"} for name in needs.details}
        amounts: dict[str, set[int]] = {name: {0, 1, 123_456, 10**9, -70_000} for name in needs.quantities}
        for wanted in filters:
            for limit in wanted.quantities:
                _add_edges(amounts[limit.name], (limit.over, limit.at_least, limit.at_most, limit.below, limit.equals))
        for indicator in policy.indicators:
            match indicator.points:
                case PointsByField(field=name, points=points) if name.startswith("detail."):
                    details[name.removeprefix("detail.")] |= points.keys()
                case PointsByField(field="code", points=points):
                    codes |= points.keys()
                case PointsByQuantity(quantity=name, bands=bands):
                    _add_edges(amounts[name], [edge for band in bands for edge in (band.at_least, band.below)])
                case PointsTimesQuantity(quantity=name, at_most=at_most):
                    _add_edges(amounts[name], (at_most,))
                case _:
                    pass
        return cls(
            outcomes={kind: outcomes(kind) for kind in kinds},
            severities={kind: severities(kind) for kind in kinds},
            codes=sorted(codes),
            details={kind: {name: sorted(values) for name, values in details.items()} for kind in kinds},
            quantities={kind: {name: sorted(values) for name, values in amounts.items()} for kind in kinds},
            lists=needs.lists or LISTS,
        )


def _add_edges(amounts: set[int], edges: Sequence[int | None]) -> None:
    amounts |= {edge + step for edge in edges if edge is not None for step in (-1, 0, 1)}


@dataclass(frozen=True)
class World:
    """Everything that was ever told, of some enterprises."""

    records: tuple[Fact, ...]
    registry: tuple[RegistrySpan, ...]
    listings: tuple[ListingSpan, ...]

    def of(self, enterprise_key: int) -> "World":
        """The part that is about one enterprise."""
        return World(
            tuple(fact for fact in self.records if fact.enterprise_key == enterprise_key),
            tuple(span for span in self.registry if span.enterprise_key == enterprise_key),
            tuple(span for span in self.listings if span.enterprise_key == enterprise_key),
        )


def draw_day(rng: Random) -> date:
    return rng.choice(ODD_DAYS) if rng.random() < 0.15 else FIRST + timedelta(days=15 * rng.randrange(160))


def _later(rng: Random, start: date, chance: float) -> date | None:
    return start + timedelta(days=rng.choice((0, 1, 20, 90, 400, 900, 2500))) if rng.random() < chance else None


def draw_fact(rng: Random, *, enterprise_key: int, record_key: int, event_key: int, words: Vocabulary | None = None) -> Fact:
    """A revision of a record, known from the beginning; dates may lie behind any day asked about."""
    words = words or Vocabulary()
    kind = rng.choice(tuple(words.outcomes))
    occurred = draw_day(rng)
    quantities = words.quantities.get(kind, {})
    details = words.details.get(kind, {})
    in_force = draw_day(rng) if kind == Kind.CERTIFICATION or rng.random() < 0.1 else None
    return Fact(
        record_key=record_key,
        enterprise_key=enterprise_key,
        event_key=event_key,
        kind=kind,
        outcome=rng.choice(words.outcomes[kind]),
        severity=rng.choice((None, *words.severities.get(kind, ()))),
        level=rng.choice((None, *LEVELS)),
        capacity=rng.choice(CAPACITIES),
        code=rng.choice((None, *words.codes)),
        occurred_on=occurred,
        concluded_on=_later(rng, occurred, 0.9),
        ended_on=_later(rng, occurred, 0.2),
        decided_on=_later(rng, occurred, 0.4),
        rectified_on=_later(rng, occurred, 0.4),
        in_force_from=in_force,
        in_force_until=_later(rng, in_force, 0.7) if in_force is not None else None,
        public_until=_later(rng, occurred, 0.2),
        repaired_on=_later(rng, occurred, 0.3),
        quantities={name: rng.choice(amounts) for name, amounts in quantities.items() if rng.random() < 0.85},
        details={name: rng.choice(values) for name, values in details.items() if rng.random() < 0.8},
    )


def _revised(rng: Random, words: Vocabulary, fact: Fact) -> list[Fact]:
    """The revisions of a record, one after the other; a withdrawal and a restoration among them."""
    if rng.random() < 0.7:
        return [replace(fact, known_seq=rng.choice((1, 1, 1, 2, 5)))]
    cuts = sorted(rng.sample(range(1, LATEST_SEQ + 1), rng.choice((2, 3))))
    revisions = []
    for index, seq in enumerate(cuts):
        other = draw_fact(rng, enterprise_key=fact.enterprise_key, record_key=fact.record_key, event_key=fact.event_key, words=words)
        shape = rng.choice((fact, other, replace(fact, is_withdrawn=True), replace(fact, repaired_on=draw_day(rng))))
        revisions.append(replace(shape, known_seq=seq, superseded_seq=cuts[index + 1] if index + 1 < len(cuts) else None))
    return revisions


def draw_records(rng: Random, words: Vocabulary, enterprise_key: int) -> list[Fact]:
    events = [rng.choice((enterprise_key * 100 + n, 7)) for n in range(4)]  # an event may have several enterprises
    found: list[Fact] = []
    for number in range(rng.randrange(9)):
        fact = draw_fact(
            rng, enterprise_key=enterprise_key, record_key=enterprise_key * 1000 + number, event_key=rng.choice(events), words=words
        )
        found += _revised(rng, words, fact)
    return found


def _draw_registry(rng: Random, enterprise_key: int) -> list[RegistrySpan]:
    """Spans that never overlap at one instant; the whole may have been told anew."""
    found: list[RegistrySpan] = []
    cut = rng.choice((None, None, 3))
    for known, superseded in ((1, cut), (cut, None)) if cut is not None else ((1, None),):
        days = sorted({draw_day(rng) for _ in range(rng.randrange(4))})
        for index, day in enumerate(days):
            found.append(
                RegistrySpan(
                    enterprise_key=enterprise_key,
                    valid_from=day,
                    valid_until=days[index + 1] if index + 1 < len(days) else rng.choice((None, day + timedelta(days=500))),
                    state=rng.choice(STATES),
                    region=rng.choice((None, *REGIONS)),
                    industry=rng.choice((None, "13", "14")),
                    size=rng.choice((None, "small")),
                    type=rng.choice((None, "company")),
                    registered_on=rng.choice((None, draw_day(rng))),
                    known_seq=known,
                    superseded_seq=superseded,
                )
            )
    return found


def _draw_listing(rng: Random, words: Vocabulary, enterprise_key: int) -> ListingSpan:
    start = draw_day(rng)
    known = rng.choice((1, 1, 4))
    name = rng.choice(words.lists)
    colour = name if name in ("red", "black") else "other"
    return ListingSpan(enterprise_key, name, colour, start, _later(rng, start, 0.6), known, rng.choice((None, None, known + 1)))


def draw_world(rng: Random, enterprises: Sequence[int], words: Vocabulary | None = None) -> World:
    words = words or Vocabulary()
    return World(
        tuple(fact for key in enterprises for fact in draw_records(rng, words, key)),
        tuple(span for key in enterprises for span in _draw_registry(rng, key)),
        tuple(_draw_listing(rng, words, key) for key in enterprises for _ in range(rng.choice((0, 0, 1, 2)))),
    )


def draw_questions(rng: Random, enterprises: Sequence[int], each: int) -> list[Question]:
    """Several days and states of knowledge for the same enterprise, in no order."""
    asked = [
        Question(enterprise_key=key, as_of=draw_day(rng), known_seq=rng.choice((LATEST_SEQ, LATEST_SEQ, rng.randrange(LATEST_SEQ))))
        for key in enterprises
        for _ in range(each)
    ]
    rng.shuffle(asked)
    return asked
