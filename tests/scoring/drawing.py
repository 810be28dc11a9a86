"""Histories and questions drawn by chance, small enough to collide: few days, few values, few events.

Everything takes a `random.Random`: a seed gives the same world again, and hypothesis can stand behind it and shrink.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from models.results import Question
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
QUANTITIES = {"penalty": ("fine_cny", (0, 50, 9_999, 10_000, 10_000.5, 200_000)), "inspection": ("rating", (-3, 0, 4, 4.5, 15, 16))}
LISTS = ("red", "black", "watch")
STATES = ("in_business", "deregistered", "revoked")
REGIONS = ("640104", "640105", "640121", "110000")
FIRST = date(2019, 1, 1)
ODD_DAYS = (date(2020, 2, 29), date(2021, 1, 31), date(2022, 8, 31), date(2023, 12, 31), date(2024, 2, 29))
LATEST_SEQ = 6


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


def draw_fact(rng: Random, *, enterprise_key: int, record_key: int, event_key: int) -> Fact:
    """A revision of a record, known from the beginning; dates may lie behind any day asked about."""
    kind = rng.choice(tuple(OUTCOMES))
    occurred = draw_day(rng)
    severities = SEVERITIES.get(kind, ())
    quantity, amounts = QUANTITIES.get(kind, ("", ()))
    detail, values = DETAILS.get(kind, ("", ()))
    in_force = draw_day(rng) if kind == "certification" or rng.random() < 0.1 else None
    return Fact(
        record_key=record_key,
        enterprise_key=enterprise_key,
        event_key=event_key,
        kind=kind,
        outcome=rng.choice(OUTCOMES[kind]),
        severity=rng.choice((None, *severities)),
        level=rng.choice((None, *LEVELS)),
        capacity=rng.choice(CAPACITIES),
        code=rng.choice((None, *CODES)),
        occurred_on=occurred,
        concluded_on=_later(rng, occurred, 0.9),
        ended_on=_later(rng, occurred, 0.2),
        decided_on=_later(rng, occurred, 0.4),
        rectified_on=_later(rng, occurred, 0.4),
        in_force_from=in_force,
        in_force_until=_later(rng, in_force, 0.7) if in_force is not None else None,
        public_until=_later(rng, occurred, 0.2),
        repaired_on=_later(rng, occurred, 0.3),
        quantities={quantity: int(rng.choice(amounts) * 10_000)} if amounts and rng.random() < 0.85 else {},
        details={detail: rng.choice(values)} if values and rng.random() < 0.8 else {},
    )


def _revised(rng: Random, fact: Fact) -> list[Fact]:
    """The revisions of a record, one after the other; a withdrawal and a restoration among them."""
    if rng.random() < 0.7:
        return [replace(fact, known_seq=rng.choice((1, 1, 1, 2, 5)))]
    cuts = sorted(rng.sample(range(1, LATEST_SEQ + 1), rng.choice((2, 3))))
    revisions = []
    for index, seq in enumerate(cuts):
        other = draw_fact(rng, enterprise_key=fact.enterprise_key, record_key=fact.record_key, event_key=fact.event_key)
        shape = rng.choice((fact, other, replace(fact, is_withdrawn=True), replace(fact, repaired_on=draw_day(rng))))
        revisions.append(replace(shape, known_seq=seq, superseded_seq=cuts[index + 1] if index + 1 < len(cuts) else None))
    return revisions


def draw_records(rng: Random, enterprise_key: int) -> list[Fact]:
    events = [rng.choice((enterprise_key * 100 + n, 7)) for n in range(4)]  # an event may have several enterprises
    found: list[Fact] = []
    for number in range(rng.randrange(9)):
        fact = draw_fact(rng, enterprise_key=enterprise_key, record_key=enterprise_key * 1000 + number, event_key=rng.choice(events))
        found += _revised(rng, fact)
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


def _draw_listing(rng: Random, enterprise_key: int) -> ListingSpan:
    start = draw_day(rng)
    known = rng.choice((1, 1, 4))
    name = rng.choice(LISTS)
    colour = name if name in ("red", "black") else "other"
    return ListingSpan(enterprise_key, name, colour, start, _later(rng, start, 0.6), known, rng.choice((None, None, known + 1)))


def draw_world(rng: Random, enterprises: Sequence[int]) -> World:
    return World(
        tuple(fact for key in enterprises for fact in draw_records(rng, key)),
        tuple(span for key in enterprises for span in _draw_registry(rng, key)),
        tuple(_draw_listing(rng, key) for key in enterprises for _ in range(rng.choice((0, 0, 1, 2)))),
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
