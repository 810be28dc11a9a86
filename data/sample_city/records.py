"""Records drawn for a block of enterprises: dates in a lawful order, several records to an event, corrections and withdrawals."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.sample_city.acts import ACTS, Act, Mood
from data.sample_city.choices import Choice
from data.sample_city.days import NONE, Days, Mask, after, dates, day, none, only, until
from data.sample_city.enterprises import ACTIVITY, BLOCK, LAST_DAY, Block
from data.sample_city.keys import keys_of
from data.sample_city.vocabulary import AGENCIES, DISTRICTS, FAILED_ITEMS, FIELDS, INDUSTRIES, PRODUCT_CLASS, PRODUCTS
from models.records import QUANTITY_SCALE

MOMENTS = tuple(datetime(2026, 11, 1, hour, tzinfo=UTC) for hour in range(3))
"""The instants of knowledge at 0, before anything, 1 and 2."""
FIRST_DAY = date(2018, 1, 1)
"""No record is older."""
VARIANTS = 24
SPAN_FACTOR = 1.27
"""Few enterprises are open over the whole span; with this the kinds together give ten records each."""
CORRECTED = 0.012
WITHDRAWN = 0.004

_FIELD_OF_INDUSTRY = np.array([FIELDS.index(industry.field) for industry in INDUSTRIES])


@dataclass(frozen=True)
class Drawn:
    """The records of one act: whose, which choice, which event; one row per record."""

    rows: NDArray[np.int64]
    choice: NDArray[np.int64]
    event: NDArray[np.int64]
    is_first: Mask


def record_tables(block: Block, seed: int) -> Iterator[pa.Table]:
    """The records of a block, one table per act, in the columns of our own table."""
    number = block.first // BLOCK
    for order, act in enumerate(ACTS):
        draw = np.random.default_rng([seed, number, 100 + order])
        table = _table(block, act, order, draw)
        if table.num_rows:
            yield revised(table, draw)


def _draw(block: Block, act: Act, draw: np.random.Generator) -> Drawn:
    span = (_open_until(block) - _open_from(block)) / (day(LAST_DAY) - day(FIRST_DAY))
    rate = act.rate * SPAN_FACTOR * ACTIVITY[block.sizes] * np.maximum(span, 0)
    match act.mood:
        case Mood.CARELESS:
            rate = rate * block.risk
        case Mood.CAREFUL:
            rate = rate * 1.25 / (0.6 + block.risk)
        case Mood.ANYBODY:
            pass
    events = draw.poisson(rate)
    whose = np.repeat(np.arange(len(block)), events)
    more = np.minimum(draw.poisson(act.more, len(whose)), 5) if act.further else np.zeros(len(whose), np.int64)
    event = np.repeat(np.arange(len(whose)), more + 1)
    is_first = np.ones(len(event), np.bool_)
    is_first[1:] = event[1:] != event[:-1]
    first = draw.choice(len(act.choices), len(event), p=_shares(act.choices))
    further = len(act.choices) + draw.choice(len(act.further), len(event), p=_shares(act.further)) if act.further else first
    return Drawn(rows=whose[event], choice=np.where(is_first, first, further), event=event, is_first=is_first)


def _table(block: Block, act: Act, order: int, draw: np.random.Generator) -> pa.Table:
    drawn = _draw(block, act, draw)
    count = len(drawn.rows)
    choices = act.choices + act.further
    agency = AGENCIES[act.agency]
    source = _same(agency.code, count)
    mark = f"{act.kind[:4].upper()}{order:02d}-{block.first // BLOCK:02d}"
    refs = pc.binary_join_element_wise(mark, _padded(np.arange(count)), "-")
    event_refs = pc.binary_join_element_wise(f"E{mark}", _padded(drawn.event), "-") if act.further else pa.nulls(count, pa.string())
    record_keys = keys_of(agency.code, refs)
    event_keys = keys_of(agency.code, event_refs) if act.further else record_keys
    calendar = _calendar(block, act, drawn, draw)
    columns = {
        "record_key": record_keys,
        "revision": pa.array(np.ones(count, np.int32)),
        "source": source,
        "source_ref": refs,
        "source_mark": pa.nulls(count, pa.string()),
        "enterprise_key": block.keys[drawn.rows],
        "event_ref": event_refs,
        "event_key": event_keys,
        "kind": _same(act.kind, count),
        **{name: _words([getattr(choice, name) for choice in choices], drawn.choice) for name in ("outcome", "severity", "level")},
        "capacity": _capacities(act, count, draw),
        **{name: _words([getattr(choice, name) for choice in choices], drawn.choice) for name in ("code", "title")},
        "authority": _authorities(agency.zh, block, drawn),
        "document_no": _documents(agency.mark, calendar["decided_on"], drawn, order) if act.has_document else pa.nulls(count, pa.string()),
        **{name: dates(days) for name, days in calendar.items()},
        "disclosed_at": dates(none(count)),
        "is_withdrawn": pa.array(np.zeros(count, np.bool_)),
        "quantities_x10000": _quantities(choices, drawn, draw),
        "detail": _details(block, act, choices, drawn, draw),
        "delivery_id": pa.array(np.full(count, act.agency + 1, np.int64)),
        "row_no": pa.array(np.arange(1, count + 1, dtype=np.int32)),
        "content_hash": record_keys ^ np.int64(0x5A5A_5A5A_5A5A),
        "recorded_at": _instants(1, count),
        "known_seq": pa.array(np.ones(count, np.int64)),
        "superseded_seq": pa.nulls(count, pa.int64()),
        "superseded_at": pa.nulls(count, pa.timestamp("us", "UTC")),
    }
    return pa.table(columns)


def revised(table: pa.Table, draw: np.random.Generator) -> pa.Table:
    """Let some records have been corrected, or withdrawn, at the second moment of knowledge; their first revisions are kept."""
    lot = draw.random(table.num_rows)
    changed = lot < CORRECTED + WITHDRAWN
    which = pa.array(changed)
    old = table.filter(which)
    count = old.num_rows
    for name in ("rectified_on", "repaired_on"):
        old = old.set_column(old.column_names.index(name), name, dates(none(count)))
    misread = pc.cast(pc.subtract(pc.cast(old["occurred_on"], pa.int32()), pa.scalar(3, pa.int32())), pa.date32())
    old = old.set_column(old.column_names.index("occurred_on"), "occurred_on", misread)
    old = old.set_column(old.column_names.index("content_hash"), "content_hash", pc.bit_wise_xor(old["content_hash"], 1))
    old = old.set_column(old.column_names.index("superseded_seq"), "superseded_seq", pa.array(np.full(count, 2, np.int64)))
    old = old.set_column(old.column_names.index("superseded_at"), "superseded_at", _instants(2, count))
    second = {
        "revision": pa.array(np.where(changed, 2, 1).astype(np.int32)),
        "known_seq": pa.array(np.where(changed, 2, 1).astype(np.int64)),
        "is_withdrawn": pa.array(lot < WITHDRAWN),
    }
    for name, column in second.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return pa.concat_tables([table, old])


def _open_from(block: Block) -> Days:
    return np.maximum(block.registered_on, day(FIRST_DAY))


def _open_until(block: Block) -> Days:
    return np.where(block.closed_on == NONE, day(LAST_DAY), block.closed_on).astype(np.int32)


def _calendar(block: Block, act: Act, drawn: Drawn, draw: np.random.Generator) -> dict[str, Days]:
    """Every date of the records; what would come after the city's last day has not happened."""
    last = day(LAST_DAY)
    events = int(drawn.event[-1]) + 1 if len(drawn.event) else 0
    start, end = _open_from(block)[drawn.rows], _open_until(block)[drawn.rows]
    share = draw.random(events)[drawn.event] ** 0.8  # more of late than long ago
    occurred = (start + share * np.maximum(end - start, 1)).astype(np.int32)
    lag = (act.lag[0] + draw.random(events) * (act.lag[1] - act.lag[0] + 1)).astype(np.int64)[drawn.event]
    objected = (draw.random(events) < (0.02 if act.is_bad else 0.0))[drawn.event]
    concluded = until(after(occurred, lag + np.where(objected, 180, 0)), last)
    decided = only(concluded, np.full(len(occurred), act.has_document or act.is_bad))
    count = len(occurred)
    nothing = none(count)
    calendar = {
        "occurred_on": occurred,
        "ended_on": nothing,
        "concluded_on": concluded,
        "decided_on": decided,
        "served_on": until(after(decided, 5), last) if act.has_document else nothing,
        "published_on": nothing,
        "rectified_on": nothing,
        "in_force_from": nothing,
        "in_force_until": nothing,
        "public_until": nothing,
        "repaired_on": nothing,
    }
    calendar |= _spans(act, calendar, drawn, draw)
    return calendar | (_aftermath(calendar, draw, last) if act.is_bad else {})


