"""What is counted over all known records of a question, matched or not: coverage, events a condition asks for, shares of failures."""

from typing import Any

import ibis
import ibis.expr.types as ir

from models.indicators import Anchor, Length, PointsByShare, RecordFilter
from models.policies import Policy
from models.rules import EventsLimit
from scoring.plan.arithmetic import after, all_of, any_of, choose, earliest, forever, or_forever, whole
from scoring.plan.conditions import is_one_of, matches
from scoring.plan.items import Item
from scoring.plan.relations import Needs, conditions_of


def events_of(policy: Policy) -> tuple[EventsLimit, ...]:
    """The distinct event counts that conditions ask for, in the order of the policy."""
    found: list[EventsLimit] = []
    for node in conditions_of(policy):
        if node.events is not None and node.events not in found:
            found.append(node.events)
    return tuple(found)


def count_facts(known: ir.Table, policy: Policy) -> ir.Table:
    """One row per question that has any known record.

    Columns out: fact_question, records_known (concluded records), `seen_CODE` (day of the latest event of each coverage rule, or
    null), facts_next (the earliest later day on which a known record starts to count; null without).
    """
    return known.group_by(fact_question=known.question).agg(
        records_known=known.counts.sum().cast("int64"),
        facts_next=known.concluded_on.min(where=known.concluded_on > known.as_of),
        **{f"seen_{c.code}": known.occurred_on.max(where=known.counts & is_one_of(known.kind, c.kind)) for c in policy.coverage},
    )


def cover_rows(rows: ir.Table, policy: Policy) -> ir.Table:
    """Turn `seen_CODE` of one row per question into `covered_CODE` (the day if inside its window, or null), and see to its end.

    The latest event is inside its window exactly when any is, so the window is looked at once a question, not once a record.
    """
    until = {c.code: after(rows[f"seen_{c.code}"], c.within).fill_null(rows.as_of) for c in policy.coverage}
    covered = {f"covered_{code}": ibis.ifelse(day > rows.as_of, rows[f"seen_{code}"], ibis.null("date")) for code, day in until.items()}
    nexts = [ibis.ifelse(day > rows.as_of, day, forever()) for day in until.values()]
    covering = rows.mutate(**covered, next_change_on=earliest([rows.next_change_on, *nexts]))
    return covering.drop(*(f"seen_{code}" for code in until))


def counted_filters(policy: Policy) -> list[RecordFilter]:
    """The distinct record filters of which conditions count the events."""
    found: list[RecordFilter] = []
    for wanted in events_of(policy):
        if wanted.records not in found:
            found.append(wanted.records)
    return found


def count_events(marked: ir.Table, policy: Policy, needs: Needs) -> list[ir.Table]:
    """What conditions count: at most one row per question each, under a first column of its own name for the question.

    marked: known records with `counted_N`, whether they match filter N of `counted_filters`.

    The first has `events_N` of every count that asks for none or at least one, and events_next (the earliest later day on which
    one changes by itself; FOREVER without). Counts of several have a table each: distinct counts beside others would
    make an engine aggregate everything twice, and their rows are few.
    """
    asked = events_of(policy)
    if not asked:
        return []
    filters = counted_filters(policy)
    rows = marked.filter(any_of(marked[f"counted_{n}"] for n in range(len(filters))))
    columns: dict[str, Any] = {}
    tables: list[ir.Table] = []
    # Each day is compared once, whichever counts turn on it: one comparison a count made a third of what PostgreSQL readies to run.
    turning: dict[Any, tuple[Any, set[int]]] = {}
    for index, wanted in enumerate(asked):
        number = filters.index(wanted.records)
        belongs, days = _event_belongs(rows, rows[f"counted_{number}"], wanted, needs)
        for name, turns_on in days.items():
            turning.setdefault(name, (turns_on, set()))[1].add(number)
        # Where only `none` or `at least one` is asked, records tell as much as events do.
        if (wanted.at_least or 0) > 1 or (wanted.at_most or 0) > 0:
            name = f"question_{index}"
            events = rows.filter(belongs).select("event_key", **{name: rows.question}).distinct()
            tables.append(events.group_by(name).agg(**{f"events_{index}": events.count().cast("int64")}))
        else:
            columns[f"events_{index}"] = ibis.ifelse(belongs, whole(1), whole(0)).sum().cast("int64")
    nexts = [
        ibis.ifelse(any_of(rows[f"counted_{number}"] for number in sorted(numbers)) & (turns_on > rows.as_of), turns_on, forever())
        for turns_on, numbers in turning.values()
    ]
    next_day = ibis.ifelse(rows.question.notnull(), earliest(nexts), forever())  # a column also where no count ever changes by itself
    return [rows.group_by(event_question=rows.question).agg(**columns, events_next=next_day.min()), *tables]


