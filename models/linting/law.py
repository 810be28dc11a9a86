"""Clauses and dates: every rule rests on an act of the register that is in force when the policy is."""

from collections.abc import Iterator

from models.law import Clause, Mark
from models.linting.context import Context
from models.linting.findings import Finding
from models.rules import Condition
from models.shapes import Bilingual


def acts_of_clauses(context: Context) -> Iterator[Finding]:
    for path, clause in context.walked.of(Clause):
        if clause.act not in context.acts:
            sentence = f"the register of acts has no `{clause.act}`; add the act there, or mend the key"
            yield Finding((*path, "act"), "policy.unknown_act", sentence)


def acts_in_force(context: Context) -> Iterator[Finding]:
    begins = context.policy.in_force_from
    for path, clause in context.walked.of(Clause):
        act = context.acts.get(clause.act)
        if act is None:
            continue
        if act.in_force_from is not None and act.in_force_from > begins:
            sentence = f"`{clause.act}` is in force only from {act.in_force_from}, and the policy from {begins}"
            yield Finding((*path, "act"), "policy.act_not_in_force", sentence)
        elif act.in_force_until is not None and act.in_force_until <= begins:
            sentence = f"`{clause.act}` was in force until {act.in_force_until}, before the policy begins on {begins}"
            yield Finding((*path, "act"), "policy.act_not_in_force", sentence)


def black_lists_rest_on_law(context: Context) -> Iterator[Finding]:
    """A black list needs an act of an authority; a clause of a sample is none."""
    for index, rule in enumerate(context.policy.lists):
        act = context.acts.get(rule.clause.act)
        if rule.colour == "black" and act is not None and act.mark is Mark.SAMPLE:
            sentence = f"a black list rests on an act of an authority, and `{act.key}` is a sample; cite the act that founds the list"
            yield Finding(("lists", index, "clause", "act"), "policy.black_without_basis", sentence)


def policy_dates(context: Context) -> Iterator[Finding]:
    begins, ends = context.policy.in_force_from, context.policy.in_force_until
    if ends is not None and ends <= begins:
        sentence = f"the policy ends on {ends}, not after it begins on {begins}"
        yield Finding(("in_force_until",), "policy.dates_reversed", sentence)


def empty_titles(context: Context) -> Iterator[Finding]:
    for path, title in context.walked.of(Bilingual):
        for language in ("zh", "en"):
            if not getattr(title, language).strip():
                yield Finding((*path, language), "policy.empty_title", "pages show this title; give it words")
    for path, node in context.walked.of(Condition):
        for name in ("all", "any", "none", "grade", "direct", "listed"):
            if getattr(node, name) == ():
                yield Finding((*path, name), "policy.empty_condition", f"`{name}` of nothing says nothing; give at least one entry")
