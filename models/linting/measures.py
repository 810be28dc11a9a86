"""Checks over a whole catalogue of measures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.law import Act, Mark
from models.linting import records
from models.linting.findings import Finding, some, twice
from models.linting.walk import Walked, nested
from models.measures import Catalogue, Effect, Measure
from models.shapes import Bilingual


@dataclass(frozen=True)
class Seen:
    """The catalogue, walked once, with the acts and lists it may refer to."""

    catalogue: Catalogue
    acts: Mapping[str, Act]
    lists: Sequence[str]
    walked: Walked


def lint_catalogue(catalogue: Catalogue, acts: Mapping[str, Act], *, lists: Sequence[str]) -> list[Finding]:
    """Every finding of every check."""
    seen = Seen(catalogue, acts, lists, Walked(tuple(nested(catalogue))))
    shared = (
        records.outcomes_of_other_kinds,
        records.severities_of_other_kinds,
        records.details_of_other_kinds,
        records.contradictory_limits,
    )
    found = [Finding(one.path, one.code.replace("policy.", "measures.", 1), one.sentence) for look in shared for one in look(seen)]
    return [*found, *(finding for look in CHECKS for finding in look(seen))]


def codes_once(seen: Seen) -> Iterator[Finding]:
    for index, code in twice(one.code for one in seen.catalogue.measures):
        yield Finding(("measures", index, "code"), "measures.duplicate_code", f"`{code}` is the code of an earlier measure; choose another")


def acts_known(seen: Seen) -> Iterator[Finding]:
    """Each article is of a known act, which is in force for as long as the measure is."""
    for index, measure in enumerate(seen.catalogue.measures):
        for place, clause in enumerate(measure.clauses):
            yield from _act(seen, clause.act, measure, ("measures", index, "clauses", place, "act"))
    if seen.catalogue.checks_kept.clause.act not in seen.acts:
        yield Finding(
            ("checks_kept", "clause", "act"), "measures.unknown_act", "the register of acts has no such act; add it, or mend the key"
        )


def _act(seen: Seen, key: str, measure: Measure, path: tuple[str | int, ...]) -> Iterator[Finding]:
    act = seen.acts.get(key)
    if act is None:
        yield Finding(path, "measures.unknown_act", f"the register of acts has no `{key}`; add the act there, or mend the key")
    elif act.in_force_from is not None and act.in_force_from > measure.in_force_from:
        sentence = f"`{key}` is in force only from {act.in_force_from}, and the measure from {measure.in_force_from}"
        yield Finding(path, "measures.act_not_in_force", sentence)
    elif act.in_force_until is not None and (measure.in_force_until is None or measure.in_force_until > act.in_force_until):
        sentence = f"`{key}` is in force until {act.in_force_until}; the measure ends then at the latest, so give it that in_force_until"
        yield Finding(path, "measures.act_not_in_force", sentence)


def refusals_rest_on_law(seen: Seen) -> Iterator[Finding]:
    """Nobody is refused because of a sample value."""
    for index, measure in enumerate(seen.catalogue.measures):
        sound = any(
            clause.mark is not Mark.SAMPLE and (act := seen.acts.get(clause.act)) is not None and act.mark is not Mark.SAMPLE
            for clause in measure.clauses
        )
        if measure.effect is Effect.MUST_REFUSE and not sound:
            sentence = "nobody must be refused on a sample value; cite an article that was read, or choose another effect"
            yield Finding(("measures", index, "clauses"), "measures.refusal_without_basis", sentence)


def lists_known(seen: Seen) -> Iterator[Finding]:
    for index, measure in enumerate(seen.catalogue.measures):
        for place, name in enumerate(measure.lists):
            if name not in seen.lists:
                sentence = f"no list is called `{name}`; there are {some(seen.lists, most=8)}"
                yield Finding(("measures", index, "lists", place), "measures.unknown_list", sentence)


def dates_in_order(seen: Seen) -> Iterator[Finding]:
    for index, measure in enumerate(seen.catalogue.measures):
        if measure.in_force_until is not None and measure.in_force_until <= measure.in_force_from:
            sentence = f"the measure ends on {measure.in_force_until}, not after it begins on {measure.in_force_from}"
            yield Finding(("measures", index, "in_force_until"), "measures.dates_reversed", sentence)


def titles_have_words(seen: Seen) -> Iterator[Finding]:
    for path, title in seen.walked.of(Bilingual):
        for language in ("zh", "en"):
            if not getattr(title, language).strip():
                yield Finding((*path, language), "measures.empty_title", "officers read this; give it words")


CHECKS = (codes_once, acts_known, refusals_rest_on_law, lists_known, dates_in_order, titles_have_words)
