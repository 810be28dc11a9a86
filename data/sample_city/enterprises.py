"""The enterprises of the invented city: codes with valid check digits, names marked as samples, states, renames, branches.

They come in blocks of a fixed size, each from its own seed, so that a city of any size is made in bounded memory and a block is the
same whatever comes after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.sample_city.days import NONE, Days, Mask, dates, day, none, only
from data.sample_city.keys import keys_of
from data.sample_city.vocabulary import BRAND, CITY, DISTRICTS, INDUSTRIES, MARK
from models.identifiers import USCC, USCC_ALPHABET

BLOCK = 25_000
LAST_DAY = date(2026, 10, 31)
"""The city's last day: nothing in it is later."""
FIRST_REGISTRATION = date(1992, 1, 1)
LIMIT = 10_000_000
"""As many as seven digits of a code tell apart."""
THREE_CHARACTERS = 1_000_000
"""So many brands have three characters; later ones have a fourth, so that a city is the same however large a city may be."""

SIZES = ("large", "medium", "small", "micro")
SIZE_SHARES = (0.01, 0.06, 0.28, 0.65)
ACTIVITY = np.array([6.0, 3.0, 1.4, 0.62])
STATES = ("in_business", "deregistered", "revoked", "moved_out")
STATE_SHARES = (0.905, 0.07, 0.02, 0.005)
COMPANY, PROPRIETOR, COOPERATIVE, BRANCH = range(4)
TYPES = ("有限责任公司", "个体工商户", "农民专业合作社", "分公司")

_SYMBOLS = np.array(list(USCC_ALPHABET))
_VALUE = {symbol: value for value, symbol in enumerate(USCC_ALPHABET)}
_ORGANIZATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_CODE_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])


@dataclass(frozen=True)
class Block:
    """Some enterprises, one per row of each array."""

    first: int
    keys: NDArray[np.int64]
    codes: pa.Array
    names: pa.Array
    former_names: pa.Array
    renamed_on: Days
    types: NDArray[np.int8]
    districts: NDArray[np.int8]
    industries: NDArray[np.int8]
    sizes: NDArray[np.int8]
    states: NDArray[np.int8]
    registered_on: Days
    closed_on: Days
    heads: NDArray[np.int64]
    """Row of the head office of a branch, else -1."""
    risk: NDArray[np.float64]
    """How often bad things happen to it, 1 on average; never written anywhere."""

    def __len__(self) -> int:
        return len(self.keys)


def blocks(size: int, seed: int) -> Iterator[Block]:
    """All enterprises of a city, block by block."""
    if not 1 <= size <= LIMIT:
        raise ValueError(f"A sample city has 1 to {LIMIT:,} enterprises.")
    for number, first in enumerate(range(0, size, BLOCK)):
        yield make_block(first, min(BLOCK, size - first), np.random.default_rng([seed, number, 1]))


def make_block(first: int, count: int, draw: np.random.Generator) -> Block:
    last = day(LAST_DAY)
    index = np.arange(first, first + count)
    districts = draw.choice(len(DISTRICTS), count, p=_shares([d.weight for d in DISTRICTS])).astype(np.int8)
    industries = draw.choice(len(INDUSTRIES), count, p=_shares([i.weight for i in INDUSTRIES])).astype(np.int8)
    sizes = draw.choice(4, count, p=SIZE_SHARES).astype(np.int8)
    types = np.where((sizes == 3) & (draw.random(count) < 0.45), PROPRIETOR, COMPANY).astype(np.int8)
    farms = np.isin(industries, [i for i, industry in enumerate(INDUSTRIES) if industry.field == "farm_produce"])
    types = np.where(farms & (draw.random(count) < 0.5), COOPERATIVE, types).astype(np.int8)
    heads = _heads(types, draw)
    types[heads >= 0] = BRANCH
    age = draw.beta(1.1, 2.6, count)  # most are young
    registered = (last - 60 - age * (last - 60 - day(FIRST_REGISTRATION))).astype(np.int32)
    states = draw.choice(4, count, p=STATE_SHARES).astype(np.int8)
    closed = only((registered + 90 + draw.random(count) * np.maximum(last - registered - 91, 1)).astype(np.int32), states != 0)
    states = np.where(closed > last, 0, states).astype(np.int8)
    closed = only(closed, states != 0)
    open_until = np.where(closed == NONE, last, closed)
    renamed = (registered + 60 + draw.random(count) * np.maximum(open_until - registered - 60, 1)).astype(np.int32)
    renamed = only(renamed, (draw.random(count) < 0.06) & (types != PROPRIETOR) & (types != BRANCH) & (renamed < open_until))
    names, former = _names(index, districts, industries, types, heads)
    codes = codes_of(index, types, districts)
    return Block(
        first=first,
        keys=keys_of(USCC, codes),
        codes=codes,
        names=names,
        former_names=former,
        renamed_on=renamed,
        types=types,
        districts=districts,
        industries=industries,
        sizes=sizes,
        states=states,
        registered_on=registered,
        closed_on=closed,
        heads=heads,
        risk=draw.lognormal(-0.6, 1.1, count),
    )


