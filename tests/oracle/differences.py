"""What each cause does to an answer, in plain sets: the facts of each stop chosen by hand, and the plain oracle asked over them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import TypeVar

from models.policies import Policy
from models.results import Answer, Question
from tests.oracle.answers import answer
from tests.oracle.facts import Fact, ListingSpan, RegistrySpan

F = TypeVar("F", Fact, RegistrySpan, ListingSpan)
KNOWN = 1
Told = tuple[list[Fact], list[RegistrySpan], list[ListingSpan]]
End = tuple[Policy, date, int]


def answers_on_the_way(
    enterprise_key: int,
    before: End,
    after: End,
    *,
    records: Iterable[Fact],
    registry: Iterable[RegistrySpan],
    listings: Iterable[ListingSpan],
) -> list[Answer]:
    """Before, aged, without what was withdrawn, with what was corrected, with all that is new, and under the later policy."""
    (policy, day, seq), (later_policy, later_day, later_seq) = before, after

    def known(at: int) -> Told:
        return _as_of(records, enterprise_key, at), _as_of(registry, enterprise_key, at), _as_of(listings, enterprise_key, at)

    then, now = known(seq), known(later_seq)

    def of_record(fact: Fact) -> int:
        return fact.record_key

    def of_registry(_: RegistrySpan) -> int:
        return 0

    def of_list(span: ListingSpan) -> str:
        return span.list

    counting = [[fact for fact in side[0] if not fact.is_withdrawn and fact.concluded_on is not None] for side in (then, now)]
    remaining = [fact for fact in counting[0] if fact.record_key in {one.record_key for one in counting[1]}]
    corrected = [fact for fact in counting[1] if fact.record_key in {one.record_key for one in counting[0]}]
    spans = _until_replaced(then[1], now[1], of_registry)
    entries = _until_replaced(then[2], now[2], of_list)
    stops: list[tuple[Policy, date, Told]] = [
        (policy, day, then),
        (policy, later_day, then),
        (policy, later_day, (remaining, spans, entries)),
        (policy, later_day, (corrected, spans, entries)),
        (policy, later_day, now),
        (later_policy, later_day, now),
    ]
    return [_answer(enterprise_key, *stop) for stop in stops]


def _as_of(facts: Iterable[F], key: int, seq: int) -> list[F]:
    own = [f for f in facts if f.enterprise_key == key]
    return [f for f in own if f.known_seq <= seq and (f.superseded_seq is None or f.superseded_seq > seq)]


def _until_replaced(then: list[F], now: list[F], key: Callable[[F], object]) -> list[F]:
    """Of what was known, what still stands, and what waits for another to be told in its place."""
    fresh = {key(fact) for fact in now if fact not in then}
    return [fact for fact in then if fact in now or key(fact) in fresh]


def _answer(enterprise_key: int, policy: Policy, day: date, told: Told) -> Answer:
    question = Question(enterprise_key=enterprise_key, as_of=day, known_seq=KNOWN)
    records, registry, listings = told
    given, _ = answer(policy, question, _all_known(records), _all_known(registry), _all_known(listings))
    return given


def _all_known(facts: Iterable[F]) -> list[F]:
    return [replace(fact, known_seq=KNOWN, superseded_seq=None) for fact in facts]