def _spans(act: Act, calendar: dict[str, Days], drawn: Drawn, draw: np.random.Generator) -> dict[str, Days]:
    choices = act.choices + act.further
    if act.kind != "listing" and not any(choice.holds_days for choice in choices):
        return {}
    from_day = np.where(calendar["concluded_on"] == NONE, calendar["occurred_on"], calendar["concluded_on"]).astype(np.int32)
    low = np.array([choice.holds_days[0] if choice.holds_days else 0 for choice in choices])[drawn.choice]
    high = np.array([choice.holds_days[1] if choice.holds_days else 0 for choice in choices])[drawn.choice]
    lasts = (low + draw.random(len(from_day)) * (high - low)).astype(np.int64)
    held = only(after(from_day, lasts), high > 0)
    if act.kind == "listing":  # abnormal operation ends when it is put right, mostly within two years
        ended = only(after(from_day, (30 + draw.random(len(from_day)) * 700).astype(np.int64)), draw.random(len(from_day)) < 0.75)
        held = np.where(held == NONE, until(ended, day(LAST_DAY)), held).astype(np.int32)
        return {"in_force_from": from_day, "in_force_until": held}
    return {"in_force_from": only(from_day, high > 0), "in_force_until": held}


def _aftermath(calendar: dict[str, Days], draw: np.random.Generator, last: int) -> dict[str, Days]:
    """Publication for three months to three years, putting right, and repair after half a year at the earliest."""
    concluded = calendar["concluded_on"]
    count = len(concluded)
    published = until(after(concluded, (7 + draw.random(count) * 14).astype(np.int64)), last)
    term = draw.choice([91, 365, 1095], count, p=[0.25, 0.45, 0.3])
    rectified = until(only(after(concluded, (10 + draw.random(count) * 70).astype(np.int64)), draw.random(count) < 0.82), last)
    repaired = until(only(after(concluded, (190 + draw.random(count) * 400).astype(np.int64)), draw.random(count) < 0.13), last)
    continuing = draw.random(count) < 0.03
    ended = only(after(calendar["occurred_on"], (draw.random(count) * 30).astype(np.int64)), continuing)
    ended = np.where((concluded != NONE) & (ended > concluded), concluded, ended).astype(np.int32)
    return {
        "ended_on": until(ended, last),
        "published_on": published,
        "public_until": after(published, term),
        "rectified_on": rectified,
        "repaired_on": only(repaired, rectified != NONE),
    }