def codes_of(index: NDArray[np.int64], types: NDArray[np.int8], districts: NDArray[np.int8]) -> pa.Array:
    """Unified social credit codes that check, under the letter X, which is no registration authority: X1 640104 Y0000012 C D."""
    count = len(index)
    values = np.zeros((count, 18), np.int64)
    values[:, 0] = _VALUE["X"]
    values[:, 1] = np.array([1, 2, 3, 1])[types]
    regions = np.array([[int(digit) for digit in district.code] for district in DISTRICTS])
    values[:, 2:8] = regions[districts]
    values[:, 8] = _VALUE["Y"]
    values[:, 9:16] = index[:, None] // 10 ** np.arange(6, -1, -1) % 10
    body = values[:, 8:16].copy()
    body[:, 0] = int("Y", 36)
    check = 11 - (body * _ORGANIZATION_WEIGHTS).sum(1) % 11
    values[:, 16] = np.where(check == 10, _VALUE["X"], check % 11)
    values[:, 17] = -(values[:, :17] * _CODE_WEIGHTS).sum(1) % 31
    return pa.array(_SYMBOLS[values].view("<U18")[:, 0])


def _names(
    index: NDArray[np.int64], districts: NDArray[np.int8], industries: NDArray[np.int8], types: NDArray[np.int8], heads: NDArray[np.int64]
) -> tuple[pa.Array, pa.Array]:
    """Present and former names; characters drawn without repetition make each unlike every other."""
    scattered = (index * 387_420_489 + 123_457) % THREE_CHARACTERS
    symbols = np.array(list(BRAND))
    fourth = np.where(index < THREE_CHARACTERS, "", symbols[index // THREE_CHARACTERS])
    brand = np.stack([symbols[scattered // 10_000], symbols[scattered // 100 % 100], symbols[scattered % 100]], 1)
    brands = pc.binary_join_element_wise(pa.array(brand.astype("<U1").copy().view("<U3")[:, 0]), pa.array(fourth), "")
    words = pa.array([industry.word for industry in INDUSTRIES]).take(pa.array(industries))
    ends = pa.array(["有限公司", "店（个体工商户）", "专业合作社", "有限公司"]).take(pa.array(types))
    places = pa.array([f"{CITY}{d.name}" for d in DISTRICTS]).take(pa.array(districts))
    names = pc.binary_join_element_wise(f"{CITY}{MARK}", brands, words, ends, "")
    former = pc.binary_join_element_wise(f"{CITY}{MARK}老", brands, words, ends, "")
    of_branches = pc.binary_join_element_wise(names.take(pa.array(np.maximum(heads, 0))), places, "第", _ordinals(index), "分公司", "")
    return pc.if_else(pa.array(heads >= 0), of_branches, names), former


def _ordinals(index: NDArray[np.int64]) -> pa.Array:
    return pc.cast(pa.array(index), pa.string())


def _heads(types: NDArray[np.int8], draw: np.random.Generator) -> NDArray[np.int64]:
    """Three in a hundred companies are branches of an earlier company of the block."""
    companies = np.flatnonzero(types == COMPANY)
    heads = np.full(len(types), -1, np.int64)
    if len(companies) < 20:
        return heads
    at = np.flatnonzero(draw.random(len(companies)) < 0.05)
    at = at[at >= 10]
    head_offices = companies[(draw.random(len(at)) * (at // 2)).astype(np.int64)]
    is_branch = np.zeros(len(types), np.bool_)
    is_branch[companies[at]] = True
    fit = ~is_branch[head_offices]
    heads[companies[at][fit]] = head_offices[fit]
    return heads


def _shares(weights: list[float]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.array(weights) / sum(weights)
    return shares


def tables_of(block: Block) -> dict[str, pa.Table]:
    """The block as rows of our own tables, all known since 1."""
    ones = np.ones(len(block), np.int64)
    nothing = pa.nulls(len(block), pa.int64())
    key = pa.array(block.keys)
    scheme = pa.array([USCC]).take(pa.array(np.zeros(len(block), np.int8)))
    enterprise = pa.table({"enterprise_key": key, "founding_scheme": scheme, "founding_value": block.codes, "known_seq": ones})
    identifier = pa.table({"scheme": scheme, "value": block.codes, "known_seq": ones, "enterprise_key": key, "superseded_seq": nothing})
    return {
        "enterprise": enterprise,
        "enterprise_identifier": identifier,
        "enterprise_name": _name_rows(block),
        "registry_fact": _fact_rows(block),
        "enterprise_link": _link_rows(block),
    }


def _name_rows(block: Block) -> pa.Table:
    renamed: Mask = block.renamed_on != NONE
    present = _name_table(
        block.keys, block.names, np.where(renamed, block.renamed_on, block.registered_on).astype(np.int32), none(len(block))
    )
    which = pa.array(renamed)
    past = _name_table(block.keys[renamed], block.former_names.filter(which), block.registered_on[renamed], block.renamed_on[renamed])
    return pa.concat_tables([present, past])


def _name_table(keys: NDArray[np.int64], names: pa.Array, since: Days, to: Days) -> pa.Table:
    # The names' own characters are simplified and half-width but for these brackets: `models.identifiers.name_key` gives the same.
    key = pc.replace_substring(pc.replace_substring(names, "（", "("), "）", ")")
    return pa.table(
        {
            "enterprise_key": keys,
            "name": names,
            "known_seq": np.ones(len(keys), np.int64),
            "name_key": key,
            "valid_from": dates(since),
            "valid_until": dates(to),
            "superseded_seq": pa.nulls(len(keys), pa.int64()),
        }
    )


def _fact_rows(block: Block) -> pa.Table:
    closed: Mask = block.closed_on != NONE
    everyone = np.arange(len(block))
    in_business = _fact_table(block, everyone, np.zeros(len(block), np.int8), block.registered_on, block.closed_on)
    gone = everyone[closed]
    return pa.concat_tables([in_business, _fact_table(block, gone, block.states[gone], block.closed_on[gone], none(len(gone)))])


def _fact_table(block: Block, rows: NDArray[np.int64], states: NDArray[np.int8], since: Days, to: Days) -> pa.Table:
    def words(pool: tuple[str, ...], which: NDArray[np.int8]) -> pa.Array:
        return pa.array(pool).take(pa.array(which))

    return pa.table(
        {
            "enterprise_key": block.keys[rows],
            "valid_from": dates(since),
            "known_seq": np.ones(len(rows), np.int64),
            "valid_until": dates(to),
            "type": words(TYPES, block.types[rows]),
            "state": words(STATES, states),
            "region": words(tuple(d.code for d in DISTRICTS), block.districts[rows]),
            "industry": words(tuple(i.code for i in INDUSTRIES), block.industries[rows]),
            "size": words(SIZES, block.sizes[rows]),
            "registered_on": dates(block.registered_on[rows]),
            "is_natural_person": block.types[rows] == PROPRIETOR,
            "other": words(("{}",), np.zeros(len(rows), np.int8)),
            "superseded_seq": pa.nulls(len(rows), pa.int64()),
        }
    )


def _link_rows(block: Block) -> pa.Table:
    branches = np.flatnonzero(block.heads >= 0)
    return pa.table(
        {
            "from_key": block.keys[branches],
            "to_key": block.keys[block.heads[branches]],
            "kind": pa.array(["branch_of"]).take(pa.array(np.zeros(len(branches), np.int8))),
            "known_seq": np.ones(len(branches), np.int64),
            "valid_from": dates(block.registered_on[branches]),
            "valid_until": dates(none(len(branches))),
            "superseded_seq": pa.nulls(len(branches), pa.int64()),
        }
    )