def _event_belongs(known: ir.Table, is_match: Any, wanted: EventsLimit, needs: Needs) -> tuple[Any, dict[Any, Any]]:
    """Whether a record counts towards an event count on the day, and the days, by what they are, on which that can change by itself."""
    belongs: list[Any] = [is_match]
    if wanted.latest_event_of is not None:
        belongs.append(known[f"latest_{needs.latest.index(wanted.latest_event_of)}"])
    days: dict[Any, Any] = {}
    if wanted.within is not None:
        days[wanted.anchor, wanted.within] = until = after(_anchored(known, wanted.anchor), wanted.within)
        belongs.append(until > known.as_of)
    if wanted.unrepaired:
        days["repaired_on"] = or_forever(known.repaired_on)
        belongs.append(days["repaired_on"] > known.as_of)
    if wanted.active:
        days["public_until"] = or_forever(known.public_until)
        days["in_force_until"] = or_forever(known.in_force_until)
        days["in_force_from"] = known.in_force_from.fill_null(known.occurred_on)
        belongs += [days["public_until"] > known.as_of, days["in_force_until"] > known.as_of, days["in_force_from"] <= known.as_of]
    return all_of([known.counts, *belongs]), days


def _anchored(rows: ir.Table, anchors: tuple[Anchor, ...]) -> Any:
    return ibis.coalesce(*[rows[str(anchor)] for anchor in anchors], rows.occurred_on)


def share_lines(known: ir.Table, item: Item, points: PointsByShare) -> ir.Table:
    """One row per question whose share of failed events gives something: fact_question, item, points_x100, share_next.

    Counted are events with a record of the item's filter inside its term; a share is compared by cross-multiplication. Rows without points
    stay in with 0 points, for the day on which they change.
    """
    until = earliest(_ends(known, item))
    wanted = matches(known, item.records)
    if item.latest is not None:
        wanted = wanted & known[f"latest_{item.latest}"]
    rows = known.filter(known.counts, wanted, until > known.as_of)
    failed = matches(rows, points.failures)
    counts = rows.group_by(fact_question=rows.question).agg(
        all_events=rows.event_key.nunique().cast("int64"),
        failed_events=rows.event_key.nunique(where=failed).cast("int64"),
        share_next=earliest(_ends(rows, item)).min(),
    )
    enough = counts.all_events >= whole(points.minimum_count)
    highest_first = sorted(points.bands, key=lambda band: band.over, reverse=True)
    passed = [
        (enough & (counts.failed_events * whole(10_000) > counts.all_events * whole(band.over)), whole(band.points))
        for band in highest_first
    ]
    return counts.select("fact_question", "share_next", item=ibis.literal(item.number, "int32"), points_x100=choose(passed, whole(0)))


def _ends(rows: ir.Table, item: Item) -> list[Any]:
    """The days on which a counted record drops out of a share."""
    ends = [after(_anchored(rows, item.term.anchor), item.term.lasts or Length(forever=True))]
    if item.term.ends_with_publication:
        ends.append(or_forever(rows.public_until))
    if item.term.ends_with_repair:
        ends.append(or_forever(rows.repaired_on))
    return ends