def _shares(choices: tuple[Choice, ...]) -> NDArray[np.float64]:
    weights = np.array([choice.weight for choice in choices])
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _same(word: str, count: int) -> pa.Array:
    return pa.array([word]).take(pa.array(np.zeros(count, np.int8)))


def _words(pool: list[str | None], which: NDArray[np.int64]) -> pa.Array:
    return pa.array(pool, pa.string()).take(pa.array(which))


def _padded(numbers: NDArray[np.int64]) -> pa.Array:
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width=7, padding="0")


def _instants(moment: int, count: int) -> pa.Array:
    """The instant of a moment of knowledge."""
    at = round(MOMENTS[moment].timestamp()) * 1_000_000
    return pa.array(np.full(count, at, np.int64)).cast(pa.timestamp("us", "UTC"))


def _capacities(act: Act, count: int, draw: np.random.Generator) -> pa.Array:
    if not act.capacity:
        return _same("party", count)
    return _words(["nominal_producer", "sampled_unit"], (draw.random(count) < 0.45).astype(np.int64))


def _authorities(agency: str, block: Block, drawn: Drawn) -> pa.Array:
    pool: list[str | None] = [agency, *(f"{d.name}分局（样例）" for d in DISTRICTS)]
    of_district = block.districts[drawn.rows].astype(np.int64) + 1
    return _words(pool, np.where(drawn.event % 3 == 0, 0, of_district) if agency == AGENCIES[0].zh else np.zeros(len(drawn.rows), np.int64))


