"""What was known and concluded: the day's registry facts and listings of each question, and its records."""

from typing import Any

import ibis
import ibis.expr.types as ir

from scoring.plan.arithmetic import day, earliest, text
from scoring.plan.conditions import matches
from scoring.plan.relations import FOREVER, Needs, Relations


def is_known(fact: ir.Table, known_seq: Any) -> Any:
    """Whether a fact row was known at a sequence: told by then, and not yet closed."""
    return (fact.known_seq <= known_seq) & (fact.superseded_seq.isnull() | (fact.superseded_seq > known_seq))


def with_context(given: Relations, needs: Needs) -> ir.Table:
    """Add the day's registry facts and list standing to each question.

    One row per question, as before; columns `registry_*`, `on_LIST`, `since_LIST` only as needed, and `context_next`, the
    earliest later day on which one of them changes by itself.
    """
    asked = given.questions
    if needs.registry:
        asked = _joined(asked, _registry_of(given.questions, given.registry, needs.registry))
    if needs.lists:
        asked = _joined(asked, _lists_of(given.questions, given.listings, needs.lists))
        asked = asked.mutate({f"on_{name}": asked[f"on_{name}"].fill_null(False) for name in needs.lists})
    nexts = [name for name in ("registry_next", "lists_next") if name in asked.columns]
    return asked.mutate(context_next=earliest(asked[name].fill_null(day(FOREVER)) for name in nexts)).drop(*nexts)


def _joined(asked: ir.Table, facts: ir.Table) -> ir.Table:
    joined = asked.left_join(facts, asked.question == facts.fact_question)
    return joined.drop("fact_question")


def _registry_of(asked: ir.Table, registry: ir.Table, names: tuple[str, ...]) -> ir.Table:
    rows = asked.inner_join(registry, asked.enterprise_key == registry.enterprise_key).filter(is_known(registry, asked.known_seq))
    rows = rows.select(
        fact_question=asked.question,
        as_of=asked.as_of,
        begins=registry.valid_from,
        ends=registry.valid_until.fill_null(day(FOREVER)),
        **{f"registry_{name}": registry[name] for name in names},
    )
    holds = (rows.begins <= rows.as_of) & (rows.as_of < rows.ends)
    later = ibis.ifelse(rows.begins > rows.as_of, rows.begins, ibis.ifelse(rows.ends > rows.as_of, rows.ends, day(FOREVER)))
    # Spans known at one instant do not overlap, so at most one row holds and `max` only picks it.
    return rows.group_by("fact_question").agg(
        registry_next=later.min(), **{f"registry_{name}": rows[f"registry_{name}"].max(where=holds) for name in names}
    )


def _lists_of(asked: ir.Table, listings: ir.Table, names: tuple[str, ...]) -> ir.Table:
    rows = asked.inner_join(listings, asked.enterprise_key == listings.enterprise_key).filter(
        is_known(listings, asked.known_seq), listings["list"].isin([text(name) for name in names])
    )
    rows = rows.select(
        fact_question=asked.question,
        as_of=asked.as_of,
        on=listings["list"],
        begins=listings.starts_on,
        ends=listings.ends_on.fill_null(day(FOREVER)),
    )
    holds = (rows.begins <= rows.as_of) & (rows.as_of < rows.ends)
    later = ibis.ifelse(rows.begins > rows.as_of, rows.begins, ibis.ifelse(rows.ends > rows.as_of, rows.ends, day(FOREVER)))
    flags = {f"on_{name}": (holds & (rows.on == text(name))).any() for name in names}
    since = {f"since_{name}": rows.begins.min(where=holds & (rows.on == text(name))) for name in names}
    return rows.group_by("fact_question").agg(lists_next=later.min(), **flags, **since)


def known_records(given: Relations, asked: ir.Table, needs: Needs) -> ir.Table:
    """Give each question its enterprise's records as they were known: not superseded by then, not withdrawn, concluded or to be.

    One row per (question, record); columns: question, as_of, the record's own (without the knowledge clock), what of the
    context record filters ask for, `counts` (concluded by the day) and `latest_N` for each filter of which only the latest
    event counts. Records that are pending without a date drop out: nothing counts from them yet.
    """
    records = given.records
    # The bare questions where no filter asks for context: they are a stored table, of which an engine knows how large it is.
    asked = asked if needs.lists_in_records or needs.registry_in_records else given.questions
    rows = records.inner_join(asked, records.enterprise_key == asked.enterprise_key).filter(
        is_known(records, asked.known_seq), ~records.is_withdrawn, records.concluded_on.notnull()
    )
    kept = [name for name in records.columns if name not in ("enterprise_key", "known_seq", "superseded_seq", "is_withdrawn")]
    context = [*(f"on_{name}" for name in needs.lists_in_records), *(f"registry_{name}" for name in needs.registry_in_records)]
    rows = rows.select(
        question=asked.question,
        as_of=asked.as_of,
        **{name: asked[name] for name in context},
        **{name: records[name] for name in kept},
        counts=records.concluded_on <= asked.as_of,
    )
    for index, wanted in enumerate(needs.latest):
        rows = _mark_latest(rows, f"latest_{index}", matches(rows, wanted))
    return rows


def _mark_latest(rows: ir.Table, name: str, belongs: Any) -> ir.Table:
    """Mark the records of the latest event among those that belong: latest day of any of its records, ties to the higher event key."""
    rows = rows.mutate(belongs=belongs & rows.counts)
    of_event = ibis.window(group_by=[rows.question, rows.belongs, rows.event_key])
    rows = rows.mutate(event_on=rows.occurred_on.max().over(of_event))
    newest_first = ibis.window(group_by=[rows.question, rows.belongs], order_by=[rows.event_on.desc(), rows.event_key.desc()])
    rows = rows.mutate({name: rows.belongs & (ibis.dense_rank().over(newest_first) == 0)})
    return rows.drop("belongs", "event_on")
