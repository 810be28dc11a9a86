"""All checks over a whole policy, in one place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from models.law import Act
from models.linting import grades, law, lists, points, records, references, terms
from models.linting.context import Context
from models.linting.findings import Finding, Names
from models.linting.walk import Walked, nested
from models.policies import Policy

Look = Callable[[Context], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """One check and the sections it must see whole; it is left out when one of them is damaged."""

    look: Look
    needs: frozenset[str] = frozenset()


def _check(look: Look, *needs: str) -> Check:
    return Check(look, frozenset(needs))


CHECKS: tuple[Check, ...] = (
    _check(references.unknown_indicators),
    _check(references.unknown_groups),
    _check(references.unknown_lists),
    _check(references.unknown_grades),
    _check(references.unknown_labels),
    _check(references.unknown_direct_grades),
    _check(references.duplicate_codes),
    _check(records.outcomes_of_other_kinds),
    _check(records.severities_of_other_kinds),
    _check(records.details_of_other_kinds),
    _check(records.unknown_registry_states),
    _check(records.contradictory_limits),
    _check(records.latest_never_matches),
    _check(points.unknown_field_keys),
    _check(points.quantity_bands),
    _check(points.share_rules),
    _check(points.sizes),
    _check(points.repeat_groups, "indicators"),
    _check(points.repeat_factors),
    _check(points.cap_bounds),
    _check(points.cap_overlaps),
    _check(points.cap_of_shares, "indicators"),
    _check(terms.term_keys),
    _check(terms.terms_in_force),
    _check(terms.size_terms),
    _check(terms.decay_steps),
    _check(terms.endless_lengths),
    _check(grades.scale_ends, "scale"),
    _check(grades.grade_bands, "grades", "scale"),
    _check(grades.circular_grades),
    _check(grades.direct_grade_effects, "grades", "scale"),
    _check(grades.equal_precedence),
    _check(grades.score_limits, "scale"),
    _check(lists.red_lists, "lists"),
    _check(lists.black_lists),
    _check(lists.exits),
    _check(law.acts_of_clauses),
    _check(law.acts_in_force, "in_force_from"),
    _check(law.black_lists_rest_on_law),
    _check(law.policy_dates),
    _check(law.empty_titles),
)


def lint(policy: Policy, acts: Mapping[str, Act], *, names: Names | None = None, damaged: frozenset[str] = frozenset()) -> list[Finding]:
    """Run every check on a policy and give every finding.

    `names` are those the file declares, where the policy is only its sound part; `damaged` are the sections with parts left out.
    """
    context = Context(policy=policy, acts=acts, names=names or Names.of(policy), walked=Walked(tuple(nested(policy))))
    return [finding for check in CHECKS if not check.needs & damaged for finding in check.look(context)]