def _documents(mark: str, decided: Days, drawn: Drawn, order: int) -> pa.Array:
    """Document numbers of what has been decided, such as 银市监样〔2024〕12-345号."""
    years = pc.cast(pc.year(dates(decided)), pa.string())
    numbers = pc.cast(pa.array(drawn.event + 1), pa.string())
    return pc.binary_join_element_wise(mark, "〔", years, f"〕{order:02d}-", numbers, "号", "")


def _quantities(choices: tuple[Choice, ...], drawn: Drawn, draw: np.random.Generator) -> pa.Array:
    middle = np.array([choice.amounts[0] for choice in choices], float)[drawn.choice]
    spread = np.array([choice.amounts[1] or 1 for choice in choices], float)[drawn.choice]
    amount = np.maximum(middle * spread ** draw.normal(0, 0.6, len(middle)), 1)
    coarse = 10 ** np.maximum(np.floor(np.log10(amount)) - 1, 0)
    whole = (np.round(amount / coarse) * coarse).astype(np.int64) * QUANTITY_SCALE
    opening = _words([f'{{"{choice.quantity}": ' if choice.quantity else None for choice in choices], drawn.choice)
    return pc.fill_null(pc.binary_join_element_wise(opening, pc.cast(pa.array(whole), pa.string()), "}", ""), "{}")


def _details(block: Block, act: Act, choices: tuple[Choice, ...], drawn: Drawn, draw: np.random.Generator) -> pa.Array:
    """Typed details as JSON, drawn from a pool of every choice, field and a few variants."""
    pool = [
        json.dumps(_detail(act, choice, field, variant), ensure_ascii=False)
        for choice in choices
        for field in FIELDS
        for variant in range(VARIANTS if act.products else 1)
    ]
    variants = VARIANTS if act.products else 1
    field = _FIELD_OF_INDUSTRY[block.industries[drawn.rows]]
    variant = draw.integers(0, variants, len(drawn.rows))
    return _words(list(pool), (drawn.choice * len(FIELDS) + field) * variants + variant)


def _detail(act: Act, choice: Choice, field: str, variant: int) -> dict[str, str]:
    detail = dict(choice.detail)
    if not act.products:
        return detail
    products = PRODUCTS["consumer" if (act.kind, field) == ("recall", "service") else field]  # services are not called back
    detail["product"] = products[variant % len(products)]
    if act.kind == "sampling":
        detail |= {
            "product_class": PRODUCT_CLASS[field],
            "channel": ("shop", "online", "factory")[variant % 3],
            "programme": "市级监督抽查（样例）",
        }
        if choice.outcome == "failed":
            item, result, standard = FAILED_ITEMS[field][variant % len(FAILED_ITEMS[field])]
            detail |= {"items": item, "result": result, "standard": standard}
    return detail
